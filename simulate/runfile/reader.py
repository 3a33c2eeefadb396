"""Read a run file, also while another process writes to it."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import ValidationError

from simulate.analysis import RunAnalyses
from simulate.errors import InputError, RunFileError, one_line, quote
from simulate.files.validation import first_problem
from simulate.models import Learnt, Noticed
from simulate.models.unsupported import instead
from simulate.notebook import Shown
from simulate.population import Persona, root_persona
from simulate.runfile.answered_by import AnsweredBy, answered_by
from simulate.runfile.branches import OF_PLAN, paid
from simulate.runfile.call_reader import read_calls, shared_answers
from simulate.runfile.column_rules import CELL, ENDPOINT, PERSONA, check_row
from simulate.runfile.corruption import StoredValueError, reading, told_as_damage
from simulate.runfile.dialogue import (
    Call,
    Dialogue,
    OutcomeRow,
    SharedCall,
    Spent,
)
from simulate.runfile.dialogue_reader import ANY_DIALOGUE, DIALOGUES, PERSONAS, DialogueReader
from simulate.runfile.examined import Examined, examined
from simulate.runfile.exclusions import decides, rule_of, rules_of_dialogues
from simulate.runfile.failure_reasons import (
    FAILED_BEFORE,
    FailedDialogue,
    Failure,
    failed_by,
    failures,
)
from simulate.runfile.files import connect_reader, reason
from simulate.runfile.given_dialogues import GIVEN, Given
from simulate.runfile.header import PlannedDialogue
from simulate.runfile.json_columns import load, load_attributes
from simulate.runfile.jsonl import exported, line_of
from simulate.runfile.meta import attackers, populations_of_speakers, read_meta
from simulate.runfile.plan_check import check_plan
from simulate.runfile.shard import Shard
from simulate.runfile.shared_calls import Shares, shares
from simulate.runfile.tables import TableName, table_frame, table_pandas
from simulate.runfile.totals import STATUSES, Totals, dialogues_by_status, totals
from simulate.runfile.usual_lines import UsualLines
from simulate.runfile.verdicts import TargetFailure, VerdictAt, target_failures, verdicts
from simulate.runfile.wal import warn_of_missing_wal
from simulate.scenario import Cell, Scenario
from simulate.scenario.frozen import Frozen, frozen_of
from simulate.verbalized.probability_map import ProbabilityMap

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

INFINITY = float("inf")
MOST_KNOWN_PERSONAS = 10_000
"""Personas that are kept at once, of those that dialogues ask for."""


@told_as_damage
class RunReader(RunAnalyses, Shown):
    """A run file that is open for reading.

    Use it as a context manager, or call `close`. What it returns is what is committed at that
    moment; a run that goes on shows more the next time it is asked.

    Args:
        path: the run file.
        checked: whether its plan was checked when it was opened before.
        with_excluded: whether dialogues count that the scenario's rules leave out.
        with_branches: whether branches count as dialogues. One is read by its number in any case.

    Raises:
        RunFileError: there is no such file, it is not a run file, its schema is newer, or its plan
            cannot be one.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        checked: bool = False,
        with_excluded: bool = False,
        with_branches: bool = False,
    ) -> None:
        self.path = Path(path)
        self.with_excluded = with_excluded
        self.with_branches = with_branches
        self.connection = connect_reader(self.path, with_branches=with_branches)
        self._known_personas: dict[str, Persona] = {}
        if checked:
            return
        try:
            check_plan(self)
            warn_of_missing_wal(self.connection, self.path, locked=False)
        except BaseException:
            self.close()
            raise

    _view: ClassVar[str] = "run"

    def __repr__(self) -> str:
        try:
            ended = self.totals()
            told = (
                f"{self.scenario.name}, {ended.completed} of {ended.dialogues} dialogues completed"
            )
        except RunFileError:
            told = "closed"
        return f"RunReader({one_line(str(self.path))}: {told})"

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
            found = self.connection.execute(sql, values)
            for row in found:
                if INFINITY in row or -INFINITY in row or bytes in map(type, row):
                    columns = [column[0] for column in found.description]
                    found.close()
                    raise _odd_value(columns, row)
                yield row
        except sqlite3.Error as error:
            raise reason(error, self.path) from None

    @cached_property
    def meta(self) -> dict[str, Any]:
        """What the file says about the run as a whole."""
        return read_meta(self)

    @property
    def run_id(self) -> str:
        """The run's id."""
        return str(self.meta["run"])

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario as it was resolved when the run began."""
        try:
            return Scenario.stored(self.meta["scenario"])
        except (KeyError, ValidationError) as error:
            written = self.meta.get("versions", {}).get("simulate-dialogues", "another version")
            raise RunFileError(
                f"run file {self.path}: its scenario cannot be read by this version of simulate "
                f"({quote(str(error))}); open it with the version that wrote it: {written}"
            ) from None

    @property
    def shard(self) -> Shard | None:
        """Which part of a plan this is; None for a whole plan."""
        found = self.meta.get("shard")
        return None if found is None else Shard(**found)

    @property
    def human_data(self) -> list[str]:
        """What the run was given of single people, for messages; see `Population.human_data`."""
        if (given := Given.of(self.meta)) is not None:
            return [given.human_data]
        others = populations_of_speakers(self.meta).values()
        return [
            f"the people of population {each['population']}"
            for each in (self.meta.get("population") or {}, *others)
            if each.get("personas") and not each.get("invented")
        ]

    @property
    def sharing_reason(self) -> str | None:
        """Why data of people were sent to endpoints elsewhere; None where none were."""
        return (self.meta.get("shared") or {}).get("reason")

    @property
    def attackers(self) -> list[str]:
        """The populations whose users attack, by name."""
        return attackers(self.meta)

    @cached_property
    def probability_map(self) -> ProbabilityMap | None:
        """The map that replies were drawn through; None for none."""
        quoted = self.meta.get("map")
        try:
            return None if quoted is None else ProbabilityMap.model_validate(quoted)
        except ValidationError as error:
            raise StoredValueError(f"table meta, key map: {first_problem(error)}") from None

    @cached_property
    def frozen(self) -> Frozen | None:
        """The frozen plan that the run is held to; None where it was begun without one."""
        quoted = self.meta.get("frozen")
        if quoted is None:
            return None
        try:
            found = frozen_of(quoted["text"], "frozen plan")
        except InputError as error:
            why = str(error).split("\n", 1)[0]
            raise StoredValueError(f"table meta, key frozen: {why}") from None
        if found.sha256 != quoted["sha256"]:
            raise StoredValueError("table meta, key frozen: its hash is that of another plan")
        return found

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """The cells, in order."""
        cells = self.scenario.cells()
        on_file = list(self.rows("SELECT label, levels FROM cell ORDER BY id"))
        if len(cells) != len(on_file):
            raise StoredValueError(
                f"table cell: it has {len(on_file):,} cells, and the scenario {len(cells):,}"
            )
        for cell, row in zip(cells, on_file, strict=True):
            with reading("cell", id=cell.index):
                check_row(CELL, row)
                if load(row[1]) != dict(cell.levels):
                    raise ValueError("its levels are not those of the scenario")
        return cells

    @cached_property
    def personas(self) -> dict[str, Persona]:
        """The personas of first users by id, in order."""
        sql = """SELECT position, id, attributes, prose FROM persona WHERE position >= 0
            ORDER BY position"""
        found: dict[str, Persona] = {}
        place = -1
        for position, pid, *rest in self.rows(sql):
            place += 1
            if position > place and self.shard is not None:
                place = position
            if position != place:
                raise StoredValueError(
                    f"table persona, id {quote(str(pid), 40)}: position is {position!r}, and "
                    f"{place} was expected"
                )
            found[pid] = _persona(pid, *rest)
        return found

    def places(self) -> dict[str, int]:
        """Return the place of each persona of first users in the plan, from 0, by its id."""
        return dict(self.rows("SELECT id, position FROM persona WHERE position >= 0"))

    def persona(self, pid: str) -> Persona:
        """Return one persona without reading the others.

        Raises:
            RunFileError: the run has no such persona.
        """
        if pid not in self._known_personas:
            sql = "SELECT attributes, prose FROM persona WHERE id = ?"
            row = next(self.rows(sql, (pid,)), None)
            if row is None:
                raise RunFileError(f"run file {self.path} has no persona {quote(str(pid))}")
            if len(self._known_personas) >= MOST_KNOWN_PERSONAS:
                self._known_personas.clear()
            self._known_personas[pid] = _persona(pid, *row)
        return self._known_personas[pid]

    def personas_of(self, dialogue: int) -> dict[str, Persona]:
        """Return who the speakers of a dialogue are that have a persona of their own."""
        return {name: self.persona(pid) for name, pid in self.rows(PERSONAS, (dialogue,))}

    def personas_played_by(self, speaker: str) -> Iterator[Persona]:
        """Iterate over the different personas of its own that a speaker has in the whole run."""
        sql = """SELECT p.id, p.attributes, p.prose FROM persona p WHERE p.id IN (
            SELECT s.persona FROM speaker_persona s WHERE s.speaker = ?) ORDER BY p.id"""
        for row in self.rows(sql, (speaker,)):
            yield _persona(*row)

    @cached_property
    def _table(self) -> frozenset[str]:
        if GIVEN in self.meta:
            ids = {pid for (pid,) in self.rows("SELECT id FROM persona")}
            return frozenset(pid for pid in ids if pid.rpartition("#")[0] not in ids)
        population = self.meta.get("population") or {}
        return frozenset(row["id"] for row in population.get("personas") or ())

    def root(self, persona: str) -> str:
        """Return the person behind a persona: the same for each draw of a row of a table."""
        return root_persona(persona, self._table)

    def counts(self) -> dict[int, dict[str, int]]:
        """Return how many dialogues of each cell are planned, running, completed and failed."""
        found = dialogues_by_status(self)
        none = dict.fromkeys(STATUSES, 0)
        return {cell.index: found.get(cell.index, none) for cell in self.cells}

    def totals(self) -> Totals:
        """Return the totals of the whole run."""
        return totals(self)

    def given_turns(self) -> int:
        """Return how many turns on file nobody was asked for."""
        return int(next(self.rows(f"SELECT count(*) FROM given_turn WHERE {OF_PLAN}"))[0])  # noqa: S608

    def usage(self) -> dict[str, Any]:
        """Return calls and tokens of the whole run; `cost_usd` is None where it is unknown."""
        return self.totals().spent._asdict()

    @property
    def branches(self) -> int:
        """How many branches count as dialogues: none, unless they are asked for."""
        sql = "SELECT count(*) FROM branch"
        return int(next(self.rows(sql))[0]) if self.with_branches else 0

    @property
    def explored(self) -> dict[str, dict[str, tuple[int, dict[str, int]]]]:
        """Which rollouts of which turns were explored; see `meta`."""
        found: dict[str, dict[str, tuple[int, dict[str, int]]]] = self.meta.get("explored") or {}
        return found

    def paid(self) -> Spent:
        """Return what all calls on file took, those of branches too: what a budget counts."""
        return paid(self)

    def failures(self) -> list[Failure]:
        """Return the reasons of failed dialogues, most frequent first."""
        return failures(self)

    def failed_by(self, faults: Sequence[str]) -> list[FailedDialogue]:
        """Return the dialogues that failed by one of some faults, in the order of the plan."""
        return failed_by(self, faults)

    def failed_before(self) -> list[FailedDialogue]:
        """Return the failures of dialogues that were played again since, in that order."""
        return [FailedDialogue(*each) for each in self.meta.get(FAILED_BEFORE, ())]

    def verdicts(self) -> Iterator[VerdictAt]:
        """Iterate over all verdicts, those of short dialogues first."""
        yield from verdicts(self)

    def target_failures(self) -> list[TargetFailure]:
        """Return the dialogues that failed by the target's fault, short ones first."""
        return list(target_failures(self))

    def refusals(self) -> dict[str, dict[str, str]]:
        """Return what each model's endpoint refuses, with what it said."""
        found: dict[str, dict[str, str]] = {}
        for row in self.rows("SELECT model, what, told FROM refusal"):
            model, what, told = _endpoint("refusal", row)
            found.setdefault(model, {})[what] = told
        return found

    def notices(self) -> list[Noticed]:
        """Return what was odd about the answers of the run's models."""
        sql = "SELECT model, what, told FROM notice"
        return [Noticed(*_endpoint("notice", row)) for row in self.rows(sql)]

    def endpoints_told(self) -> list[str]:
        """Return a sentence for all that endpoints refuse, and that is odd about their answers."""
        refused = [
            Learnt(model, what, told, instead(what)).sentence
            for model, settings in self.refusals().items()
            for what, told in settings.items()
        ]
        return refused + [noticed.told for noticed in self.notices()]

    def answered_by(self) -> dict[str, tuple[AnsweredBy, ...]]:
        """Return what endpoints say has answered each model of the run, the earliest first.

        More than one means that the endpoint's model changed while the run went on.
        """
        return answered_by(self)

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
        begun = "d.status <> 'planned'"
        if ids is None:
            for row in self.rows(f"{DIALOGUES} WHERE {begun} ORDER BY d.id"):
                yield self._dialogues.read(row)
            return
        for number in ids:
            for row in self.rows(f"{ANY_DIALOGUE} AND {begun}", (number,)):
                yield self._dialogues.read(row)

    def dialogue(self, number: int) -> Dialogue:
        """Return one dialogue, which need not have begun.

        Raises:
            RunFileError: the plan has no such dialogue.
        """
        row = next(self.rows(ANY_DIALOGUE, (number,)), None)
        if row is None:
            raise RunFileError(f"run file {self.path} has no dialogue {number}")
        return self._dialogues.read(row)

    def dialogues(self, ids: Iterable[int] | None = None) -> Iterator[dict[str, Any]]:
        """Iterate over the dialogues that began, each as the JSONL export writes it.

        Args:
            ids: only these dialogues, by their place in the plan, in this order.
        """
        for dialogue in self.read(ids):
            yield self._exported(dialogue)

    def _exported(self, dialogue: Dialogue) -> dict[str, Any]:
        return exported(self.run_id, self.scenario, dialogue)

    def lines(self, ids: Iterable[int] | None = None) -> Iterator[str]:
        """Iterate over `dialogues` as lines of JSON, without the ends of the lines."""
        begun = self.rows(f"{DIALOGUES} WHERE d.status <> 'planned' ORDER BY d.id")
        usual = None
        for row in begun if ids is None and self._dialogues.draws_on_file else ():
            if usual is None:  # once `begun` stands at one moment, all stands at that moment
                usual = UsualLines(self, self.run_id, self.scenario, self.cells, self.persona)
            yield usual.line(row) or line_of(self._exported(self._dialogues.read(row)))
        if usual is None:
            yield from map(line_of, self.dialogues(ids))

    def to_frame(self, table: TableName = "dialogues", *, prompts: bool = False) -> pl.DataFrame:
        """Return a tidy table of what is on file, as a polars frame.

        Args:
            table: `dialogues`, `turns`, `candidates`, `items` or `calls`.
            prompts: whether `calls` has the messages as they were sent, and what models wrote.

        Raises:
            RunFileError: there is no such table.
        """
        return table_frame(self, table, prompts=prompts)

    def to_pandas(self, table: TableName = "dialogues", *, prompts: bool = False) -> pd.DataFrame:
        """Return a tidy table as a pandas frame, in types that formulas take; see `to_frame`.

        Words in order are ordered categoricals; yes and no are 1 and 0.

        Raises:
            RunFileError: there is no such table.
            ImportError: pandas is not installed.
        """
        return table_pandas(self, table, prompts=prompts)

    @cached_property
    def _dialogues(self) -> DialogueReader:
        on_file = bool(self.meta.get("draws"))
        of_run = (self.scenario, self.cells, self.persona, self.seed)
        return DialogueReader(self, *of_run, draws_on_file=on_file)

    @property
    def n(self) -> int | None:
        """How many dialogues each cell has; None where the file does not say."""
        found = self.meta.get("n")
        return None if found is None else int(found)

    @property
    def seed(self) -> int:
        """The run's seed."""
        return int(self.meta.get("seed", 0))

    def examined(self, dialogue: int) -> Examined:
        """Return a dialogue as checks see it.

        Args:
            dialogue: its place in the plan.

        Raises:
            RunFileError: there is no such dialogue.
        """
        found = self.dialogue(dialogue)
        return examined(
            found.cell,
            found.persona,
            key=found.key,
            replicate=found.replicate,
            turns=found.turns,
            state=found.state,
            personas=found.personas,
            tools=self.scenario.tools,
        )

    def completed(self) -> Iterator[Dialogue]:
        """Iterate over the completed dialogues that no rule of the scenario leaves out."""
        for dialogue in self.read():
            left_out = not self.with_excluded and rule_of(self.scenario, dialogue) is not None
            if dialogue.status == "completed" and not left_out:
                yield dialogue

    def rules_of_dialogues(self) -> dict[int, str]:
        """Return the rule by which a dialogue is left out, by its place in the plan."""
        asked = {name for rule in self.scenario.exclude.values() for name in rule.when}
        outcomes = ((name, self._placed_rows(name)) for name in sorted(asked))
        return rules_of_dialogues(self.scenario, outcomes)

    def outcome_rows(self, name: str, cells: Collection[int] | None = None) -> Iterator[OutcomeRow]:
        """Iterate over one outcome of all dialogues that began, in the order of the plan.

        Args:
            name: of the outcome.
            cells: only dialogues of these cells, by their index.

        Raises:
            RunFileError: the run's scenario has no such outcome.
        """
        if name not in self.scenario.outcomes:
            known = ", ".join(self.scenario.outcomes) or "none"
            raise RunFileError(f"run file {self.path} has no outcome “{name}”; it has: {known}")
        rules, drawn_only = dict[int, str](), set[int]()
        if self.scenario.exclude and not self.with_excluded:
            rules = self.rules_of_dialogues()
            drawn_only = {c.index for c in self.cells if decides(name, self.scenario, c)}
        of_cells = "TRUE" if cells is None else f"d.cell IN ({', '.join(map(str, cells))})"
        for place, row in self._placed_rows(name, where=of_cells):
            if rules or drawn_only:
                row = row._replace(excluded=rules.get(place), decides=row.cell in drawn_only)  # noqa: PLW2901
            yield row

    def outcome_row(self, number: int, name: str) -> OutcomeRow | None:
        """Return one outcome of one dialogue that began, which may be a branch."""
        rows = self._placed_rows(name, "main.dialogue", "d.id = ?", (number,))
        found = next((row for _, row in rows), None)
        if found is None or not self.scenario.exclude or self.with_excluded:
            return found
        return found._replace(
            excluded=rule_of(self.scenario, self.dialogue(number)),
            decides=decides(name, self.scenario, self.cells[found.cell]),
        )

    def _placed_rows(
        self,
        name: str,
        table: str = "dialogue",
        where: str = "TRUE",
        values: tuple[Any, ...] = (),
    ) -> Iterator[tuple[int, OutcomeRow]]:
        sql = f"""SELECT d.id, d.cell, d.persona, d.replicate, d.status,
            EXISTS (SELECT 1 FROM draw w WHERE w.dialogue = d.id),
            o.name, o.value, o.parse, o.candidates, o.chosen, o.u
            FROM {table} d LEFT JOIN outcome o ON o.dialogue = d.id AND o.name = ?
            WHERE d.status <> 'planned' AND {where} ORDER BY d.id"""  # noqa: S608
        for row in self.rows(sql, (name, *values)):
            number, index, persona, replicate, status, chained, stored, *rest = row
            measured = None
            if stored is not None:
                who = (number, self._dialogues.cells[index], persona, replicate)
                measured = self._dialogues.one_outcome(name, *who, rest, has_chains=bool(chained))
            yield number, OutcomeRow(index, persona, replicate, status, measured)

    def calls(self, dialogue: int) -> Iterator[Call]:
        """Iterate over the calls of a dialogue with their prompts, in the order they were made."""
        yield from read_calls(self, self.scenario, self.dialogue(dialogue))

    def shared_answers(self, dialogue: int) -> Iterator[tuple[SharedCall, Call | None]]:
        """Iterate over what a dialogue that shares answers has asked; see `--share-prefix`.

        A call is None where another dialogue paid for it.
        """
        yield from shared_answers(self, dialogue)

    @property
    def shares_answers(self) -> bool:
        """Whether dialogues of one persona share answers; see `--share-prefix`."""
        return self.meta.get("share_prefix") is True

    def shares(self) -> Shares | None:
        """Return how many calls were saved by sharing answers; None where none are shared."""
        return shares(self)


def _persona(pid: str, attributes: str, prose: str) -> Persona:
    with reading("persona", id=pid):
        check_row(PERSONA, (attributes, prose))
        return Persona(pid, load_attributes(attributes), prose)


def _endpoint(table: str, row: tuple[Any, ...]) -> tuple[Any, ...]:
    with reading(table, model=row[0]):
        check_row(ENDPOINT, row)
    return row


def _odd_value(columns: Sequence[str], row: tuple[Any, ...]) -> StoredValueError:
    """Say which value of a row of a query no row of a run file gives."""
    at = next(i for i, v in enumerate(row) if isinstance(v, bytes) or v in (INFINITY, -INFINITY))
    rule = "a text" if isinstance(row[at], bytes) else "a finite number"
    where = f" ({columns[0]} {row[0]})" if isinstance(row[0], int) else ""
    return StoredValueError(
        f"{columns[at]} of a row{where} is {quote(repr(row[at]), 40)}, and must be {rule}"
    )


def open_run(
    path: str | Path, *, with_excluded: bool = False, with_branches: bool = False
) -> RunReader:
    """Open a run file for reading; see `RunReader`."""
    return RunReader(path, with_excluded=with_excluded, with_branches=with_branches)
