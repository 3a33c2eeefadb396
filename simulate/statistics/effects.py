"""Effects of conditions and traits on people, and how simulated effects compare with human ones.

An effect is a difference of weighted means, a least-squares slope, or a difference of these. Each
is an estimate with the *influence* ψ of each person on it, so that

    standard error = √Σ ψ²,   ψ of a − b = ψ of a − ψ of b,   covariance = Σ ψ ψ′

hold whether groups share people (the same personas in two cells), share none (women and men), or
people have several dialogues each. The ψ of a mean are those of the delete-one-person jackknife
(see `simulate.statistics.clusters`), those of a slope the sums of scores, times √(n/(n − 2)): with
one dialogue a person the standard error of two groups is Welch's, that of the same people in both
the paired one, and that of a slope White's HC1. Sources: Bell and McCaffrey 2002 (as CR3); Welch
1947; MacKinnon and White 1985. Degrees of freedom are those of the smaller group, which errs on
the wide side.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulate.statistics.clusters import effective_size
from simulate.statistics.confidence import Interval, student_quantile
from simulate.statistics.intervals import FEWEST_PERSONAS, LARGEST_SHARE
from simulate.statistics.rows import Floats, Rows


@dataclass(frozen=True, eq=False)
class EffectEstimate:
    """An effect on one side, with what is needed to combine it with others of this side."""

    value: float
    influence: Floats
    """(G,) of each person of the side, 0 for those who take no part."""
    people: float
    """Effective people, (Σw)²/Σw², of the smallest group that takes part."""
    largest: float
    """The largest share that one person has in the weight of a group, in (0, 1]."""

    def __sub__(self, other: EffectEstimate) -> EffectEstimate:
        """Return the difference of two effects on the same side."""
        return EffectEstimate(
            self.value - other.value,
            self.influence - other.influence,
            min(self.people, other.people),
            max(self.largest, other.largest),
        )

    @property
    def problem(self) -> str | None:
        """Why there is no standard error; `None` where there is one."""
        if self.people < FEWEST_PERSONAS:
            return f"a group has fewer than {FEWEST_PERSONAS} effective people"
        if self.largest > LARGEST_SHARE:
            return (
                f"one person has {self.largest:.0%} of a group's weight; an interval allows "
                f"{LARGEST_SHARE:.0%}"
            )
        if not np.any(self.influence):
            return "everybody gave the same value"
        return None

    @property
    def standard_error(self) -> float | None:
        """`None` where `problem` says why."""
        return None if self.problem else float(np.sqrt(self.influence @ self.influence))

    def interval(self, confidence: float) -> Interval | None:
        """Return value ± t · standard error; `None` without one."""
        error = self.standard_error
        if error is None:
            return None
        half = student_quantile(confidence, self.people - 1) * error
        return self.value - half, self.value + half


def group_mean(rows: Rows, weights: Floats) -> EffectEstimate | None:
    """Return the weighted mean of the rows' means; `None` without weight.

    Args:
        rows: n rows, whose clusters are people.
        weights: (n,) ≥ 0; 0 leaves a row out.
    """
    total = float(weights.sum())
    if not total > 0:
        return None
    value = float(weights @ rows.means) / total
    scores, people = _by_person(rows, weights * (rows.means - value), weights)
    n = np.count_nonzero(people)
    left = total - people
    influence = np.divide(scores, left, out=np.zeros_like(scores), where=left > 0)
    return _estimate(value, influence * math.sqrt((n - 1) / n), people)


def group_slope(rows: Rows, trait: Floats, weights: Floats) -> EffectEstimate | None:
    """Return the least-squares slope of the rows' means on a trait; `None` where it is constant.

    Args:
        rows: n rows, whose clusters are people.
        trait: (n,) finite wherever the weight is above 0.
        weights: (n,) ≥ 0; 0 leaves a row out.
    """
    total = float(weights.sum())
    if not total > 0:
        return None
    x = np.where(weights > 0, trait, 0.0)
    x, y = x - weights @ x / total, rows.means - weights @ rows.means / total
    spread = float(weights @ x**2)
    if not spread > 1e-12 * float(np.max(np.abs(trait[weights > 0]), initial=0.0)) ** 2:
        return None
    value = float(weights @ (x * y)) / spread
    scores, people = _by_person(rows, weights * x * (y - value * x), weights)
    n = np.count_nonzero(people)
    scale = math.sqrt(n / (n - 2)) if n > 2 else 1.0
    return _estimate(value, scores * scale / spread, people)


def _by_person(rows: Rows, *of_rows: Floats) -> list[Floats]:
    """Return (G,) sums over the rows of each person."""
    sums = (np.bincount(rows.clusters, each, rows.cluster_count) for each in of_rows)
    return [each.astype(np.float64) for each in sums]


def _estimate(value: float, influence: Floats, people: Floats) -> EffectEstimate:
    # What is left of values that are all the same are rounding errors.
    noise = 1e-13 * max(1.0, abs(value))
    influence = np.where(np.abs(influence) < noise, 0.0, influence)
    largest = float(people.max() / people.sum())
    return EffectEstimate(value, influence, effective_size(people), largest)


def paired_weights(
    rows: Rows, first: NDArray[np.bool_], second: NDArray[np.bool_]
) -> tuple[Floats, Floats]:
    """Return (n,) weights of the rows of two groups, so that each person weighs alike in both.

    People who lack one of the groups have the weight 0; others count as often as they have rows in
    the group in which they have fewer. The difference of the two means is the mean of each
    person's own difference. Where nobody is in both, as in a design between persons, all count.

    Args:
        rows: n rows, whose clusters are people.
        first: (n,) the rows of the first group.
        second: (n,) those of the second.
    """
    sides = [rows.weights * first, rows.weights * second]
    totals = [np.bincount(rows.clusters, w, minlength=rows.cluster_count) for w in sides]
    both = np.minimum(*totals)
    if not both.any():
        return sides[0], sides[1]
    found = []
    for weights, total in zip(sides, totals, strict=True):
        scale = np.divide(both, total, out=np.zeros_like(both), where=total > 0)
        found.append(np.asarray(weights * scale[rows.clusters], dtype=np.float64))
    return found[0], found[1]


@dataclass(frozen=True)
class Ratio:
    """A ratio of two estimates, with Fieller's interval."""

    value: float
    interval: Interval


def fieller(
    numerator: float,
    denominator: float,
    variances: tuple[float, float],
    t: float,
    covariance: float = 0.0,
) -> Ratio | None:
    """Return a ratio with Fieller's interval; `None` where the denominator may be 0.

    The interval holds each θ with (a − θb)² ≤ t² (v_a − 2θ c + θ² v_b). It is bounded only where
    the denominator is distinguishable from 0 at this t. Source: Fieller 1954.

    Args:
        numerator: a.
        denominator: b.
        variances: v_a and v_b, ≥ 0.
        t: quantile of Student's t, > 0.
        covariance: c, of a and b.
    """
    a, b, (over, under) = numerator, denominator, variances
    square = b * b - t * t * under
    if not square > 0:
        return None
    cross = a * b - t * t * covariance
    root = math.sqrt(max(0.0, cross * cross - square * (a * a - t * t * over)))
    return Ratio(a / b, ((cross - root) / square, (cross + root) / square))


@dataclass(frozen=True)
class AgainstHuman:
    """A simulated effect beside the human one.

    Attributes:
        difference: simulated − human.
        interval: of the difference; None where a side has no standard error.
        error: the difference in standard errors of the human effect; None without one. With the
            human effect itself unsure by one, an exact simulator has about ±1 by chance.
        same_sign: whether both have the same sign; None where the human interval holds 0.
        ratio: simulated / human, below 1 where the simulation is too flat; None where `problem`
            says why.
        problem: a side has no standard error, or the human effect is not distinguishable from 0.
    """

    difference: float
    interval: Interval | None
    error: float | None
    same_sign: bool | None
    ratio: Ratio | None
    problem: str | None


def against_human(
    simulated: EffectEstimate, human: EffectEstimate, confidence: float
) -> AgainstHuman:
    """Set a simulated effect beside the human one of independent people."""
    difference = simulated.value - human.value
    ours, theirs = simulated.standard_error, human.standard_error
    interval = ratio = same = None
    problem = human.problem or simulated.problem
    if (ends := human.interval(confidence)) and ends[0] * ends[1] > 0:
        same = simulated.value * human.value > 0
    if ours is not None and theirs is not None:
        t = student_quantile(confidence, min(simulated.people, human.people) - 1)
        half = t * math.hypot(ours, theirs)
        interval = (difference - half, difference + half)
        ratio = fieller(simulated.value, human.value, (ours**2, theirs**2), t)
        if ratio is None:
            problem = "the human effect is not distinguishable from 0"
    error = difference / theirs if theirs else None
    return AgainstHuman(difference, interval, error, same, ratio, problem)


FEWEST_EFFECTS = 3
"""A line over fewer effects is not drawn."""


@dataclass(frozen=True)
class EffectLine:
    """Several simulated effects against the human ones: signs, and the line through the origin.

    Attributes:
        effects: how many have both sides.
        signs: how many of them have an established human sign.
        same_signs: how many of these the simulation has right.
        raw: Σ h s / Σ s², the least-squares slope of human on simulated effects through the
            origin; None without an effect on the simulated side.
        corrected: Σ h s / Σ (s² − SE²), which is not pulled to 0 by the noise of the simulated
            effects, with Fieller's interval; None where `problem` says why.
        problem: why there is no corrected slope.
    """

    effects: int
    signs: int
    same_signs: int
    raw: float | None
    corrected: Ratio | None
    problem: str | None


def effect_line(
    simulated: list[EffectEstimate], human: list[EffectEstimate], confidence: float
) -> EffectLine:
    """Return how human effects go with simulated ones, over several effects of one unit.

    The line has no intercept, since naming an effect the other way round (B − A for A − B) turns
    the signs of both sides and must change nothing. Noise of the human effects does not bias the
    slope; noise of the simulated ones does, which the corrected slope takes out by the method of
    moments (Fuller 1987, §1.2). Covariances of effects that share people are in its interval.
    """
    pairs = list(zip(simulated, human, strict=True))
    signs = [against_human(s, h, confidence).same_sign for s, h in pairs]
    told = [sign for sign in signs if sign is not None]
    raw, corrected, problem = None, None, None
    usable = [(s, h) for s, h in pairs if not s.problem and not h.problem]
    if len(usable) < FEWEST_EFFECTS:
        problem = (
            f"{len(usable)} effects have a standard error on both sides; "
            f"a line needs {FEWEST_EFFECTS}"
        )
    else:
        s, h = (np.array([pair[side].value for pair in usable]) for side in (0, 1))
        ours, theirs = (np.array([pair[side].influence for pair in usable]) for side in (0, 1))
        noise, human_noise = ours @ ours.T, theirs @ theirs.T
        raw = float(h @ s) / float(s @ s) if np.any(s) else None
        people = min(min(a.people, b.people) for a, b in usable)
        over, under = float(h @ s), float(s @ s - np.trace(noise))
        variances = (
            float(s @ human_noise @ s + h @ noise @ h),
            4 * float(s @ noise @ s),
        )
        t = student_quantile(confidence, people - 1)
        if under > 0:
            corrected = fieller(over, under, variances, t, 2 * float(h @ noise @ s))
        if corrected is None:
            problem = "the simulated effects are not distinguishable from their noise"
    return EffectLine(len(pairs), len(told), sum(told), raw, corrected, problem)
