"""Distributions of a run: outcomes against humans, entropy over the turns, stated against drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulate.comparison import Comparison, Sample, Settings, compare_samples, load_reference
from simulate.comparison.samples import from_run
from simulate.errors import InputError, StatisticsError
from simulate.reference import Reference, Variable
from simulate.statistics.support import histogram as binned
from simulate.tui.queries import RunView

__all__ = [
    "Calibration",
    "EntropyAt",
    "Side",
    "Spread",
    "calibration",
    "compared",
    "ecdf",
    "entropy_by_turn",
    "histogram",
    "human_reference",
    "sides_of",
    "spread",
    "spread_data",
]

BINS = 10
MOST_TURNS = 20_000


class Side(NamedTuple):
    """One cell of one run: what is put beside another.

    Attributes:
        path: of the run file.
        cell: the cell's index.
        label: the cell's label, with the run's name before it where that is another run.
    """

    path: Path
    cell: int
    label: str


class EntropyAt(NamedTuple):
    """Mean entropy of the distributions at one turn.

    Attributes:
        position: the turn index, from 0.
        mean: in nats.
        turns: how many distributions it is the mean of.
    """

    position: int
    mean: float
    turns: int


class Calibration(NamedTuple):
    """Candidates whose stated probability lies in one bin.

    Attributes:
        low: lower end of the bin; the upper one is `high`.
        high: the last bin holds its upper end, and what is stated above 1.
        stated: mean stated probability.
        weight: mean weight.
        drawn: share of them that was drawn.
        candidates: how many.
    """

    low: float
    high: float
    stated: float
    weight: float
    drawn: float
    candidates: int


@dataclass(frozen=True, eq=False)
class Spread:
    """What one or two sides look like.

    Attributes:
        outcome: the outcome's name.
        variable: what is measured.
        reference: the human values, or None.
        why_none: why there is no reference; empty where there is one.
        samples: the values of each side, in order.
        entropy: of each side.
        calibration: of each side.
        of_turns: of how many distributions the calibration is, and of how many there are.
    """

    outcome: str
    variable: Variable
    reference: Reference | None
    why_none: str
    samples: tuple[Sample, ...]
    entropy: tuple[tuple[EntropyAt, ...], ...]
    calibration: tuple[tuple[Calibration, ...], ...]
    of_turns: tuple[tuple[int, int], ...]


def sides_of(view: RunView, named: bool = False) -> list[Side]:
    """Return the cells of a run as sides; `named` puts the run's name before them."""
    prefix = f"{view.path.stem}: " if named else ""
    return [Side(view.path, i, prefix + label) for i, label in enumerate(view.cells)]


def human_reference(view: RunView, outcome: str) -> tuple[Reference | None, str]:
    """Return the reference that the scenario names for an outcome, or why there is none."""
    spec = view.reader.scenario.compare.get(outcome)
    if spec is None:
        return None, f"the scenario names no reference for {outcome}"
    try:
        return load_reference(spec, outcome), ""
    except InputError as error:
        return None, str(error)


def _variable(view: RunView, outcome: str) -> Variable:
    spec = view.reader.scenario.outcomes[outcome]
    levels = tuple(spec.levels) if spec.levels else None
    return Variable(outcome, spec.kind, spec.unit, spec.support, levels)


def spread(view: RunView, outcome: str, sides: Sequence[Side]) -> Spread:
    """Read the distributions of some sides.

    Raises:
        StatisticsError: a side's run has no such outcome.
        RunFileError: a run file cannot be read.
    """
    reference, why = human_reference(view, outcome)
    variable = reference.variable if reference is not None else _variable(view, outcome)
    samples, entropies, calibrations, numbers = [], [], [], []
    for side in sides:
        own = view if side.path == view.path else RunView(side.path)
        try:
            samples.append(_sample(own, outcome, variable, side))
            entropies.append(entropy_by_turn(own, side.cell))
            bins, number = calibration(own, side.cell)
            calibrations.append(bins)
            numbers.append(number)
        finally:
            if own is not view:
                own.close()
    return Spread(
        outcome,
        variable,
        reference,
        why,
        tuple(samples),
        tuple(entropies),
        tuple(calibrations),
        tuple(numbers),
    )


def _sample(view: RunView, outcome: str, variable: Variable, side: Side) -> Sample:
    prefix = side.label.removesuffix(view.cells[side.cell])
    return from_run(view.reader, outcome, variable, cell=str(side.cell), prefix=prefix)[0]


def compared(found: Spread, settings: Settings | None = None) -> Comparison | None:
    """Compare the samples with the humans; None where there is nothing to compare.

    The numbers are those of `simulate compare` on the same cells.
    """
    if found.reference is None or not any(sample.n for sample in found.samples):
        return None
    return compare_samples(found.samples, found.reference, outcome=found.outcome, settings=settings)


def entropy_by_turn(view: RunView, cell: int) -> tuple[EntropyAt, ...]:
    """Return the mean entropy at each turn that draws from a distribution."""
    sql = """SELECT t.position, avg(t.entropy), count(*) FROM turn t
        JOIN dialogue d ON d.id = t.dialogue
        WHERE d.cell = ? AND t.entropy IS NOT NULL GROUP BY t.position ORDER BY t.position"""
    return tuple(EntropyAt(*row) for row in view.reader.rows(sql, (cell,)))


def calibration(
    view: RunView, cell: int, most: int = MOST_TURNS
) -> tuple[tuple[Calibration, ...], tuple[int, int]]:
    """Return how often candidates of a stated probability were drawn.

    Of a large run only every n-th dialogue is read.

    Args:
        view: the run.
        cell: the cell's index.
        most: about how many turns to read at most.

    Returns:
        The bins that hold candidates, and how many turns were read of how many there are.
    """
    sql = "SELECT coalesce(sum(distributions), 0) FROM dialogue WHERE cell = ?"
    turns = int(next(view.reader.rows(sql, (cell,)))[0])
    every = max(1, -(-turns // most))
    sql = """SELECT min(CAST(c.value ->> 1 AS REAL) * ?, ? - 1) AS bin,
            avg(c.value ->> 1), avg(c.value ->> 2), avg(c.key = t.chosen), count(*)
        FROM dialogue d JOIN turn t ON t.dialogue = d.id, json_each(t.candidates) c
        WHERE d.cell = ? AND (d.id / ?) % ? = 0 AND t.candidates IS NOT NULL
            AND c.value ->> 1 IS NOT NULL
        GROUP BY CAST(bin AS INTEGER) ORDER BY bin"""
    cells = len(view.cells)
    found = []
    values = (BINS, BINS, cell, cells, every)
    for low, stated, weight, drawn, number in view.reader.rows(sql, values):
        at = int(low)
        found.append(Calibration(at / BINS, (at + 1) / BINS, stated, weight, drawn, number))
    sql = """SELECT coalesce(sum(distributions), 0) FROM dialogue
        WHERE cell = ? AND (id / ?) % ? = 0"""
    read = int(next(view.reader.rows(sql, (cell, cells, every)))[0])
    return tuple(found), (read, turns)


def ecdf(
    values: NDArray[np.float64], weights: NDArray[np.float64], low: float, high: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the corners of the empirical distribution function, as a line to draw.

    Args:
        values: (m,) codes.
        weights: (m,) ≥ 0.
        low: where the line begins, at 0.
        high: where it ends, at 1.
    """
    points, index = np.unique(values, return_inverse=True)
    mass = np.bincount(index, weights=weights) / weights.sum()
    heights = np.cumsum(mass)
    before = np.concatenate([[0.0], heights[:-1]])
    x = np.concatenate([[min(low, points[0])], np.repeat(points, 2), [max(high, points[-1])]])
    y = np.concatenate([[0.0], np.stack([before, heights], axis=1).ravel(), [1.0]])
    return x, y


def histogram(
    variable: Variable,
    values: NDArray[np.float64],
    weights: NDArray[np.float64],
    edges: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the share of the weight in each bin, or at each level; sums to 1."""
    if variable.categories is not None:
        counts = np.bincount(
            values.astype(np.int64), weights=weights, minlength=len(variable.categories)
        )
        return np.asarray(counts / counts.sum(), dtype=np.float64)
    return binned(values, weights, edges)


def spread_data(view: RunView) -> dict[str, Any]:
    """Return what the page of distributions shows, for all cells and outcomes."""
    found: dict[str, Any] = {"run": str(view.path), "cells": list(view.cells), "outcomes": {}}
    sides = sides_of(view)
    for outcome in view.outcomes:
        try:
            each = spread(view, outcome, sides)
            comparison = compared(each)
        except StatisticsError as error:
            found["outcomes"][outcome] = {"problem": str(error)}
            continue
        found["outcomes"][outcome] = {
            "problem": each.why_none or None,
            "comparison": None if comparison is None else comparison.to_dict(),
        }
    entropies = {side.label: entropy_by_turn(view, side.cell) for side in sides}
    found["entropy"] = {k: [e._asdict() for e in v] for k, v in entropies.items()}
    found["stated_against_drawn"] = {}
    for side in sides:
        bins, (read, turns) = calibration(view, side.cell)
        found["stated_against_drawn"][side.label] = {
            "turns_read": read,
            "turns": turns,
            "bins": [b._asdict() for b in bins],
        }
    return found
