"""Samples under another draw rule, from the recorded draws of a run: no model is called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from simulate.comparison.multiverse.plan_file import Redraw
from simulate.comparison.reweighing.dialogues import weighed_dialogues
from simulate.comparison.reweighing.rule import turn_rule
from simulate.comparison.reweighing.weighed_sample import WeighedSample
from simulate.comparison.sample import Sample
from simulate.comparison.samples import from_run
from simulate.errors import StatisticsError
from simulate.reference import Variable
from simulate.statistics.rows import Floats

if TYPE_CHECKING:
    from simulate.runfile import RunReader
    from simulate.scenario import Cell


def weighed_samples(
    run: RunReader, variable: Variable, redraw: Redraw
) -> tuple[Sequence[Sample], Sequence[Floats | None]]:
    """Return the sample of each cell under another draw rule; see `comparison.reweighing`.

    A cell in which no user has a distribution of replies is the same under every rule.

    Returns:
        The samples, whose log weights are those of the rule, and of each what the squared weights
        of its rows were expected to be, where that is known.

    Raises:
        StatisticsError: some dialogues have no weight under the rule.
    """
    rule = turn_rule(redraw.draw, redraw.temper, redraw.below)
    samples = from_run(run, variable.name, variable)
    dialogues = weighed_dialogues(run, variable.name, {"rule": rule})
    found: list[Sample] = []
    squares: list[Floats | None] = []
    for cell, sample in zip(run.cells, samples, strict=True):
        if not _drawn(cell):
            found.append(sample)
            squares.append(np.ones(sample.n))
            continue
        weighed = WeighedSample.of(sample, dialogues[cell.index]["rule"], variable, run.root)
        if weighed.without_weight is not None:
            raise StatisticsError(weighed.without_weight)
        found.append(weighed.sample)
        squares.append(weighed.squares)
    return found, squares


def _drawn(cell: Cell) -> bool:
    """Tell whether a user's replies are drawn from distributions."""
    users = (each for each in cell.speakers.values() if each.plays == "user")
    return any(each.method.verbalizes for each in users)
