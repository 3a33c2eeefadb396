"""Distributions of a run: outcomes against humans, entropy over the turns, stated against drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulate.comparison import Comparison, Sample, Settings, compare_samples, load_reference
from simulate.comparison.progress import Progress, untold
from simulate.comparison.samples import from_run
from simulate.comparison.summary import summaries
from simulate.errors import InputError, StatisticsError
from simulate.reference import Reference, Variable
from simulate.runfile.draw_statistics import (
    EntropyAt,
    StatedBins,
    mean_entropies,
    stated_bins,
)
from simulate.runfile.run_view import RunView
from simulate.statistics.support import histogram as binned


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


@dataclass(frozen=True, eq=False)
class SideBySide:
    """What one or two sides look like.

    Attributes:
        outcome: the outcome's name.
        variable: what is measured.
        reference: the human values, or None.
        why_none: why there is no reference; empty where there is one.
        samples: the values of each side, in order.
        entropy: of each side, turn by turn.
        stated: of each side, what was stated against what was drawn.
    """

    outcome: str
    variable: Variable
    reference: Reference | None
    why_none: str
    samples: tuple[Sample, ...]
    entropy: tuple[tuple[EntropyAt, ...], ...]
    stated: tuple[StatedBins, ...]


def sides_of(view: RunView, named: bool = False) -> list[Side]:
    """Return the cells of a run as sides; `named` puts the run's name before them."""
    prefix = f"{view.path.stem}: " if named else ""
    return [Side(view.path, i, prefix + label) for i, label in enumerate(view.cells)]


def human_reference(view: RunView, outcome: str) -> tuple[Reference | None, str]:
    """Return the reference that the scenario names for an outcome, or why there is none."""
    spec = view.reader.scenario.compare.get(outcome)
    if spec is None:
        return None, f"the scenario names no reference for {outcome}"
    own = Variable.of_outcome(outcome, view.reader.scenario.outcomes[outcome])
    try:
        return load_reference(spec, outcome, variable=own), ""
    except InputError as error:
        return None, str(error)


def read_sides(
    view: RunView, outcome: str, sides: Sequence[Side], progress: Progress = untold
) -> SideBySide:
    """Read the distributions of some sides; `progress` is told of their dialogues.

    Raises:
        StatisticsError: a side's run has no such outcome.
        RunFileError: a run file cannot be read.
    """
    reference, why = human_reference(view, outcome)
    own = Variable.of_outcome(outcome, view.reader.scenario.outcomes[outcome])
    variable = own if reference is None else reference.variable
    samples, entropies, stated = [], [], []
    for side in sides:
        opened = view if side.path == view.path else RunView(side.path)
        try:
            samples.append(_sample(opened, outcome, variable, side, progress))
            entropies.append(mean_entropies(opened.reader, side.cell))
            stated.append(stated_bins(opened.reader, side.cell))
        finally:
            if opened is not view:
                opened.close()
    return SideBySide(
        outcome,
        variable,
        reference,
        why,
        tuple(samples),
        tuple(entropies),
        tuple(stated),
    )


def _sample(
    view: RunView, outcome: str, variable: Variable, side: Side, progress: Progress
) -> Sample:
    prefix = side.label.removesuffix(view.cells[side.cell])
    return from_run(
        view.reader, outcome, variable, cell=side.cell, prefix=prefix, progress=progress
    )[0]


def compare_sides(
    found: SideBySide, settings: Settings | None = None, progress: Progress = untold
) -> Comparison | None:
    """Compare the samples with the humans; None where there is nothing to compare.

    The numbers are those of `simulate compare` on the same cells.
    """
    if found.reference is None or not any(sample.n for sample in found.samples):
        return None
    return compare_samples(
        found.samples,
        found.reference,
        outcome=found.outcome,
        settings=settings,
        progress=progress,
    )


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


def distributions_data(view: RunView) -> dict[str, Any]:
    """Return what the page of distributions shows, for all cells and outcomes."""
    found: dict[str, Any] = {"run": str(view.path), "cells": list(view.cells), "outcomes": {}}
    sides = sides_of(view)
    for outcome in view.outcomes:
        try:
            each = read_sides(view, outcome, sides)
            comparison = compare_sides(each)
        except StatisticsError as error:
            found["outcomes"][outcome] = {"problem": str(error)}
            continue
        found["outcomes"][outcome] = {
            "problem": each.why_none or None,
            "comparison": None if comparison is None else comparison.to_dict(),
            "summary": summaries(view.reader, outcome)[0].to_dict(),
        }
    found["entropy"] = {
        side.label: [at._asdict() for at in mean_entropies(view.reader, side.cell)]
        for side in sides
    }
    found["stated_against_drawn"] = {}
    for side in sides:
        stated = stated_bins(view.reader, side.cell)
        found["stated_against_drawn"][side.label] = {
            "turns_read": stated.read,
            "turns": stated.turns,
            "bins": [each._asdict() for each in stated.bins],
        }
    return found
