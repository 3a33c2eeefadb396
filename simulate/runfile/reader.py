"""Read a run file, also while another process writes to it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, get_args

from pydantic import ValidationError

from simulate.errors import RunFileError, quote
from simulate.population import Persona
from simulate.runfile.corruption import told_as_damage
from simulate.runfile.examined import Examined, ExaminedTurn, Verdict, Whose, examined
from simulate.runfile.files import connect_reader, reason
from simulate.runfile.records import PlannedDialogue
from simulate.runfile.rows import CallRow, DrawRow, OutcomeRow, VerdictRow
from simulate.scenario import Cell, History, Scenario, template_values
from simulate.targets import ToolCall

__all__ = ["RunReader", "open_run"]

VERDICT_COLUMNS = (
    "dialogue",
    "name",
    "verdict",
    "whose",
    "probability",
    "turn",
    "reason",
    "quote",
    "disagreement",
)
USAGE = ("calls", "prompt_tokens", "cached_tokens", "completion_tokens", "cost_usd")


VERDICTS = f"SELECT {', '.join(VERDICT_COLUMNS)} FROM verdict"  # noqa: S608


def _verdict(values: tuple[Any, ...]) -> VerdictRow:
    """Return a verdict; a file may come from anywhere, and so with any schema.

    Raises:
        ValueError: a value is not what it must be.
    """
    given = dict(zip(VERDICT_COLUMNS, values, strict=True))
    number = (int, float, type(None))
    right = (
        given["verdict"] in get_args(Verdict)
        and given["whose"] in get_args(Whose)
        and all(isinstance(given[name], str) for name in ("name", "reason", "quote"))
        and isinstance(given["turn"], int | None)
        and isinstance(given["probability"], number)
        and isinstance(given["disagreement"], number)
    )
    if not right:
        raise ValueError(f"the verdict {values}")
    return VerdictRow._make(values)


@told_as_damage
class RunReader:
    """A run file that is open for reading.

    Use it as a context manager, or call `close`. What it returns is what is committed at that
    moment; a run that goes on shows more the next time it is asked.

    Raises:
        RunFileError: there is no such file, it is not a run file, or its schema is newer.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.connection = connect_reader(self.path)

    def __enter__(self) -> RunReader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    def rows(self, sql: str, values: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
        """Run a query and iterate over its rows.

        Raises:
            RunFileError: the file cannot be read.
        """
        try:
            # Not `yield from`: that would close the cursor of a file that is closed already.
            for row in self.connection.execute(sql, values):  # noqa: UP028
                yield row
        except sqlite3.Error as error:
            raise reason(error, self.path) from None

    @cached_property
    def meta(self) -> dict[str, Any]:
        """What the file says about the run as a whole."""
        return {key: json.loads(value) for key, value in self.rows("SELECT key, value FROM meta")}

    @property
    def run_id(self) -> str:
        """The run's id."""
        return str(self.meta["run"])

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario as it was resolved when the run began."""
        try:
            return Scenario.model_validate(self.meta["scenario"])
        except (KeyError, ValidationError) as error:
            written = self.meta.get("versions", {}).get("simulate-dialogues", "another version")
            raise RunFileError(
                f"run file {self.path}: its scenario cannot be read by this version of simulate "
                f"({quote(str(error))}); open it with the version that wrote it: {written}"
            ) from None

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """The cells, in order."""
        return self.scenario.cells()

    @cached_property
    def personas(self) -> dict[str, Persona]:
        """The personas by id, in order."""
        sql = "SELECT id, attributes, prose FROM persona ORDER BY position"
        return {pid: Persona(pid, json.loads(attrs), prose) for pid, attrs, prose in self.rows(sql)}

    def counts(self) -> dict[int, dict[str, int]]:
        """Return how many dialogues of each cell are planned, running, completed and failed."""
        statuses = ("completed", "failed", "running", "planned")
        found = {cell.index: dict.fromkeys(statuses, 0) for cell in self.cells}
        sql = "SELECT cell, status, count(*) FROM dialogue GROUP BY cell, status"
        for cell, status, count in self.rows(sql):
            found[cell][status] = count
        return found

    def usage(self) -> dict[str, Any]:
        """Return calls and tokens of the whole run; `cost_usd` is None where it is unknown."""
        sums = ", ".join(f"coalesce(sum({name}), 0)" for name in USAGE[:-1])
        unknown = "sum(calls > 0 AND cost_usd IS NULL)"
        cost = f"CASE WHEN {unknown} THEN NULL ELSE sum(cost_usd) END"
        row = next(self.rows(f"SELECT {sums}, {cost} FROM dialogue"))  # noqa: S608
        return dict(zip(USAGE, row, strict=True))

    def failures(self) -> list[tuple[str, str, int]]:
        """Return fault, reason and number of the failed dialogues, most frequent first."""
        sql = """SELECT fault, error, count(*) FROM dialogue WHERE status = 'failed'
            GROUP BY fault, error ORDER BY count(*) DESC, fault, error"""
        return [(fault, error, count) for fault, error, count in self.rows(sql)]

    def refusals(self) -> dict[str, dict[str, str]]:
        """Return what each model's endpoint refuses, with what it said."""
        found: dict[str, dict[str, str]] = {}
        for model, what, told in self.rows("SELECT model, what, told FROM refusal"):
            found.setdefault(model, {})[what] = told
        return found

    def planned(self) -> Iterator[tuple[PlannedDialogue, str]]:
        """Iterate over the dialogues of the plan with their status, in order."""
        sql = "SELECT id, key, cell, persona, replicate, status FROM dialogue ORDER BY id"
        for *plan, status in self.rows(sql):
            yield PlannedDialogue(*plan), status

    def turns_of(self, dialogue: int) -> list[tuple[str, str, bool]]:
        """Return speaker, text and `ends` of each turn of a dialogue, in order."""
        sql = "SELECT speaker, text, ends FROM turn WHERE dialogue = ? ORDER BY position"
        return [(speaker, text, bool(ends)) for speaker, text, ends in self.rows(sql, (dialogue,))]

    def outcomes_of(self, dialogue: int) -> dict[str, Any]:
        """Return the outcomes of a dialogue that are measured so far."""
        sql = "SELECT name, value FROM outcome WHERE dialogue = ?"
        return {
            name: None if value is None else json.loads(value)
            for name, value in self.rows(sql, (dialogue,))
        }

    def verdict_rows(self) -> Iterator[VerdictRow]:
        """Iterate over all verdicts, dialogue by dialogue in the order of the plan."""
        yield from map(_verdict, self.rows(f"{VERDICTS} ORDER BY dialogue, name"))

    def verdicts_of(self, dialogue: int) -> list[VerdictRow]:
        """Return what the checks say of a dialogue: failures first, then by name."""
        sql = f"{VERDICTS} WHERE dialogue = ? ORDER BY verdict <> 'fail', name"
        return [_verdict(row) for row in self.rows(sql, (dialogue,))]

    def draws_of(self, dialogue: int) -> Iterator[DrawRow]:
        """Iterate over the turns of a dialogue that were drawn from a distribution, in order."""
        sql = """SELECT t.position, t.speaker, t.chosen, t.candidates, l.below
            FROM turn t LEFT JOIN tail_turn l ON (l.dialogue, l.position) = (t.dialogue, t.position)
            WHERE t.dialogue = ? AND t.candidates IS NOT NULL ORDER BY t.position"""
        for position, speaker, chosen, drawn, below in self.rows(sql, (dialogue,)):
            candidates = tuple((t, p, w, bool(e)) for t, p, w, e in json.loads(drawn))
            yield DrawRow(position, speaker, chosen, candidates, below)

    def state_of(self, dialogue: int) -> Any:
        """Return a target's state after a dialogue; None where there is none."""
        sql = "SELECT state FROM target_state WHERE dialogue = ?"
        return next((json.loads(state) for (state,) in self.rows(sql, (dialogue,))), None)

    def examined(self, dialogue: int) -> Examined:
        """Return a dialogue as checks see it.

        Args:
            dialogue: its place in the plan.

        Raises:
            RunFileError: there is no such dialogue.
        """
        sql = "SELECT key, cell, persona, replicate FROM dialogue WHERE id = ?"
        row = next(self.rows(sql, (dialogue,)), None)
        if row is None:
            raise RunFileError(f"run file {self.path} has no dialogue {dialogue}")
        key, cell, persona, replicate = row
        return examined(
            self.scenario,
            self.cells[cell],
            self.personas[persona],
            key=key,
            replicate=replicate,
            turns=self.examined_turns(dialogue),
            state=self.state_of(dialogue),
        )

    def examined_turns(self, dialogue: int) -> list[ExaminedTurn]:
        """Return the turns of a dialogue, in order, with what a target did in them."""
        sql = """SELECT t.position, t.speaker, t.text, t.ends, g.messages, g.tool_calls,
            g.latency_s, l.below FROM turn t
            LEFT JOIN target_turn g ON (g.dialogue, g.position) = (t.dialogue, t.position)
            LEFT JOIN tail_turn l ON (l.dialogue, l.position) = (t.dialogue, t.position)
            WHERE t.dialogue = ? ORDER BY t.position"""
        return [
            ExaminedTurn(
                position,
                speaker,
                text,
                (text,) if messages is None else tuple(json.loads(messages)),
                tuple(ToolCall(*call) for call in json.loads(tools)) if tools else (),
                latency_s,
                bool(ends),
                below is not None,
            )
            for position, speaker, text, ends, messages, tools, latency_s, below in self.rows(
                sql, (dialogue,)
            )
        ]

    def outcome_rows(self, name: str) -> Iterator[OutcomeRow]:
        """Iterate over one outcome of all dialogues that began, in the order of the plan.

        Raises:
            RunFileError: the run's scenario has no such outcome.
        """
        if name not in self.scenario.outcomes:
            known = ", ".join(self.scenario.outcomes) or "none"
            raise RunFileError(f"run file {self.path} has no outcome “{name}”; it has: {known}")
        sql = """SELECT d.cell, d.persona, d.replicate, d.status, o.value, o.candidates,
            (SELECT candidates FROM turn WHERE dialogue = d.id AND position = 0)
            FROM dialogue d LEFT JOIN outcome o ON o.dialogue = d.id AND o.name = ?
            WHERE d.status <> 'planned' ORDER BY d.id"""
        for cell, persona, replicate, status, value, drawn, turn in self.rows(sql, (name,)):
            read = None if value is None else json.loads(value)
            found = self._candidates(name, drawn, turn)
            yield OutcomeRow(cell, persona, replicate, status, read, found)

    def _candidates(
        self, name: str, drawn: str | None, turn: str | None
    ) -> tuple[tuple[Any, float | None, float], ...] | None:
        """Return value, stated probability and weight of each candidate of an outcome.

        An outcome that is answered or matched by the one turn of a task is a function of that
        turn, so each candidate of the turn has a value too; None where nothing matches.
        """
        outcome = self.scenario.outcomes[name]
        if drawn is not None:
            return tuple((outcome.value(v), p, w) for v, p, w, _ in json.loads(drawn))
        of_turn = outcome.answered or (outcome.matched and self.scenario.is_task)
        if turn is None or not of_turn:
            return None
        (speaker,) = self.scenario.speakers
        return tuple((outcome.read_from(speaker, t), p, w) for t, p, w, _ in json.loads(turn))

    def dialogues(self, ids: Iterable[int] | None = None) -> Iterator[dict[str, Any]]:
        """Iterate over the dialogues that began, in the order of the plan, as the JSONL export.

        See DESIGN: one mapping a dialogue with `run`, `dialogue`, `status`, `error`, `cell`,
        `persona`, `replicate`, `turns`, `outcomes`, `usage`.

        Args:
            ids: only these dialogues, by their place in the plan, in this order.
        """
        begun = f"""SELECT id, key, cell, persona, replicate, status, fault, error,
            {", ".join(USAGE)} FROM dialogue WHERE status <> 'planned'"""  # noqa: S608
        rows = (
            self.rows(f"{begun} ORDER BY id")
            if ids is None
            else (row for number in ids for row in self.rows(f"{begun} AND id = ?", (number,)))
        )
        for number, key, cell, persona, replicate, status, fault, error, *usage in rows:
            yield {
                "run": self.run_id,
                "dialogue": key,
                "status": status,
                "error": f"{fault}: {error}" if error is not None else None,
                "cell": self.cells[cell].levels,
                "persona": {"id": persona, "attributes": self.personas[persona].attributes},
                "replicate": replicate,
                "turns": list(self._exported_turns(number)),
                "outcomes": dict(self._exported_outcomes(number)),
                **self._exported_checks(number),
                "usage": dict(zip(USAGE, usage, strict=True)),
            }

    def _exported_turns(self, dialogue: int) -> Iterator[dict[str, Any]]:
        sql = """SELECT t.position, speaker, text, parse, chosen, candidates, ends, messages,
            tool_calls, below FROM turn t
            LEFT JOIN target_turn g ON (g.dialogue, g.position) = (t.dialogue, t.position)
            LEFT JOIN tail_turn l ON (l.dialogue, l.position) = (t.dialogue, t.position)
            WHERE t.dialogue = ? ORDER BY t.position"""
        for (
            position,
            speaker,
            text,
            parse,
            chosen,
            drawn,
            ends,
            messages,
            tools,
            below,
        ) in self.rows(sql, (dialogue,)):
            turn: dict[str, Any] = {
                "index": position,
                "speaker": speaker,
                "text": text,
                "candidates": None,
                "chosen": chosen,
            }
            if parse is not None:
                turn["parse"] = parse
            if drawn is not None:
                turn["candidates"] = [
                    {"text": t, "probability": p, "weight": w, **({"ends": True} if e else {})}
                    for t, p, w, e in json.loads(drawn)
                ]
            if ends:
                turn["ends"] = True
            if messages is not None and len(several := json.loads(messages)) != 1:
                turn["messages"] = several
            if tools is not None and (calls := json.loads(tools)):
                turn["tool_calls"] = [{"name": n, "arguments": a} for n, a in calls]
            if below is not None:
                turn["tail"] = below
            yield turn

    def _exported_checks(self, dialogue: int) -> dict[str, Any]:
        """Return a target's state and the verdicts, where there are any."""
        found: dict[str, Any] = {}
        if (state := self.state_of(dialogue)) is not None:
            found["state"] = state
        columns = ("verdict", "whose", "probability", "turn", "reason", "quote", "disagreement")
        sql = f"SELECT name, {', '.join(columns)} FROM verdict WHERE dialogue = ? ORDER BY name"  # noqa: S608
        verdicts = {
            name: dict(zip(columns, rest, strict=True))
            for name, *rest in self.rows(sql, (dialogue,))
        }
        if verdicts or self.scenario.checks:
            found["verdicts"] = verdicts
        return found

    def _exported_outcomes(self, dialogue: int) -> Iterator[tuple[str, dict[str, Any]]]:
        sql = "SELECT name, value, candidates FROM outcome WHERE dialogue = ?"
        stored = {name: rest for name, *rest in self.rows(sql, (dialogue,))}
        first = "SELECT candidates FROM turn WHERE dialogue = ? AND position = 0"
        turn = next(self.rows(first, (dialogue,)), (None,))[0]
        for name in self.scenario.outcomes:
            if name not in stored:
                continue
            value, drawn = stored[name]
            candidates = self._candidates(name, drawn, turn)
            yield (
                name,
                {
                    "value": None if value is None else json.loads(value),
                    "candidates": None
                    if candidates is None
                    else [{"value": v, "probability": p, "weight": w} for v, p, w in candidates],
                },
            )

    def calls(self, dialogue: int) -> Iterator[CallRow]:
        """Iterate over the calls of a dialogue with their prompts, in the order they were made."""
        instructions = dict(
            self.rows(
                "SELECT i.speaker, t.text FROM instructions i JOIN text t ON t.hash = i.text "
                "WHERE i.dialogue = ?",
                (dialogue,),
            )
        )
        turns = self.turns_of(dialogue)
        cell, persona = next(
            self.rows("SELECT cell, persona FROM dialogue WHERE id = ?", (dialogue,)), (0, "")
        )
        sql = """SELECT c.turn, c.outcome, c.speaker, c.attempt, c.model, r.text, s.text, c.seed,
            c.raw, c.finish, c.problem, c.prompt_tokens, c.cached_tokens, c.completion_tokens,
            c.cost_usd, c.latency_s, c.tries
            FROM call c JOIN text r ON r.hash = c.request LEFT JOIN text s ON s.hash = c.schema
            WHERE c.dialogue = ? ORDER BY c.id"""
        for turn, outcome, speaker, attempt, model, request, schema, *rest in self.rows(
            sql, (dialogue,)
        ):
            before = turns if turn is None else turns[:turn]
            history: list[dict[str, str]] = []
            if speaker is not None:
                seen = template_values(
                    self.cells[cell], dict(self.personas[persona].values()), speaker
                )
                of = History.of(self.scenario, speaker, instructions.get(speaker, ""), seen)
                for who, text, _ in before:
                    of.add(who, text)
                history = of.messages
            yield CallRow(
                turn,
                outcome,
                speaker,
                attempt,
                model,
                history + json.loads(request),
                None if schema is None else json.loads(schema),
                *rest,
            )


def open_run(path: str | Path) -> RunReader:
    """Open a run file for reading; see `RunReader`."""
    return RunReader(path)
