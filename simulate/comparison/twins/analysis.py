"""Find the twins of two cells, sort them by the difference of their outcomes, and contrast them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulate.comparison.humans_of_groups import cells_told_apart, humans_of
from simulate.comparison.progress import Progress, untold
from simulate.comparison.summary.contrasts import of_two_cells
from simulate.comparison.twins.parting import parting
from simulate.comparison.twins.result import STATES, PairCounts, TwinDetail, TwinDialogues, Twins
from simulate.errors import StatisticsError
from simulate.reference import Variable
from simulate.runfile import RunReader
from simulate.runfile.dialogue import UNFINISHED
from simulate.runfile.dialogue_list import DialogueRow, dialogue_rows
from simulate.runfile.twin_pairs import (
    TwinRow,
    cells_with_twins,
    dialogues_of_cells,
    parts_at,
    twin_rows,
)
from simulate.scenario import DOES_NOT_APPLY
from simulate.scenario.outcome_kind import OUTCOME_KINDS

MOST_TOP = 20
"""Pairs in a report."""
MOST_LOOKED = 2_000
"""Pairs of which it is looked up where they part."""
ROUNDING = 1e-9
BETWEEN = 200
"""Pairs between two signs of progress."""


def twins(
    run: RunReader, outcome: str | None = None, a: int | None = None, b: int | None = None
) -> Twins:
    """Return the pairs of two cells; nothing is read of what was said.

    Args:
        run: the run file.
        outcome: by whose difference they are sorted; the first of interest for None.
        a: the index of the first cell; for None that of the first planned contrast, else the first.
        b: of the second; for None the first that shares personas with it.

    Raises:
        StatisticsError: there is no such outcome or cell.
    """
    labels = tuple(cell.label for cell in run.cells)
    for index in (a, b):
        if index is not None and not 0 <= index < len(labels):
            raise StatisticsError(f"{run.path}: there is no cell {index}; it has {len(labels)}")
    name, variable = _outcome(run, outcome)
    planned = None if a is not None or b is not None else _planned(run)
    first, second = planned or _two(run, a, b)
    unit = None if variable is None else variable.unit
    numeric = variable is not None and variable.has_mean
    none = np.array([])
    ids = none.astype(np.int64)
    empty = Twins(
        run.path,
        labels,
        first,
        second,
        name,
        unit,
        numeric,
        PairCounts(),
        ids,
        ids,
        none,
        none.astype(np.int8),
    )
    if second is None or first == second:
        return replace(empty, why_none=_one_cell(labels, second))
    found = _sorted(run, replace(empty, withheld=_withheld(run, first, second, variable)), variable)
    if not found.counts.pairs:
        others = [labels[c] for c in cells_with_twins(run, first)]
        return replace(found, why_none=_no_pair(labels[first], labels[second], others))
    return found


def with_contrast(
    run: RunReader,
    found: Twins,
    progress: Progress = untold,
    partly: Callable[[Twins], None] = lambda found: None,
) -> Twins:
    """Return the same with the contrast of the cells, and where pairs part.

    Args:
        run: the run file.
        found: the pairs.
        progress: is told how far it is.
        partly: is given the pairs, and then where they part, before the contrast is known.

    Raises:
        RunFileError: the run file cannot be read.
    """
    if found.why_none or found.b is None:
        return found
    cells = run.cells[found.a], run.cells[found.b]
    ended = np.flatnonzero(found.states != STATES["unfinished"])
    partly(found)
    looked = ended[:: max(1, -(-len(ended) // MOST_LOOKED))]
    parted: Counter[int] = Counter()
    speakers: dict[int, str] = {}
    for done, place in enumerate(looked.tolist()):
        if done % BETWEEN == 0:
            progress(done, len(looked), "pairs")
        turn, speaker = parts_at(run, int(found.left[place]), int(found.right[place]))
        parted[turn] += 1
        if speaker is not None:
            speakers.setdefault(turn, speaker)
    found = replace(
        found,
        parted=dict(parted),
        speakers=speakers,
        looked=len(looked),
        top=tuple(twin_details(run, found, 0, MOST_TOP)),
        example=example_of(run, found, 0),
    )
    partly(found)
    contrast: tuple[Any, ...] = ()
    _, variable = _outcome(run, found.outcome)
    if variable is not None and found.counts.compared and not found.withheld:
        contrast = of_two_cells(run, variable.name, variable, *cells, progress)
    return replace(found, contrast=contrast)


def example_of(run: RunReader, found: Twins, place: int) -> TwinDialogues | None:
    """Return the two dialogues of a pair, by its place in the order, and where they part."""
    for pair in found.at(place, place + 1):
        a, b = run.dialogue(pair.a), run.dialogue(pair.b)
        return TwinDialogues(pair, a, b, parting(run, a, b))
    return None


def twin_details(run: RunReader, found: Twins, start: int, stop: int) -> list[TwinDetail]:
    """Return what a list shows of some pairs, in their order; a pair that is gone is left out."""
    some = found.at(start, stop)
    names = () if found.outcome is None else (found.outcome,)
    ids = [number for pair in some for number in (pair.a, pair.b)]
    rows = {row.id: row for row in dialogue_rows(run, ids, found.cells, names)}
    shown = _shown(run, found)
    return [
        TwinDetail(
            pair,
            rows[pair.a].persona,
            rows[pair.a].replicate,
            shown(rows[pair.a]),
            shown(rows[pair.b]),
            *parts_at(run, pair.a, pair.b),
        )
        for pair in some
        if pair.a in rows and pair.b in rows
    ]


def _shown(run: RunReader, found: Twins) -> Callable[[DialogueRow], str]:
    """Return what writes the outcome of a dialogue, or how far it is."""
    kind = None if found.outcome is None else run.scenario.outcomes[found.outcome].kind

    def shown(row: DialogueRow) -> str:
        if row.status != "completed":
            return row.status
        if kind is None:
            return ""
        (value,) = row.outcomes
        return "missing" if value is None else OUTCOME_KINDS[kind].told(value)

    return shown


def _outcome(run: RunReader, asked: str | None) -> tuple[str | None, Variable | None]:
    """Return the outcome that is asked for, or the first that can be coded."""
    outcomes = run.scenario.outcomes
    if asked is not None and asked not in outcomes:
        have = ", ".join(outcomes) or "none"
        raise StatisticsError(f"{run.path}: there is no outcome {asked}; it has: {have}")
    names = run.scenario.outcomes_by_interest if asked is None else (asked,)
    coded = [name for name in names if OUTCOME_KINDS[outcomes[name].kind].has_codes]
    if not coded:
        return asked, None
    return coded[0], Variable.of_outcome(coded[0], outcomes[coded[0]])


def _planned(run: RunReader) -> tuple[int, int] | None:
    """Return the cells of the first planned contrast of two single cells."""
    number = {cell.label: cell.index for cell in run.cells}
    for each in run.scenario.contrasts.values():
        a, b = each.cells
        if a in number and b in number:
            return number[a], number[b]
    return None


def _withheld(run: RunReader, a: int, b: int, variable: Variable | None) -> str:
    """Say why the outcome of two cells has no number; empty where it may have one."""
    if variable is None:
        return ""
    try:
        cells_told_apart(
            run, (run.cells[a], run.cells[b]), lambda: humans_of(run, variable.name, variable)
        )
    except StatisticsError as error:
        return str(error).removeprefix(f"{run.path}: ")
    return ""


def _two(run: RunReader, a: int | None, b: int | None) -> tuple[int, int | None]:
    """Return two cells that share personas, where there are such."""
    first = a if a is not None else next((c.index for c in run.cells if c.index != b), 0)
    if b is not None:
        return first, b
    meeting = cells_with_twins(run, first)
    others = [cell.index for cell in run.cells if cell.index != first]
    return first, next(iter(meeting or others), None)


def _one_cell(labels: tuple[str, ...], second: int | None) -> str:
    if second is None:
        return (
            f"This run has one cell ({labels[0]}): twins need two. Give the scenario a condition "
            "with two levels, and the same personas meet both."
        )
    return "A and B are the same cell: choose another one (a or b)."


def _no_pair(a: str, b: str, others: list[str]) -> str:
    told = f" Cells with the personas of {a}: {', '.join(others)}." if others else ""
    return (
        f"No persona meets both {a} and {b}: the design is between persons, and there are no "
        f"twins.{told} Their distributions can be compared (2)."
    )


def _sorted(run: RunReader, found: Twins, variable: Variable | None) -> Twins:
    """Return all pairs by their differences, then those without one.

    First come those that differ most in the direction of the mean, last those most against it.
    """
    assert found.b is not None  # noqa: S101
    excluded = run.rules_of_dialogues() if run.scenario.exclude else {}
    differ = _differ(variable, found.outcome)
    states: list[int] = []
    left: list[int] = []
    right: list[int] = []
    differences: list[float] = []
    for row in twin_rows(run, found.a, found.b, found.outcome):
        state = _state(row, found.outcome, excluded)
        states.append(STATES[state])
        left.append(row.a)
        right.append(row.b)
        differences.append(differ(row) if state == "compared" else np.nan)
    all_ = Counter(states)
    sizes = dialogues_of_cells(run)
    counts = PairCounts(*(all_[place] for place in range(6)))._replace(
        alone_a=sizes.get(found.a, 0) - len(states), alone_b=sizes.get(found.b, 0) - len(states)
    )
    values, kinds = np.array(differences, dtype=np.float64), np.array(states, dtype=np.int8)
    order = np.lexsort((kinds, -_along(values), np.isnan(values)))
    return replace(
        found,
        counts=counts,
        left=np.array(left, dtype=np.int64)[order],
        right=np.array(right, dtype=np.int64)[order],
        differences=values[order],
        states=kinds[order],
    )


def _along(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return differences in the direction of their mean; without one, how large they are."""
    plain = np.nan_to_num(values)
    mean = plain.sum()
    return np.sign(mean) * plain if abs(mean) > ROUNDING else np.abs(plain)


def _state(row: TwinRow, outcome: str | None, excluded: dict[int, str]) -> str:
    status = {row.status_a, row.status_b}
    if "failed" in status:
        return "failed"
    if status & UNFINISHED:
        return "unfinished"
    if row.a in excluded or row.b in excluded:
        return "excluded"
    values = (row.value_a, row.value_b)
    if outcome is None:
        return "compared"
    if None in values:
        return "missing"
    return "not_applicable" if DOES_NOT_APPLY in values else "compared"


def _differ(variable: Variable | None, outcome: str | None) -> Callable[[TwinRow], float]:
    """Return what gives the difference of two values."""
    if outcome is None:
        return lambda row: np.nan
    if variable is None or not variable.has_mean:
        return lambda row: float(row.value_a != row.value_b)

    @lru_cache(10_000, typed=True)
    def score(value: Any) -> float:
        return float(variable.scored(np.array([variable.encode(value)]))[0])

    return lambda row: score(row.value_a) - score(row.value_b)
