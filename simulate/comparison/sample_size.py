"""How many dialogues are needed to bound a distance by a margin."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from simulate.comparison.settings import Settings
from simulate.errors import StatisticsError
from simulate.randomness import generator
from simulate.reference import Reference
from simulate.statistics.distances import SQUARED, measures_for, primary
from simulate.statistics.power import Step, power_by_size

POWER = 0.8


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
        names = ("distance", "margin", "confidence", "power", "n")
        return {name: getattr(self, name) for name in names} | {
            "reference": {"name": self.reference, "n": self.reference_n},
            "steps": [asdict(step) for step in self.steps],
            "sentence": self.sentence,
        }


def plan(reference: Reference, settings: Settings) -> Plan:
    """Find the n at which a perfect simulator is shown to be within the margin.

    Raises:
        StatisticsError: not exactly one margin, or an unknown distance.
    """
    scale = reference.variable.scale
    measures = {m.name: m for m in measures_for(scale) if m.name != SQUARED}
    margins = settings.resolved_margins(tuple(measures.values()), primary(scale))
    if len(margins) != 1:
        raise StatisticsError("a plan needs exactly one margin, such as ks=0.1")
    ((name, margin),) = margins.items()
    support = replace(
        reference.variable.common_support(reference.values),
        m=reference.n if reference.weighted is None else reference.n_effective,
    )
    steps = power_by_size(
        measures[name],
        reference.side(support),
        margin,
        settings.confidence,
        POWER,
        generator(settings.seed, "compare/plan"),
    )
    return Plan(
        distance=name,
        margin=margin,
        confidence=settings.confidence,
        power=POWER,
        n=steps[-1].n if steps[-1].power >= POWER else None,
        steps=steps,
        reference=reference.name,
        reference_n=reference.n,
        against=f"{reference.n:,} humans" if reference.adjective == "human" else reference.sized,
    )
