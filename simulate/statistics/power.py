"""How many dialogues are needed to bound a distance by a margin."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulate.compare.settings import Settings
from simulate.errors import StatisticsError
from simulate.randomness import generator
from simulate.reference import Reference
from simulate.statistics.distances import measures_for, primary
from simulate.statistics.resampling import Side
from simulate.statistics.support import Space

__all__ = ["Plan", "Step", "plan"]

POWER = 0.8
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


@dataclass(frozen=True)
class Plan:
    """How many dialogues a claim needs, if the simulator is as the humans are."""

    distance: str
    margin: float
    confidence: float
    power: float
    n: int | None
    """Smallest of the sizes tried with at least this power; `None` where none has it."""
    steps: tuple[Step, ...]
    reference: str
    reference_n: int
    against: str
    """What stands on the other side: how many humans, or declared shares."""

    @property
    def sentence(self) -> str:
        """The answer in words."""
        claim = f"a {self.confidence:.0%} upper bound of {self.distance} below {self.margin:g}"
        if self.n is None:
            last = self.steps[-1]
            return (
                f"{claim} is out of reach with {self.against}: even {last.n:,} "
                f"dialogues of a perfect simulator give a median bound of {last.bound:.3f}"
            )
        return (
            f"{claim} needs about {self.n:,} dialogues per cell, each of another persona: then a "
            f"perfect simulator gets it {self.power:.0%} of the time or more"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the plan for machines."""
        return {
            "distance": self.distance,
            "margin": self.margin,
            "confidence": self.confidence,
            "power": self.power,
            "n": self.n,
            "reference": {"name": self.reference, "n": self.reference_n},
            "steps": [{"n": s.n, "bound": s.bound, "power": s.power} for s in self.steps],
            "sentence": self.sentence,
        }


def plan(reference: Reference, settings: Settings, power: float = POWER) -> Plan:
    """Find the n at which a perfect simulator is shown to be within the margin.

    For each size samples are drawn from the human distribution; the share of them whose one-sided
    upper bound lies under the margin is the power. A simulator that differs needs more; one that
    differs by the margin or more can never be shown.

    Args:
        reference: the human values.
        settings: confidence, seed, and one margin.
        power: in (0, 1).

    Raises:
        StatisticsError: not exactly one margin, or an unknown distance.
    """
    variable = reference.variable
    measures = {m.name: m for m in measures_for(variable.kind)}
    margins = settings.resolved_margins(tuple(measures.values()), primary(variable.kind))
    if len(margins) != 1:
        raise StatisticsError("a plan needs exactly one --margin, such as --margin ks=0.1")
    ((name, margin),) = margins.items()
    measure = measures[name]
    codes, people = reference.records()
    rng = generator(settings.seed, "compare/plan")
    steps: list[Step] = []
    found: int | None = None
    space = Space.of(variable, reference.values, m=reference.n)
    side = Side.of(space, codes, np.ones(len(codes)), people)
    # People are resampled once; each trial takes its human sample and its resamples from these.
    noise = side.resampled(POOL, rng) - side.mass
    for n in SIZES:
        sized = replace(space, n=n)
        samples = rng.multinomial(n, side.mass, size=TRIALS) / n
        bounds = np.empty(TRIALS)
        for trial in range(TRIALS):
            ours = rng.multinomial(n, samples[trial], size=RESAMPLES) / n
            humans = side.mass + noise[rng.integers(POOL)]
            theirs = _masses(humans + noise[rng.integers(POOL, size=RESAMPLES)])
            bounds[trial] = np.quantile(measure.function(ours, theirs, sized), settings.confidence)
        steps.append(Step(n, float(np.median(bounds)), float(np.mean(bounds < margin))))
        if steps[-1].power >= power:
            found = n
            break
    against = "declared shares" if reference.declared else f"{reference.n:,} humans"
    return Plan(
        name,
        margin,
        settings.confidence,
        power,
        found,
        tuple(steps),
        reference.name,
        reference.n,
        against,
    )


def _masses(p: NDArray[np.float64]) -> NDArray[np.float64]:
    cut = np.maximum(p, 0.0)
    return np.asarray(cut / cut.sum(axis=1, keepdims=True), dtype=np.float64)
