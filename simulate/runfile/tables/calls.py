"""The table `calls`: a row for each model call, with its prompt where that is asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from simulate.runfile.call_reader import read_calls
from simulate.runfile.dialogue import Call, Dialogue
from simulate.runfile.tables.column import Column, Table
from simulate.runfile.tables.recorded import RecordedRun, identity

NOT_ANSWERED = "it was not answered"


class CallRow(NamedTuple):
    """A model call."""

    dialogue: Dialogue
    number: int
    call: Call


def calls(run: RecordedRun, *, prompts: bool) -> Table[CallRow]:
    """Return the table of calls.

    Args:
        run: the run file.
        prompts: whether each call has its messages as they were sent, the schema that was asked
            for, and what the model wrote.
    """
    columns: list[Column[CallRow]] = [
        *identity(run, lambda r: r.dialogue),
        Column("call", "The n-th call of the dialogue, from 0", lambda r: r.number, "integer"),
        Column("turn", "The turn that it was made for, from 0", lambda r: r.call.turn, "integer",
               "it was made for an outcome or a check"),
        Column("outcome", "The outcome, or check:NAME, that it was made for",
               lambda r: r.call.outcome, missing="it was made for a turn"),
        Column("speaker", "Whose history it continues", lambda r: r.call.speaker, "category",
               "it is a judge's", levels=tuple(run.scenario.speakers)),
        Column("attempt", "The n-th call for the same thing, from 0", lambda r: r.call.ask,
               "integer"),
        Column("model", "The model, as the run calls it", lambda r: r.call.model),
        Column("seed", "The seed that was offered to it", lambda r: r.call.seed, "integer"),
        Column("answered", "Whether it was answered", lambda r: int(r.call.reply is not None),
               "yes/no"),
        Column("finish", "Why the model stopped",
               lambda r: None if r.call.reply is None else r.call.reply.finish,
               missing=NOT_ANSWERED),
        Column("problem", "Why its answer could not be used", lambda r: r.call.problem,
               missing="it could be used"),
        Column("requests", "How often it was sent until it was answered",
               lambda r: r.call.attempts, "integer"),
        Column("prompt_tokens", "Tokens that the model read",
               lambda r: r.call.usage.prompt_tokens, "integer", unit="tokens"),
        Column("cached_tokens", "Those of them that a cache held",
               lambda r: r.call.usage.cached_tokens, "integer", unit="tokens"),
        Column("completion_tokens", "Tokens that the model wrote",
               lambda r: r.call.usage.completion_tokens, "integer", unit="tokens"),
        Column("cost_usd", "What it cost", lambda r: r.call.cost_usd, "number",
               "the price is not known", "USD"),
        Column("latency_s", "How long the answer took",
               lambda r: None if r.call.reply is None else r.call.reply.latency_s, "number",
               NOT_ANSWERED, "s"),
    ]  # fmt: skip
    if run.meta.get("share_prefix"):
        keys = cache(lambda payer: run.dialogue(payer).key)
        columns.append(
            Column("taken_from", "The dialogue that made it, and paid for it; its answer was taken",
                   lambda r: keys(r.call.shared.payer) if r.call.shared and r.call.taken else None,
                   missing="the dialogue made it itself")
        )  # fmt: skip
    if prompts:
        columns += [
            Column("prompt", "The messages as they were sent, as JSON",
                   lambda r: json.dumps(r.call.prompt, ensure_ascii=False)),
            Column("schema", "The JSON Schema that was asked for", _schema,
                   missing="none was asked for"),
            Column("raw", "What the model wrote",
                   lambda r: None if r.call.reply is None else r.call.reply.text,
                   missing=NOT_ANSWERED),
        ]  # fmt: skip

    def records(dialogue: Dialogue) -> Iterator[CallRow]:
        found = read_calls(run, run.scenario, dialogue, history=prompts)
        return (CallRow(dialogue, number, call) for number, call in enumerate(found))

    return Table.of("calls", "a model call", columns, records)


def _schema(row: CallRow) -> str | None:
    schema = row.call.schema
    return None if schema is None else json.dumps(schema, ensure_ascii=False)
