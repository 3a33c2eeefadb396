"""Components of variance: between personas, between reruns of one persona, between cells.

A dialogue of persona i in cell c ends with a distribution over values; a value that was drawn is a
distribution of one. Of dialogue t, y_ict is its mean (of a nominal outcome the vector of its
shares, and squares are summed over levels: the Gini components) and v_ict its variance, Σ w y² −
(Σ w y)². A value drawn from it varies by

    Var = persona (+ cell + persona × cell) + rerun,  rerun = Var(y | persona, cell) + E v.

So `direct`, where v = 0, and a verbalized outcome are read alike: *reruns* is how much the drawn
values of two runs of one persona differ, and *stated*, E v, is what part of it each distribution
claims by itself. It is the drawn values' component with the chance of the draw averaged out
(Rao-Blackwell).

Estimators are unbiased in balanced and unbalanced designs, each persona counting once however many
reruns they have. With m_ic the mean and s²_ic the variance (over n − 1) of the n_ic reruns, G
personas and C cells:

    W = mean of s²_ic over those with n ≥ 2,  N = mean of s²_ic/n_ic, where n = 1 of W
    one cell:  persona = S²(m_i) − N,  rerun = W + mean v
    C cells:   I = Σ (m_ic − m_i· − m_·c + m_··)² / ((G − 1)(C − 1))
               persona = S²(m_i·) − I/C − R,  cell = S²(m_·c) − I/G,  persona × cell = I − N + R

R is what reruns share across cells: the t-th rerun of a persona has the same random numbers in
every cell, so that cells can be compared, and would else be taken for the persona. With K the
covariance of two cells' t-th reruns within a persona, R is the mean of K/max(n_ic, n_ic') over
pairs of cells. With one run each R is not known, and personas include their random numbers.

In one cell, persona + rerun is half the mean squared difference of the values of two different
personas, and rerun that of two reruns of one persona. Cells are the levels at hand, fixed. An
estimate may lie below 0, is returned as it is, and counts as 0 in the shares.
Source: Searle, Casella and McCulloch 1992, ch. 3.6 (unweighted means), 4.3 and 5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from simulate.statistics.confidence import CONFIDENCE, Interval
from simulate.statistics.rows import Rows
from simulate.statistics.studentized import DRAWS, Means, studentized_intervals
from simulate.statistics.variance_moments import persona_moments, variances_of

FEWEST_PERSONAS = 50
"""Below so many personas that are run more than once, an interval covers too rarely."""
SMALLEST_VARIANCE = 1e-12
"""Of the squared range of values: less is rounding."""

NAMES = {
    (1, True): ("personas", "reruns"),
    (1, False): ("personas and reruns",),
    (2, True): ("personas", "levels", "personas × levels", "reruns"),
    (2, False): ("personas with their random numbers", "levels", "personas × levels and reruns"),
}
"""The parts by number of cells, two standing for any, and by whether reruns are identified."""


@dataclass(frozen=True, slots=True)
class Part:
    """One component.

    Attributes:
        variance: in squared units of the codes; it may lie below 0.
        share: of the sum of all parts, each at least 0; in [0, 1].
        interval: of the share, over personas; None with too few of them.
    """

    variance: float
    share: float
    interval: Interval | None = None


@dataclass(frozen=True, slots=True)
class Components:
    """The components of one outcome.

    Attributes:
        personas: that have a value in every cell.
        repeated: personas among them that were run more than once in every cell, or in none.
        candidates: mean number of values in a dialogue's distribution, k.
        parts: by name, as `NAMES` has them; empty where there is no variance to share.
        stated: the part of reruns that a distribution claims within one dialogue.
        reason: why there are no parts.
    """

    personas: int
    repeated: int
    candidates: float
    parts: dict[str, Part] = field(default_factory=dict)
    stated: Part | None = None
    reason: str | None = None

    @property
    def identified(self) -> bool:
        """Whether personas and reruns can be told apart."""
        return "reruns" in self.parts


def components(
    rows: Rows,
    rng: np.random.Generator,
    *,
    levels: int | None = None,
    blocks: Sequence[Sequence[int]] = ((0,),),
    draws: int = DRAWS,
    confidence: float = CONFIDENCE,
) -> Components:
    """Estimate the components; see the module.

    Args:
        rows: a cluster for each persona, a stratum for each cell, reruns in the same order in all
            cells; log weights do not count. Personas without a row in some cell are left out.
        rng: of the resampling of personas.
        levels: number of levels of codes that have no mean; see `row_means`.
        blocks: the strata that hold the levels of one condition, for each combination of the
            other conditions' levels, all of one length; components are means over the blocks.
        draws: resamples of the personas.
        confidence: of the intervals of shares, in (0, 1).
    """
    if not rows.n:
        where = " in every cell" if len(blocks[0]) > 1 else ""
        return Components(0, 0, 0.0, reason=f"no persona has a value{where}")
    k = len(rows.values) / rows.n
    features, reruns, scale = persona_moments(rows, levels, blocks)
    count, cells = len(features), len(blocks[0])
    repeated = int((reruns > 1).all(axis=0).sum())
    if count < 2:
        return Components(count, repeated, k, reason=f"needs two personas, there are {count}")
    names = NAMES[min(cells, 2), repeated > 0]

    def variances(means: Means) -> Means:
        of_block = means.reshape((*means.shape[:-1], len(blocks), -1))
        each = variances_of(of_block, count, cells, identified=repeated > 0)
        return np.asarray(each.mean(axis=-2))

    def shares(means: Means) -> Means:
        found = variances(means)
        return np.asarray(found / found[..., :-1].sum(axis=-1, keepdims=True))

    found = variances(features.mean(axis=0)).tolist()
    total = sum(max(part, 0.0) for part in found[:-1])
    if not total > SMALLEST_VARIANCE * scale:
        return Components(count, repeated, k, reason="all values are equal")
    intervals: list[Interval | None] = [None] * len(found)
    if (repeated or count) >= FEWEST_PERSONAS:
        intervals = studentized_intervals(features, shares, rng, draws=draws, confidence=confidence)
    parts = [
        Part(each, _cut(each / total), ends and (_cut(ends[0]), _cut(ends[1])))
        for each, ends in zip(found, intervals, strict=True)
    ]
    return Components(count, repeated, k, dict(zip(names, parts, strict=False)), parts[-1])


def _cut(share: float) -> float:
    return min(1.0, max(0.0, share))
