"""A cell: one combination of the levels of a scenario's conditions, with what it changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from simulate.scenario.asking import PlannedAsk, Remembers
from simulate.scenario.outcomes import AS_IN_TALK, Outcome
from simulate.scenario.speaker import Speaker
from simulate.scenario.steps import Step
from simulate.scenario.turns import Turns
from simulate.verbalized import AS_STATED, LATEST, DrawSettings, MethodSpec, PromptVersion

MOST_LISTED = 20
"""Of how many different answers an asked outcome lists all."""
FEW = 5
"""How many it lists of more."""


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
        prompt_version: which of the shipped prompts its dialogues take.
        turns: who speaks when.
    """

    index: int
    levels: dict[str, str]
    speakers: dict[str, Speaker]
    variables: dict[str, Any]
    steps: tuple[Step, ...]
    prompt_version: PromptVersion = LATEST
    turns: Turns = field(default_factory=Turns)

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
        return sum(self.turns.most(step.turns, len(self.speakers)) for step in self.steps)

    @property
    def most_calls(self) -> int:
        """How many model calls these take at most."""
        calls = {name: speaker.method.calls for name, speaker in self.speakers.items()}
        return sum(self.turns.most_calls(step.turns, calls) for step in self.steps)

    @property
    def order_varies(self) -> bool:
        """Whether its dialogues have orders of their own in which outcomes are asked for."""
        return any(isinstance(step.ask, PlannedAsk) and step.ask.varies for step in self.steps)

    @property
    def asks_in_place(self) -> bool:
        """Whether it matters when each outcome is asked for.

        It does not where all that happens has happened before the first one, in the one order of
        all dialogues, and nothing of it is remembered.
        """
        asks = [step.ask is not None for step in self.steps]
        return asks != sorted(asks) or self.order_varies or bool(self.remembered)

    @property
    def remembered(self) -> dict[str, tuple[int, Remembers]]:
        """The outcomes that are remembered: the number of the step, and what remembers them."""
        return {
            label: (number, step.ask.remembers)
            for number, step in enumerate(self.steps)
            if isinstance(step.ask, PlannedAsk) and step.ask.remembers != "nothing"
            for label in step.ask.outcomes
        }

    def method_of(self, outcome: Outcome) -> MethodSpec:
        """Return how the distribution of the answer to an asked outcome is obtained.

        By default it has nothing to do with how the speaker talks, so that cells which differ in
        that differ in nothing else: `vs`, with all answers where these can be counted. In version 1
        of the prompts it was the method of the talk.
        """
        asked = outcome.asked
        if asked is None:
            raise ValueError("this outcome is asked of nobody")
        speaker = self.speakers[asked.speaker]
        if asked.own_method is not None:
            return asked.own_method
        if asked.method == AS_IN_TALK or self.prompt_version == 1 or speaker.plays != "user":
            return speaker.method
        levels = outcome.answers
        return MethodSpec(name="vs", k=levels if levels and levels <= MOST_LISTED else FEW)

    def draws_of(self, outcome: Outcome) -> DrawSettings:
        """Return how a candidate of an outcome is drawn."""
        return (
            AS_STATED if outcome.asked is None else self.method_of(outcome).draw_settings.of_outcome
        )


def cells_called(label: str, cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """Return the cells that a label stands for.

    It is that of one cell, or some of the levels joined by `+`, each `LEVEL` or `FACTOR=LEVEL`,
    which stand for all cells that have them, such as `polite` for `polite+short` and `polite+long`.

    Returns:
        None where there is no such cell, or a level is one of two factors.
    """
    alone = tuple(cell for cell in cells if cell.label == label)
    if alone or not cells:
        return alone
    wanted: dict[str, str] = {}
    for part in label.split("+"):
        factor, named, level = part.rpartition("=")
        having = [
            name
            for name in cells[0].levels
            if (not named or name == factor) and any(c.levels[name] == level for c in cells)
        ]
        if len(having) != 1 or having[0] in wanted:
            return ()
        wanted[having[0]] = level
    return tuple(
        cell for cell in cells if all(cell.levels[name] == each for name, each in wanted.items())
    )
