"""Outcomes through a probability map: candidates count with what it makes of their weights."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from simulate.errors import InputError
from simulate.runfile.exclusions import decides
from simulate.scenario.applicability import Answer
from simulate.verbalized import Candidate
from simulate.verbalized.probability_map import LEAVING, REPLIES, ProbabilityMap

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simulate.runfile import OutcomeRow, RunReader
    from simulate.scenario import Cell


def check_map(found: ProbabilityMap, run: RunReader, outcome: str, cells: Iterable[Cell]) -> None:
    """Refuse a map that is not for what the cells of a run state of an outcome.

    Raises:
        InputError: it is of something else, or was fitted to another model or method.
    """
    if found.what in (REPLIES, LEAVING):
        raise InputError(
            f"the map is of {found.what}, and so of how users reply: re-weigh the run by it "
            "(`simulate reweigh RUN --map FILE`), or draw by it (`simulate run --map FILE`)"
        )
    if found.what != outcome:
        raise InputError(f"the map is of {found.what}, and not of {outcome}: compare that outcome")
    asked = run.scenario.outcomes[outcome].asked
    if asked is None:
        raise InputError(f"outcome {outcome} is asked of nobody, so that it has no distribution")
    models = run.meta.get("models") or [{} for _ in run.cells]
    for cell in cells:
        if not run.with_excluded and decides(outcome, run.scenario, cell):
            raise InputError(
                f"dialogues are left out (`exclude`) by the {outcome} that was drawn, so that only "
                "drawn values count, and a map changes none; count all with --with-excluded"
            )
        model = models[cell.index].get(asked.speaker, "a model that is not on file")
        method = cell.method_of(run.scenario.outcomes[outcome]).name
        if wrong := found.misfit(model, method):
            raise InputError(f"{run.path}, cell {cell.label}: {wrong}")


def through_map(row: OutcomeRow, found: ProbabilityMap) -> OutcomeRow:
    """Return a row whose candidates have the chances that the map gives them.

    Where all candidates are the event of an isotonic map, or none is, the one value on the other
    side is put beside them where it is known, so that it can get its part. A value that was not
    drawn from a distribution stays as it is.
    """
    measured = row.measured
    if measured is None or measured.draw is None:
        return row
    draw, answers = measured.draw, measured.answers
    stated, of_event = draw.distribution, None
    if found.temperature is None:
        of_event = found.is_event([answer.value for answer in answers])
        if of_event.all() or not of_event.any():
            value = found.opposite if of_event.all() else found.event
            if value is not None:
                stated = replace(
                    stated,
                    candidates=(*stated.candidates, Candidate(str(value), 0.0)),
                    weights=np.append(stated.weights, 0.0),
                )
                answers = (*answers, Answer(value))
                of_event = np.append(of_event, not of_event.all())
    mapped = replace(draw, distribution=stated, flattened=found.applied(stated.weights, of_event))
    draws = (*measured.draws[:-1], mapped)
    return row._replace(measured=replace(measured, draws=draws, answers=answers))


def tuned_told(found: ProbabilityMap, *, by_run: bool) -> str:
    """Return what a map means for a distance, in a sentence.

    Args:
        found: the map.
        by_run: whether the run drew its replies through it, and not only the outcome is mapped.
    """
    drew = "Replies were drawn through" if by_run else "Distributions went through"
    made = found.fitted
    return (
        f"{drew} a map that was tuned on the {made.split} split of {made.reference}, so this "
        f"distance to the same people is optimistic ({found.told})."
    )
