"""Means, shares, quantiles and differences of few humans with the help of simulations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from simulate.comparison.prediction_powered.pairing import CellPeople
from simulate.comparison.prediction_powered.result import (
    Estimated,
    Helped,
    HumansNeeded,
    Number,
)
from simulate.errors import StatisticsError
from simulate.reference import Variable
from simulate.statistics.confidence import Interval, student_quantile
from simulate.statistics.humans_needed import Arm, humans_needed
from simulate.statistics.paired_people import Sides
from simulate.statistics.prediction_powered import (
    FEWEST_HUMANS,
    NEARLY,
    TunedMean,
    correlation_interval,
    tuned_mean,
    worth,
)
from simulate.statistics.prediction_powered_quantile import share_intervals, tuned_quantile
from simulate.statistics.rows import Floats
from simulate.terminal.numbers import number


@dataclass(frozen=True)
class Statistic:
    """What is estimated.

    Attributes:
        name: as tables show it.
        score: what a value counts, of a mean or a share; None of a quantile.
        share: whether it is a share.
        q: of a quantile, in (0, 1); None of any other.
    """

    name: str
    score: Callable[[Floats], Floats] | None = None
    share: bool = False
    q: float | None = None


def statistics_of(variable: Variable, quantiles: Sequence[float]) -> list[Statistic]:
    """Return what is estimated of a variable.

    Of numbers the mean, the share above 0 and quantiles, the median unless others are asked for; of
    yes and no the share; of words in order the mean; of other words the share of each.

    Raises:
        StatisticsError: a quantile is not between 0 and 1, or is asked for of words.
    """
    for q in quantiles:
        if not 0 < q < 1:
            raise StatisticsError(f"quantile {q:g} must lie between 0 and 1, such as .5 or .9")
    if variable.numeric:
        found = [Statistic("mean", variable.scored)]
        found += [Statistic(_quantile_name(q), q=q) for q in quantiles or (0.5,)]
        if variable.above_zero:
            found.append(Statistic(f"share {variable.above_zero}", _above_zero, share=True))
        return found
    if quantiles:
        raise StatisticsError(f"{variable.name} is a {variable.kind}: quantiles are of numbers")
    words = variable.categories or ()
    if variable.has_mean and len(words) > 2:
        return [Statistic(variable.mean_name, variable.scored)]
    shown = range(1 if len(words) == 2 else 0, len(words))
    return [Statistic(f"share of {words[i]}", _is_level(i), share=True) for i in shown]


def estimates_of(
    cells: Sequence[CellPeople],
    statistics: Sequence[Statistic],
    confidence: float,
    width: float | None,
) -> Iterator[Estimated]:
    """Yield each number of each cell, and then the differences between arms.

    Two cells are two arms if they differ in nothing but conditions that the human data hold.
    """
    for cell in cells:
        for statistic in statistics:
            yield _estimate(cell, statistic, confidence, width)
    for a, b in combinations(cells, 2):
        if a.arm != b.arm and a.rest == b.rest:
            for statistic in statistics:
                if statistic.score is not None:
                    yield _difference(a, b, statistic, confidence, width)


def _estimate(
    cell: CellPeople, statistic: Statistic, confidence: float, width: float | None
) -> Estimated:
    row = _empty(cell.label, statistic, (cell,))
    if row.refused:
        return row
    simulated: float
    if statistic.q is not None:
        found = tuned_quantile(cell.paired, statistic.q, confidence)
        mean, sides, simulated = found.mean, found.sides, found.simulated
        human, value = found.human, found.value
        intervals = found.human_interval, found.interval
        alone = None
    else:
        sides, mean = _mean(cell, statistic)
        human, value, simulated = float(mean.human), float(mean.value), float(mean.simulated)
        intervals = _intervals(mean, confidence, share=statistic.share)
        alone = _as_if_people(mean, len(cell.paired.others), confidence)
    helped, ends = _helped(mean, sides, confidence)
    return replace(
        row,
        human=Number(human, intervals[0]),
        simulated=Number(simulated, alone),
        estimate=Number(value, intervals[1]),
        arms=(helped,),
        worth=helped.worth,
        needed=None if statistic.q is not None else _needed(width, [(mean, ends)], confidence),
    )


def _difference(
    a: CellPeople, b: CellPeople, statistic: Statistic, confidence: float, width: float | None
) -> Estimated:
    row = _empty(f"{a.label} − {b.label}", statistic, (a, b))
    if row.refused:
        return row
    (sides_a, first), (sides_b, second) = _mean(a, statistic), _mean(b, statistic)
    of_people = {person: i for i, person in enumerate(dict.fromkeys((*a.people, *b.people)))}

    def moved(get: Callable[[TunedMean], Floats]) -> float:
        """Return the variance over people, of whom some may be in both arms."""
        deviations = np.zeros(len(of_people))
        for sign, cell, mean in ((1, a, first), (-1, b, second)):
            deviations[[of_people[person] for person in cell.people]] += sign * get(mean)
        return float((deviations**2).sum())

    apart = len(of_people) == len(a.people) + len(b.people)
    human_variance = moved(lambda m: m.human_deviations)
    others = ((first.other_deviations - second.other_deviations) ** 2).sum()
    variance = moved(lambda m: m.deviations) + float(others)
    human = float(first.human - second.human)
    value = float(first.value - second.value)
    alone = float(first.simulated_variance + second.simulated_variance)
    simulated = float(first.simulated - second.simulated)
    found = [_helped(m, s, confidence) for m, s in ((first, sides_a), (second, sides_b))]
    helped = tuple(each for each, _ in found)
    degrees = [
        _welch(first, second, "human_variance", (first.n - 1, second.n - 1), apart=apart),
        _welch(first, second, "variance", (first.degrees, second.degrees), apart=apart),
    ]
    n = len(of_people)
    valued = Number(n * human_variance / variance) if variance > 0 else None
    needed = None
    if apart and human_variance > 0:
        valued = _worth_of_both((first, second), helped)
        means = [(first, found[0][1]), (second, found[1][1])]
        needed = _needed(width, means, confidence)
    return replace(
        row,
        human=Number(human, _around(human, human_variance, degrees[0], confidence)),
        simulated=Number(simulated, _around(simulated, alone, np.inf, confidence)),
        estimate=Number(value, _around(value, variance, degrees[1], confidence)),
        arms=helped,
        worth=valued,
        needed=needed,
    )


def _worth_of_both(means: tuple[TunedMean, TunedMean], helped: Sequence[Helped]) -> Number:
    """Return what the humans of two arms are worth for their difference.

    The ends are those at which both arms are at theirs, which is farther than need be; that the
    others are the same in both arms, which helps a little more, is left out.
    """

    def together(worths: Sequence[float]) -> float:
        alone = [float(mean.human_variance) for mean in means]
        each = zip(alone, means, worths, strict=True)
        return sum(m.n for m in means) * sum(alone) / sum(v * m.n / w for v, m, w in each)

    ends = [h.worth.interval or (h.worth.value, h.worth.value) for h in helped]
    low, high = (together([end[side] for end in ends]) for side in (0, 1))
    return Number(together([h.worth.value for h in helped]), (low, high))


def _empty(sample: str, statistic: Statistic, cells: Sequence[CellPeople]) -> Estimated:
    """Return an estimate without numbers, refused where there are too few humans."""
    people = {person for cell in cells for person in cell.people}
    fewest = min(len(cell.people) for cell in cells)
    refused = None
    if fewest < FEWEST_HUMANS:
        refused = f"{fewest} humans are too few; at least {FEWEST_HUMANS} are needed"
    elif any(cell.reruns == 0 for cell in cells):
        refused = "nobody has a simulated value"
    paired = cells[0].paired
    counted = float(1 / (paired.shares**2).sum()) if paired.weights is not None else None
    return Estimated(
        sample,
        statistic.name,
        len(people),
        len(paired.others),
        counted or float(len(paired.others)),
        refused=refused,
    )


def _mean(cell: CellPeople, statistic: Statistic) -> tuple[Sides, TunedMean]:
    assert statistic.score is not None  # noqa: S101  # a quantile is no mean
    sides = cell.paired.sides(statistic.score)
    return sides, tuned_mean(*sides, cell.paired.weights)


def _intervals(
    mean: TunedMean, confidence: float, *, share: bool
) -> tuple[Interval | None, Interval | None]:
    if share:
        return share_intervals(mean, confidence)
    if not mean.human_variance > 0:
        return None, None
    return (
        _around(float(mean.human), float(mean.human_variance), mean.n - 1, confidence),
        _around(float(mean.value), float(mean.variance), float(mean.degrees), confidence),
    )


def _as_if_people(mean: TunedMean, others: int, confidence: float) -> Interval | None:
    variance = float(mean.simulated_variance)
    return _around(float(mean.simulated), variance, mean.n + others - 1, confidence)


def _around(value: float, variance: float, degrees: float, confidence: float) -> Interval | None:
    if not variance > 0:
        return None
    half = student_quantile(confidence, degrees) * variance**0.5
    return value - half, value + half


def _welch(
    first: TunedMean, second: TunedMean, name: str, degrees: tuple[object, object], *, apart: bool
) -> float:
    """Return Welch and Satterthwaite's degrees of freedom; of people in both arms the fewer."""
    a, b = float(getattr(first, name)), float(getattr(second, name))
    of_a, of_b = (float(np.asarray(each)) for each in degrees)
    if not apart or a + b == 0:
        return min(of_a, of_b)
    return (a + b) ** 2 / (a**2 / of_a + b**2 / of_b)


def _helped(mean: TunedMean, sides: Sides, confidence: float) -> tuple[Helped, Interval]:
    """Return what simulations add, and the interval of the correlation."""
    n, rho = mean.n, float(mean.correlation)
    if not np.ptp(sides.human) * np.ptp(sides.simulated) > 0:
        nothing = Helped(weight=0.0, correlation=None, worth=Number(float(n)), ceiling=float(n))
        return nothing, (0.0, 0.0)
    low, high = (float(e) for e in correlation_interval(sides.human, sides.simulated, confidence))
    value, least, most = (
        float(worth(np.asarray(each), mean.spread, n, mean.others)) for each in (rho, low, high)
    )
    if mean.weight == 0:  # it is the human mean, and costs nothing
        value, most = float(n), max(most, float(n))
    ceiling = n / (1 - max(rho, 0.0) ** 2) if rho < NEARLY else None
    helped = Helped(
        weight=float(mean.weight),
        correlation=Number(rho, (low, high)),
        worth=Number(value, (least, most)),
        ceiling=ceiling,
    )
    return helped, (low, high)


def _needed(
    width: float | None, means: Sequence[tuple[TunedMean, Interval]], confidence: float
) -> HumansNeeded | None:
    if width is None or any(mean.human_variance <= 0 for mean, _ in means):
        return None

    def arms(place: int | None) -> list[Arm]:
        return [
            Arm(
                float(mean.n * mean.human_variance) ** 0.5,
                float(mean.correlation) if place is None else ends[place],
                float(mean.spread),
                mean.others,
            )
            for mean, ends in means
        ]

    alone = humans_needed(width, arms(None), confidence, simulations=False)
    helped, most, least = (
        humans_needed(width, arms(place), confidence, simulations=True) for place in (None, 0, 1)
    )
    return HumansNeeded(width, alone, helped, (least, most))


def _above_zero(values: Floats) -> Floats:
    return (values > 0).astype(np.float64)


def _is_level(level: int) -> Callable[[Floats], Floats]:
    return lambda values: (values == level).astype(np.float64)


def _quantile_name(q: float) -> str:
    return "median" if q == 0.5 else f"quantile {number(q, 2)}"
