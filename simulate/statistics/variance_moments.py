"""Moments of personas in crossed cells, and the components of variance that follow from them.

The formulas are those of `components`. All moments are means over personas, so that the components
are smooth functions of means, as `studentized` asks for.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simulate.statistics.rows import Floats, Indices, Rows, row_means
from simulate.statistics.studentized import Means

MOMENTS = 11
"""Of a persona in a block of cells, behind the means in each cell: see `persona_moments`."""


def persona_moments(
    rows: Rows, levels: int | None, blocks: Sequence[Sequence[int]]
) -> tuple[Floats, Floats, float]:
    """Return what is averaged over personas.

    Args:
        rows: see `components.components`; personas without a row in some cell are left out.
        levels: number of levels of codes that have no mean.
        blocks: the strata of each block of C cells.

    Returns:
        (G, F) moments, for each block C · L means and `MOMENTS` more; (strata, G) the number of
        reruns; and the squared range of values, to tell variance from rounding.
    """
    means = row_means(rows, levels)
    centred = means - means.mean(axis=0)
    within = 1 - (means**2).sum(axis=1)
    if levels is None:
        squares = rows.shares * (rows.values - rows.means[rows.row]) ** 2
        within = np.bincount(rows.row, weights=squares, minlength=rows.n)
    at = rows.strata, rows.clusters
    reruns = np.zeros((max(map(max, blocks)) + 1, rows.cluster_count))
    np.add.at(reruns, at, 1.0)
    there = (reruns > 0).all(axis=0)
    mean = np.zeros((*reruns.shape, means.shape[1]))
    np.add.at(mean, at, centred)
    mean /= np.maximum(reruns, 1)[..., None]
    residuals = centred - mean[at]
    spread, stated = np.zeros_like(reruns), np.zeros_like(reruns)
    np.add.at(spread, at, (residuals**2).sum(axis=1))
    np.add.at(stated, at, within)
    order = _order(rows)
    found: list[Floats] = []
    for block in blocks:
        cells = list(block)
        m, n, squares = mean[cells], reruns[cells], spread[cells]
        known, overall = n > 1, m.mean(axis=0)
        variance = squares / np.maximum(n - 1, 1)
        paired, shared = _shared(rows, residuals, order, squares, n, cells)
        overlap = _overlap(n)
        found += [
            *np.moveaxis(m, 1, -1).reshape(-1, m.shape[1]),
            (overall**2).sum(axis=1),
            ((m - overall) ** 2).sum(axis=(0, 2)),
            (variance * known).mean(axis=0),
            known.mean(axis=0),
            (variance * known / np.maximum(n, 1)).mean(axis=0),
            1 - known.mean(axis=0),
            shared,
            paired,
            shared * overlap,
            (1 - paired) * overlap,
            (stated[cells] / np.maximum(n, 1)).mean(axis=0),
        ]
    scale = 1.0 if levels is not None else float(np.square(rows.values).max(initial=0.0))
    return np.array(found)[:, there].T, reruns[:, there], scale


def variances_of(means: Means, count: int, cells: int, *, identified: bool) -> Means:
    """Return (…, parts + 1) components, the last one stated, from mean moments of one block.

    Args:
        means: (…, F) over personas.
        count: personas, G ≥ 2.
        cells: C.
        identified: whether some personas have several reruns.
    """
    level = means[..., :-MOMENTS].reshape((*means.shape[:-1], cells, -1))
    square, apart, spread, known, noise, alone, *rest = np.moveaxis(means[..., -MOMENTS:], -1, 0)
    shared, paired, common, unpaired, stated = rest
    middle = level.mean(axis=-2)
    factor = count / (count - 1)
    persona = factor * (square - (middle**2).sum(axis=-1))
    if identified:
        rerun = spread / known
        noise = noise + alone * rerun
    if cells == 1:
        parts = [persona - noise, rerun + stated] if identified else [persona + stated]
        return np.stack([*parts, stated], axis=-1)
    between = ((level - middle[..., None, :]) ** 2).sum(axis=(-2, -1))
    mixed = factor * (apart - between) / (cells - 1)
    persona, levels = persona - mixed / cells, between / (cells - 1) - mixed / count
    if not identified:
        return np.stack([persona, levels, mixed + stated, stated], axis=-1)
    common = common + unpaired * shared / paired
    parts = [persona - common, levels, mixed - noise + common, rerun + stated]
    return np.stack([*parts, stated], axis=-1)


def _order(rows: Rows) -> Indices:
    """Return (n,) which rerun of its persona in its cell each row is, from 0."""
    sort = np.lexsort((rows.clusters, rows.strata))
    keys = rows.strata[sort] * rows.cluster_count + rows.clusters[sort]
    _, starts, counts = np.unique(keys, return_index=True, return_counts=True)
    order = np.empty(rows.n, dtype=np.int64)
    order[sort] = np.arange(rows.n) - np.repeat(starts, counts)
    return order


def _shared(
    rows: Rows,
    residuals: Floats,
    order: Indices,
    squares: Floats,
    reruns: Floats,
    cells: Sequence[int],
) -> tuple[Floats, Floats]:
    """Return (G,) whether a persona has as many reruns in all cells, and their covariance.

    It is the mean over pairs of cells, from Σ_t |Σ_c e_ct|² − Σ_t Σ_c |e_ct|².
    """
    paired = (reruns[0] > 1) & (reruns == reruns[0]).all(axis=0)
    if len(cells) == 1 or not paired.any():
        return np.ones(len(paired)), np.zeros(len(paired))  # nothing is shared
    kept = np.isin(rows.strata, cells) & paired[rows.clusters]
    who, where = np.unique(
        np.stack([rows.clusters[kept], order[kept]]), axis=1, return_inverse=True
    )
    sums = np.zeros((who.shape[1], residuals.shape[1]))
    np.add.at(sums, where.ravel(), residuals[kept])
    together = np.bincount(who[0], weights=(sums**2).sum(axis=1), minlength=len(paired))
    pairs = len(cells) * (len(cells) - 1)
    covariance = (together - squares.sum(axis=0)) / (np.maximum(reruns[0] - 1, 1) * pairs)
    return paired.astype(np.float64), np.where(paired, covariance, 0.0)


def _overlap(reruns: Floats) -> Floats:
    """Return (G,) the mean of 1/max(n_c, n_c') over pairs of cells, from (C, G) reruns."""
    cells = len(reruns)
    if cells == 1:
        return np.zeros(reruns.shape[1])
    ordered = np.maximum(np.sort(reruns, axis=0), 1)
    smaller = np.arange(cells)[:, None]  # how many cells each one is the larger one of
    return np.asarray((smaller / ordered).sum(axis=0) / (cells * (cells - 1) / 2))
