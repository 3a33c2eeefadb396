"""Whether to go on: `--until-saturated`.

Saturated are dialogues of which three things hold:

- the one-sided 95 % upper bound of `missing`, the expected share of the next dialogue's types of
  behaviour that are new, lies below 5 %;
- that was so at the last look, too: looks are `EVERY` dialogues apart, and one look in a row of
  many is below by luck more often than two;
- no new kind of failure came in the last `QUIET` = 59 dialogues. A kind is a failed check, or a
  failed check together with the type of the user's turn before it. Were the chance of a new
  kind 5 % or more a dialogue, 59 dialogues without one had a chance of at most 0.95⁵⁹ < 5 %.

How often stopping is premature, by simulation: docs/stress-statistics.md. It says nothing of what
a dialogue could show with other personas, another scenario, or a rule of drawing that never takes
some candidates.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from simulate.statistics.confidence import CONFIDENCE
from simulate.stress.statistics.behaviours import Behaviours
from simulate.stress.statistics.coverage import coverage

__all__ = ["EVERY", "MISSING", "QUIET", "Saturation", "saturation"]

MISSING = 0.05
"""The share of new types in the next dialogue that is put up with."""
QUIET = 59
"""So many dialogues in a row must bring no new kind of failure."""
EVERY = 10
"""A look is taken after so many dialogues."""


@dataclass(frozen=True, slots=True)
class Saturation:
    """Whether more dialogues would show more.

    Attributes:
        saturated: whether to stop.
        missing: expected share of the next dialogue's types that are new; None with fewer than
            two personas.
        missing_upper: its one-sided upper bound; None with fewer than two personas.
        since_new_failure: how many dialogues brought no new kind of failure since the last that
            did, or since the beginning.
        kinds: how many kinds of failure were seen.
        reason: in words.
    """

    saturated: bool
    missing: float | None
    missing_upper: float | None
    since_new_failure: int
    kinds: int
    reason: str


def saturation(
    found: Behaviours,
    *,
    most: float = MISSING,
    quiet: int = QUIET,
    confidence: float = CONFIDENCE,
) -> Saturation:
    """Tell whether dialogues are saturated; see the module.

    Args:
        found: types of behaviour of the dialogues so far, without gaps in the order of the plan,
            so that the answer does not depend on concurrency.
        most: the share of new types that is put up with, in (0, 1).
        quiet: so many dialogues must bring no new kind of failure.
        confidence: of the one-sided bound, in [0.5, 1).
    """
    now = coverage(found, confidence)
    earlier = coverage(_first(found, len(found.dialogues) - EVERY), confidence)
    since, kinds = _failures(found)
    upper, before = now.missing_upper, earlier.missing_upper
    told = f"after {len(found.dialogues):,} dialogues"
    if now.missing is None or upper is None:
        reason = f"{told} nothing can be said: dialogues of two personas are needed"
        return Saturation(False, None, None, since, kinds, reason)
    share = (
        f"{100 * now.missing:.2g} % of what the next one shows would be new "
        f"(upper bound {100 * upper:.2g} %)"
    )
    state = Saturation(False, now.missing, upper, since, kinds, "")
    if upper >= most:
        return replace(state, reason=f"{told} {share}, and below {100 * most:g} % is wanted")
    if before is None or before >= most:
        return replace(state, reason=f"{told} {share}; {EVERY} dialogues ago it was not so yet")
    if since < quiet:
        late = f"a new kind of failure came {since:,} dialogues ago, fewer than {quiet}"
        return replace(state, reason=f"{told} {share}, but {late}")
    calm = f"the last {since:,} brought no new kind of failure"
    return replace(state, saturated=True, reason=f"{told} {share}; {calm}")


def _first(found: Behaviours, count: int) -> Behaviours:
    """Return the first dialogues. Their types are the same, as later turns never move a turn."""
    types = found.types[: max(0, count)]
    last = max((kind for some in types for kind in some), default=-1)
    return replace(
        found,
        dialogues=found.dialogues[: max(0, count)],
        types=types,
        examples=found.examples[: last + 1],
    )


def _failures(found: Behaviours) -> tuple[int, int]:
    """Return how many dialogues came since the last new kind of failure, and how many kinds."""
    seen: set[tuple[str, int | None]] = set()
    since = 0
    for dialogue, types in zip(found.dialogues, found.types, strict=True):
        before = len(seen)
        for check, verdict in dialogue.verdicts.items():
            if verdict != "fail":
                continue
            seen.add((check, None))
            turn = dialogue.failed_after.get(check)
            if turn and turn <= len(types):
                seen.add((check, types[turn - 1]))
        since = 0 if len(seen) > before else since + 1
    return since, len(seen)
