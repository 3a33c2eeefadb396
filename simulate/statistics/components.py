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
               persona = S²(m_i·) − I/C,  cell = S²(m_·c) − I/G,  persona × cell = I − N

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
from simulate.statistics.persona_means import row_means
from simulate.statistics.rows import Floats, Rows
from simulate.statistics.studentized import DRAWS, Means, studentized_intervals

FEWEST_PERSONAS = 50
"""Below so many personas that are run more than once, an interval covers too rarely."""
SMALLEST_VARIANCE = 1e-12
"""Of the squared range of values: less is rounding."""
PER_BLOCK = 7

NAMES = {
    (1, True): ("personas", "reruns"),
    (1, False): ("personas and reruns",),
    (2, True): ("personas", "levels", "personas × levels", "reruns"),
    (2, False): ("personas", "levels", "personas × levels and reruns"),
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
        rows: a cluster for each persona, a stratum for each cell; log weights do not count.
            Personas without a row in some cell are left out.
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
    features, reruns, scale = _features(rows, levels, blocks)
    count, cells = len(features), len(blocks[0])
    repeated = int((reruns > 1).all(axis=0).sum())
    if count < 2:
        return Components(count, repeated, k, reason=f"needs two personas, there are {count}")
    names = NAMES[min(cells, 2), repeated > 0]

    def variances(means: Means) -> Means:
        of_block = means.reshape((*means.shape[:-1], len(blocks), -1))
        each = _variances(of_block, count, cells, identified=repeated > 0)
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


def _features(
    rows: Rows, levels: int | None, blocks: Sequence[Sequence[int]]
) -> tuple[Floats, Floats, float]:
    """Return (G, F) features of each persona, (strata, G) their reruns, and the squared range.

    The features of a block of C cells are C · L means, and the `PER_BLOCK` of `_variances`.
    """
    means = row_means(rows, levels)
    centred = means - means.mean(axis=0)
    within = 1 - (means**2).sum(axis=1)
    if levels is None:
        squares = rows.shares * (rows.values - rows.means[rows.row]) ** 2
        within = np.bincount(rows.row, weights=squares, minlength=rows.n)
    size, at = means.shape[1], (rows.strata, rows.clusters)
    strata = max(max(block) for block in blocks) + 1
    reruns = np.zeros((strata, rows.cluster_count))
    np.add.at(reruns, at, 1.0)
    there = (reruns > 0).all(axis=0)
    sums = np.zeros((*reruns.shape, size))
    np.add.at(sums, at, centred)
    with np.errstate(invalid="ignore"):
        mean = sums / reruns[..., None]
    spread, stated = np.zeros_like(reruns), np.zeros_like(reruns)
    np.add.at(spread, at, ((centred - mean[at]) ** 2).sum(axis=1))
    np.add.at(stated, at, within)
    reruns, mean = reruns[:, there], mean[:, there]
    several = reruns > 1
    variance = spread[:, there] / np.maximum(reruns - 1, 1)
    found = []
    for block in blocks:
        m, s, n, known = (each[list(block)] for each in (mean, variance, reruns, several))
        overall = m.mean(axis=0)
        found += [
            *np.moveaxis(m, 1, -1).reshape(-1, m.shape[1]),
            (overall**2).sum(axis=1),
            ((m - overall) ** 2).sum(axis=(0, 2)),
            (s * known).mean(axis=0),
            known.mean(axis=0),
            (s * known / n).mean(axis=0),
            1 - known.mean(axis=0),
            (stated[:, there][list(block)] / n).mean(axis=0),
        ]
    scale = 1.0 if levels is not None else float(np.square(rows.values).max(initial=0.0))
    return np.array(found).T, reruns, scale


def _variances(means: Means, count: int, cells: int, *, identified: bool) -> Means:
    """Return (…, parts + 1) components, the last one stated, from (…, F) mean features."""
    level = means[..., :-PER_BLOCK].reshape((*means.shape[:-1], cells, -1))
    square, apart, spread, known, noise, alone, stated = np.moveaxis(means[..., -PER_BLOCK:], -1, 0)
    middle = level.mean(axis=-2)
    factor = count / (count - 1)
    persona = factor * (square - (middle**2).sum(axis=-1))
    levels = ((level - middle[..., None, :]) ** 2).sum(axis=(-2, -1))
    if identified:
        rerun = spread / known
        noise = noise + alone * rerun
    if cells == 1:
        parts = [persona - noise, rerun + stated] if identified else [persona + stated]
    else:
        mixed = factor * (apart - levels) / (cells - 1)
        parts = [persona - mixed / cells, levels / (cells - 1) - mixed / count]
        parts += [mixed - noise, rerun + stated] if identified else [mixed + stated]
    return np.stack([*parts, stated], axis=-1)
