"""The tables `turns` and `candidates`: what was said, and what could have been said instead."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from simulate.runfile.dialogue import Dialogue, Turn
from simulate.runfile.tables.column import Column, Table
from simulate.runfile.tables.measured import Measure, measures
from simulate.runfile.tables.recorded import RecordedRun, identity
from simulate.scenario import DOES_NOT_APPLY, Answer
from simulate.verbalized import Candidate, RecordedDraw

NOTHING_DRAWN = "nothing was drawn"


class TurnRow(NamedTuple):
    """A turn."""

    dialogue: Dialogue
    turn: Turn


class CandidateRow(NamedTuple):
    """A candidate of one draw of a turn, or of an outcome."""

    dialogue: Dialogue
    turn: Turn | None
    outcome: str | None
    number: int
    draw: RecordedDraw
    place: int
    weight: float
    chance: float
    answer: Answer | None

    @property
    def candidate(self) -> Candidate:
        """The candidate."""
        return self.draw.distribution.candidates[self.place]


def turns(run: RecordedRun) -> Table[TurnRow]:
    """Return the table of turns."""
    columns: list[Column[TurnRow]] = [
        *identity(run, lambda r: r.dialogue),
        Column("turn", "Its place in the dialogue, from 0", lambda r: r.turn.index, "integer"),
        Column("speaker", "Who speaks", lambda r: r.turn.speaker, "category",
               levels=tuple(run.scenario.speakers), source="speakers"),
        Column("plays", "What the speaker plays", _plays, "category",
               levels=("user", "assistant", "target")),
        Column("text", "What is said", lambda r: r.turn.said, missing="left without a word"),
        Column("ends", "Whether it ended the dialogue", lambda r: int(r.turn.ends), "yes/no"),
        Column("given", "Whether it was given, and nobody was asked for it",
               lambda r: int(r.turn.given), "yes/no"),
        Column("parse", "Whether the model's answer had its form, or was repaired",
               lambda r: r.turn.parse, "category", "no form was asked for",
               levels=("clean", "repaired")),
        Column("candidates", "How many replies could have been drawn",
               lambda r: _drawn(r, lambda d: len(d.distribution)), "integer", NOTHING_DRAWN),
        Column("chosen", "Which of them was drawn, from 0", lambda r: _drawn(r, lambda d: d.chosen),
               "integer", NOTHING_DRAWN),
        Column("probability", "Its probability as the model stated it",
               lambda r: _drawn(r, lambda d: d.candidate.probability), "number",
               f"{NOTHING_DRAWN}, or none was stated"),
        Column("weight", "The same with all candidates scaled to 1",
               lambda r: _drawn(r, lambda d: float(d.distribution.weights[d.chosen])), "number",
               NOTHING_DRAWN),
        Column("chance", "How likely it was to be drawn",
               lambda r: _drawn(r, lambda d: float(d.chances[d.chosen])), "number", NOTHING_DRAWN),
        Column("entropy", "Entropy of what the turn was drawn from", lambda r: r.turn.entropy,
               "number", NOTHING_DRAWN, "nats"),
        Column("log_weight", "Logarithm of its weight back to the stated probabilities",
               _log_weight, "number", f"{NOTHING_DRAWN}, or no weight leads back"),
        Column("tail", "The threshold, where it was asked for from the tail",
               lambda r: r.turn.below, "number", "it was not"),
        Column("messages", "Single messages that it consists of", lambda r: len(r.turn.messages),
               "integer"),
        Column("tool_calls", "What a target reports to have called, as JSON", _tool_calls,
               missing="none is reported"),
        Column("latency_s", "How long a target took", lambda r: r.turn.latency_s, "number",
               "the speaker is no target", "s"),
    ]  # fmt: skip
    return Table.of(
        "turns", "a turn of a dialogue", columns, lambda d: (TurnRow(d, turn) for turn in d.turns)
    )


def _plays(row: TurnRow) -> str:
    return row.dialogue.cell.speakers[row.turn.speaker].plays


def _drawn(row: TurnRow, of: Any) -> Any:
    draw = row.turn.draw
    return None if draw is None else of(draw)


def _log_weight(row: TurnRow) -> float | None:
    if not row.turn.draws:
        return None
    found = row.turn.log_weight
    return None if math.isnan(found) else found


def _tool_calls(row: TurnRow) -> str | None:
    calls = [call.to_dict() for call in row.turn.tool_calls]
    return json.dumps(calls, ensure_ascii=False) if calls else None


def candidates(run: RecordedRun) -> Table[CandidateRow]:
    """Return the table of candidates."""
    known = {measure.name: measure for measure in measures(run.scenario)}
    asked = "it is of an outcome"
    said = "it is of a turn, or of a draw before the answer"
    columns: list[Column[CandidateRow]] = [
        *identity(run, lambda r: r.dialogue),
        Column("turn", "The turn it could have been, from 0",
               lambda r: None if r.turn is None else r.turn.index, "integer", asked),
        Column("speaker", "Whose turn that is",
               lambda r: None if r.turn is None else r.turn.speaker, "category", asked,
               levels=tuple(run.scenario.speakers)),
        Column("outcome", "The outcome whose value it could have been", lambda r: r.outcome,
               "category", "it is of a turn", levels=tuple(known)),
        Column("draw", "The n-th draw of the turn or outcome, from 0; the last is of the reply or "
               "the answer", lambda r: r.number, "integer"),
        Column("what", "What was drawn: reply, act, tail, part of a mixture, or the outcome's name",
               lambda r: r.draw.what),
        Column("candidate", "Its place among the candidates, from 0", lambda r: r.place, "integer"),
        Column("text", "What it says", lambda r: r.candidate.text),
        Column("chosen", "Whether it was drawn", lambda r: int(r.place == r.draw.chosen), "yes/no"),
        Column("probability", "Its probability as the model stated it",
               lambda r: r.candidate.probability, "number", "none was stated"),
        Column("weight", "The same with all candidates scaled to 1", lambda r: r.weight, "number"),
        Column("chance", "How likely it was to be drawn", lambda r: r.chance, "number"),
        Column("ends", "Whether it would have ended the dialogue", lambda r: int(r.candidate.ends),
               "yes/no"),
        Column("above", "Whether it was asked for from the tail and stated not to be of it", _above,
               "yes/no"),
        Column("value", "The outcome's value by it", _value, missing=said),
        Column("value_number", "What that value counts as a number",
               lambda r: _number(r, known), "number", f"{said}, or counts nothing"),
        Column("applies", "Whether the outcome applies by it",
               lambda r: None if r.answer is None else int(r.answer.applies), "yes/no", said),
    ]  # fmt: skip
    return Table.of("candidates", "a candidate of one draw", columns, _candidates)


def _candidates(dialogue: Dialogue) -> Iterator[CandidateRow]:
    for turn in dialogue.turns:
        for number, draw in enumerate(turn.draws):
            yield from _of(dialogue, turn, None, number, draw, ())
    for name, measured in dialogue.outcomes.items():
        for number, draw in enumerate(measured.draws):
            answers = measured.answers if draw is measured.draw else ()
            yield from _of(dialogue, None, name, number, draw, answers)


def _of(
    dialogue: Dialogue,
    turn: Turn | None,
    outcome: str | None,
    number: int,
    draw: RecordedDraw,
    answers: tuple[Answer, ...],
) -> Iterator[CandidateRow]:
    chances = draw.chances.tolist()
    for place, weight in enumerate(draw.distribution.weights.tolist()):
        answer = answers[place] if answers else None
        yield CandidateRow(
            dialogue, turn, outcome, number, draw, place, weight, chances[place], answer
        )


def _above(row: CandidateRow) -> int:
    below = None if row.turn is None else row.turn.threshold_of(row.draw)
    return int(row.candidate.is_above(below))


def _value(row: CandidateRow) -> str | None:
    if row.answer is None:
        return None
    return written(row.answer)


def written(answer: Answer) -> str | None:
    """Return an answer as a text: `1.5`, `yes`, a word, or that the outcome does not apply."""
    if not answer.applies:
        return DOES_NOT_APPLY
    if isinstance(answer.value, bool):
        return "yes" if answer.value else "no"
    return None if answer.value is None else str(answer.value)


def _number(row: CandidateRow, known: dict[str, Measure]) -> float | None:
    if row.answer is None or row.outcome is None:
        return None
    return known[row.outcome].number(row.answer.value)
