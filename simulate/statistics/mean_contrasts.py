"""Contrasts of cells' means over personas, whoever met which cells; no reference is needed.

A contrast is Σ_c w_c m_c of the means m_c of C cells, such as +1 and −1 for the difference of two.
Each persona counts once in a cell, however many dialogues it has there. The cells fall into
*blocks*: those of one block met the same personas, those of different blocks met different ones.

**Within a block** the persona is the unit: d_g = Σ w_c x_gc over the block's cells, over the
personas that have a value in all of them. The contrast is the sum over blocks of the means of d,
its variance the sum of s²_b / n_b, its degrees of freedom those of Welch and Satterthwaite,
(Σ v_b)² / Σ v_b² / (n_b − 1). With one block this is the paired t-test, with two cells in two
blocks Welch's test; main effects and interactions of mixed designs are of the same kind. Sources:
Welch 1947; Satterthwaite 1946.

**Cells that share some personas only** (two samples of one small table) make no blocks. All values
count, x̄_c over the personas of each cell, and the variance is Σ_g ψ_g² with ψ_g = Σ_c w_c
(x_gc − x̄_c) / √(n_c (n_c − 1)) over the cells that the persona met: that of two partly paired
samples (Derrick and others 2017), with Satterthwaite's degrees of freedom over the kinds of
personas that met the same cells.

**Shares.** Where values are shares and few personas differ, these intervals are too short, and of
width 0 where nobody does. Two personas are added to each block: with the largest and the smallest d
that shares could give. Of two paired cells these are 1 and −1 (Bonett and Price 2012), of two
independent ones a 1 and a 0 in each (Agresti and Caffo 2000); with t in place of the normal
quantile. Amounts have no such help: where nine of ten personas have a paired difference of 0 and
the others differ in one direction, 30 personas are covered .87 of the time for .95, and 100 .92.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from simulate.statistics.confidence import CONFIDENCE, Interval, student_quantile
from simulate.statistics.rows import Floats

FEWEST_PERSONAS = 20
"""Below so many there is no interval: where values are heaped and skewed it would miss too often
(at a nominal .95 a mean is covered .89 of the time with 10 personas, .92 with 20). Where a contrast
sets several blocks against several others, each side needs so many, ..."""
FEWEST_IN_BLOCK = 10
"""... and each block so many. The degrees of freedom decide nothing: they follow the variances, and
where only contrasts with many were taken, small variances were chosen (coverage .70 for .95)."""
ROUNDING = 1e-12

People = Literal["same", "different", "some the same"]
Members = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class MeanContrast:
    """A contrast of means.

    Attributes:
        personas: that take part.
        value: such as the first cell's mean less the second's; None without a persona in a block.
        interval: None with too few personas, or where all differ by the same.
        p: two-sided, that the contrast is 0; None where there is no interval.
        people: "same" where each persona has a difference of its own, also where several groups
            met cells of their own; "different" between personas; or some the same.
        error: the standard error; None where there is no interval.
        degrees: of freedom; None where there is no interval.
    """

    personas: int
    value: float | None
    interval: Interval | None = None
    p: float | None = None
    people: People = "same"
    error: float | None = None
    degrees: float | None = None


def linear_contrast(
    means: Floats, members: Members, weights: Sequence[float], *, shares: bool = False
) -> MeanContrast:
    """Return Σ w_c m_c over cells; see the module.

    Args:
        means: (C, G) of each persona in each cell; NaN where it has no value.
        members: (C, G) which personas met which cells, whether they have a value or not.
        weights: (C,) of the cells; those of weight 0 take no part.
        shares: whether the means are shares, in [0, 1].
    """
    weighed = np.asarray(weights, dtype=np.float64)
    used = np.flatnonzero(weighed)
    means, members, weighed = means[used], members[used], weighed[used]
    reach = (float(weighed.clip(max=0).sum()), float(weighed.clip(0).sum())) if shares else None
    blocks = _blocks(members)
    if blocks is None:
        return _overlapping(means, weighed, reach)
    own = [weighed[block] @ means[block] for block in blocks]
    return _of_blocks(
        [values[~np.isnan(values)] for values in own],
        [float(weighed[block].sum()) for block in blocks],
        [(float(w.clip(max=0).sum()), float(w.clip(0).sum())) for w in map(weighed.take, blocks)],
        reach,
    )


def _blocks(members: Members) -> list[list[int]] | None:
    """Return the cells that met the same personas; None where some share only some of them."""
    found: dict[bytes, list[int]] = {}
    for cell, met in enumerate(members):
        found.setdefault(met.tobytes(), []).append(cell)
    apart = sum(members[cells[0]].astype(np.int64) for cells in found.values())
    return list(found.values()) if np.max(apart, initial=0) <= 1 else None


def _of_blocks(
    of_blocks: Sequence[Floats],
    sums: Sequence[float],
    ends: Sequence[tuple[float, float]],
    reach: Interval | None,
) -> MeanContrast:
    """Return the sum of the means of blocks.

    Args:
        of_blocks: (G,) d of each persona of each block.
        sums: the sum of the weights of each block's cells.
        ends: the smallest and the largest d that shares could give, of each block.
        reach: the smallest and the largest contrast that shares could give; None of no shares.
    """
    counts = [len(values) for values in of_blocks]
    within = all(abs(weight) <= ROUNDING for weight in sums)
    people: People = "same" if within else "different"
    if not all(counts):
        return MeanContrast(0, None, people=people)
    found = MeanContrast(sum(counts), sum(float(v.mean()) for v in of_blocks), people=people)
    if reach is not None:
        of_blocks = [np.append(v, end) for v, end in zip(of_blocks, ends, strict=True)]
    sizes = [len(values) for values in of_blocks]
    middle = sum(float(values.mean()) for values in of_blocks)
    parts = [
        float(((v - v.mean()) ** 2).sum()) / (n * max(1, n - 1))
        for v, n in zip(of_blocks, sizes, strict=True)
    ]
    if not _enough(counts, sums):
        return found
    return _with_interval(found, middle, parts, sizes, reach)


def _enough(counts: Sequence[int], sums: Sequence[float]) -> bool:
    """Tell whether blocks of so many personas allow an interval; see `_of_blocks`."""
    if len(counts) == 1:
        return counts[0] >= FEWEST_PERSONAS
    sides = [
        sum(n for n, weight in zip(counts, sums, strict=True) if sign * weight > -ROUNDING)
        for sign in (1, -1)
    ]
    sides = [side for side in sides if side]
    return min(counts) >= FEWEST_IN_BLOCK and min(sides) >= FEWEST_PERSONAS


def _overlapping(means: Floats, weights: Floats, reach: Interval | None) -> MeanContrast:
    """Return a contrast of cells that share some personas, all of whose values count."""
    there = ~np.isnan(means)
    counts = there.sum(axis=1)
    people = int(there.any(axis=0).sum())
    if not counts.all():
        return MeanContrast(0, None, people="some the same")
    value = float(weights @ np.nanmean(means, axis=1))
    if reach is not None:  # a persona with 1 and one with 0 in each cell, who met no other
        ends = np.full((len(means), 2 * len(means)), np.nan)
        for cell in range(len(means)):
            ends[cell, 2 * cell : 2 * cell + 2] = 1.0, 0.0
        means = np.concatenate([means, ends], axis=1)
        there = ~np.isnan(means)
    sizes = there.sum(axis=1)
    middles = np.nanmean(means, axis=1)
    scale = weights / np.sqrt(sizes * np.maximum(sizes - 1, 1))
    influence = np.where(there, (means - middles[:, None]) * scale[:, None], 0.0).sum(axis=0)
    _, kinds = np.unique(there.T, axis=0, return_inverse=True)
    parts = np.bincount(kinds.ravel(), weights=influence**2)
    of_kind = np.bincount(kinds.ravel())
    found = MeanContrast(people, value, people="some the same")
    if counts.min() < FEWEST_PERSONAS:
        return found
    return _with_interval(found, float(weights @ middles), parts.tolist(), of_kind.tolist(), reach)


def _with_interval(
    found: MeanContrast,
    middle: float,
    parts: Sequence[float],
    sizes: Sequence[int],
    reach: Interval | None,
) -> MeanContrast:
    """Return a contrast with its interval, of the variances of its independent parts."""
    variance = sum(parts)
    error = math.sqrt(variance)
    if error <= ROUNDING * max(1.0, abs(middle)):
        return found
    degrees = variance**2 / sum(
        part**2 / max(1, n - 1) for part, n in zip(parts, sizes, strict=True)
    )
    from scipy.special import stdtr

    half = student_quantile(CONFIDENCE, degrees) * error
    low, high = middle - half, middle + half
    if reach is not None:
        low, high = max(reach[0], low), min(reach[1], high)
    p = 2 * float(stdtr(degrees, -abs(middle) / error))
    return MeanContrast(found.personas, found.value, (low, high), p, found.people, error, degrees)
