"""Distributions of a run: outcomes against humans, entropy over the turns, stated against drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from math import log
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulate.comparison import Comparison, Sample, Settings
from simulate.comparison.estimates import comparison_stages
from simulate.comparison.humans_of_groups import cells_told_apart, humans_of
from simulate.comparison.progress import Progress, untold
from simulate.comparison.reference_spec import named_reference
from simulate.comparison.sample import pooled
from simulate.comparison.samples import samples_so_far
from simulate.comparison.summary import summaries
from simulate.errors import StatisticsError
from simulate.reference import Reference, Variable
from simulate.reference.respondents import Respondents
from simulate.runfile.draw_statistics import (
    EntropyAt,
    StatedBins,
    mean_entropies,
    stated_bins,
)
from simulate.runfile.run_view import RunView
from simulate.scenario import Cell
from simulate.statistics.support import histogram as binned


class Side(NamedTuple):
    """One cell of one run, or those that count as one: what is put beside another.

    Attributes:
        path: of the run file.
        cells: the index of each.
        label: theirs, with the run's name before it where that is another run.
        notes: which groups are not told apart, and why.
    """

    path: Path
    cells: tuple[int, ...]
    label: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class SideBySide:
    """What one or two sides look like.

    Attributes:
        outcome: the outcome's name.
        variable: what is measured.
        reference: the human values, or None.
        why_none: why there is no reference; empty where there is one.
        samples: the values of each side, in order.
        partial: whether there are dialogues that are still to be read.
    """

    outcome: str
    variable: Variable
    reference: Reference | None
    why_none: str
    samples: tuple[Sample, ...]
    partial: bool = False


class Draws(NamedTuple):
    """What one side drew from.

    Attributes:
        method_k: how many candidates its method asks for; None where no speaker's does.
        entropy: turn by turn.
        stated: what was stated against what was drawn.
    """

    method_k: int | None
    entropy: tuple[EntropyAt, ...]
    stated: StatedBins


def sides_of(view: RunView, outcome: str | None, named: bool = False) -> list[Side]:
    """Return the cells of a run as sides, as far as they may be told apart for an outcome.

    Groups of a protected attribute are, where the humans of the outcome's reference allow it.
    `named` puts the run's name before them.
    """
    run, prefix = view.reader, f"{view.path.stem}: " if named else ""

    def humans() -> Respondents | None:
        if outcome is None or outcome not in run.scenario.outcomes:
            return None
        return humans_of(run, outcome, Variable.of_outcome(outcome, run.scenario.outcomes[outcome]))

    return [
        Side(view.path, tuple(c.index for c in each.cells), prefix + each.label, each.notes)
        for each in cells_told_apart(run, run.cells, humans)
    ]


def read_sides(
    view: RunView, outcome: str, sides: Sequence[Side], progress: Progress = untold
) -> Iterator[SideBySide]:
    """Read the values of some sides, and give what there is again and again; at last all.

    Args:
        view: the run that is open.
        outcome: the outcome's name.
        sides: of this run, or of others.
        progress: is told of their dialogues.

    Raises:
        StatisticsError: a side's run has no such outcome.
        RunFileError: a run file cannot be read.
    """
    scenario = view.reader.scenario
    reference, why = named_reference(scenario, outcome)
    variable = Variable.of_outcome(outcome, scenario.outcomes[outcome])
    if reference is not None:
        variable = reference.variable
    read: dict[int, Sample] = {}
    places = {path: [i for i, s in enumerate(sides) if s.path == path] for path, *_ in sides}
    for path, at in places.items():
        with _opened(view, path) as opened:
            cells = [opened.reader.cells[cell] for i in at for cell in sides[i].cells]
            for samples in samples_so_far(
                opened.reader, outcome, variable, cells, progress=progress
            ):
                of_cells = dict(zip([cell.index for cell in cells], samples, strict=True))
                read |= {i: _joined(sides[i], of_cells) for i in at}
                found = SideBySide(
                    outcome, variable, reference, why, tuple(read[i] for i in sorted(read)), True
                )
                yield found
    yield replace(found, partial=False)


@contextmanager
def _opened(view: RunView, path: Path) -> Iterator[RunView]:
    """Give the run of a file: the one that is open, or one that is closed afterwards."""
    if path == view.path:
        yield view
        return
    with closing(RunView(path)) as other:
        yield other


def _joined(side: Side, samples: Mapping[int, Sample]) -> Sample:
    found = pooled([samples[cell] for cell in side.cells], side.label)
    return replace(found, notes=(*found.notes, *side.notes))


def read_draws(view: RunView, sides: Sequence[Side]) -> list[Draws]:
    """Read what each side drew from.

    Raises:
        RunFileError: a run file cannot be read.
    """
    found = []
    for side in sides:
        with _opened(view, side.path) as opened:
            found.append(
                Draws(
                    _asked_for([opened.reader.cells[cell] for cell in side.cells]),
                    mean_entropies(opened.reader, *side.cells),
                    stated_bins(opened.reader, *side.cells),
                )
            )
    return found


def _asked_for(cells: Sequence[Cell]) -> int | None:
    """Return the largest number of candidates that a user's method asks for; None for no method."""
    speakers = [s for cell in cells for s in cell.speakers.values() if s.plays == "user"]
    asking = [method for speaker in speakers for method in speaker.method.asking]
    numbers = [each.k for each in asking if each.verbalizes and isinstance(each.k, int)]
    return max(numbers, default=None)


def compare_sides(
    found: SideBySide, settings: Settings | None = None, progress: Progress = untold
) -> Iterator[Comparison]:
    """Compare the samples with the humans, in stages; none where there is nothing to compare.

    The numbers of the last are those of `simulate compare` on the same cells.
    """
    if found.reference is None or not any(sample.n for sample in found.samples):
        return
    yield from comparison_stages(
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
    for outcome in view.outcomes:
        try:
            *_, each = read_sides(view, outcome, sides_of(view, outcome))
            stages = list(compare_sides(each))
        except StatisticsError as error:
            found["outcomes"][outcome] = {"problem": str(error)}
            continue
        found["outcomes"][outcome] = {
            "problem": each.why_none or None,
            "comparison": stages[-1].to_dict() if stages else None,
            "summary": summaries(view.reader, outcome)[0].to_dict(),
        }
    sides = sides_of(view, None)
    draws = {side.label: each for side, each in zip(sides, read_draws(view, sides), strict=True)}
    found["entropy"] = {
        label: [at._asdict() for at in each.entropy] for label, each in draws.items()
    }
    found["ln_k"] = {
        label: None if each.method_k is None else log(each.method_k)
        for label, each in draws.items()
    }
    found["stated_against_drawn"] = {
        label: {
            "turns_read": each.stated.read,
            "turns": each.stated.turns,
            "bins": [at._asdict() for at in each.stated.bins],
        }
        for label, each in draws.items()
    }
    return found
