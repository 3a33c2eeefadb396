"""What a sample has against what its population states, with chance's share in it: the records.

Three numbers stand beside each other: what the file *states*; what is *expected* of a sample, where
constraints, strata, quotas or raking change it; and what was *achieved*. Each error is 1.96
standard errors of independent draws from what is expected; Sobol points and strata lie closer.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Z = 1.959964
"""Standard errors to either side of a 95 % interval."""


@dataclass(frozen=True)
class Share:
    """One share, or mean, or correlation: stated, expected and achieved.

    Attributes:
        label: what has it.
        stated: by the file; None where it states none.
        expected: of a sample.
        achieved: by this sample; None where nobody could have it.
        error: 1.96 standard errors of what is achieved.
    """

    label: str
    stated: float | None
    expected: float
    achieved: float | None
    error: float

    @property
    def moved(self) -> bool:
        """Whether something else is expected than is stated."""
        return self.stated is not None and abs(self.stated - self.expected) > 1e-9

    @property
    def off(self) -> float:
        """By how many standard errors what is achieved lies off what is expected."""
        if self.achieved is None or abs(self.achieved - self.expected) < 1e-12:
            return 0.0
        beyond = abs(self.achieved - self.expected)
        return beyond / self.error * Z if self.error else math.inf


@dataclass(frozen=True)
class Margin:
    """One attribute.

    Attributes:
        name: of the attribute.
        kind: of the attribute; `column` of a table.
        unit: of its numbers.
        levels: its values, or ranges of them.
        mean: of numbers; None of others.
        by: how its margin is stated, in words.
    """

    name: str
    kind: str
    unit: str | None
    levels: tuple[Share, ...]
    mean: Share | None
    by: str


@dataclass(frozen=True)
class Conditional:
    """One row of a conditional table: the value whose share is farthest off in it.

    Attributes:
        attribute: whose table it is.
        label: for whom the row is.
        n: how many of the sample are so.
        farthest: the value whose share is farthest off; None where nobody is so.
    """

    attribute: str
    label: str
    n: int
    farthest: Share | None


@dataclass(frozen=True)
class Weights:
    """What raking did to the weights of a table.

    Attributes:
        smallest: weight, where the mean is 1.
        largest: likewise.
        people: with a weight.
        effective: Kish's effective number of people.
        design_effect: by what the weights multiply the variance of a mean.
    """

    smallest: float
    largest: float
    people: int
    effective: float
    design_effect: float


@dataclass(frozen=True)
class Achieved:
    """A sample against its population.

    Attributes:
        population: its name.
        n: people in the sample.
        seed: of the sample.
        margins: of each attribute.
        correlations: as stated, between `a–b`.
        conditionals: rows of conditional tables.
        constraints: expression to the share of people whom it accepts.
        acceptance: of all constraints together; None without any.
        groups: of strata or quotas, by name.
        weights: of a table whose weights differ; None of others.
        notes: what a reader must know.
    """

    population: str
    n: int
    seed: int
    margins: tuple[Margin, ...]
    correlations: tuple[Share, ...] = ()
    conditionals: tuple[Conditional, ...] = ()
    constraints: Mapping[str, float] = field(default_factory=dict)
    acceptance: float | None = None
    groups: Mapping[str, tuple[Share, ...]] = field(default_factory=dict)
    weights: Weights | None = None
    notes: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """How well the sample meets what is expected of it."""
        each = [(level, f"{m.name} {level.label}") for m in self.margins for level in m.levels]
        each += [(row, row.label) for row in self.correlations]
        outside = sum(share.off > Z for share, _ in each)
        farthest, named = max(each, key=lambda one: one[0].off)
        return (
            f"Of {len(each)} shares and correlations among {self.n:,} people, {outside} outside "
            f"the 95 % error (by chance about {round(0.05 * len(each))}); farthest off is {named}, "
            f"by {farthest.off:.1f} standard errors."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""

        def plain(each: Share) -> dict[str, Any]:
            return dict(vars(each))

        return {
            **{name: getattr(self, name) for name in ("population", "n", "seed", "sentence")},
            "attributes": {
                m.name: {
                    "kind": m.kind,
                    "unit": m.unit,
                    "by": m.by,
                    "levels": [plain(level) for level in m.levels],
                    "mean": None if m.mean is None else plain(m.mean),
                }
                for m in self.margins
            },
            "correlations": [plain(each) for each in self.correlations],
            "conditionals": [
                {**vars(row), "farthest": row.farthest and plain(row.farthest)}
                for row in self.conditionals
            ],
            "constraints": dict(self.constraints),
            "acceptance": self.acceptance,
            "groups": {name: [plain(each) for each in g] for name, g in self.groups.items()},
            "weights": None if self.weights is None else dict(vars(self.weights)),
            "notes": list(self.notes),
        }
