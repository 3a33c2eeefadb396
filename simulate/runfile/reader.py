"""Read a run file, also while another process writes to it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, get_args

from pydantic import ValidationError

from simulate.errors import RunFileError, quote
from simulate.models import ChatReply, Usage
from simulate.population import Persona
from simulate.randomness import uniform
from simulate.runfile.corruption import told_as_damage
from simulate.runfile.dialogue import (
    Branch,
    Call,
    CheckVerdict,
    Dialogue,
    OutcomeRow,
    OutcomeValue,
    Spent,
    Turn,
    Verdict,
    Whose,
)
from simulate.runfile.examined import Examined, examined
from simulate.runfile.export import exported
from simulate.runfile.files import connect_reader, reason
from simulate.runfile.header import PlannedDialogue
from simulate.runfile.json_columns import draw_from, read_chances
from simulate.scenario import Cell, History, Scenario, template_values
from simulate.targets import ToolCall
from simulate.verbalized import DrawSettings, Message, RecordedDraw, tail_draw

__all__ = ["RunReader", "open_run"]

USAGE = Spent._fields

VERDICT_COLUMNS = (
    "name",
    "verdict",
    "whose",
    "probability",
    "turn",
    "reason",
    "quote",
    "disagreement",
)
VERDICTS = f"SELECT dialogue, {', '.join(VERDICT_COLUMNS)} FROM verdict"  # noqa: S608

DIALOGUES = f"""SELECT d.id, d.key, d.cell, d.persona, d.replicate, d.status, d.fault, d.error,
    {", ".join(f"d.{name}" for name in USAGE)} FROM dialogue d"""  # noqa: S608


Chains = dict[tuple[int, str], list[tuple[Any, ...]]]
"""Rows of the table `draw`, in order, by turn (-1 for none) and outcome (empty for none)."""


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
        return Spent(*row)._asdict()

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

    def read(self, ids: Iterable[int] | None = None) -> Iterator[Dialogue]:
        """Iterate over the dialogues that began, in the order of the plan.

        Args:
            ids: only these dialogues, by their place in the plan, in this order.
        """
        begun = f"{DIALOGUES} WHERE d.status <> 'planned'"
        if ids is None:
            for row in self.rows(f"{begun} ORDER BY d.id"):
                yield self._dialogue(row)
            return
        for number in ids:
            for row in self.rows(f"{begun} AND d.id = ?", (number,)):
                yield self._dialogue(row)

    def dialogue(self, number: int) -> Dialogue:
        """Return one dialogue, which need not have begun.

        Raises:
            RunFileError: the plan has no such dialogue.
        """
        row = next(self.rows(f"{DIALOGUES} WHERE d.id = ?", (number,)), None)
        if row is None:
            raise RunFileError(f"run file {self.path} has no dialogue {number}")
        return self._dialogue(row)

    def dialogues(self, ids: Iterable[int] | None = None) -> Iterator[dict[str, Any]]:
        """Iterate over the dialogues that began, each as the JSONL export writes it.

        Args:
            ids: only these dialogues, by their place in the plan, in this order.
        """
        for dialogue in self.read(ids):
            yield exported(self.run_id, self.scenario, dialogue)

    def _dialogue(self, row: tuple[Any, ...]) -> Dialogue:
        number, key, cell, persona, replicate, status, fault, error, *spent = row
        chains = self._chains(number)
        turns = self._turns(number, self.cells[cell], persona, replicate, chains)
        return Dialogue(
            number,
            key,
            self.cells[cell],
            self.personas[persona],
            replicate,
            status,
            fault,
            error,
            turns,
            self._outcomes(number, self.cells[cell], turns[0] if turns else None, chains),
            tuple(self.verdicts_of(number)),
            self.state_of(number),
            Spent(*spent),
            dict(
                self.rows(
                    "SELECT speaker, persona FROM speaker_persona WHERE dialogue = ?", (number,)
                )
            ),
            self._branch(number),
        )

    def _turns(
        self, number: int, cell: Cell, persona: str, replicate: int, chains: Chains
    ) -> tuple[Turn, ...]:
        sql = """SELECT t.position, speaker, text, messages, tool_calls, latency_s, ends, parse,
            candidates, chosen, u, below, source FROM turn t
            LEFT JOIN target_turn g ON (g.dialogue, g.position) = (t.dialogue, t.position)
            LEFT JOIN tail_turn l ON (l.dialogue, l.position) = (t.dialogue, t.position)
            LEFT JOIN given_turn v ON (v.dialogue, v.position) = (t.dialogue, t.position)
            WHERE t.dialogue = ? ORDER BY t.position"""
        found = []
        for position, speaker, text, messages, tools, latency_s, ends, parse, *rest in self.rows(
            sql, (number,)
        ):
            candidates, chosen, u, below, source = rest
            draws: tuple[RecordedDraw, ...] = ()
            if candidates is not None:
                settings = cell.speakers[speaker]
                draws = self._chain(
                    chains.get((position, ""), []),
                    draw_from("reply", candidates, chosen, u, parse=parse),
                    settings.method.draw_settings,
                )
                if settings.tail is not None and not self._draws_on_file:
                    what = f"tail:{speaker}"
                    tail_u = uniform(self.seed, what, persona, replicate, position)
                    draws = (tail_draw(settings.tail.share, tail_u), *draws)
            found.append(
                Turn(
                    position,
                    speaker,
                    text,
                    (text,) if messages is None else tuple(json.loads(messages)),
                    tuple(ToolCall(*call) for call in json.loads(tools)) if tools else (),
                    latency_s,
                    bool(ends),
                    parse,
                    draws,
                    below,
                    source is not None,
                )
            )
        return tuple(found)

    def _chains(self, number: int) -> Chains:
        """Return the rows of `draw` of a dialogue, by turn and outcome, in order."""
        sql = """SELECT turn, outcome, what, candidates, chances, chosen, u FROM draw
            WHERE dialogue = ? ORDER BY turn, outcome, number"""
        found: Chains = {}
        for turn, outcome, *row in self.rows(sql, (number,)):
            found.setdefault((turn, outcome), []).append(tuple(row))
        return found

    def _chain(
        self, rows: Iterable[tuple[Any, ...]], last: RecordedDraw, settings: DrawSettings
    ) -> tuple[RecordedDraw, ...]:
        """Return a chain of draws.

        Args:
            rows: of the table `draw`.
            last: the draw that the turn or the outcome itself holds.
            settings: of the last draw, for files that do not hold its chances.
        """
        earlier: list[RecordedDraw] = []
        for what, candidates, chances, chosen, u in rows:
            if candidates is None:
                flattened = read_chances(chances, len(last.distribution))
                return (*earlier, replace(last, what=what, flattened=flattened))
            earlier.append(draw_from(what, candidates, chosen, u, chances=chances))
        if not self._draws_on_file and not settings.as_stated:
            last = replace(last, flattened=last.distribution.chances(settings))
        return (*earlier, last)

    @cached_property
    def _draws_on_file(self) -> bool:
        """Whether the file holds the chances; else they follow from the scenario's settings."""
        return bool(self.meta.get("draws"))

    @property
    def seed(self) -> int:
        """The run's seed."""
        return int(self.meta.get("seed", 0))

    def _outcomes(
        self, number: int, cell: Cell, first: Turn | None, chains: Chains
    ) -> dict[str, OutcomeValue]:
        sql = "SELECT name, value, parse, candidates, chosen, u FROM outcome WHERE dialogue = ?"
        stored = {name: rest for name, *rest in self.rows(sql, (number,))}
        return {
            name: self._outcome(name, cell, stored[name], chains.get((-1, name), []), first)
            for name in self.scenario.outcomes
            if name in stored
        }

    def _outcome(
        self,
        name: str,
        cell: Cell,
        stored: Sequence[Any],
        chain: list[tuple[Any, ...]],
        first: Turn | None,
    ) -> OutcomeValue:
        """Return a measured outcome.

        An outcome that is answered or matched by the one turn of a task is a function of that
        turn, so it was drawn with it, and each candidate of the turn has a value too.
        """
        text, parse, candidates, chosen, u = stored
        outcome = self.scenario.outcomes[name]
        value = None if text is None else json.loads(text)
        if candidates is not None:
            last = draw_from(name, candidates, chosen, u, parse=parse)
            draws = self._chain(chain, last, cell.draws_of(outcome))
            values = [outcome.value(text) for text in last.distribution.texts]
            return OutcomeValue(name, value, parse, draws, tuple(values))
        of_turn = outcome.answered or (outcome.matched and self.scenario.is_task)
        if first is None or first.distribution is None or not of_turn:
            return OutcomeValue(name, value, parse)
        read = [outcome.read_from(first.speaker, text) for text in first.distribution.texts]
        return OutcomeValue(name, value, parse, first.draws, tuple(read))

    def _branch(self, number: int) -> Branch | None:
        sql = """SELECT p.key, r.key, b.turn, b.chosen FROM branch b
            JOIN dialogue p ON p.id = b.parent JOIN dialogue r ON r.id = b.root
            WHERE b.dialogue = ?"""
        return next((Branch(*row) for row in self.rows(sql, (number,))), None)

    def verdicts_of(self, dialogue: int) -> list[CheckVerdict]:
        """Return what the checks say of a dialogue, by name."""
        sql = f"{VERDICTS} WHERE dialogue = ? ORDER BY name"
        return [_verdict(row) for _, *row in self.rows(sql, (dialogue,))]

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
        found = self.dialogue(dialogue)
        return examined(
            self.scenario,
            found.cell,
            found.persona,
            key=found.key,
            replicate=found.replicate,
            turns=found.turns,
            state=found.state,
        )

    def outcome_rows(self, name: str) -> Iterator[OutcomeRow]:
        """Iterate over one outcome of all dialogues that began, in the order of the plan.

        Raises:
            RunFileError: the run's scenario has no such outcome.
        """
        if name not in self.scenario.outcomes:
            known = ", ".join(self.scenario.outcomes) or "none"
            raise RunFileError(f"run file {self.path} has no outcome “{name}”; it has: {known}")
        sql = """SELECT d.id, d.cell, d.persona, d.replicate, d.status,
            o.name, o.value, o.parse, o.candidates, o.chosen, o.u
            FROM dialogue d LEFT JOIN outcome o ON o.dialogue = d.id AND o.name = ?
            WHERE d.status <> 'planned' ORDER BY d.id"""
        outcome = self.scenario.outcomes[name]
        of_turn = outcome.answered or (outcome.matched and self.scenario.is_task)
        for number, index, persona, replicate, status, stored, *rest in self.rows(sql, (name,)):
            measured = None
            if stored is not None:
                cell = self.cells[index]
                chains = self._chains(number)
                chain = chains.get((-1, name), [])
                turns = self._turns(number, cell, persona, replicate, chains) if of_turn else ()
                measured = self._outcome(name, cell, rest, chain, turns[0] if turns else None)
            yield OutcomeRow(index, persona, replicate, status, measured)

    def calls(self, dialogue: int) -> Iterator[Call]:
        """Iterate over the calls of a dialogue with their prompts, in the order they were made."""
        instructions = dict(
            self.rows(
                "SELECT i.speaker, t.text FROM instructions i JOIN text t ON t.hash = i.text "
                "WHERE i.dialogue = ?",
                (dialogue,),
            )
        )
        found = self.dialogue(dialogue)
        steps = list(
            self.rows(
                "SELECT turn, kind, who, what FROM step WHERE dialogue = ? ORDER BY number",
                (dialogue,),
            )
        )
        asked_after = {what: turn for turn, kind, _, what in steps if kind == "ask"}
        sql = """SELECT c.turn, c.outcome, c.speaker, c.attempt, c.model, r.text, s.text, c.seed,
            c.raw, c.finish, c.problem, c.prompt_tokens, c.cached_tokens, c.completion_tokens,
            c.cost_usd, c.latency_s, c.tries
            FROM call c JOIN text r ON r.hash = c.request LEFT JOIN text s ON s.hash = c.schema
            WHERE c.dialogue = ? ORDER BY c.id"""
        for turn, outcome, speaker, ask, model, request, schema, seed, *rest in self.rows(
            sql, (dialogue,)
        ):
            raw, finish, problem, read, cached, written, cost, latency_s, attempts = rest
            reply = None
            if raw is not None:
                usage = Usage(read, cached, written)
                reply = ChatReply(raw, finish, usage, latency_s, attempts, cost)
            history: list[Message] = []
            if speaker is not None:
                upto = asked_after.get(outcome, len(found.turns)) if turn is None else turn
                seen = template_values(found.cell, dict(found.persona.values()), speaker)
                of = History.of(self.scenario, speaker, instructions.get(speaker, ""), seen)
                for before in range(upto + 1):
                    for _, _, who, text in [s for s in steps if s[:2] == (before, "show")]:
                        of.show(who, text)
                    if before < upto:
                        of.add(found.turns[before].speaker, found.turns[before].text)
                history = of.messages
            yield Call(
                speaker,
                ask,
                model,
                json.loads(request),
                None if schema is None else json.loads(schema),
                seed,
                reply,
                problem,
                attempts,
                turn,
                outcome,
                history,
            )


def open_run(path: str | Path) -> RunReader:
    """Open a run file for reading; see `RunReader`."""
    return RunReader(path)


def _verdict(values: Sequence[Any]) -> CheckVerdict:
    """Return a verdict; a file may come from anywhere, and so with any schema.

    Raises:
        ValueError: a value is not what it must be.
    """
    check, verdict, whose, probability, turn, reason_, quote_, disagreement = values
    number = (int, float, type(None))
    right = (
        verdict in get_args(Verdict)
        and whose in get_args(Whose)
        and all(isinstance(text, str) for text in (check, reason_, quote_))
        and isinstance(turn, int | None)
        and isinstance(probability, number)
        and isinstance(disagreement, number)
    )
    if not right:
        raise ValueError(f"the verdict {tuple(values)}")
    return CheckVerdict(check, verdict, whose, probability, turn, reason_, quote_, disagreement)
