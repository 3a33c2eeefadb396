"""What a comparison of effects found, and the same as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from simulate.statistics.confidence import CONFIDENCE
from simulate.statistics.effects import AgainstHuman, EffectEstimate, EffectLine, against_human
from simulate.statistics.joint_distance import JointDistance
from simulate.statistics.variance_ratio import VarianceRatio


@dataclass(frozen=True, eq=False)
class ComparedEffect:
    """One effect on both sides.

    Attributes:
        name: such as `vs − direct`, `age, per SD (11.9)`, or `vs − direct | sex = Female`.
        line: names the set of effects with which it makes a line; None for a change of an effect.
        simulated: None where a group has nobody.
        human: None where a group has nobody, or there is no human counterpart.
        without: why there is no human counterpart; None where it is said for all.
        confidence: of intervals, in (0, 1).
    """

    name: str
    line: str | None
    simulated: EffectEstimate | None
    human: EffectEstimate | None
    without: str | None = None
    confidence: float = CONFIDENCE

    @property
    def against(self) -> AgainstHuman | None:
        """The simulated effect beside the human one; None where a side is missing."""
        if self.simulated is None or self.human is None:
            return None
        return against_human(self.simulated, self.human, self.confidence)

    def to_dict(self) -> dict[str, Any]:
        """Return the effect as JSON."""
        found: dict[str, Any] = {
            "effect": self.name,
            "simulated": _side(self.simulated, self.confidence),
            "human": _side(self.human, self.confidence),
        }
        if (against := self.against) is not None:
            ratio = against.ratio
            found |= {
                "difference": against.difference,
                "difference_interval": against.interval,
                "error_in_human_se": against.error,
                "same_sign": against.same_sign,
                "ratio": ratio.value if ratio else None,
                "ratio_interval": ratio.interval if ratio else None,
            }
            if against.problem:
                found["ratio_reason"] = against.problem
        if self.without:
            found["no_human_counterpart"] = self.without
        return found


def _side(estimate: EffectEstimate | None, confidence: float) -> dict[str, Any] | None:
    if estimate is None:
        return None
    found = {
        "value": estimate.value,
        "standard_error": estimate.standard_error,
        "interval": estimate.interval(confidence),
        "n_effective": estimate.people,
    }
    return found if estimate.problem is None else found | {"interval_reason": estimate.problem}


@dataclass(frozen=True)
class ComparedVariance:
    """Variances of both sides: of a cell, among all people or those of one level of a trait."""

    cell: str
    group: str
    found: VarianceRatio


@dataclass(frozen=True)
class ComparedJoint:
    """The distance of the outcome given a trait, in a cell, beside the D² of all its people."""

    cell: str
    trait: str
    found: JointDistance
    of_all: float | None


@dataclass(frozen=True, eq=False)
class HumanEffects:
    """Effects in a run beside the same effects in people.

    Attributes:
        outcome: its name.
        unit: of the effects.
        mean_name: what the mean is that effects are differences of.
        reference: its name.
        whose: whose the effects of the reference are: `human`, or `reference` where nobody says so.
        personas: of the run.
        people: of the human data; None where nobody is known.
        effects: in the order in which they were asked for.
        lines: name of a set of effects to the line through them.
        variances: of each cell, and within the levels of traits.
        joint: distances of the outcome given each trait, in each cell.
        confidence: of intervals.
        notes: what has no human counterpart, and why.
    """

    outcome: str
    unit: str | None
    mean_name: str
    reference: str
    whose: str
    personas: int
    people: int | None
    effects: tuple[ComparedEffect, ...]
    lines: Mapping[str, EffectLine]
    variances: tuple[ComparedVariance, ...]
    joint: tuple[ComparedJoint, ...]
    confidence: float
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON."""
        names = ("outcome", "unit", "reference", "personas", "people", "confidence")
        return {
            **{name: getattr(self, name) for name in names},
            "mean": self.mean_name,
            "effects": [effect.to_dict() for effect in self.effects],
            "lines": {name: asdict(line) for name, line in self.lines.items()},
            "variances": [_flat(variance) for variance in self.variances],
            "d2_given_trait": [_flat(joint) for joint in self.joint],
            "notes": list(self.notes),
        }


def _flat(compared: ComparedVariance | ComparedJoint) -> dict[str, Any]:
    told: dict[str, Any] = asdict(compared)
    return {**told, **told.pop("found")}
