"""A dialogue to read: its turns, outcomes and verdicts, and what the calls for each took."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, prod
from typing import Any

from simulate.runfile import Call, CheckVerdict, Dialogue, OutcomeValue, Turn
from simulate.runfile.call_sums import CallSums, call_sums
from simulate.runfile.dialogue_list import DialogueRow
from simulate.runfile.meta import attack_told
from simulate.runfile.run_view import RunView
from simulate.scenario import DOES_NOT_APPLY
from simulate.terminal.bars import sparkline
from simulate.verbalized import RecordedDraw


@dataclass(frozen=True, slots=True)
class Transcript:
    """A dialogue as committed at one moment.

    Attributes:
        row: what the table of dialogues says of it.
        dialogue: its turns, outcomes and verdicts.
        units: outcome to the unit of its value, or None.
        excluded: the rule of the scenario that leaves it out of every analysis; None for none.
        attack: where its user attacks, what is said of that; else None.
        took: what the calls took, by the turn and the outcome or `check:NAME` they were made for.
    """

    row: DialogueRow
    dialogue: Dialogue
    units: Mapping[str, str | None]
    took: Mapping[tuple[int | None, str | None], CallSums]
    excluded: str | None = None
    attack: str | None = None

    @property
    def status(self) -> str:
        """How far it is, whether a rule leaves it out, and where it branches off."""
        told = self.row.status + (f", excluded ({self.excluded})" if self.excluded else "")
        if (of := self.dialogue.branch) is not None:
            told += f", branch of {of.parent} (turn {of.turn}, candidate {of.chosen})"
        return told

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The turns, in order."""
        return self.dialogue.turns

    @property
    def outcomes(self) -> tuple[OutcomeValue, ...]:
        """The outcomes that are measured, in the order of the scenario."""
        return tuple(self.dialogue.outcomes.values())

    @property
    def checks(self) -> tuple[CheckVerdict, ...]:
        """The verdicts, failures first, then by name."""
        return tuple(
            sorted(self.dialogue.verdicts, key=lambda said: (said.verdict != "fail", said.check))
        )

    @property
    def effective_sizes(self) -> str:
        """The effective size of each drawn turn as a line, from 1 to as many as there were."""
        drawn = [turn for turn in self.turns if turn.entropy is not None]
        most = max((prod(len(d.distribution) for d in turn.chain) for turn in drawn), default=1)
        return sparkline([exp(turn.entropy or 0.0) for turn in drawn], 1.0, float(most))

    def plays(self, turn: Turn) -> str:
        """Return what the speaker of a turn plays: user, assistant or target."""
        return self.dialogue.cell.speakers[turn.speaker].plays

    def method(self, turn: Turn) -> str:
        """Return the method by which the speaker of a turn replies."""
        return self.dialogue.cell.speakers[turn.speaker].method.name

    def shown(self, outcome: OutcomeValue) -> str:
        """Return the value of an outcome with its unit."""
        if not outcome.applies:
            return DOES_NOT_APPLY
        unit = self.units.get(outcome.name)
        shown = shown_value(outcome.value)
        return f"{shown} {unit}" if unit and outcome.value is not None else shown

    def took_for(self, item: Turn | OutcomeValue | CheckVerdict) -> CallSums:
        """Return what the calls for a turn, an outcome or a check took."""
        match item:
            case Turn():
                key: tuple[int | None, str | None] = (item.index, None)
            case OutcomeValue():
                key = (None, item.name)
            case CheckVerdict():
                key = (None, f"check:{item.check}")
        return self.took.get(key, CallSums())


def outcome_draw(outcome: OutcomeValue) -> RecordedDraw | None:
    """Return the draw of an outcome that was asked for; None where it follows from a turn."""
    return None if outcome.parse is None else outcome.draw


def shown_value(value: Any) -> str:
    """Write an outcome's value; a missing one is said to be missing."""
    match value:
        case None:
            return "missing"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.4g}"
        case _:
            return str(value)


def read_transcript(view: RunView, dialogue: int) -> Transcript | None:
    """Read a dialogue; None where the plan has no such one."""
    row = view.dialogue(dialogue)
    if row is None:
        return None
    units = {name: spec.unit for name, spec in view.reader.scenario.outcomes.items()}
    return Transcript(
        row,
        view.reader.dialogue(dialogue),
        units,
        call_sums(view.reader, dialogue),
        view.rule_of(row),
        attack_told(view.reader.meta),
    )


def calls_of(
    view: RunView, dialogue: int, turn: int | None = None, outcome: str | None = None
) -> list[Call]:
    """Return the calls made for a turn or an outcome; for neither, those without a result."""
    calls = list(view.reader.calls(dialogue))
    if turn is not None or outcome is not None:
        return [c for c in calls if c.turn == turn and c.outcome == outcome]
    found = view.reader.dialogue(dialogue)
    turns = len(found.turns)
    measured = {*found.outcomes} | {f"check:{verdict.check}" for verdict in found.verdicts}
    return [c for c in calls if (c.outcome not in measured if c.turn is None else c.turn >= turns)]
