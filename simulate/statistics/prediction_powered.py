"""Means of few people with the help of simulations: prediction-powered inference (PPI++).

n people have a human value Y; what was simulated of them is f, known of N others as well who have
no Y. f is no fit on these Y. With a weight λ the mean is

    θ = Ȳ_n + λ (f̄_N − f̄_n),

which is without bias whatever f is: what f gets wrong cancels, since it is the same person's f on
both sides. λ = κ Cov(Y, f) / Var(f), clipped to [0, 1], has the least variance, κ = N/(n + N); then

    Var θ = Var(Y)/n · ((1 − ρ²) + ρ² (1 − κ)),   ρ the correlation of Y and f.

**Variance.** Σ (e − ē)² / (n (n − 1)) of e = Y − λ f over the n, and λ² Var(f)/N over the others.
Where λ is tuned, and not held at 0 or 1, it costs a degree of freedom, n − 2 for n − 1, and adds
the factor 1 + n (κ (f̄_N − f̄_n))² / Σ (f − f̄_n)², as a slope of least squares does. Intervals take
Student's t with these degrees of freedom; docs/recorded-distributions/few-humans.md has their
coverage from 20 people on.

**What n people are worth.** As many people without simulations would give the same variance:

    n / ((1 − ρ²) (1 + κ/(n − 3)) + ρ² (1 − κ)),   at most n / (1 − ρ²), n + N for ρ = 1,

where κ/(n − 3) is what tuning λ costs on average: f that has nothing to do with Y makes 40 people
worth 39. The interval follows from one of ρ: of artanh ρ ± t s, with s its standard error by the
jackknife over people. A percentile bootstrap over people was tried and covers too rarely.

Source: Angelopoulos, Duchi and Zrnic 2023, arXiv 2311.01453; for the term of the slope, Cochran
1977, section 12.6 (regression estimates in double sampling).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulate.statistics.confidence import student_quantile
from simulate.statistics.rows import Floats

FEWEST_HUMANS = 20
"""With fewer people no interval is given."""
STUDENT_BELOW = 50
"""Below so many people it is said that an interval is Student's."""
STUDENT_COVERS = (0.936, 0.955)
"""The least and the largest share of 4,000 simulated samples in which 95 % intervals of a mean
held: of heaped gifts of 20 to 200 people (docs/recorded-distributions/few_humans_figure.py)."""
NEARLY = 1 - 1e-6
"""The largest correlation that an interval is made around."""


@dataclass(frozen=True, eq=False)
class TunedMean:
    """A mean of people's values with simulations as a covariate; … are any leading axes.

    The variance of each estimate is the sum of its squared deviations over people.
    """

    human: Floats
    """(…) Ȳ_n."""
    value: Floats
    """(…) θ."""
    simulated: Floats
    """(…) mean of f over everybody, with the weights of the others: what simulations alone say."""
    weight: Floats
    """(…) λ, in [0, 1]."""
    tuned: NDArray[np.bool_]
    """(…) whether λ lies between its bounds."""
    correlation: Floats
    """(…) ρ among those with Y, in [−1, 1]; 0 where Y or f does not vary."""
    spread: Floats
    """(…) SD(f) / SD(Y) among those with Y; infinite where Y does not vary."""
    human_deviations: Floats
    """(…, n) what each person with Y moves the human mean by."""
    deviations: Floats
    """(…, n) what each moves θ by."""
    other_deviations: Floats
    """(…, N) what each of the others moves θ by."""
    simulated_variance: Floats
    """(…) Var(f) / people: of the simulated mean, as if simulations were people."""
    others: float
    """How many others there are, by Kish's effective number of their weights."""

    @property
    def n(self) -> int:
        """People with Y."""
        return int(self.deviations.shape[-1])

    @property
    def kappa(self) -> float:
        """N/(n + N)."""
        return self.others / (self.n + self.others)

    @property
    def human_variance(self) -> Floats:
        """(…) of the human mean."""
        return np.asarray((self.human_deviations**2).sum(-1))

    @property
    def variance(self) -> Floats:
        """(…) of θ."""
        return np.asarray((self.deviations**2).sum(-1) + (self.other_deviations**2).sum(-1))

    @property
    def degrees(self) -> NDArray[np.int64]:
        """(…) degrees of freedom of θ's interval; the human one has n − 1."""
        return np.asarray(self.n - 1 - self.tuned)


def tuned_mean(
    human: Floats, simulated: Floats, others: Floats, weights: Floats | None = None
) -> TunedMean:
    """Return the prediction-powered mean; see the module.

    Args:
        human: (…, n) Y.
        simulated: (…, n) f of the same people.
        others: (…, N) f of the others.
        weights: (N,) of the others, sum 1; all alike for `None`.
    """
    n, size = human.shape[-1], others.shape[-1]
    shares = np.full(size, 1 / size) if weights is None else weights
    count = float(size) if weights is None else float(1 / (shares**2).sum())
    kappa = count / (n + count)
    middle = simulated.mean(-1)
    of_others = (others * shares).sum(-1)
    y, f = _centred(human), _centred(simulated)
    yy, ff, fy = (y**2).sum(-1), (f**2).sum(-1), (f * y).sum(-1)
    safe = np.where(ff > 0, ff, 1.0)
    best = np.where(ff > 0, kappa * fy / safe, 0.0)
    weight = np.clip(best, 0.0, 1.0)
    tuned = (best > 0) & (best < 1)
    shift = of_others - middle
    lever = np.where(tuned, n * (kappa * shift) ** 2 / safe, 0.0)
    scale = np.sqrt(n / (n - 1 - tuned) * (1 + lever)) / n
    about = np.where(np.ptp(others, axis=-1)[..., None] > 0, others - of_others[..., None], 0.0)
    spared = np.sqrt(size / (size - 1)) if size > 1 else 1.0
    total = n + (size if weights is None else 0)
    everybody = (n * middle + size * of_others) / total if weights is None else of_others
    between = (about**2 * shares).sum(-1) * spared**2
    return TunedMean(
        human=np.asarray(human.mean(-1)),
        value=np.asarray(human.mean(-1) + weight * shift),
        simulated=np.asarray(everybody),
        weight=np.asarray(weight),
        tuned=np.asarray(tuned),
        correlation=_correlation(fy, yy, ff),
        spread=np.asarray(np.where(yy > 0, np.sqrt(ff / np.where(yy > 0, yy, 1.0)), np.inf)),
        human_deviations=y * (np.sqrt(n / (n - 1)) / n),
        deviations=(y - weight[..., None] * f) * scale[..., None],
        other_deviations=weight[..., None] * shares * about * spared,
        simulated_variance=np.asarray(between / (count + (n if weights is None else 0))),
        others=count,
    )


def correlation_interval(
    human: Floats, simulated: Floats, confidence: float
) -> tuple[Floats, Floats]:
    """Return the interval of the correlation of Y and f, (…) each; see the module.

    Args:
        human: (…, n) Y.
        simulated: (…, n) f of the same people.
        confidence: in (0, 1).
    """
    n = human.shape[-1]
    y, f = _centred(human), _centred(simulated)
    fy, yy, ff = (each.sum(-1, keepdims=True) for each in (y * f, y * y, f * f))
    # Without one person: less its own product, n/(n − 1) times, since the means move as well.
    again = n / (n - 1)
    without_one = (fy - again * y * f, yy - again * y * y, ff - again * f * f)
    z = np.arctanh(np.clip(_correlation(fy, yy, ff)[..., 0], -NEARLY, NEARLY))
    without = np.arctanh(np.clip(_correlation(*without_one, 1e-9 * yy * ff), -NEARLY, NEARLY))
    around = without - without.mean(-1, keepdims=True)
    half = student_quantile(confidence, n - 2) * np.sqrt((n - 1) / n * (around**2).sum(-1))
    return np.tanh(z - half), np.tanh(z + half)


def worth(correlation: Floats, spread: Floats, n: int, others: float) -> Floats:
    """Return how many people without simulations n people with them are worth, (…).

    Args:
        correlation: (…) ρ; below 0 nothing is gained, as λ is then held at 0.
        spread: (…) SD(f) / SD(Y); where it is so small that λ is held at 1 less is gained.
        n: people with Y, at least 4.
        others: N, above 0; may be infinite.
    """
    kappa = 1.0 if np.isinf(others) else others / (n + others)
    rho = np.maximum(correlation, 0.0)
    usable = np.isfinite(spread) & (spread > 0)
    size = np.where(usable, spread, 1.0)
    held = usable & (kappa * rho >= size)  # at 1
    explained = np.where(held, 2 * rho * size - size**2 / kappa, kappa * rho**2)
    cost = np.where(held, 0.0, kappa / (n - 3) * (1 - rho**2))
    return np.asarray(n / (1 - explained + cost))


def _centred(values: Floats) -> Floats:
    """Return (…, n) deviations from the mean, exactly 0 where nothing varies."""
    varies = np.ptp(values, axis=-1) > 1e-9 * np.abs(values).max(-1)
    return np.asarray((values - values.mean(-1, keepdims=True)) * varies[..., None])


def _correlation(fy: Floats, yy: Floats, ff: Floats, least: Floats | float = 0.0) -> Floats:
    """Return the correlation by its sums, 0 where their product is no more than this."""
    product = yy * ff
    known = product > least
    return np.asarray(np.where(known, fy / np.sqrt(np.where(known, product, 1.0)), 0.0))
