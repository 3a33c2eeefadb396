"""Choosing among alternatives by criteria whose order is fixed beforehand.

Each of C criteria gives each alternative a loss, smaller is better, and has a margin m > 0: a
difference that does not matter. In their order,

1. at each criterion, alternative a is *dropped* where, for some b that is left, an interval of
   L(a) − L(b) lies above m. The intervals are simultaneous: Holm over the pairs that are left, at
   the level α/C, so that under equality nothing is dropped at any criterion with a chance of 1 − α;
2. where one alternative is left, it is chosen, and the criterion that dropped the last other one
   has decided;
3. the last criterion, the cost, decides only for an alternative that is *shown* not to be inferior
   to those it drops: on each criterion before, the interval of the difference lies below m.

Where more than one is left, no difference is shown. Sources: Holm 1979; of non-inferiority, Piaggio
et al. 2012 (CONSORT).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from simulate.statistics.confidence import CONFIDENCE, Interval, student_quantile
from simulate.statistics.rows import Floats, Indices


@dataclass(frozen=True, eq=False)
class Criterion:
    """One criterion, with the losses of W alternatives.

    Attributes:
        name: what it is called.
        margin: m > 0, in the unit of the losses.
        losses: (W,) estimates, smaller is better.
        difference: returns an interval of L(a) − L(b) at a confidence; None where n is too small.
        n: how many units the intervals rest on.
    """

    name: str
    margin: float
    losses: tuple[float, ...]
    difference: Callable[[int, int, float], Interval | None]
    n: int

    def needed(self, a: int, b: int) -> int | None:
        """Return about how many units would narrow the interval of L(a) − L(b) to ± m.

        None where there is no interval.
        """
        interval = self.difference(a, b, CONFIDENCE)
        if interval is None:
            return None
        return math.ceil(self.n * ((interval[1] - interval[0]) / 2 / self.margin) ** 2)

    def shows_worse(self, a: int, b: int) -> bool:
        """Return whether one interval by itself lies above the margin: a is worse than b."""
        interval = self.difference(a, b, CONFIDENCE)
        return interval is not None and interval[0] > self.margin

    def shows_no_worse(self, a: int, b: int) -> bool:
        """Return whether one interval by itself lies below the margin: a is not inferior to b."""
        interval = self.difference(a, b, CONFIDENCE)
        return interval is not None and interval[1] < self.margin


@dataclass(frozen=True, slots=True)
class ShownWorse:
    """An alternative that is worse than another one by more than the margin.

    Attributes:
        worse: the alternative that is dropped.
        than: the one that it is worse than.
        interval: of L(worse) − L(than), above the margin.
        confidence: of the interval, at which the difference is shown.
    """

    worse: int
    than: int
    interval: Interval
    confidence: float


@dataclass(frozen=True, slots=True)
class Ruling:
    """What one criterion says.

    Attributes:
        criterion: its name.
        before: the alternatives that it was asked about; fewer than two where all was decided.
        shown: for each alternative that is dropped, the first difference that was shown.
    """

    criterion: str
    before: tuple[int, ...]
    shown: tuple[ShownWorse, ...] = ()

    @property
    def dropped(self) -> tuple[int, ...]:
        """The alternatives that it drops."""
        return tuple(each.worse for each in self.shown)


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided.

    Attributes:
        rulings: of the criteria, in order.
        left: the alternatives between which no difference is shown; the chosen one alone.
        by: the criterion that decided; None where nothing is decided.
        cheaper: the alternative that the cost alone would choose, but which is not shown to be no
            worse; None where there is none.
        open_on: the criteria on which that is not shown.
    """

    rulings: tuple[Ruling, ...]
    left: tuple[int, ...]
    by: str | None
    cheaper: int | None = None
    open_on: tuple[str, ...] = ()

    @property
    def chosen(self) -> int | None:
        """The alternative that is chosen; None where no difference is shown."""
        return None if self.by is None else self.left[0]


def decide(
    criteria: Sequence[Criterion],
    cost: Criterion | None,
    alternatives: int,
    level: float = 1 - CONFIDENCE,
) -> Decision:
    """Choose among alternatives; see the module.

    Args:
        criteria: in their order, those that are measured.
        cost: the last criterion; None where it is not measured.
        alternatives: how many there are, W ≥ 2.
        level: α, the chance that anything is dropped where all are equal, in (0, 1).
    """
    each = level / max(1, len(criteria) + (cost is not None))
    left, by, rulings = tuple(range(alternatives)), None, []
    for criterion in criteria:
        ruling = Ruling(criterion.name, left, _shown_worse(criterion, left, each))
        rulings.append(ruling)
        if ruling.shown:
            left = tuple(a for a in left if a not in ruling.dropped)
            by = criterion.name if len(left) == 1 else None
    if cost is None:
        return Decision(tuple(rulings), left, by)
    last = Ruling(cost.name, left, _shown_worse(cost, left, each))
    kept = tuple(a for a in left if a not in last.dropped)
    if not last.shown or len(kept) > 1:
        return Decision((*rulings, last), left, by)
    open_on = tuple(
        c.name
        for c in criteria
        if not all(c.shows_no_worse(kept[0], other) for other in last.dropped)
    )
    if criteria and not open_on:
        return Decision((*rulings, last), kept, cost.name)
    return Decision((*rulings, Ruling(cost.name, left)), left, None, kept[0], open_on)


def _shown_worse(criterion: Criterion, left: Sequence[int], level: float) -> tuple[ShownWorse, ...]:
    """Return who is shown to be worse, by Holm: what is shown leaves the others a higher level."""
    untold = list(itertools.combinations(left, 2))
    found: dict[int, ShownWorse] = {}
    while untold:
        confidence, still = 1 - level / len(untold), []
        for a, b in untold:
            interval = criterion.difference(a, b, confidence)
            if interval is not None and interval[0] > criterion.margin:
                found.setdefault(a, ShownWorse(a, b, interval, confidence))
            elif interval is not None and interval[1] < -criterion.margin:
                turned = (-interval[1], -interval[0])
                found.setdefault(b, ShownWorse(b, a, turned, confidence))
            else:
                still.append((a, b))
        if len(still) == len(untold):
            break
        untold = still
    return tuple(found[a] for a in sorted(found))


@dataclass(frozen=True, eq=False)
class PairedLosses:
    """Losses of the same n units under each of W alternatives.

    Differences are paired within a unit. Without strata, units are a sample, and the interval is
    Student's. With strata, such as questions, these are the ones that the mean is of, and only the
    units within each are a sample. Losses in [0, 1] that are mostly 0 may happen to be 0 in all of
    a small sample, so two pseudo-units of the differences 1 and −1 are added to them (Agresti and
    Min 2005, for pairs of yes and no).

    Attributes:
        losses: (W, n).
        strata: (n,) from 0, each with at least two units; None without.
        bounded: whether losses lie in [0, 1] and pseudo-units are added; not with strata.
    """

    losses: Floats
    strata: Indices | None = None
    bounded: bool = False

    @property
    def means(self) -> tuple[float, ...]:
        """(W,) the mean loss of each alternative."""
        return tuple(_mean(each, self.strata) for each in self.losses)

    def difference(self, a: int, b: int, confidence: float) -> Interval:
        """Return the interval of L(a) − L(b) at a confidence in (0, 1)."""
        gaps, strata = self.losses[a] - self.losses[b], self.strata
        n, degrees = len(gaps), len(gaps) - 1
        if strata is not None:
            sizes = np.bincount(strata)
            of = np.bincount(strata, gaps) / sizes
            spread = np.bincount(strata, (gaps - of[strata]) ** 2) / (sizes - 1)
            middle, degrees = float(of.mean()), n - len(sizes)
            variance = float((spread / sizes).sum()) / len(sizes) ** 2
        elif self.bounded:
            middle = float(gaps.sum()) / (n + 2)
            squares = float((gaps**2).sum()) + 2 - (n + 2) * middle**2
            variance = squares / (n + 1) / (n + 2)
        else:
            middle, variance = float(gaps.mean()), float(gaps.var(ddof=1)) / n
        half = student_quantile(confidence, degrees) * math.sqrt(variance)
        return middle - half, middle + half

    def criterion(self, name: str, margin: float) -> Criterion:
        """Return the criterion that these losses are."""
        return Criterion(name, margin, self.means, self.difference, self.losses.shape[1])


def _mean(losses: Floats, strata: Indices | None) -> float:
    if strata is None:
        return float(losses.mean())
    return float((np.bincount(strata, losses) / np.bincount(strata)).mean())
