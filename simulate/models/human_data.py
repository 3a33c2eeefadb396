"""Human data that leave this machine: for a reason that somebody states, and for no other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from simulate.errors import InputError, one_line

OPTION = "--share-human-data"
LONGEST_REASON = 1000
"""Characters of a reason, at most."""


@dataclass(frozen=True, slots=True)
class SharedData:
    """What people gave, and is sent to endpoints elsewhere.

    Attributes:
        reason: why it may be.
        data: what it is, such as `the people of population panel`.
        endpoints: who gets it, by the names that stand in the run file.
    """

    reason: str
    data: tuple[str, ...]
    endpoints: tuple[str, ...]


def checked_reason(reason: str | None, option: str = OPTION) -> str | None:
    """Return a reason, which an option gives, on one line.

    Raises:
        InputError: it says nothing, or too much.
    """
    if reason is None:
        return None
    said = " ".join(reason.split())
    if not said:
        raise InputError(f"{option}: the reason is empty; say who allows it, and for what")
    if len(said) > LONGEST_REASON:
        raise InputError(f"{option}: the reason has more than {LONGEST_REASON:,} characters")
    return said


def shared(
    data: Iterable[str],
    endpoints: Iterable[str],
    reason: str | None,
    before: Mapping[str, Any] | None = None,
) -> SharedData | None:
    """Return what is shared with whom; None where nothing is.

    Args:
        data: what people gave.
        endpoints: those that get it and are not on this machine.
        reason: why it may be sent there; None where nobody has said so.
        before: what was shared, as a run file holds it: its reason holds for its endpoints.

    Raises:
        InputError: there is no reason.
    """
    what, whom = tuple(dict.fromkeys(data)), tuple(dict.fromkeys(endpoints))
    if not what or not whom:
        return None
    if reason is None and before is not None and set(whom) <= set(before["endpoints"]):
        reason = str(before["reason"])
    if reason is None:
        raise InputError(
            f"{one_line(', '.join(what))} would be sent to {', '.join(whom)}, which is not on this "
            f"machine: say why they may be sent, by {OPTION} REASON, or name a model on this "
            "machine; a table that is nobody's data says `invented: true` (docs/human-data.md)"
        )
    return SharedData(reason, what, whom)
