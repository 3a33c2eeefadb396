"""The power of showing that a distance lies below a margin, by sample size."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from simulate.statistics.distances import Measure
from simulate.statistics.resampling import Known, Side

TRIALS = 200
RESAMPLES = 300
POOL = 4000
SIZES = (30, 50, 75, 100, 150, 200, 300, 500, 750, 1000, 1500, 2000, 3000, 5000, 10_000)


@dataclass(frozen=True)
class Step:
    """What a sample size gives."""

    n: int
    bound: float
    """Median of the upper bound."""
    power: float
    """Share of samples whose upper bound lies under the margin."""


def power_by_size(
    measure: Measure,
    humans: Side | Known,
    margin: float,
    confidence: float,
    wanted: float,
    rng: np.random.Generator,
) -> tuple[Step, ...]:
    """Return the power of a perfect simulator at growing sizes, up to the first that suffices.

    For each size samples are drawn from the human distribution; the share of them whose one-sided
    upper bound lies under the margin is the power. A simulator that differs needs more; one that
    differs by the margin or more can never be shown.

    Args:
        measure: the distance.
        humans: the reference, on a support whose m is the reference's size.
        margin: > 0.
        confidence: of the one-sided bound, in (0, 1).
        wanted: the power that suffices, in (0, 1).
        rng: the generator of this choice.

    Returns:
        One step for each size tried; the last one has the power wanted unless none has.
    """
    steps: list[Step] = []
    # People are resampled once; each trial takes its human sample and its resamples from these.
    noise = humans.resampled(POOL, rng) - humans.mass
    for n in SIZES:
        sized = replace(humans.support, n=n)
        samples = rng.multinomial(n, humans.mass, size=TRIALS) / n
        bounds = np.empty(TRIALS)
        for trial in range(TRIALS):
            ours = rng.multinomial(n, samples[trial], size=RESAMPLES) / n
            others = humans.mass + noise[rng.integers(POOL)]
            # What is shifted below 0 is cut.
            theirs = np.maximum(others + noise[rng.integers(POOL, size=RESAMPLES)], 0.0)
            theirs /= theirs.sum(axis=-1, keepdims=True)
            bounds[trial] = np.quantile(measure.function(ours, theirs, sized), confidence)
        steps.append(Step(n, float(np.median(bounds)), float(np.mean(bounds < margin))))
        if steps[-1].power >= wanted:
            break
    return tuple(steps)
