"""The values that a computed outcome could have had, where its parts were drawn independently.

What is on file of a computed outcome is its value, computed from the answers that were drawn. Each
answer was drawn from a distribution that is on file too. Given the dialogue, answers to different
questions are drawn independently of each other, unless one question remembers the answer to
another, or is asked by it. Where they are, the chance of a value is the sum over all combinations
of answers that lead to it, each with the product of its chances; elsewhere nothing is claimed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from simulate.runfile.dialogue import OutcomeValue, ValueCandidate
from simulate.scenario import Answer, Cell, Outcome
from simulate.scenario.computing import Fold
from simulate.scenario.outcome_kind import OutcomeScalar

MOST_STATES = 10_000
"""Of more, which only sums of many amounts have, nothing is computed."""

Chances = tuple[float, float]
"""Of a combination of answers: its weight, and its chance to be drawn."""


def drawn_parts(name: str, outcomes: Mapping[str, Outcome], cell: Cell) -> list[str] | None:
    """Return the outcomes that were drawn, of those that a computed one goes back to.

    Returns:
        None where they were not all drawn, and independently of each other.
    """
    found = list(leaves(name, outcomes))
    alone = len(found) == 1
    for part in found:
        outcome = outcomes[part]
        if not (outcome.asked or outcome.judged) or outcome.applies_if:
            return None
        if part in cell.remembered and not alone:
            return None
    return found if len(set(found)) == len(found) else None


def leaves(name: str, outcomes: Mapping[str, Outcome]) -> Iterator[str]:
    """Yield the outcomes that a computed one goes back to; itself where it is not computed."""
    outcome = outcomes[name]
    if outcome.computed is None or outcome.applies_if:
        yield name
    else:
        for part in outcome.computed.parts:
            yield from leaves(part, outcomes)


def possible_values(
    name: str, folds: Mapping[str, Fold], measured: Mapping[str, OutcomeValue]
) -> tuple[ValueCandidate, ...] | None:
    """Return the values that a computed outcome could have had.

    Args:
        name: the outcome's.
        folds: how it is computed, and those of its parts that are computed.
        measured: those of them that were drawn.

    Returns:
        Them in order, with their chances; None where a part was not drawn, or they are too many.
    """
    fold = folds[name]
    states: dict[object, Chances] = {fold.start: (1.0, 1.0)}
    for part in fold.parts:
        if part in folds:
            candidates = possible_values(part, folds, measured)
        else:
            candidates = measured[part].candidates if part in measured else None
        if candidates is None:
            return None
        counted = [
            (fold.counted(part, Answer(c.value, c.applies)), (c.weight, c.chance))
            for c in candidates
        ]
        after: dict[object, Chances] = {}
        for state, before in states.items():
            for number, chances in counted:
                both = (before[0] * chances[0], before[1] * chances[1])
                _add(after, fold.add(state, number), both)
        if len(after) > MOST_STATES:
            return None
        states = after
    found: dict[Answer, Chances] = {}
    for state, chances in states.items():
        _add(found, fold.end(state), chances)
    return tuple(
        ValueCandidate(answer.value, None, *found[answer], answer.applies)
        for answer in sorted(found, key=_place)
    )


def _place(answer: Answer) -> tuple[bool, OutcomeScalar]:
    return answer.value is None, 0 if answer.value is None else answer.value


def _add(found: dict[Any, Chances], key: Any, more: Chances) -> None:
    """Add chances to those of a state or value."""
    weight, chance = found.get(key, (0.0, 0.0))
    found[key] = (weight + more[0], chance + more[1])
