"""Fit a probability map to the people of one split, and judge it on those of the other.

A temperature T minimises the mean Brier score of the tempered probabilities, which is proper, so
that it finds the T that makes them right where one does, and needs no floor for levels that were
given 0. Its interval is that of an M-estimator with persons as clusters: with g the derivative of
the score by ln T and H that of its mean,

    Var(ln T) = G/(G − 1) · Σ_persons (Σ g)² / (n H)².

Sources: Guo et al. 2017; Huber 1967; Liang and Zeger 1986.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from simulate.calibration.forecasts import Forecasts
from simulate.calibration.scores import binary
from simulate.errors import StatisticsError
from simulate.statistics.confidence import CONFIDENCE, Interval, student_quantile
from simulate.statistics.reliability_curve import isotonic
from simulate.statistics.rows import Floats
from simulate.statistics.scoring import brier
from simulate.statistics.skill import FEWEST_PERSONS, skill
from simulate.verbalized.draw_settings import tempered
from simulate.verbalized.probability_map import (
    COLDEST,
    HOTTEST,
    FittedTo,
    Judged,
    ProbabilityMap,
)

STEP = 1e-3
"""Of ln T, for derivatives."""


def best_temperature(
    forecasts: Forecasts, confidence: float = CONFIDENCE
) -> tuple[float, Interval | None]:
    """Return the temperature with its interval; None with fewer than 20 people.

    Raises:
        StatisticsError: there is no forecast.
    """
    from scipy.optimize import minimize_scalar

    f = _some(forecasts)

    def scores(log: float) -> Floats:
        heat = min(max(math.exp(log), COLDEST), HOTTEST)
        return brier(tempered(f.stated, heat), f.happened)

    bounds = (math.log(COLDEST), math.log(HOTTEST))
    # The mean may have several valleys: the lowest of a grid is where it is looked for.
    grid = np.linspace(*bounds, 25)
    at = int(np.argmin([scores(log).mean() for log in grid]))
    inside = grid[max(at - 1, 0)], grid[min(at + 1, len(grid) - 1)]
    log = float(minimize_scalar(lambda x: scores(x).mean(), bounds=inside, method="bounded").x)
    clusters = f.clusters
    persons = int(clusters.max()) + 1
    below, here, above = (scores(log + step) for step in (-STEP, 0.0, STEP))
    slope = float((above - 2 * here + below).sum()) / STEP**2
    if persons < FEWEST_PERSONS or not slope > 0:
        return math.exp(log), None
    sums = np.bincount(clusters, weights=(above - below) / (2 * STEP))
    error = math.sqrt(persons / (persons - 1) * float(sums @ sums)) / slope
    half = student_quantile(confidence, persons - 1) * error
    low, high = (math.exp(min(max(log + s * half, bounds[0]), bounds[1])) for s in (-1, 1))
    return math.exp(log), (low, high)


def fit_temperature(known: Forecasts, fitted: FittedTo, version: str) -> ProbabilityMap:
    """Fit one temperature; see `best_temperature`."""
    temperature, interval = best_temperature(known)
    return ProbabilityMap(
        what=known.what,
        temperature=temperature,
        temperature_interval=interval,
        fitted=fitted,
        simulate=version,
    )


def fit_isotonic(known: Forecasts, fitted: FittedTo, version: str) -> ProbabilityMap:
    """Fit a non-decreasing function of the probability of an event.

    It is that of the second of two levels; of an amount, that it is more than the lowest.

    Raises:
        StatisticsError: there is no forecast, or it is of more than two levels, and no amount.
    """
    event = binary(_some(known))
    if len(event.levels) != 2:
        raise StatisticsError(
            f"{known.what} has {len(known.levels)} levels: an isotonic map is of one event; fit a "
            "temperature"
        )
    points, values = isotonic(event.stated[:, 1], event.happened.astype(np.float64))
    named: dict[str, Any] = {"event": event.levels[1], "other": event.levels[0]}
    if known.codes is not None:
        named = {"above": float(known.codes[0])}
    return ProbabilityMap(
        what=known.what,
        **named,
        stated=tuple(points.tolist()),
        mapped=tuple(values.tolist()),
        fitted=fitted,
        simulate=version,
    )


def mapped(forecasts: Forecasts, found: ProbabilityMap) -> Floats:
    """Return (n, K) the stated probabilities through a map."""
    levels: tuple[Any, ...] = forecasts.levels
    if found.above is not None and forecasts.codes is not None:
        levels = tuple(forecasts.codes.tolist())
    of_event = None if found.temperature is not None else found.is_event(levels)
    return found.applied(forecasts.stated, of_event)


def judged(found: ProbabilityMap, others: Forecasts) -> ProbabilityMap:
    """Return the map with what it does for people that it was not fitted to.

    Of an isotonic map the Brier score is that of its event, as the map is applied.
    """
    through = replace(others, stated=mapped(others, found))
    if found.temperature is None:
        others, through = binary(others), binary(through)
    before, after = (brier(each.stated, each.happened) for each in (others, through))
    gain = skill(after, before, others.clusters)
    told = Judged(
        split="report",
        persons=gain.persons,
        before=float(before.mean()),
        after=float(after.mean()),
        interval=gain.gain_interval,
    )
    return found.model_copy(update={"judged": told})


def _some(forecasts: Forecasts) -> Forecasts:
    if not forecasts.n:
        raise StatisticsError(f"{forecasts.what}: nobody is there to fit a map to")
    return forecasts
