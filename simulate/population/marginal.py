"""Marginals: the distribution of one attribute, from counts or as scipy.stats has it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from simulate.files.strict import Strict
from simulate.limits import MOST_VALUES
from simulate.population.persona import Value

Floats = NDArray[np.float64]
Kind = Literal["category", "ordinal", "integer", "number"]
Number = Annotated[float, Field(ge=-1e15, le=1e15, allow_inf_nan=False)]

RAREST = 1e-9
"""Where a distribution has no bounds but a step, its values end at these two quantiles."""
LARGEST_U = 1 - 2.0**-53
SLOW = frozenset(
    {"ksone", "kstwo", "studentized_range", "nchypergeom_fisher", "nchypergeom_wallenius"}
)
"""Distributions of test statistics, which take seconds."""


@dataclass(frozen=True)
class Discrete:
    """A distribution over values that can be counted.

    Attributes:
        values: in their order.
        counts: (k,) how often each occurs; need not sum to anything.
    """

    values: tuple[Value, ...]
    counts: Floats

    @cached_property
    def probabilities(self) -> Floats:
        """Of the values, (k,), sums to 1."""
        shares: Floats = np.divide(self.counts, math.fsum(self.counts))
        return shares

    @cached_property
    def _reached(self) -> tuple[Floats, float, int, NDArray[Any]]:
        objects = np.empty(len(self.values), object)
        objects[:] = self.values
        last = int(np.flatnonzero(self.counts)[-1])
        return np.cumsum(self.counts), math.fsum(self.counts), last, objects

    def draw(self, u: Floats) -> list[Value]:
        """Return the value at each u ∈ [0, 1) of the cumulative distribution."""
        reached, total, last, objects = self._reached
        found = np.minimum(np.searchsorted(reached, u * total, side="right"), last)
        drawn: list[Value] = objects[found].tolist()
        return drawn


@dataclass(frozen=True)
class Continuous:
    """A distribution of scipy.stats, conditioned on its bounds.

    Attributes:
        frozen: scipy's distribution with its parameters.
        low: its cumulative probability at the lower bound.
        high: at the upper one.
    """

    frozen: Any
    low: float
    high: float

    @np.errstate(all="ignore")
    def draw(self, u: Floats) -> list[Value]:
        """Return the value at each u ∈ [0, 1) of the cumulative distribution."""
        at = np.clip(self.low + u * (self.high - self.low), 2.0**-53, LARGEST_U)
        drawn: list[Value] = np.asarray(self.frozen.ppf(at), float).tolist()
        return drawn

    @property
    def ends(self) -> tuple[float, float]:
        """The smallest and the largest value; infinite where there is none."""
        return float(self.frozen.ppf(self.low)), float(self.frozen.ppf(self.high))

    def reached(self, values: Floats) -> Floats:
        """Return the cumulative probability at some values."""
        inside: Floats = (self.frozen.cdf(values) - self.low) / (self.high - self.low)
        return np.clip(inside, 0.0, 1.0)


Marginal = Discrete | Continuous


class Distribution(Strict):
    """A distribution of scipy.stats, and what of it can occur."""

    name: Annotated[str, Field(min_length=1)]
    """As scipy.stats calls it, such as `norm`, `lognorm`, `beta`, `gamma`, `poisson`, `nbinom`."""
    parameters: dict[str, Number] = {}
    """Its shapes, `loc` and `scale`, as in scipy.stats."""
    bounds: tuple[Number | None, Number | None] | None = None
    """The smallest and the largest value that can occur; null where there is none. The distribution
    is conditioned on them, and nothing is moved onto a bound."""
    step: Annotated[float, Field(ge=1e-15, le=1e15)] | None = None
    """Values are rounded to multiples of it. Of an integer 1 where nothing is said."""
    levels: list[Value] = []
    """Of an ordinal attribute: its levels, in their order."""
    cuts: list[Number] = []
    """Where one level ends and the next begins: one number fewer than levels, increasing. A number
    that is a cut is of the lower level."""

    @model_validator(mode="after")
    def _check(self) -> Distribution:
        low, high = self.bounds or (None, None)
        if low is not None and high is not None and low >= high:
            raise ValueError(f"bounds: the lower one, {low:g}, must be less than {high:g}")
        if self.levels:
            if len(set(self.levels)) < len(self.levels):
                raise ValueError("levels: each stands there once")
            if len(self.cuts) != len(self.levels) - 1:
                raise ValueError(
                    f"cuts: {len(self.levels)} levels have {len(self.levels) - 1} cuts between "
                    f"them, got {len(self.cuts)}"
                )
            if sorted(set(self.cuts)) != self.cuts:
                raise ValueError("cuts: must increase")
            if self.step is not None:
                raise ValueError("step: levels have none; leave it out")
        elif self.cuts:
            raise ValueError("cuts: say which levels they are between")
        return self

    @np.errstate(all="ignore")
    def marginal(self, kind: Kind) -> Marginal:
        """Return the distribution of an attribute of a kind.

        Raises:
            ValueError: there is none; the message begins with the field.
        """
        if kind == "category":
            raise ValueError("name: a category has no order along which to draw; give it counts")
        if (kind == "ordinal") != bool(self.levels):
            what = "an ordinal attribute needs" if kind == "ordinal" else f"kind {kind} has no"
            raise ValueError(f"levels: {what} levels, with the cuts between them")
        frozen, discrete, closed = self._frozen()
        if discrete and not closed and (kind == "ordinal" or self.step or None in self._bounds):
            raise ValueError(
                f"bounds: scipy.stats only has single chances of {self.name}, which are summed up: "
                "give both bounds, and neither step nor levels"
            )
        if kind == "ordinal":
            low, high = self._ends
            share = np.diff(np.asarray(frozen.cdf(np.array([low, *self.cuts, high])), float))
            return self._counted(tuple(self.levels), share)
        step = self.step or (1.0 if discrete or kind == "integer" else None)
        if step is None:
            if not closed:
                raise ValueError(
                    f"step: scipy.stats has no quantiles of {self.name} but by search, which is "
                    "slow; give the step to which values are rounded"
                )
            low, high = (float(frozen.cdf(end)) for end in self._ends)
            if not high > low:
                raise ValueError(f"bounds: {self.name} has nothing between them")
            drawn = Continuous(frozen, low, high)
            if not np.isfinite(np.array(drawn.draw(np.array([0.0, LARGEST_U])), float)).all():
                raise ValueError(f"bounds: {self.name} has numbers without end here; give bounds")
            return drawn
        if kind == "integer" and not step.is_integer():
            raise ValueError(f"step: of an integer it must be a whole number, got {step:g}")
        whole = kind == "integer" or discrete
        return self._stepped(frozen, step, whole=whole, summed=discrete and not closed)

    def _stepped(self, frozen: Any, step: float, *, whole: bool, summed: bool) -> Discrete:
        for end in self._bounds:
            if end is not None and abs(end / step - round(end / step)) > 1e-9:
                raise ValueError(f"bounds: {end:g} must be a multiple of the step {step:g}")
        # What bounds leave open ends at a quantile, and no later than the bounds do.
        low, high = (
            (float(frozen.ppf(tail)) if end is None else end) / step
            for end, tail in zip(self._bounds, (RAREST, 1 - RAREST), strict=True)
        )
        if not high - low < MOST_VALUES - 1:  # infinite ends have no number between them
            raise ValueError(
                f"step: there are {high - low + 1:,.0f} values from {low * step:g} to "
                f"{high * step:g}; at most {MOST_VALUES:,}: give bounds, or a larger step"
            )
        places = np.arange(round(low), max(round(high), round(low)) + 1)
        if summed:
            share = np.asarray(frozen.pmf(places), float)
        else:
            edges = (np.append(places, places[-1] + 1) - 0.5) * step
            share = np.diff(np.asarray(frozen.cdf(edges), float))
        digits = max(-int(Decimal(str(step)).normalize().as_tuple().exponent), 0)
        values: list[Value] = np.round(places * step, digits).tolist()
        if whole and float(step).is_integer():
            values = [int(value) for value in values]
        return self._counted(tuple(values), share)

    def _counted(self, values: tuple[Value, ...], share: Floats) -> Discrete:
        share = np.maximum(share, 0.0)
        if not share.sum() > 0:
            raise ValueError(f"bounds: {self.name} has nothing between them")
        return Discrete(values, share)

    @property
    def _bounds(self) -> tuple[float | None, float | None]:
        return self.bounds or (None, None)

    @property
    def _ends(self) -> tuple[float, float]:
        low, high = self._bounds
        return -math.inf if low is None else low, math.inf if high is None else high

    def _frozen(self) -> tuple[Any, bool, bool]:
        """Return scipy's distribution, whether it is discrete, and is not found by search.

        Quantiles of a continuous one are found by search, and cumulative chances of a discrete one
        by sums without end, where scipy.stats has no formula.
        """
        from scipy import stats

        found = getattr(stats, self.name, None)
        if not isinstance(found, stats.rv_continuous | stats.rv_discrete) or self.name in SLOW:
            raise ValueError(
                f"name: scipy.stats has no distribution of people “{self.name[:40]}”; there are "
                "norm, lognorm, gamma, beta, expon, poisson, nbinom and others"
            )
        discrete = isinstance(found, stats.rv_discrete)
        shapes = (found.shapes or "").replace(",", " ").split()
        known = [*shapes, "loc", *(() if discrete else ("scale",))]
        for name in self.parameters:
            if name not in known:
                raise ValueError(
                    f"parameters.{name}: {self.name} has no such parameter; it has: "
                    f"{', '.join(known)}"
                )
        if missing := [name for name in shapes if name not in self.parameters]:
            raise ValueError(f"parameters: {self.name} needs {', '.join(missing)}")
        frozen = found(**self.parameters)
        if math.isnan(frozen.support()[0]):
            said = ", ".join(f"{name} = {value:g}" for name, value in self.parameters.items())
            raise ValueError(f"parameters: there is no {self.name} with {said}")
        if discrete:
            return frozen, discrete, type(found)._cdf is not stats.rv_discrete._cdf
        return frozen, discrete, type(found)._ppf is not stats.rv_continuous._ppf


def counted(counts: Mapping[Value, float]) -> Discrete:
    """Return the distribution that counts of values describe."""
    return Discrete(tuple(counts), np.array(list(counts.values()), float))
