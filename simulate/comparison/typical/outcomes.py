"""Typical and tail values of an outcome, each with what a user said last before it.

Values are those that were drawn, in a few bins (`outcome_bins`). The *tail* are the least frequent
values that have at most 10 % of the dialogues together, and at least the least frequent one; all
others are *typical*. Of each value the
medoid of the last turns of users stands for the dialogues that came out so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from simulate.comparison.humans_of_groups import CellsAsOne
from simulate.comparison.outcome_bins import outcome_bins
from simulate.comparison.progress import Progress, Steps, untold
from simulate.comparison.samples import declared_outcome, refuse_free_text
from simulate.comparison.typical.distance import text_distance
from simulate.comparison.typical.reading import begun, choices, user_turns, users_of
from simulate.comparison.typical.result import TAIL, Example, Part, Representative, TypicalAndTail
from simulate.measures.medoids import medoids
from simulate.reference import Variable
from simulate.runfile.listed_replies import drawn_value, last_words

if TYPE_CHECKING:
    from simulate.runfile import RunReader

MOST_READ = 5000
"""Dialogues whose values are read."""
MOST_SAID = 80
"""Dialogues of a value whose last turns are set against each other."""
SHOWN = 3
FEW = 6
"""So many different values are all shown."""
NOBODY = "(no user says anything)"


def typical_outcomes(
    run: RunReader, outcome: str, cells: Sequence[str] = (), progress: Progress = untold
) -> TypicalAndTail:
    """Return the typical and the tail values of an outcome.

    Args:
        run: the run file.
        outcome: its name.
        cells: the label of the cell, if any; the first one for none.
        progress: is told of the steps.

    Raises:
        StatisticsError: there is no such outcome or cell, or it is free text.
    """
    declared = declared_outcome(run, outcome)
    refuse_free_text(outcome, declared)
    variable = Variable.of_outcome(outcome, declared)
    of_run, cell = choices(run, cells)
    steps = Steps(progress, 2)
    steps.begin("values are read")
    everybody = begun(run, cell, 0, completed=True)
    values = _values(run, everybody[:MOST_READ], outcome, variable)
    steps.begin("last words are set against each other")
    typical, tail = _parts(run, cell, values, variable)
    notes = [
        *cell.notes,
        "values are those that were drawn, and the text is what a user said last before it: the "
        "medoid of all that did",
    ]
    if len(everybody) > MOST_READ:
        notes.append(
            f"of {len(everybody):,} dialogues {MOST_READ:,} were read: those that come first by "
            "their keys, which are hashes"
        )
    return TypicalAndTail(
        outcome,
        None,
        tuple(each.position for each in user_turns(run, cell)),
        outcome,
        variable.unit,
        cell.label,
        tuple(each.label for each in of_run),
        len(values),
        len(everybody),
        len(values),
        typical.replies + tail.replies,
        typical,
        tail,
        text_distance().name,
        tuple(notes),
    )


def _values(
    run: RunReader, dialogues: Sequence[int], outcome: str, variable: Variable
) -> dict[int, float]:
    """Return the code of the outcome in the dialogues that have one and take part."""
    left_out = run.rules_of_dialogues() if run.scenario.exclude else {}
    found = {}
    for number in dialogues:
        value = None if number in left_out else drawn_value(run, number, outcome)
        if value is not None:
            found[number] = variable.encode(value)
    return found


def _parts(
    run: RunReader, cell: CellsAsOne, values: dict[int, float], variable: Variable
) -> tuple[Part, Part]:
    """Return the typical values and those of the tail, the most frequent first."""
    codes = np.array(list(values.values()))
    bins = outcome_bins(variable, [(codes, np.ones(len(codes)))])
    places = bins.places(codes)
    counts = np.bincount(places, minlength=len(bins.labels))
    order = [int(i) for i in np.argsort(-counts, kind="stable") if counts[i]]
    tail: list[int] = []
    weight = 0
    for place in reversed(order):
        if weight + counts[place] > TAIL * len(codes):
            break
        weight += int(counts[place])
        tail.insert(0, place)
    if not tail and len(order) > 1:
        tail = order[-1:]
    users = users_of(cell)
    numbers = list(values)
    most = FEW if len(order) <= FEW else SHOWN

    def part(some: Sequence[int]) -> Part:
        shown = [
            _of_value(
                run,
                [numbers[i] for i in np.flatnonzero(places == place).tolist()],
                users,
                bins.labels[place],
                len(codes),
            )
            for place in some[:most]
        ]
        share = float(sum(int(counts[place]) for place in some) / max(len(codes), 1))
        return Part(share, len(some), tuple(shown))

    return part([place for place in order if place not in tail]), part(tail)


def _of_value(
    run: RunReader, dialogues: Sequence[int], users: frozenset[str], label: str, total: int
) -> Representative:
    """Return what stands for the dialogues with a value."""
    said = [(n, *words) for n in dialogues[:MOST_SAID] if (words := last_words(run, n, users))]
    n, weight = len(dialogues), len(dialogues) / total
    if not said:
        return Representative(NOBODY, weight, n, n, 0, 0.0, Example(dialogues[0], 0, True), label)
    texts = [text for _, _, text in said]
    found = medoids(text_distance().of(texts), np.ones(len(texts)), 1)
    number, position, text = said[found.chosen[0]]
    return Representative(
        text,
        weight,
        n,
        n,
        len(set(texts)),
        found.spread[0],
        Example(number, position, drawn=True),
        label,
    )
