"""Read the model calls of a dialogue, each with its prompt as it was sent."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

from simulate.models import ChatReply, Usage
from simulate.runfile.column_rules import CALL, INSTRUCTIONS, STEP, check_row
from simulate.runfile.corruption import reading
from simulate.runfile.dialogue import Call, Dialogue, SharedCall, when_asked
from simulate.runfile.json_columns import as_object, load, load_messages
from simulate.runfile.query import DialogueSource, Queryable
from simulate.runfile.shared_calls import shared_calls_of
from simulate.runfile.stored_once import (
    NOTHING,
    Made,
    made_outcome,
    made_turn,
    made_verdict,
    whole_messages,
    whole_raw,
)
from simulate.scenario import History, Scenario, template_values
from simulate.verbalized import Message


class RecordedStep(NamedTuple):
    """What happened between turns: something was shown, or an outcome measured."""

    number: int
    turn: int
    kind: str
    who: str
    what: str


def read_calls(
    run: DialogueSource, scenario: Scenario, found: Dialogue, *, history: bool = True
) -> Iterator[Call]:
    """Iterate over the calls of a dialogue, in the order they were made.

    Answers that it was given of calls that other dialogues made come first, as nothing was asked
    before them that was not shared; they took nothing.

    Args:
        run: the run file.
        scenario: of the run.
        found: the dialogue.
        history: whether each call has the messages before its own; without them its prompt is not
            whole.
    """
    instructions = instructions_of(run, found.id) if history else {}
    steps = steps_of(run, found.id) if history else []
    for number, call in (*_taken(run, found.id), *_calls(run, found)):
        if not history or call.speaker is None:
            yield call
            continue
        with reading("call", id=number):
            before = _history(call, scenario, found, instructions, steps)
        yield replace(call, history=before)


def shared_answers(run: DialogueSource, dialogue: int) -> Iterator[tuple[SharedCall, Call | None]]:
    """Iterate over what a dialogue that shares answers has asked, in order, with what it paid for.

    A call has no history, and is None where another dialogue made it.
    """
    made = _usable(run, run.dialogue(dialogue))
    for place, *at in shared_calls_of(run, dialogue):
        if place.payer is not None:
            yield place, None
            continue
        with reading("shared_call", dialogue=dialogue, number=place.number):
            call = _at(made, at)[1]
        yield place, call


def _taken(run: DialogueSource, dialogue: int) -> Iterator[tuple[int, Call]]:
    """Iterate over the calls of other dialogues whose answers a dialogue was given."""
    made: dict[int, dict[Any, tuple[int, Call]]] = {}
    for place, *at in shared_calls_of(run, dialogue):
        if (payer := place.payer) is None:
            continue
        if payer not in made:
            made[payer] = _usable(run, run.dialogue(payer))
        with reading("shared_call", dialogue=dialogue, number=place.number):
            number, call = _at(made[payer], at)
            assert call.reply is not None  # noqa: S101  # as of all that are usable
        reply = ChatReply(call.reply.text, call.reply.finish, cost_usd=0.0)
        yield number, replace(call, reply=reply, shared=place)


def _usable(run: Queryable, found: Dialogue) -> dict[Any, tuple[int, Call]]:
    """Return the calls of a dialogue whose answers were used, by what they were for."""
    return {
        (call.turn, call.outcome, call.seed): (number, call)
        for number, call in _calls(run, found)
        if call.reply is not None and call.problem is None
    }


def _at(made: dict[Any, tuple[int, Call]], at: list[Any]) -> tuple[int, Call]:
    if (found := made.get(tuple(at))) is None:
        raise ValueError("the call that it names is not there")
    return found


def _calls(run: Queryable, found: Dialogue) -> Iterator[tuple[int, Call]]:
    """Iterate over the calls that a dialogue made, each with its id, and without its history."""
    sql = """SELECT c.turn, c.outcome, c.speaker, c.attempt, c.model, r.text, s.text, c.seed,
        c.raw, c.finish, c.problem, c.prompt_tokens, c.cached_tokens, c.completion_tokens,
        c.cost_usd, c.latency_s, c.tries, c.schema IS NULL, c.id
        FROM call c LEFT JOIN text r ON r.hash = c.request LEFT JOIN text s ON s.hash = c.schema
        WHERE c.dialogue = ? ORDER BY c.id"""
    wrote: dict[tuple[int | None, str | None], list[str]] = {}
    parsed = cache(load)  # most turns ask with the same words
    for *row, free, number in run.rows(sql, (found.id,)):
        with reading("call", id=number):
            check_row(CALL, row)
            earlier = wrote.setdefault((row[0], row[1]), [])
            call = _call(row, found, earlier, parsed, free=bool(free))
            if call.reply is not None:
                earlier.append(call.reply.text)
        yield number, call


def _call(
    row: list[Any],
    found: Dialogue,
    earlier: list[str],
    parsed: Callable[[str], Any],
    *,
    free: bool,
) -> Call:
    """Return a call without its history.

    Args:
        row: of the query.
        found: the dialogue.
        earlier: what the model wrote in the calls before for the same thing.
        parsed: reads JSON.
        free: whether no schema was asked for.
    """
    turn, outcome, speaker, ask, model, request, schema, seed, *rest = row
    raw, finish, problem, read, cached, written, cost, latency_s, attempts = rest
    if schema is None and not free:
        raise ValueError("schema is not in the table text")
    usage = Usage(read, cached, written)
    asked = None if free else as_object(parsed(schema))
    reply = None
    if raw is not None or finish is not None:
        text = whole_raw(raw, asked, _made(found, turn, outcome))
        reply = ChatReply(text, finish, usage, latency_s, attempts, cost)
    stored = parsed(request)
    cut = isinstance(stored, dict)
    messages = load_messages(stored.get("messages") if cut else stored)
    if cut:
        messages = whole_messages(messages, earlier, found.turns if speaker is None else ())
    return Call(
        speaker,
        ask,
        model,
        messages,
        asked,
        seed,
        reply,
        problem,
        attempts,
        turn,
        outcome,
        (),
        Usage() if reply else usage,
        None if reply else cost,
    )


def _made(found: Dialogue, turn: int | None, outcome: str | None) -> Made:
    """Return what was made of the calls for a turn, an outcome or a check."""
    if turn is not None:
        return made_turn(found.turns[turn]) if turn < len(found.turns) else NOTHING
    if outcome is not None and outcome in found.outcomes:
        return made_outcome(found.outcomes[outcome])
    verdicts = (made_verdict(v) for v in found.verdicts if outcome == f"check:{v.check}")
    return next(verdicts, NOTHING)


def _history(
    call: Call,
    scenario: Scenario,
    found: Dialogue,
    instructions: dict[str, str],
    steps: list[RecordedStep],
) -> list[Message]:
    """Return the messages before those of a call."""
    speaker = str(call.speaker)
    number: float = math.inf
    upto = len(found.turns) if call.turn is None else call.turn
    told = instructions.get(speaker, "")
    if call.outcome is not None:
        told = instructions.get(when_asked(speaker), told)
    for step in steps:
        if call.turn is None and step.kind == "ask" and step.what == call.outcome:
            number, upto = step.number, step.turn
    seen = template_values(found.cell, found.persona, speaker, found.personas)
    of = History.of(scenario, found.cell, speaker, told, seen)
    for before in range(upto + 1):
        label = ""
        for step in steps:
            if step.turn != before or step.number >= number:
                continue
            if step.kind == "ask":
                label = step.what
            elif step.who == speaker:
                of.show(step.who, step.what)
            elif step.who == when_asked(speaker) and _remembers(label, call, found):
                outcome = scenario.outcomes[label]
                of.remember(step.what, outcome.told(found.outcomes[label].answer))
        if before < upto:
            of.add(found.turns[before].speaker, found.turns[before].said)
    return of.messages


def _remembers(label: str, call: Call, found: Dialogue) -> bool:
    """Tell whether an earlier outcome is remembered where a call is made."""
    remembered = found.cell.remembered
    if label not in remembered or label not in found.outcomes:
        return False
    step, how = remembered[label]
    return how == "talk" or (step, how) == remembered.get(call.outcome or "")


def instructions_of(run: Queryable, dialogue: int) -> dict[str, str]:
    """Return what each speaker of a dialogue was told."""
    sql = """SELECT i.speaker, t.text FROM instructions i LEFT JOIN text t ON t.hash = i.text
        WHERE i.dialogue = ?"""
    found = {}
    for row in run.rows(sql, (dialogue,)):
        with reading("instructions", dialogue=dialogue, speaker=row[0]):
            check_row(INSTRUCTIONS, row)
        found[row[0]] = row[1]
    return found


def steps_of(run: Queryable, dialogue: int) -> list[RecordedStep]:
    """Return the steps of a dialogue, in order."""
    sql = "SELECT number, turn, kind, who, what FROM step WHERE dialogue = ? ORDER BY number"
    found = []
    for row in run.rows(sql, (dialogue,)):
        with reading("step", dialogue=dialogue, number=row[0]):
            check_row(STEP, row)
        found.append(RecordedStep(*row))
    return found


def turns_before_asked(run: Queryable, outcomes: Collection[str]) -> dict[int, int]:
    """Return how many turns lay before the last of some outcomes was asked for, by dialogue.

    A dialogue in which not all were asked for in a step has none.
    """
    sql = f"""SELECT dialogue, max(turn) FROM step
        WHERE kind = 'ask' AND what IN ({", ".join("?" * len(outcomes))})
        GROUP BY dialogue HAVING count(DISTINCT what) = ?"""  # noqa: S608
    return dict(run.rows(sql, (*outcomes, len(outcomes))))
