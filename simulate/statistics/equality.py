"""One null for each row: what a distance would be if sample and humans were alike.

**The statistic.** A distance is the mean over redraws of one value per persona: a stated
distribution is drawn from, a single value is itself. So every row has the noise of as many single
values as it has personas, and the expectation of a distance does not depend on how values were
elicited. (The distance of a mean over stated distributions has less noise and looks closer.) D² is
unbiased as it is, see `squared_distance`.

**The null.** Both sides come from one distribution, the mean of both weighted by how many single
values they are worth (`information`). The personas are resampled, moved to it
(`Side.resampled_as`), and set against an independent resample of the people who were moved
likewise. With one value per persona these are multinomial samples.

**Between null and data.** At weight λ in [0, 1] both sides have moved a share λ of the way from
the null to the data: the sample to λ p̂ + (1 − λ) π, the humans to λ q̂ + (1 − λ) π, where each
persona is in the one or the other with chances λ and 1 − λ. At λ = 1 this is the bootstrap.

**Small samples.** Where a persona has several values, the variance between personas is estimated
from them. Deviations are widened by √(n/(n − 1)) · t/z, with t and z the upper 2.5 % points of
Student's distribution with n − 1 degrees of freedom and of the normal, n the effective personas.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np

from simulate.statistics.confidence import CONFIDENCE, quantile, student_quantile
from simulate.statistics.distances import SQUARED, Measure
from simulate.statistics.resampling import Known, Masses, Side
from simulate.statistics.squared_distance import (
    features,
    growth,
    information,
    noise_in_square,
    squared_distance,
)

REDRAWS = 256
"""Redraws of one value per persona, over which a distance is averaged."""
REDRAWS_EACH = 8
"""Of these, how many are taken for each resample."""
ENOUGH_EACH = 10
"""With so many personas a point, scaled noise is as good as samples."""
FEWEST_ROWS, MOST_ROWS, BLOCK_CELLS = 100, 1000, 2**17
"""How many resamples are worked on at a time, so that they stay in the processor's cache."""
LARGE = 1e15
"""The size of a known distribution, where one is needed."""


class Equality:
    """Sample and reference, and resamples of both anywhere between equality and the data."""

    def __init__(
        self,
        ours: Side | Known,
        theirs: Side | Known,
        draws: int,
        rng: np.random.Generator,
        centre: Masses | None = None,
    ) -> None:
        """Resample both sides.

        Args:
            ours: the sample; known where it is not sampled, as a constant is.
            theirs: the reference on the same support.
            draws: number of resamples, B.
            rng: the generator of this choice.
            centre: (K,) the one distribution, on a support of at most 512 points; by default the
                mean of both sides.
        """
        self.exact = ours, theirs
        n, m = ours.effective, theirs.effective
        finite = [
            (side.personas or LARGE) if isinstance(side, Known) else side.effective
            for side in (ours, theirs)
        ]
        whole = replace(ours.support, n=finite[0], m=finite[1])
        self.whole = whole
        support, where = whole.coarsened(ours.mass, theirs.mass)
        self.support, self.ours, self.theirs = (
            support,
            ours.on(support, where),
            theirs.on(support, where),
        )
        self.draws = draws
        p, q = self.ours.mass, self.theirs.mass
        worth = [min(information(side), LARGE) for side in (self.ours, self.theirs)]
        share = worth[0] / sum(worth)
        self.centre = share * p + (1 - share) * q if centre is None else centre
        self._away = p - self.centre, q - self.centre
        self.sizes = n, m
        """Effective personas and people; infinite where the distribution is known."""
        wider = 1.0 if ours.simple else widening(n)
        wider_theirs = 1.0 if theirs.simple else widening(m)
        self._null = (
            wider * _by_point(self.ours.resampled_as(self.centre, draws, rng) - self.centre),
            wider_theirs
            * _by_point(self.theirs.resampled_as(self.centre, draws, rng) - self.centre),
        )
        self._data = (
            wider * _by_point(self.ours.resampled(draws, rng) - p),
            wider_theirs * _by_point(self.theirs.resampled(draws, rng) - q),
        )
        self._mixing = rng.standard_normal((2, draws))
        self._redrawn = self._redraws(rng)
        if self._redrawn is not None:
            self._picked = rng.integers(REDRAWS, size=(REDRAWS_EACH, draws))
        self._between = int(rng.integers(2**32))
        self._found: dict[tuple[str, float, int], Masses] = {}

    def _redraws(self, rng: np.random.Generator) -> tuple[Masses, Masses] | None:
        """Return (K, redraws) noise of single values at equality, and in the data.

        None where no persona states a distribution.
        """
        ours = self.ours
        if isinstance(ours, Known):
            if not ours.personas:
                return None
            drawn = [ours.redraw_noise(at, REDRAWS, rng) for at in (self.centre, ours.mass)]
        elif ours.simple:
            return None
        else:
            moved = ours.moved_to(self.centre, rng)
            drawn = [
                moved.redraw_noise(REDRAWS, rng, ours.cluster_count),
                ours.redraw_noise(REDRAWS, rng),
            ]
        return _by_point(drawn[0]), _by_point(drawn[1])

    def value(self, measure: Measure) -> float | None:
        """Return the distance in the data; None for D² where a side is one persona."""
        if measure.name == SQUARED:
            return squared_distance(*self.exact)
        found = self.plug_in(measure)
        if self._redrawn is not None:
            p, q = self.ours.mass, self.theirs.mass
            again = measure.function(p + self._redrawn[1].T, q, self.support).mean()
            found += float(again) - float(measure.function(p, q, self.support))
        return found

    def plug_in(self, measure: Measure) -> float:
        """Return the distance of the two mean distributions."""
        ours, theirs = self.exact
        return float(measure.function(ours.mass, theirs.mass, self.whole))

    @property
    def resampled(self) -> tuple[Masses, Masses]:
        """(B, K) masses of the resamples of both sides around the data."""
        return self.ours.mass + self._data[0].T, self.theirs.mass + self._data[1].T

    def distances(self, measure: Measure, weight: float, most: int | None = None) -> Masses:
        """(B,) distances in the resamples at weight λ.

        Args:
            measure: the distance.
            weight: λ in [0, 1]: 0 is equality, 1 the data.
            most: use the first resamples up to this number.
        """
        if measure.part_of is not None:
            whole, divisor = measure.part_of
            return self.distances(whole, weight, most) / divisor(self.support)
        draws = min(self.draws, most or self.draws)
        key = measure.name, weight, draws
        if key not in self._found:
            self._found[key] = self._distances(measure, weight, draws)
        return self._found[key]

    def _distances(self, measure: Measure, weight: float, draws: int) -> Masses:
        p, q = (self.centre + weight * away for away in self._away)
        if measure.name == SQUARED:
            noise = [each.T for each in self._noise(weight, slice(0, draws))]
            curved, straight, shift = self._squared_parts((p, q), noise)
            return shift @ shift + curved + straight
        sampled = self._sampled((p, q), draws) if 0 < weight < 1 else (None, None)
        pool = alone = None
        if self._redrawn is not None:
            at_equality, in_data = self._redrawn
            pool = np.sqrt(1 - weight) * at_equality + np.sqrt(weight) * in_data
            # What redraws add is known without resampling: it is a control variate.
            alone = measure.function(p + pool.T, q, self.support)
        found = np.empty(draws)
        block = max(FEWEST_ROWS, min(MOST_ROWS, BLOCK_CELLS // self.support.size))
        for start in range(0, draws, block):
            used = slice(start, min(start + block, draws))
            ours, theirs = (
                mass[:, None] + each if drawn is None else drawn[:, used]
                for mass, each, drawn in zip(
                    (p, q), self._noise(weight, used), sampled, strict=True
                )
            )
            if pool is None or alone is None:
                found[used] = measure.function(ours.T, theirs.T, self.support)
                continue
            total = np.zeros(used.stop - start)
            for picked in self._picked[:, used]:
                again = ours + pool.take(picked, axis=1)
                total += measure.function(again.T, theirs.T, self.support) - alone[picked]
            found[used] = np.maximum(total / len(self._picked) + alone.mean(), 0.0)
        return found

    def _noise(self, weight: float, used: slice) -> list[Masses]:
        """Return (K, rows) deviations of some resamples of both sides at weight λ."""
        return [
            np.sqrt(1 - weight) * null[:, used]
            + np.sqrt(weight) * data[:, used]
            + (np.sqrt(weight * (1 - weight) / size) * away)[:, None] * mixing[used]
            for null, data, size, mixing, away in zip(
                self._null, self._data, self.sizes, self._mixing, self._away, strict=True
            )
        ]

    def _sampled(self, masses: Sequence[Masses], draws: int) -> list[Masses | None]:
        """Return (K, draws) masses of the sides whose resamples must be samples; None for others.

        Noise that is scaled has the right variance and not the right zeros: a level that hardly
        anybody gives is not held at all by most samples, which L1, TV and JS feel.
        """
        rng = np.random.default_rng(self._between)
        found: list[Masses | None] = []
        for side, mass in zip((self.ours, self.theirs), masses, strict=True):
            sparse = side.simple and side.effective < ENOUGH_EACH * self.support.size
            found.append(_by_point(side.resampled_as(mass, draws, rng)) if sparse else None)
        return found

    def squared_variance(self) -> tuple[float, float]:
        """Return V and κ: the variance of D̂² where D² = 0, and by how much it grows with D²."""
        masses = self.ours.mass, self.theirs.mass
        noise = [each.T for each in self._data]
        curved, straight, shift = self._squared_parts(masses, noise)
        return float(np.var(curved)), float(growth(straight, shift))

    def _squared_parts(
        self, masses: Sequence[Masses], noise: Sequence[Masses]
    ) -> tuple[Masses, Masses, Masses]:
        """Return (B,) deviations of D̂² that are there at equality, those that grow, and φ − φ."""
        deviations = [features(each, self.support) for each in noise]
        apart = deviations[0] - deviations[1]
        curved = (apart**2).sum(axis=-1)
        for mass, each, own, side in zip(
            masses, noise, deviations, (self.ours, self.theirs), strict=True
        ):
            curved = curved - noise_in_square(mass + each, own, side)
        shift = features(masses[0] - masses[1], self.support)
        return curved, np.asarray(2 * apart @ shift), shift


def _by_point(masses: Masses) -> Masses:
    """Return (…, K) masses as (K, …): sums over points are then sums of long vectors."""
    return np.ascontiguousarray(masses.T)


@cache
def widening(size: float) -> float:
    """Return by how much deviations of a mean over `size` personas are widened, ≥ 1."""
    if size <= 1:
        return 1.0
    ratio = student_quantile(CONFIDENCE, size - 1) / quantile(CONFIDENCE)
    return float(np.sqrt(size / (size - 1))) * ratio
