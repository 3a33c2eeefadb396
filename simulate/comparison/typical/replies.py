"""What typical and tail users say at a turn.

All replies that the dialogues of a cell list at the turn are pooled. Each dialogue has the same
weight in all, and gives it to its replies by their weights, so that a reply's weight in the pool is
the probability that a user of the cell, whoever it is, says it there. Equal replies (but for case,
accents and punctuation) and near-duplicates (`measures.diversity`) are one.

The *tail* is the least probable replies that have at most 10 % of the weight together, and at least
the least probable one; all others are the *typical* part. Within each part, up to three replies
stand for the others: weighted medoids (`measures.medoids`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulate.comparison.progress import Progress, Steps, untold
from simulate.comparison.typical.distance import TextDistance, text_distance
from simulate.comparison.typical.reading import (
    MOST_CANDIDATES,
    MOST_DIALOGUES,
    UserTurn,
    begun,
    choices,
    user_turns,
)
from simulate.comparison.typical.result import TAIL, Example, Part, Representative, TypicalAndTail
from simulate.measures.diversity import group_of_each, near_duplicates
from simulate.measures.medoids import medoids
from simulate.measures.normalization import answer_form
from simulate.runfile.listed_replies import Listed, listed_replies
from simulate.terminal.numbers import ordinal
from simulate.terminal.safe_text import counted
from simulate.verbalized import WORDLESS

if TYPE_CHECKING:
    from simulate.runfile import RunReader

SHOWN = 3
"""Replies that stand for each part, where there are many."""
FEW = 6
"""So many different replies are all shown, and none stands for another."""
ROUNDING = 1e-9


@dataclass(frozen=True)
class Reply:
    """A reply of the pool, in all its forms.

    Attributes:
        text: the form with most weight.
        weight: of all its forms, in [0, 1].
        drawn: how often one of them was drawn.
        dialogues: those that list one.
        example: where it was drawn; else where it is most probable.
    """

    text: str
    weight: float
    drawn: int
    dialogues: frozenset[int]
    example: Example


def typical_replies(
    run: RunReader,
    turn: int | None = None,
    cells: Sequence[str] = (),
    progress: Progress = untold,
    *,
    dialogue: int | None = None,
) -> TypicalAndTail:
    """Return what typical and tail users say at a turn.

    Args:
        run: the run file.
        turn: its index; where no user speaks there, the next one of a user is taken, or the last.
        cells: the label of the cell, if any; for none that of the dialogue whose turn it is, else
            the first in which users state distributions.
        progress: is told of the steps.
        dialogue: whose turn it is, by its place in the plan; it says nothing without a turn.

    Raises:
        StatisticsError: there is no such cell.
    """
    steps = Steps(progress, 3)
    steps.begin("replies are read")
    of_run, cell = choices(run, cells, None if turn is None else dialogue)
    labels = tuple(each.label for each in of_run)
    turns = user_turns(run, cell)
    after = [each for each in turns if each.position >= (turn or 0)]
    at = next(iter([*after, *turns[-1:]]), None)
    notes = list(cell.notes)
    if at is None:
        return TypicalAndTail(
            "any turn of a user", None, (), None, None, cell.label, labels, 0, 0, 0, 0, Part(),
            Part(), "", tuple(notes),
        )  # fmt: skip
    everybody = begun(run, cell, at.position + 1)
    left_out = run.rules_of_dialogues() if run.scenario.exclude else {}
    if lost := sum(number in left_out for number in everybody):
        notes.append(f"{counted(lost, 'dialogue')} left out by a rule of the scenario")
        everybody = [number for number in everybody if number not in left_out]
    pool = _pool(run, everybody, at)
    read = len({each.dialogue for each in pool})
    steps.begin("near-duplicates are joined")
    replies = pooled_replies(pool, at.position)
    steps.begin("texts are set against each other")
    how = text_distance()
    typical, tail = split(replies)
    most = FEW if len(replies) <= FEW else SHOWN
    if read < len(everybody):
        notes.append(
            f"of {len(everybody):,} dialogues {read:,} were read: those that come first by their "
            "keys, which are hashes"
        )
    return TypicalAndTail(
        f"turn {at.position} ({at.speaker})",
        at.position,
        tuple(each.position for each in turns),
        None,
        None,
        cell.label,
        labels,
        read,
        max(len(everybody), read),
        len(pool),
        len(replies),
        represented(typical, how, most),
        represented(tail, how, most),
        how.name,
        tuple(notes),
        _place(at, turns),
    )


def _place(at: UserTurn, turns: Sequence[UserTurn]) -> str:
    """Return which turn it is: `1 (persuadee, 1st of up to 10 turns)`."""
    own = [each.position for each in turns if each.speaker == at.speaker]
    which = f"{ordinal(own.index(at.position) + 1)} of up to {counted(len(own), 'turn')}"
    return f"{at.position} ({at.speaker}, {which})"


def _pool(run: RunReader, dialogues: Sequence[int], turn: UserTurn) -> list[Listed]:
    """Return what some dialogues list at a turn, of each all of it."""
    found: list[Listed] = []
    for number in dialogues[:MOST_DIALOGUES]:
        if len(found) >= MOST_CANDIDATES:
            break
        found += listed_replies(run, number, turn.position, turn.speaker)
    return found


def pooled_replies(pool: Sequence[Listed], turn: int) -> list[Reply]:
    """Return the different replies of a pool, the most probable first; their weights sum to 1.

    Args:
        pool: of each dialogue, weights that sum to 1.
        turn: the index of the turn that it is of.
    """
    dialogues = len({each.dialogue for each in pool})
    by_form: dict[str, list[Listed]] = {}
    for each in pool:
        by_form.setdefault(answer_form(each.text) or each.text, []).append(each)
    forms = list(by_form)
    owner = group_of_each(near_duplicates(forms))
    joined: dict[int, list[Listed]] = {}
    for form, group in zip(forms, owner.tolist(), strict=True):
        joined.setdefault(group, []).extend(by_form[form])
    found = [_reply(each, dialogues, turn) for each in joined.values()]
    return sorted(found, key=lambda each: (-each.weight, each.text))


def _reply(said: Sequence[Listed], dialogues: int, turn: int) -> Reply:
    forms: dict[str, float] = defaultdict(float)
    for each in said:
        forms[each.text] += each.weight
    text = max(forms, key=lambda form: (forms[form], form))
    own = [each for each in said if each.text == text]
    best = max(own, key=lambda each: (each.drawn, each.weight, -each.dialogue))
    return Reply(
        text or WORDLESS,
        sum(each.weight for each in said) / dialogues,
        sum(each.drawn for each in said),
        frozenset(each.dialogue for each in said),
        Example(best.dialogue, turn, best.drawn),
    )


def split(replies: Sequence[Reply], tail: float = TAIL) -> tuple[list[Reply], list[Reply]]:
    """Split replies, the most probable first, into the typical part and the tail.

    Where even the least probable one of several has more than that, it is the tail by itself.
    """
    taken, weight = 0, 0.0
    for each in reversed(replies):
        if weight + each.weight > tail + ROUNDING:
            break
        weight += each.weight
        taken += 1
    cut = len(replies) - (taken or int(len(replies) > 1))
    return list(replies[:cut]), list(replies[cut:])


def represented(replies: Sequence[Reply], how: TextDistance, most: int = SHOWN) -> Part:
    """Return a part with at most so many replies that stand for it."""
    if not replies:
        return Part()
    weights = np.array([each.weight for each in replies])
    distances = how.of([each.text for each in replies])
    found = medoids(distances, weights, most)
    shown = []
    for place, medoid in enumerate(found.chosen):
        around = [replies[i] for i in np.flatnonzero(found.owner == place).tolist()]
        own = replies[medoid]
        shown.append(
            Representative(
                own.text,
                found.weights[place],
                sum(each.drawn for each in around),
                len(frozenset().union(*(each.dialogues for each in around))),
                len(around),
                found.spread[place],
                own.example,
            )
        )
    return Part(float(weights.sum()), len(replies), tuple(shown))
