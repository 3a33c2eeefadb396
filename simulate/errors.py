"""Every error that `simulate` raises, in one tree.

SimulateError
├── InputError              what the user gave is wrong: a file, a flag, a value (exit 2)
│   ├── ScenarioError       a scenario file
│   ├── PopulationError     a population or persona file
│   ├── ModelSpecError      a model SPEC, or what it needs is not installed
│   ├── TargetSpecError     a target SPEC or target file, or what it needs is not installed
│   ├── CaseError           a regression case file
│   ├── ReferenceDataError  human reference data, or a table given as a sample
│   └── StatisticsError     a number was asked for that is not defined for these data
├── RunFileError            a run file that cannot be opened, written or continued (exit 2)
├── ModelError              a model call that did not give a usable reply
│   ├── EndpointError       no request can succeed: unreachable, wrong key, unknown model (exit 2)
│   ├── RequestRefusedError the endpoint refuses this one request
│   ├── ProtocolError       the body is not the chat-completions protocol
│   ├── ReplyTruncatedError the reply ran into the token limit
│   └── ContentFilteredError  the endpoint's content filter held the reply back
├── TargetError             the system under test did not do its part: a finding about it
│   ├── TargetUnreachableError  nobody is there
│   ├── TargetTimeoutError  it did not answer in time, or does not end its turn
│   ├── TargetReplyError    what came is not what the target file says
│   └── TargetSilentError   it answered with nothing
├── RunStoppedError         the run stops here and can be resumed (exit 130)
│   ├── BudgetReachedError  the next call could cross the budget
│   ├── QuotaReachedError   the endpoint serves nothing more until it is paid, or for a long time
│   └── LocalFaultError     this machine has run out of something, or simulate fails again and again
└── ParseError              a reply that cannot be read as what was asked for
    └── EmptyDistributionError  a list of candidates without one

A message names the file or field, the value, the rule, and says what to do.
`InputError`, `RunFileError` and `EndpointError` end a command with exit code 2; the others
fail one dialogue, with their text as its reason.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from itertools import islice

QUOTED_CHARACTERS = 200
MOST_LISTED = 8
LONGEST_LISTED = 40


def quote(text: str, limit: int = QUOTED_CHARACTERS) -> str:
    """Quote foreign text on one line for a message: at most `limit` characters, nothing active.

    Control characters, ANSI escapes and bidi controls are written as escapes, so that a message
    that quotes a model or a file cannot move the cursor of the terminal that shows it.
    """
    return f"“{one_line(text[:limit])}”{_more(text, limit)}"


def clipped(text: str, limit: int = QUOTED_CHARACTERS) -> str:
    """Return foreign text as `quote` does, without quotation marks."""
    return one_line(text[:limit]) + _more(text, limit)


def _more(text: str, limit: int) -> str:
    return f"… ({len(text):,} characters in all)" if len(text) > limit else ""


def one_line(text: str) -> str:
    """Return foreign text on one line and with nothing active in it, as `quote` does, whole."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def first_of(names: Collection[str]) -> str:
    """Return the first of some names for a message, and how many more there are."""
    shown = [
        name if len(name) <= LONGEST_LISTED else f"{name[:LONGEST_LISTED]}…"
        for name in islice(names, MOST_LISTED)
    ]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more else "")


def own_fault(error: BaseException) -> str:
    """Return what is told of an error that nobody foresaw."""
    return f"{type(error).__name__}: {error} (a fault of simulate itself; please report)"


def unreadable(error: OSError | UnicodeDecodeError) -> str:
    """Return why a text file cannot be read, without its path, and what to do."""
    if isinstance(error, UnicodeDecodeError):
        return f"it is not in UTF-8 (byte {error.start:,}); save it so"
    return error.strerror or str(error)


def plain_lines(text: str, environment: Mapping[str, str] = os.environ) -> str:
    """Make foreign text harmless where it is printed, keeping its line breaks.

    What is not printable is written as an escape. GitHub Actions takes `::` at the beginning of a
    line, and `##[` anywhere, for a command to itself; there, neither is left.

    Args:
        text: the text.
        environment: variables; `GITHUB_ACTIONS` says whether this is GitHub Actions.
    """
    shown = "".join(
        c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text
    )
    if not environment.get("GITHUB_ACTIONS"):
        return shown
    return shown.replace("::", ":\\x3a").replace("##[", "##\\x5b")


class SimulateError(Exception):
    """The base of all errors that `simulate` raises on purpose."""


class InputError(SimulateError):
    """What the user gave is wrong: a file, a flag or a value."""


class ScenarioError(InputError):
    """A scenario file that cannot be used."""


class PopulationError(InputError):
    """A population or persona file that cannot be used."""


class ModelSpecError(InputError):
    """A model SPEC that means nothing, or that needs something which is not installed."""


class TargetSpecError(InputError):
    """A target SPEC or target file that means nothing, or that needs what is not installed."""


class CaseError(InputError):
    """A regression case file that cannot be used."""


class ReferenceDataError(InputError):
    """Human reference data, or a table given as a sample, that cannot be used."""


class StatisticsError(InputError):
    """A statistic that is not defined for these data."""


class RunFileError(SimulateError):
    """A run file that cannot be opened, written or continued."""


class RunFileWarning(UserWarning):
    """A run file that can be read, and does not hold all that its run had."""


class TableWarning(UserWarning):
    """What was decided in reading a table, where its file does not say it."""


class TargetError(SimulateError):
    """The system under test did not do its part; that is a finding, and ends the dialogue."""


class TargetUnreachableError(TargetError):
    """Nobody is there: no connection, no such function, no such command."""


class TargetTimeoutError(TargetError):
    """The target did not answer within its time limit, or does not end its turn."""


class TargetReplyError(TargetError):
    """What came is not what the target file says; the message quotes it."""


class TargetSilentError(TargetError):
    """The target answered with nothing."""


class RunStoppedError(SimulateError):
    """No further call is made for now: the run stops, and can be resumed."""


class BudgetReachedError(RunStoppedError):
    """The next call could cross the budget: it is not made."""


class QuotaReachedError(RunStoppedError):
    """The endpoint serves nothing more until it is paid, or for longer than is waited."""


class LocalFaultError(RunStoppedError):
    """Something has run out on this machine, or `simulate` itself fails again and again.

    No dialogue is to blame: those that it hits go on when the run is resumed.
    """


class ModelError(SimulateError):
    """A model call that did not give a usable reply.

    Attributes:
        attempts: how often the request was sent, at least 1.
        paid: prompt, cached and completion tokens of answers that came and could not be used.
        paid_usd: what those cost; None where the price is unknown.
    """

    attempts = 1
    paid = (0, 0, 0)
    paid_usd: float | None = None


class EndpointError(ModelError):
    """No request to the endpoint can succeed: unreachable, wrong key, unknown model."""


class RequestRefusedError(ModelError):
    """The endpoint refuses this request, and says so; another one may well succeed."""


class ProtocolError(ModelError):
    """The endpoint's body is not the chat-completions protocol."""


class ReplyTruncatedError(ModelError):
    """The reply ran into the token limit before it was finished."""


class ContentFilteredError(ModelError):
    """The endpoint's content filter held the reply back."""


class ParseError(SimulateError):
    """A model's reply that cannot be read as what was asked for; the message quotes it.

    Args:
        rule: what is wrong with it, quoting a single short value at most.
        written: what was written, which the message quotes after the rule; None where the rule
            says it all.
        told: what the model is told of it; None for the rule.
        joint: what stands between the rule and the quotation.

    Attributes:
        told: what the model is told of it. It does not repeat what was written, which the model
            has before it.
    """

    def __init__(
        self,
        rule: str,
        written: str | None = None,
        *,
        told: str | None = None,
        joint: str = ": ",
    ) -> None:
        super().__init__(rule if written is None else f"{rule}{joint}{quote(written)}")
        self.told = rule if told is None else told


class EmptyDistributionError(ParseError):
    """A list of candidates was asked for, and an empty one came."""
