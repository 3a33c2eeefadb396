"""One permutation test of a contrast that was estimated in many ways from the same personas.

Each of U universes gives a contrast of two arms, D_u = m_u1 − m_u2, where m_ua = Σ_g s_uag /
Σ_g w_uag over personas g: a weighted mean, with s the weight w times the value. The universes share
their personas, and mostly their dialogues, so that their p-values cannot be added up. Instead the
labels of the arms are exchanged *for whole personas, and in all universes at once*: what hangs
together stays together, and all D are estimated anew.

**Null.** What a persona gives in one arm, in all universes together, is distributed as what it
gives in the other (arms within personas: each persona's two labels are swapped or not); or who is
in which arm says nothing of what is given (arms between personas: the labels are shuffled over
personas, as many in each arm as before). Equal means alone are not this null: where arms differ in
their spread only, few personas can be rejected somewhat too often.

**Statistics.** The median of D over universes, two-sided; beside it the share of universes with the
more frequent sign. The *band* is where the sorted D lie under the null, rank by rank.

**Exact** where at most `MOST_EXACT` labellings are different: all are taken, and p is the share of
those that reach as far. Otherwise p = (1 + b)/(1 + B) of B random ones (Phipson and Smyth 2010).
Source: Simonsohn, Simmons and Nelson 2020, "Specification curve analysis".
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulate.errors import StatisticsError
from simulate.statistics.confidence import CONFIDENCE, Interval
from simulate.statistics.rows import Floats

MOST_EXACT = 2**13
DRAWS = 9_999
BLOCK = 1_000
"""Labellings at a time."""
ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class JointTest:
    """A joint permutation test.

    Attributes:
        contrasts: (U,) of the universes, as observed.
        median: of them.
        p: of the median, two-sided, in (0, 1].
        same_sign: the share of universes with the more frequent sign, in [0, 1].
        p_same_sign: that so many or more have one.
        median_null: between which medians those of the null lie, at 95 %.
        band: (U, 2) the same for each rank of the sorted contrasts.
        labellings: how many were taken, the observed one among them.
        exact: whether these are all.
    """

    contrasts: Floats
    median: float
    p: float
    same_sign: float
    p_same_sign: float
    median_null: Interval
    band: Floats
    labellings: int
    exact: bool


def joint_test(
    sums: Floats,
    weights: Floats,
    rng: np.random.Generator,
    *,
    between: bool = False,
    draws: int = DRAWS,
) -> JointTest:
    """Test the contrasts of two arms over universes; see the module.

    Args:
        sums: (U, 2, G) weight times value of each persona in each arm; 0 where it has none.
        weights: (U, 2, G) ≥ 0 the weights alone.
        rng: of the labellings.
        between: whether each persona is in one arm only, the same in all universes.
        draws: how many labellings are drawn where there are too many to take all.

    Raises:
        StatisticsError: there is no universe or no persona, a universe has nobody in an arm, or
            `between` and a persona is in both arms.
    """
    if not sums.size:
        raise StatisticsError("a joint permutation test needs a universe and a persona")
    there = np.asarray((weights > 0).any(axis=0))  # (2, G)
    in_first = there[0]
    if between and there.all(axis=0).any():
        raise StatisticsError("a persona is in both arms, and arms are said to be between personas")
    totals = np.concatenate([sums, weights])  # (2U, 2, G)
    if between:
        start, step = np.zeros(len(totals)), totals.sum(axis=1)
        labels, exact = _shuffles(in_first, rng, draws)
        observed = in_first[None]
    else:
        start, step = totals[:, 0].sum(axis=1), totals[:, 1] - totals[:, 0]
        labels, exact = _swaps(np.abs(step).max(axis=0) > 0, rng, draws)
        observed = np.zeros((1, sums.shape[-1]), dtype=bool)
    whole = totals.sum(axis=(1, 2))

    def contrasts(labelled: NDArray[np.bool_]) -> Floats:
        """Return (B, U) contrasts under (B, G) labels."""
        first = start + labelled.astype(np.float64) @ step.T
        s, w = np.split(first, 2, axis=1)
        rest, others = np.split(whole - first, 2, axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(s / w - rest / others, dtype=np.float64)

    own = contrasts(observed)[0]
    if not np.isfinite(own).all():
        raise StatisticsError("a universe has nobody in one of the arms")
    drawn = np.concatenate(
        [contrasts(labels[at : at + BLOCK]) for at in range(0, len(labels), BLOCK)]
    )
    if not exact:
        drawn = np.concatenate([own[None], drawn])
    drawn.sort(axis=1)  # NaN, of an arm without anybody, goes last and counts as far
    scale = ROUNDING * max(1.0, float(np.abs(own).max()))
    median, medians = float(np.median(own)), np.median(drawn, axis=1)
    share, shares = float(_same_sign(own[None])[0]), _same_sign(drawn)
    ends = [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2]
    low, high = np.nanquantile(medians, ends)
    return JointTest(
        contrasts=own,
        median=median,
        p=float(np.mean(~(np.abs(medians) < abs(median) - scale))),
        same_sign=share,
        p_same_sign=float(np.mean(~(shares < share - ROUNDING))),
        median_null=(float(low), float(high)),
        band=np.nanquantile(drawn, ends, axis=0).T,
        labellings=len(drawn),
        exact=exact,
    )


def _same_sign(contrasts: Floats) -> Floats:
    """Return (B,) the share of universes with the more frequent sign; 0 has none."""
    above, below = (contrasts > ROUNDING).mean(axis=1), (contrasts < -ROUNDING).mean(axis=1)
    return np.asarray(np.maximum(above, below), dtype=np.float64)


def _swaps(
    matters: NDArray[np.bool_], rng: np.random.Generator, draws: int
) -> tuple[NDArray[np.bool_], bool]:
    """Return (B, G) who is swapped, and whether that is everything that matters."""
    count = int(matters.sum())
    if 2**count <= MOST_EXACT:
        found = np.zeros((2**count, len(matters)), dtype=bool)
        found[:, matters] = list(itertools.product((False, True), repeat=count))
        return found, True
    return rng.random((draws, len(matters))) < 0.5, False


def _shuffles(
    first: NDArray[np.bool_], rng: np.random.Generator, draws: int
) -> tuple[NDArray[np.bool_], bool]:
    """Return (B, G) who is in the first arm, and whether these are all choices of so many."""
    people, size = len(first), int(first.sum())
    if math.comb(people, size) <= MOST_EXACT:
        chosen = list(itertools.combinations(range(people), size))
        found = np.zeros((len(chosen), people), dtype=bool)
        found[np.arange(len(chosen))[:, None], np.array(chosen, dtype=np.int64)] = True
        return found, True
    return rng.permuted(np.tile(first, (draws, 1)), axis=1), False
