"""Carry out what a scenario declares as a check, one file for each kind of looking.

A check that cannot be carried out is a verdict `error` with a reason in one line; nothing but
`EndpointError` (the judge serves nobody) and `BudgetReachedError` leaves this room.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from simulate.engine.examiner import AskJudge
from simulate.errors import BudgetReachedError, EndpointError, InputError
from simulate.files.patterns import PatternTooSlowError
from simulate.runfile import Call, CheckVerdict, Examined
from simulate.scenario import Check
from simulate.stress.checks.form import json_schema, latency, length, repeats
from simulate.stress.checks.goal import path_problem, reaches
from simulate.stress.checks.judged import judged
from simulate.stress.checks.language import language, language_problem
from simulate.stress.checks.leaks import leaks
from simulate.stress.checks.phrases import contains, lacks, matches, never_matches
from simulate.stress.checks.pii import pii
from simulate.stress.checks.python_check import Function, call, load
from simulate.stress.checks.result import CannotCheckError, Finding, Look, attributed_to, look
from simulate.stress.checks.schemas import schema_problem

__all__ = [
    "UNFOUND",
    "CannotCheckError",
    "Finding",
    "Function",
    "Look",
    "carry_out",
    "load",
    "problem",
]

_WAYS: dict[str, Callable[[Look], Finding]] = {
    "contains": contains,
    "lacks": lacks,
    "matches": matches,
    "never_matches": never_matches,
    "json_schema": json_schema,
    "length": length,
    "latency": latency,
    "language": language,
    "repeats": repeats,
    "leaks": leaks,
    "pii": pii,
    "reaches": reaches,
}
"""The ways that need no model and no code of the user's."""

LONGEST_QUOTE = 2_000
"""Characters of a turn that a verdict quotes, and of its reason; the turn itself is on file."""

UNFOUND = "what it comes `after` was said by nobody"
"""The reason of a check that passes because there is nothing to look at."""


def problem(check: Check) -> str | None:
    """Return why a check can never be carried out, beginning with the field; None where it can."""
    if check.json_schema is not None and (found := schema_problem(check.json_schema)):
        return f"json_schema: {found}"
    if check.language is not None and "{" not in check.language:
        found = language_problem(check.language)
        return f"language: {found}" if found else None
    if check.reaches is not None and check.reaches.state is not None:
        found = path_problem(check.reaches.state.path)
        return f"reaches.state.path: {found}" if found else None
    return None


def _never_spoke(look: Look) -> bool:
    """Tell whether a check of what is said has nothing to go by: its speaker had no turn at all.

    So it is where a user leaves with its first message. That no turn says something wrong would
    then be true, and a pass of a target that nobody heard.
    """
    if look.check.way in ("reaches", "python"):
        return False
    return not any(turn.speaker == look.speaker for turn in look.dialogue.turns)


async def carry_out(
    name: str,
    check: Check,
    dialogue: Examined,
    ask: AskJudge,
    *,
    function: Function | None = None,
    description: str = "",
) -> CheckVerdict:
    """Carry out one check on one dialogue.

    Args:
        name: the check's name.
        check: what is declared.
        dialogue: what it is carried out on.
        ask: asks the judge.
        function: the function of a check by `python`.
        description: of the scenario, for the judge.

    Raises:
        EndpointError: the judge's endpoint serves nobody as things stand.
        BudgetReachedError: the budget allows no further call.
    """
    whose = attributed_to(check, dialogue)
    calls: Sequence[Call] = ()
    try:
        looked = look(name, check, dialogue)
        if looked is None:
            found = Finding("pass", UNFOUND)
        elif _never_spoke(looked):
            found = Finding("abstain", f"{looked.speaker} had no turn")
        elif check.way == "judged":
            found, calls = await judged(looked, ask, description)
        elif check.way == "python":
            if function is None:
                raise CannotCheckError("python: the function is not loaded")
            found = await call(function, dialogue)
        else:
            found = _WAYS[check.way](looked)
    except (EndpointError, BudgetReachedError):
        raise
    except (CannotCheckError, PatternTooSlowError, InputError) as error:
        found = Finding("error", " ".join(str(error).split()))
    except Exception as error:  # a fault of ours must not cost the other checks their verdicts
        reason = f"{type(error).__name__}: {error} (a fault of simulate itself; please report)"
        found = Finding("error", " ".join(reason.split()))
    return CheckVerdict(
        name,
        found.verdict,
        whose,
        found.probability,
        found.turn,
        found.reason[:LONGEST_QUOTE],
        found.quote[:LONGEST_QUOTE],
        found.disagreement,
        calls,
    )
