"""How the values of one outcome stand in a table, and what they count as numbers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

import numpy as np

from simulate.reference import Variable
from simulate.runfile.dialogue import OutcomeValue
from simulate.runfile.tables.column import Kind
from simulate.scenario import Outcome, OutcomeScalar, Scenario

WHOLE = 2.0**53
"""Whole numbers up to this are exact in every program that reads a table."""


class BatteryItem(NamedTuple):
    """Which item of a battery an outcome is, and in which wave."""

    battery: str
    wave: str | None
    item: str


def measures(scenario: Scenario) -> Iterator[Measure]:
    """Iterate over the outcomes of a scenario, those of batteries included."""
    items = {
        label: BatteryItem(wave.battery, wave.wave, label.removeprefix(f"{name}_"))
        for name, wave in scenario.waves.items()
        for label in wave.items
    }
    for name, outcome in scenario.outcomes.items():
        yield Measure(name, outcome, items.get(name))


class Measure:
    """An outcome as a column.

    Args:
        name: the outcome's name.
        outcome: as the scenario declares it.
        item: which item of a battery it is; None where it is none.
    """

    def __init__(self, name: str, outcome: Outcome, item: BatteryItem | None = None) -> None:
        self.name = name
        self.outcome = outcome
        self.item = item
        self.variable = Variable.of_outcome(name, outcome)

    @cached_property
    def levels(self) -> tuple[str, ...]:
        """Its words; empty of numbers, and of yes and no."""
        return () if self._truth else self.variable.categories or ()

    @property
    def _truth(self) -> bool:
        labels = self.variable.categories
        return labels is not None and isinstance(self.variable.decode(0), bool)

    @cached_property
    def kind(self) -> Kind:
        """The type of its column."""
        if self._truth:
            return "yes/no"
        if self.levels:
            return "ordinal" if self.variable.scale == "ordered" else "category"
        if not self.variable.has_mean:
            return "text"
        low, high = self.variable.support or (-WHOLE, WHOLE)
        exact = self.variable.discrete and low >= -WHOLE and high <= WHOLE
        return "integer" if exact else "number"

    @cached_property
    def numbers(self) -> tuple[float, ...]:
        """What each of its words counts in a mean; empty where they count nothing."""
        if not self.levels or not self.variable.has_mean:
            return ()
        codes = [self.variable.encode(level) for level in self.levels]
        return tuple(float(n) for n in self.variable.scored(np.array(codes)))

    @cached_property
    def _by_level(self) -> dict[OutcomeScalar, float]:
        return dict(zip(self.levels, self.numbers, strict=False))

    @property
    def countable(self) -> bool:
        """Whether its values are numbers, or count as some."""
        return self.kind in ("integer", "number", "yes/no") or bool(self.numbers)

    @property
    def drawn(self) -> bool:
        """Whether its value, or what it is computed from, can be drawn from a distribution."""
        return self.outcome.judged is None

    @property
    def source(self) -> str:
        """The field of the scenario that declares it."""
        if self.item is not None:
            return f"batteries.{self.item.battery}.items.{self.item.item}"
        return f"outcomes.{self.name}"

    @property
    def question(self) -> str:
        """What was asked, or what it is computed from, as the scenario has it."""
        outcome = self.outcome
        if outcome.asked is not None:
            return outcome.asked.question
        if outcome.judged is not None:
            return outcome.judged.question
        computed = outcome.computed
        if computed is None:
            return ""
        turned = f" (reversed: {', '.join(computed.reversed)})" if computed.reversed else ""
        return computed.expression or f"{computed.rule} of {', '.join(computed.parts)}{turned}"

    def cell(self, value: OutcomeScalar | None) -> OutcomeScalar | None:
        """Return a value as it stands in a column of its own."""
        return int(value) if isinstance(value, bool) else value

    def number(self, value: OutcomeScalar | None) -> float | None:
        """Return what a value counts as a number; None where it counts nothing."""
        if value is None or not self.countable:
            return None
        return self._by_level[value] if self.levels else float(value)

    def expected(self, measured: OutcomeValue) -> float | None:
        """Return the mean over its candidates, by their chances to be drawn.

        Candidates by which it does not apply, or is missing, do not count. Where nothing was drawn,
        it is the value.
        """
        candidates = measured.candidates
        if candidates is None:
            return self.number(measured.value)
        counted = [
            (c.chance, number)
            for c in candidates
            if c.chance > 0 and (number := self.number(c.value)) is not None
        ]
        total = sum(chance for chance, _ in counted)
        return sum(chance * number for chance, number in counted) / total if counted else None
