"""A dialogue to read: its turns with their distributions, and what each took."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any, NamedTuple

from simulate.runfile import Call, CheckVerdict
from simulate.runfile.dialogue_list import DialogueRow
from simulate.runfile.run_view import RunView

__all__ = [
    "Checked",
    "Measured",
    "Option",
    "Took",
    "Transcript",
    "Turn",
    "calls_of",
    "read_transcript",
    "shown_value",
]


class Option(NamedTuple):
    """One candidate.

    Attributes:
        text: the reply, or the outcome's value as text.
        stated: the probability as the model stated it; None where none was asked for.
        weight: in [0, 1].
        ends: whether it ends the dialogue.
    """

    text: str
    stated: float | None
    weight: float
    ends: bool


class Took(NamedTuple):
    """What the calls of a turn or an outcome took.

    Attributes:
        calls: how many.
        prompt_tokens: read.
        completion_tokens: written.
        latency_s: summed, in s; None where it is unknown.
        retries: how often a request had to be sent again.
        problems: calls whose text could not be used.
    """

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    latency_s: float | None = None
    retries: int = 0
    problems: int = 0


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn.

    Attributes:
        position: from 0.
        speaker: who speaks.
        plays: user, assistant or target.
        method: how its distribution was obtained.
        text: what is said.
        parse: clean or repaired; None for a speaker that draws nothing.
        options: the candidates; empty where none was drawn.
        chosen: the index of the drawn one.
        entropy: of the weights, in nats.
        u: the random number that drew it.
        ends: whether it ends the dialogue.
        took: what its calls took.
        tools: what a target reports to have called: names and arguments.
        latency_s: seconds that a target took; None elsewhere.
        below: the threshold of the tail that it was asked for from; None elsewhere.
    """

    position: int
    speaker: str
    plays: str
    method: str
    text: str
    parse: str | None
    options: tuple[Option, ...]
    chosen: int | None
    entropy: float | None
    u: float | None
    ends: bool
    took: Took
    tools: tuple[tuple[str, Any], ...] = ()
    latency_s: float | None = None
    below: float | None = None

    @property
    def effective_size(self) -> float | None:
        """How many equally likely candidates would be as uncertain: exp(entropy)."""
        return None if self.entropy is None else math.exp(self.entropy)


@dataclass(frozen=True, slots=True)
class Measured:
    """One outcome of a dialogue.

    Attributes:
        name: the outcome's name.
        unit: of its value, or None.
        value: None where it is missing.
        parse: clean or repaired; None where nothing was asked.
        options: the candidates; empty where none was drawn.
        chosen: the index of the drawn one.
        took: what its calls took.
    """

    name: str
    unit: str | None
    value: Any
    parse: str | None
    options: tuple[Option, ...]
    chosen: int | None
    took: Took

    @property
    def shown(self) -> str:
        """The value with its unit."""
        return shown_value(self.value) + (
            f" {self.unit}" if self.unit and self.value is not None else ""
        )


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check says of a dialogue.

    Attributes:
        verdict: what is on file.
        took: what the calls of a judge took.
    """

    verdict: CheckVerdict
    took: Took

    @property
    def name(self) -> str:
        """The check's name."""
        return self.verdict.check

    @property
    def calls(self) -> str:
        """The name under which its calls are on file."""
        return f"check:{self.name}"


@dataclass(frozen=True, slots=True)
class Transcript:
    """A dialogue with its turns, outcomes and verdicts, as committed at one moment."""

    row: DialogueRow
    turns: tuple[Turn, ...]
    outcomes: tuple[Measured, ...]
    checks: tuple[Checked, ...] = ()


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


def _options(text: str | None) -> tuple[Option, ...]:
    if text is None:
        return ()
    return tuple(
        Option(str(each), stated, weight, bool(ends))
        for each, stated, weight, ends in json.loads(text)
    )


def _took(view: RunView, dialogue: int) -> dict[tuple[int | None, str | None], Took]:
    sql = """SELECT turn, outcome, count(*), sum(prompt_tokens), sum(completion_tokens),
        sum(latency_s), sum(tries - 1), sum(problem IS NOT NULL)
        FROM call WHERE dialogue = ? GROUP BY turn, outcome"""
    return {(row[0], row[1]): Took(*row[2:]) for row in view.reader.rows(sql, (dialogue,))}


def read_transcript(view: RunView, dialogue: int) -> Transcript | None:
    """Read a dialogue; None where the plan has no such one."""
    row = view.dialogue(dialogue)
    if row is None:
        return None
    scenario = view.reader.scenario
    cell = next(c for c in view.reader.cells if c.label == row.cell)
    took = _took(view, dialogue)
    turns = []
    sql = """SELECT t.position, speaker, text, parse, chosen, candidates, entropy, u, ends,
        tool_calls, latency_s, below FROM turn t
        LEFT JOIN target_turn g ON (g.dialogue, g.position) = (t.dialogue, t.position)
        LEFT JOIN tail_turn l ON (l.dialogue, l.position) = (t.dialogue, t.position)
        WHERE t.dialogue = ? ORDER BY t.position"""
    for row_of_turn in view.reader.rows(sql, (dialogue,)):
        position, speaker, text, parse, chosen, drawn, entropy, u, ends, *did = row_of_turn
        tools, latency_s, below = did
        settings = cell.speakers[speaker]
        turns.append(
            Turn(
                position,
                speaker,
                settings.plays,
                settings.method.name,
                text,
                parse,
                _options(drawn),
                chosen,
                entropy,
                u,
                bool(ends),
                took.get((position, None), Took()),
                tuple((name, given) for name, given in json.loads(tools or "[]")),
                latency_s,
                below,
            )
        )
    sql = "SELECT name, value, parse, chosen, candidates FROM outcome WHERE dialogue = ?"
    stored = {name: rest for name, *rest in view.reader.rows(sql, (dialogue,))}
    outcomes = []
    for name, spec in scenario.outcomes.items():
        if name not in stored:
            continue
        value, parse, chosen, drawn = stored[name]
        outcomes.append(
            Measured(
                name,
                spec.unit,
                None if value is None else json.loads(value),
                parse,
                _options(drawn),
                chosen,
                took.get((None, name), Took()),
            )
        )
    checks = tuple(
        Checked(verdict, took.get((None, f"check:{verdict.check}"), Took()))
        for verdict in sorted(
            view.reader.dialogue(dialogue).verdicts, key=lambda v: (v.verdict != "fail", v.check)
        )
    )
    return Transcript(row, tuple(turns), tuple(outcomes), checks)


def calls_of(
    view: RunView, dialogue: int, turn: int | None = None, outcome: str | None = None
) -> list[Call]:
    """Return the calls made for a turn or an outcome; for neither, those that came to nothing."""
    calls = list(view.reader.calls(dialogue))
    if turn is not None or outcome is not None:
        return [c for c in calls if c.turn == turn and c.outcome == outcome]
    sql = "SELECT count(*) FROM turn WHERE dialogue = ?"
    turns = next(view.reader.rows(sql, (dialogue,)))[0]
    found = view.reader.dialogue(dialogue)
    measured = {*found.outcomes} | {f"check:{verdict.check}" for verdict in found.verdicts}
    return [c for c in calls if (c.outcome not in measured if c.turn is None else c.turn >= turns)]
