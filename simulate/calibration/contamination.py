"""Whether a model forecasts dialogues as they stand better than it should.

Who has read the very dialogues forecasts them better as they stand than with other names or in
other words, and better than dialogues that are newer than the model. So the Brier score is compared
at the same positions, paired by person; between references, which differ in how hard they are, it
is the score less that of each reference's own human marginal.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from simulate.calibration.baselines import human_marginal
from simulate.calibration.forecasts import Forecasts, paired
from simulate.calibration.scores import binary
from simulate.calibration.walk_forecasts import ACT, WalkForecasts
from simulate.statistics.clusters import variance_of_mean
from simulate.statistics.confidence import CONFIDENCE, student_quantile
from simulate.statistics.rows import Floats, cluster_index
from simulate.statistics.scoring import brier
from simulate.statistics.skill import FEWEST_PERSONS, Mean, mean


def contamination_of(walked: WalkForecasts, method: str) -> dict[str, Mean]:
    """Return by how much the Brier score differs under other wordings and in other references.

    It is that of acts where they were forecast, else of whatever was.
    """
    things = [thing for thing in walked.things if thing.what == ACT] or walked.things
    original = [walked.forecasts(thing, method) for thing in things]
    found = {}
    for history in walked.statements.histories[1:]:
        changed = [walked.forecasts(thing, method, history=history) for thing in things]
        if any(each.n for each in changed):
            found[f"{history} histories"] = between_histories(original, changed)
    first, *newer = walked.talks
    old = [walked.forecasts(thing, method, reference=first, known=True) for thing in things]
    for name in newer:
        new = [walked.forecasts(thing, method, reference=name, known=True) for thing in things]
        if any(each.of_split("report").n for each in new):
            found[f"data of {name}"] = between_references(old, new)
    return found


def between_histories(original: Sequence[Forecasts], other: Sequence[Forecasts]) -> Mean:
    """Return the Brier score under another wording of what was said, less that as it was said.

    Args:
        original: forecasts of several things.
        other: of the same things, in the same order, at some of the same positions.
    """
    gaps: list[Floats] = []
    people: list[str] = []
    for one, changed in zip(original, other, strict=True):
        ours, theirs = paired(one, changed)
        gaps.append(_scores(changed)[theirs] - _scores(one)[ours])
        people += [one.positions[i].person for i in ours.tolist()]
    return mean(np.concatenate([np.zeros(0), *gaps]), cluster_index(people))


def between_references(original: Sequence[Forecasts], newer: Sequence[Forecasts]) -> Mean:
    """Return the score less that of the human marginal in newer data, less the same in the old.

    Args:
        original: forecasts of several things; the marginal is fitted to the people of the select
            split, and the people of the report split are scored.
        newer: the same of the newer data.
    """
    old, new = _over_marginal(original), _over_marginal(newer)
    value = new[0].value - old[0].value
    n, persons = new[0].n, new[0].persons
    fewest = min(old[0].persons, persons)
    if fewest < FEWEST_PERSONS:
        return Mean(value, None, n, persons)
    half = student_quantile(CONFIDENCE, fewest - 1) * math.sqrt(old[1] + new[1])
    return Mean(value, (value - half, value + half), n, persons)


def _over_marginal(parts: Sequence[Forecasts]) -> tuple[Mean, float]:
    """Return the mean of scores less those of the marginal, and its variance."""
    values: list[Floats] = []
    people: list[str] = []
    for part in parts:
        ours, known = part.of_split("report"), part.of_split("select")
        if not ours.n or not known.n:
            continue
        values.append(_scores(ours) - _scores(human_marginal(known, ours)))
        people += [at.person for at in ours.positions]
    found, clusters = np.concatenate([np.zeros(0), *values]), cluster_index(people)
    told = mean(found, clusters)
    return told, variance_of_mean(found, clusters) if told.persons > 1 else math.inf


def _scores(forecasts: Forecasts) -> Floats:
    event = binary(forecasts)
    return brier(event.stated, event.happened, event.answers)
