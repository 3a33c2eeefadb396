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
        finite = [size if np.isfinite(size) else LARGE for size in (n, m)]
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
            wider * (self.ours.resampled_as(self.centre, draws, rng) - self.centre),
            wider_theirs * (self.theirs.resampled_as(self.centre, draws, rng) - self.centre),
        )
        self._data = (
            wider * (self.ours.resampled(draws, rng) - p),
            wider_theirs * (self.theirs.resampled(draws, rng) - q),
        )
        self._mixing = rng.standard_normal((2, draws, 1))
        self._redrawn: tuple[Masses, Masses] | None = None
        if isinstance(self.ours, Side) and not ours.simple:
            moved = self.ours.moved_to(self.centre, rng)
            self._redrawn = (
                moved.redraw_noise(REDRAWS, rng, self.ours.cluster_count),
                self.ours.redraw_noise(REDRAWS, rng),
            )
            self._picked = rng.integers(REDRAWS, size=(REDRAWS_EACH, draws))
        self._between = int(rng.integers(2**32))

    def value(self, measure: Measure) -> float | None:
        """Return the distance in the data; None for D² where a side is one persona."""
        if measure.name == SQUARED:
            return squared_distance(*self.exact)
        found = self.plug_in(measure)
        if self._redrawn is not None:
            p, q = self.ours.mass, self.theirs.mass
            again = measure.function(p + self._redrawn[1], q, self.support).mean()
            found += float(again) - float(measure.function(p, q, self.support))
        return found

    def plug_in(self, measure: Measure) -> float:
        """Return the distance of the two mean distributions."""
        ours, theirs = self.exact
        return float(measure.function(ours.mass, theirs.mass, self.whole))

    @property
    def resampled(self) -> tuple[Masses, Masses]:
        """(B, K) masses of the resamples of both sides around the data."""
        return self.ours.mass + self._data[0], self.theirs.mass + self._data[1]

    def distances(self, measure: Measure, weight: float, most: int | None = None) -> Masses:
        """(B,) distances in the resamples at weight λ.

        Args:
            measure: the distance.
            weight: λ in [0, 1]: 0 is equality, 1 the data.
            most: use the first resamples up to this number.
        """
        used = slice(0, min(self.draws, most or self.draws))
        noise = [
            np.sqrt(1 - weight) * null[used]
            + np.sqrt(weight) * data[used]
            + np.sqrt(weight * (1 - weight) / size) * mixing[used] * away
            for null, data, size, mixing, away in zip(
                self._null, self._data, self.sizes, self._mixing, self._away, strict=True
            )
        ]
        p, q = (self.centre + weight * away for away in self._away)
        if measure.name == SQUARED:
            curved, straight, shift = self._squared_parts((p, q), noise)
            return shift @ shift + curved + straight
        if 0 < weight < 1:
            ours, theirs = self._sampled((p, q), noise)
        else:
            ours, theirs = p + noise[0], q + noise[1]
        if self._redrawn is None:
            return measure.function(ours, theirs, self.support)
        pool = np.sqrt(1 - weight) * self._redrawn[0] + np.sqrt(weight) * self._redrawn[1]
        # What redraws add is known without resampling: it is a control variate.
        alone = measure.function(p + pool, q, self.support)
        total = np.zeros(len(ours))
        for picked in self._picked[:, used]:
            total += measure.function(ours + pool[picked], theirs, self.support) - alone[picked]
        return np.asarray(np.maximum(total / len(self._picked) + alone.mean(), 0.0))

    def _sampled(self, masses: Sequence[Masses], noise: Sequence[Masses]) -> list[Masses]:
        """Return (B, K) masses of resamples of both sides, which are samples where that matters.

        Noise that is scaled has the right variance and not the right zeros: a level that hardly
        anybody gives is not held at all by most samples, which L1, TV and JS feel.
        """
        rng = np.random.default_rng(self._between)
        found = []
        for side, mass, each in zip((self.ours, self.theirs), masses, noise, strict=True):
            sparse = side.simple and side.effective < ENOUGH_EACH * self.support.size
            found.append(side.resampled_as(mass, len(each), rng) if sparse else mass + each)
        return found

    def squared_variance(self) -> tuple[float, float]:
        """Return V and κ: the variance of D̂² where D² = 0, and by how much it grows with D²."""
        masses = self.ours.mass, self.theirs.mass
        curved, straight, shift = self._squared_parts(masses, self._data)
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


@cache
def widening(size: float) -> float:
    """Return by how much deviations of a mean over `size` personas are widened, ≥ 1."""
    if size <= 1:
        return 1.0
    ratio = student_quantile(CONFIDENCE, size - 1) / quantile(CONFIDENCE)
    return float(np.sqrt(size / (size - 1))) * ratio
