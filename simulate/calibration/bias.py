"""Where forecasts lean: by traits known beforehand, and given what happened.

**By trait.** The mean forecast less what happened, by levels of an attribute; of a number, below
and above its median. Groups that are known *before* the dialogue may be looked at so: a calibrated
forecaster has a bias of 0 in each of them if he knew the trait.

**Given what happened** no forecaster looks unbiased, a perfect one neither: among those who gave,
he had not been sure of it (the forecaster's dilemma; Lerch et al. 2017). So beside the mean
probability of what happened stands what a *calibrated* forecaster who states the same
probabilities would show there: among the cases in which level k came true, of a quantity t,
Σ p_k t / Σ p_k.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from simulate.calibration.forecasts import Flags, Forecasts
from simulate.calibration.scores import binary
from simulate.population import Value
from simulate.population.protected import FEWEST_HUMANS, Protects, is_protected
from simulate.statistics.rows import Floats
from simulate.statistics.skill import FEWEST_PERSONS, Mean, mean

MOST_LEVELS = 8
"""An attribute of more words than these makes no groups."""


@dataclass(frozen=True, slots=True)
class TraitBias:
    """The bias of forecasts for people of one kind.

    Attributes:
        trait: the attribute.
        level: whose people.
        protected: whether the law protects the attribute somewhere.
        stated: the mean forecast; None where the group is too small to have a number.
        observed: the mean of what happened; None likewise.
        bias: stated − observed, with its interval; None likewise.
        persons: how many people.
    """

    trait: str
    level: str
    protected: bool
    stated: float | None
    observed: float | None
    bias: Mean | None
    persons: int


@dataclass(frozen=True, slots=True)
class GivenOutcome:
    """What was forecast where one level came true.

    Attributes:
        level: that came true.
        n: how often.
        stated: the mean probability that it had been given.
        if_calibrated: what a calibrated forecaster with the same probabilities would show.
    """

    level: str
    n: int
    stated: float
    if_calibrated: float


def _quantity(f: Forecasts) -> tuple[Floats, Floats] | None:
    """Return what is forecast as one number, (n,) the forecasts and what happened.

    It is the amount, or the second of two levels; None for more levels, of which there is none.
    """
    if f.codes is not None:
        return f.stated @ f.codes, f.codes[f.happened]
    if len(f.levels) == 2:
        return f.stated[:, 1], f.happened.astype(np.float64)
    return None


def by_trait(forecasts: Forecasts, protects: Protects = is_protected) -> tuple[TraitBias, ...]:
    """Return the bias by the traits that are known of the people.

    A group of fewer than 20 people, or 30 by a protected attribute, has no number.

    Args:
        forecasts: of an amount or of two levels; of others there is nothing to return.
        protects: tells whether an attribute is protected.
    """
    found = _quantity(forecasts)
    if found is None:
        return ()
    stated, happened = found
    clusters, rows = forecasts.clusters, []
    for trait in dict.fromkeys(name for at in forecasts.positions for name in at.traits):
        values = [at.traits.get(trait) for at in forecasts.positions]
        protected = protects(trait)
        fewest = FEWEST_HUMANS if protected else FEWEST_PERSONS
        for level, here in _groups(values):
            persons = len(np.unique(clusters[here]))
            if persons < fewest:
                rows.append(TraitBias(trait, level, protected, None, None, None, persons))
                continue
            bias = mean((stated - happened)[here], clusters[here])
            means = float(stated[here].mean()), float(happened[here].mean())
            rows.append(TraitBias(trait, level, protected, *means, bias, persons))
    return tuple(rows)


def _groups(values: Sequence[Value | None]) -> list[tuple[str, Flags]]:
    known = [v for v in values if v is not None]
    if known and all(isinstance(v, int | float) and not isinstance(v, bool) for v in known):
        numbers = np.array([math.nan if v is None else float(v) for v in values])
        middle = float(np.nanmedian(numbers))
        parts: list[tuple[str, Callable[[Floats], Flags]]] = [
            (f"up to {middle:g}", lambda x: x <= middle),
            (f"above {middle:g}", lambda x: x > middle),
        ]
        return [(label, part(numbers)) for label, part in parts if part(numbers).any()]
    levels = list(dict.fromkeys(known))
    if not 2 <= len(levels) <= MOST_LEVELS:
        return []
    return [(str(level), np.array([v == level for v in values], np.bool_)) for level in levels]


def given_outcome(forecasts: Forecasts) -> tuple[GivenOutcome, ...]:
    """Return, for each level that came true, what it had been given; see the module."""
    event, rows = binary(forecasts), []
    for number, level in enumerate(event.levels):
        stated, here = event.stated[:, number], event.happened == number
        if here.any():
            expected = float((stated**2).sum() / max(stated.sum(), 1e-300))
            rows.append(GivenOutcome(level, int(here.sum()), float(stated[here].mean()), expected))
    return tuple(rows)
