"""What an outcome is like in each group of personas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simulate.comparison.outcome_bins import OutcomeBins
from simulate.comparison.result import Distance
from simulate.comparison.sample import Sample
from simulate.reference import Reference, Variable
from simulate.statistics.confidence import Interval
from simulate.statistics.distances import SQUARED
from simulate.terminal.numbers import ends, number
from simulate.terminal.safe_text import counted

EVERYBODY = "everybody"
WITHHELD = "not shown"


@dataclass(frozen=True, eq=False)
class HumanSide:
    """The humans beside a group.

    Attributes:
        reference: their values.
        of_group: whether they are of the same group; else they are all humans.
        shares: of their weight in each bin; they sum to 1.
    """

    reference: Reference
    of_group: bool
    shares: tuple[float, ...]

    @property
    def whose(self) -> str:
        """What they are called: `humans of this group`, or `all humans`."""
        noun = self.reference.noun
        return f"{noun} of this group" if self.of_group else f"all {noun}"

    @property
    def mean(self) -> float | None:
        """Their mean, where the variable has one."""
        return self.reference.mean if self.reference.variable.has_mean else None

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        known = not self.reference.declared
        return {
            "of_group": self.of_group,
            "n": self.reference.n if known else None,
            "people": self.reference.people if known else None,
            "mean": self.mean,
            "shares": list(self.shares),
        }


@dataclass(frozen=True, eq=False)
class PersonaGroup:
    """One group of personas.

    Attributes:
        level: of the attribute.
        filter: finds its dialogues in the table; None where no filter can be written.
        sample: its values; None where the group must not be shown by itself.
        effective: personas with a value, by their weights, (Σ w)² / Σ w².
        failed: dialogues of the group that failed.
        ended: dialogues of the group that were completed or failed.
        shares: of the weight in each bin; they sum to 1; None without a value.
        mean: of the values, where the variable has one.
        interval: of the mean; None with fewer than 20 effective personas.
        humans: beside it; None where there are none.
        distance: from these humans; None without them, or without a value.
        withheld: why the group has no number; None where it may have one.
    """

    level: str
    filter: str | None
    sample: Sample | None
    effective: float = 0.0
    failed: int = 0
    ended: int = 0
    shares: tuple[float, ...] | None = None
    mean: float | None = None
    interval: Interval | None = None
    humans: HumanSide | None = None
    distance: Distance | None = None
    withheld: str | None = None

    @property
    def n(self) -> int:
        """Dialogues with a value."""
        return 0 if self.sample is None else self.sample.n

    @property
    def sized(self) -> str:
        """How large it is, such as `48 people, 96 dialogues, 2 failed`."""
        if self.withheld is not None:
            return self.withheld
        told = [f"{self.effective:,.0f} {'person' if round(self.effective) == 1 else 'people'}"]
        if self.n != round(self.effective):
            told.append(counted(self.n, "dialogue"))
        if self.failed:
            told.append(f"{self.failed:,} failed")
        if without := self.ended - self.failed - self.n:
            told.append(f"{without:,} without a value")
        return ", ".join(told)

    @property
    def distanced(self) -> str:
        """Its distance with interval and floor, such as `D² .012 [.003, .040], floor .004`."""
        found = self.distance
        if found is None:
            return ""
        shown = f"D² {number(found.value, 4)}{ends(found.interval, lambda v: number(v, 4))}"
        if found.interval is None:
            shown += " (no interval)"
        return f"{shown}, floor {number(found.floor.p95, 4)}"

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        distance = None
        if self.distance is not None:
            found = self.distance.to_dict()
            keys = ("value", "interval", "floor", "p", "p_holm", "interval_reason")
            distance = {key: found[key] for key in keys if key in found}
        return {
            "level": self.level,
            "filter": self.filter,
            "people": None if self.withheld else self.effective,
            "n": None if self.withheld else self.n,
            "failed": self.failed,
            "ended": self.ended,
            "mean": self.mean,
            "mean_interval": self.interval,
            "shares": None if self.shares is None else list(self.shares),
            "humans": None if self.humans is None else self.humans.to_dict(),
            "distances": {} if distance is None else {SQUARED: distance},
            "withheld": self.withheld,
        }


@dataclass(frozen=True, eq=False)
class PersonaGroups:
    """An outcome by the groups of one attribute, in one cell or in all together.

    Attributes:
        outcome: its name.
        variable: what it measures.
        cell: label of the cell, or `all N cells together`.
        cells: the labels to choose from, all together first where there are several.
        attribute: that makes the groups; None where the personas have none.
        attributes: to choose from.
        label: the attribute as it is shown: of a protected one, whose portrayal it is.
        groups: in the order of the levels.
        bins: of all groups.
        notes: what must be known to read them.
        running: dialogues that have not ended.
    """

    outcome: str
    variable: Variable
    cell: str
    cells: tuple[str, ...]
    attribute: str | None
    attributes: tuple[str, ...]
    label: str
    groups: tuple[PersonaGroup, ...]
    bins: OutcomeBins
    notes: tuple[str, ...] = ()
    running: int = 0
    confidence: float = 0.95

    @property
    def sentence(self) -> str:
        """What is seen, for a reader who knows nothing of it."""
        shown = [each for each in self.groups if each.n]
        if not shown:
            return f"No dialogue has a value of {self.outcome} yet."
        by = f" by {self.label}" if len(self.groups) > 1 else ""
        what = _what(self.variable, self.outcome)
        told = f"{what}{by}, {self.where}: {_range(shown, self.bins.labels)}"
        means = {each.humans.mean for each in shown if each.humans and not each.humans.of_group}
        if len(means) == 1 and (mean := means.pop()) is not None:
            told += f" All humans: {number(mean, 2)}."
        near = [d for each in shown if (d := each.distance) is not None and d.value is not None]
        known = [each.p_holm for each in near if each.p_holm is not None]
        if known:
            apart = [p for p in known if p < 1 - self.confidence]
            if len(shown) == 1:
                told += f" They {'differ' if apart else 'are not shown to differ'} from humans."
            else:
                count = f"{len(apart)} of {len(shown)}" if apart else f"None of {len(shown)}"
                told += f" {count} groups {'differ' if apart else 'is shown to differ'} from humans"
                few = len(shown) - len(known)
                told += f"; {few} too small to tell." if few else "."
        elif near:
            told += " Too few people for a verdict on any group against humans."
        return told

    @property
    def where(self) -> str:
        """Of which cell it is, or of all together."""
        together = len(self.cells) > 1 and self.cell == self.cells[0]
        return self.cell if together else f"cell {self.cell}"

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "outcome": self.outcome,
            "unit": self.variable.unit,
            "cell": self.cell,
            "cells": list(self.cells),
            "attribute": self.attribute,
            "attributes": list(self.attributes),
            "label": self.label,
            "sentence": self.sentence,
            "bins": list(self.bins.labels),
            "groups": [each.to_dict() for each in self.groups],
            "running": self.running,
            "confidence": self.confidence,
            "notes": list(self.notes),
        }


MOST_SAID = 4
"""Groups that a sentence names."""


def _what(variable: Variable, outcome: str) -> str:
    if not variable.has_mean:
        return f"Most frequent {outcome}"
    unit = f" in {variable.unit}" if variable.unit else ""
    return f"{variable.mean_name.capitalize()} of {outcome}{unit}"


def _range(groups: list[PersonaGroup], names: tuple[str, ...]) -> str:
    """Say what the groups have, in their order; nobody is ranked."""
    said = []
    for each in groups[:MOST_SAID]:
        value = _most(each, names)
        if each.mean is not None:
            value = f"{number(each.mean, 2)}{ends(each.interval, _two)}"
        said.append(f"{value} ({each.level})" if len(groups) > 1 else value)
    more = len(groups) - MOST_SAID
    return f"{'; '.join(said)}{f'; and {more} more groups' if more > 0 else ''}."


def _most(group: PersonaGroup, names: tuple[str, ...]) -> str:
    shares = group.shares or ()
    at = max(range(len(shares)), key=shares.__getitem__, default=0)
    return f"“{names[at]}” {shares[at]:.0%}" if shares else "–"


def _two(value: float) -> str:
    return number(value, 2)
