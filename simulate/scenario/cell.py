"""A cell: one combination of the levels of a scenario's conditions, with what it changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simulate.scenario.outcomes import Asked, Outcome
from simulate.scenario.speaker import Speaker
from simulate.scenario.steps import Step
from simulate.verbalized import AS_STATED, DrawSettings, MethodSpec


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination of levels.

    Attributes:
        index: its place among the cells, from 0.
        levels: condition to level; empty where the scenario has no conditions.
        speakers: the speakers as this cell has them.
        variables: the variables as this cell has them.
        steps: all that happens in its dialogues, in order; `say` is a number. Outcomes that no step
            of the scenario names are asked for by the last one.
    """

    index: int
    levels: dict[str, str]
    speakers: dict[str, Speaker]
    variables: dict[str, Any]
    steps: tuple[Step, ...]

    @property
    def label(self) -> str:
        """The levels joined by `+`, such as `vs`; `all` where there are no conditions."""
        return "+".join(self.levels.values()) or "all"

    @property
    def talks(self) -> bool:
        """Whether anybody is asked for a turn."""
        return any(step.say is not None for step in self.steps)

    @property
    def most_turns(self) -> int:
        """How many turns are asked for at most."""
        return sum(step.turns for step in self.steps) * len(self.speakers)

    @property
    def asks_last(self) -> bool:
        """Whether all that happens has happened before the first outcome is asked for."""
        asks = [step.ask is not None for step in self.steps]
        return asks == sorted(asks)

    def method_of(self, asked: Asked) -> MethodSpec:
        """Return how the distribution of an answer is obtained."""
        return asked.method or self.speakers[asked.speaker].method

    def draws_of(self, outcome: Outcome) -> DrawSettings:
        """Return how a candidate of an outcome is drawn."""
        return AS_STATED if outcome.asked is None else self.method_of(outcome.asked).draw_settings
