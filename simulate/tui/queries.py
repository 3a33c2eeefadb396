"""What the views ask of a run file: read-only queries that stay quick at 100,000 dialogues.

A `RunView` has a connection of its own, so that a slow question can be put in another thread with
another `RunView` on the same file, and be broken off with `interrupt`.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from simulate.errors import InputError, RunFileError
from simulate.population import Persona
from simulate.runfile import RunReader
from simulate.tui.filters import NUMBERS, Names, parse, to_sql
from simulate.tui.searching import has_match, has_text

__all__ = [
    "SORTS",
    "DialogueRow",
    "Failure",
    "Order",
    "RunView",
    "Totals",
]

SORTS = {
    "id": "d.id",
    "cell": "d.cell",
    "persona": "d.persona",
    "turns": "d.turns",
    "entropy": NUMBERS["entropy"],
    "tokens": NUMBERS["tokens"],
    "cost": "d.cost_usd",
    "seconds": NUMBERS["seconds"],
    "status": "d.status",
    "fails": NUMBERS["fails"],
}
"""Column to what it is sorted by; an outcome is sorted by its value."""

ROW = f"""SELECT d.id, d.key, d.cell, d.persona, d.replicate, d.status, d.fault, d.error, d.turns,
    {NUMBERS["entropy"]}, d.prompt_tokens, d.completion_tokens, d.cost_usd,
    {NUMBERS["seconds"]}, {NUMBERS["fails"]} FROM dialogue d"""  # noqa: S608
AT_ONCE = 500
"""Dialogues in one question; SQLite allows many thousand placeholders."""


class DialogueRow(NamedTuple):
    """One dialogue as a table shows it.

    Attributes:
        id: its place in the plan, from 0.
        key: a hash of what it is.
        cell: the cell's label.
        persona: the persona's id.
        replicate: the n-th dialogue of the same cell and persona, from 0.
        status: planned, running, completed or failed.
        fault: whose failure it is, where it failed.
        error: why, where it failed.
        turns: how many it has.
        entropy: mean over its drawn turns, in nats; None where none was drawn.
        prompt_tokens: tokens read.
        completion_tokens: tokens written.
        cost_usd: None where it is unknown.
        seconds: from its beginning to its end; None while it goes on.
        fails: how many checks of the speaker under test fail; None where there is no verdict.
        outcomes: value of each outcome of the scenario, None where missing.
    """

    id: int
    key: str
    cell: str
    persona: str
    replicate: int
    status: str
    fault: str | None
    error: str | None
    turns: int
    entropy: float | None
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float | None
    seconds: float | None
    fails: int | None
    outcomes: tuple[Any, ...]

    @property
    def tokens(self) -> int:
        """Tokens read and written."""
        return self.prompt_tokens + self.completion_tokens


@dataclass(frozen=True, slots=True)
class Order:
    """Which dialogues a table shows, and in which order.

    Attributes:
        filter: as it was written in the filter box.
        sort: a key of `SORTS`, or the name of an outcome.
        descending: whether the largest comes first. Missing values always come last.
    """

    filter: str = ""
    sort: str = "id"
    descending: bool = False

    @property
    def plain(self) -> bool:
        """Whether it shows all dialogues in the order of the plan."""
        return not self.filter.strip() and self.sort == "id" and not self.descending


class Totals(NamedTuple):
    """The run as a whole at one moment.

    Attributes:
        planned: dialogues that have not begun; and so on for `running`, `completed`, `failed`.
        turns: committed.
        calls: model calls on file; and their tokens.
        cost_usd: None where it is unknown.
    """

    planned: int
    running: int
    completed: int
    failed: int
    turns: int
    calls: int
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    cost_usd: float | None

    @property
    def dialogues(self) -> int:
        """All dialogues of the plan."""
        return self.planned + self.running + self.completed + self.failed

    @property
    def ended(self) -> int:
        """Those that are completed or failed."""
        return self.completed + self.failed


class Failure(NamedTuple):
    """Failed dialogues of one reason.

    Attributes:
        fault: whose failure it is.
        error: the reason.
        dialogues: how many.
        first: the first of them.
    """

    fault: str
    error: str
    dialogues: int
    first: int


class RunView:
    """A run file as the views see it.

    Args:
        path: the run file.

    Raises:
        RunFileError: there is no such file, it is not a run file, or its schema is newer.
    """

    def __init__(self, path: str | Path) -> None:
        self.reader = RunReader(path)
        self.path = self.reader.path
        connection = self.reader.connection
        connection.create_function("has_text", 2, has_text, deterministic=True)
        connection.create_function("has_match", 2, has_match, deterministic=True)
        self._identity = _identity(self.path)
        try:
            _ = self.reader.scenario  # a file that cannot be read says so now
        except BaseException:
            connection.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self.reader.close()

    def interrupt(self) -> None:
        """Break off a query that another thread is waiting for."""
        self.reader.connection.interrupt()

    def check_still_there(self) -> None:
        """Make sure that the file under this name is still the one that was opened.

        Raises:
            RunFileError: it is gone, or another file has taken its place.
        """
        now = _identity(self.path)
        if now is None:
            raise RunFileError(f"run file {self.path} has been removed while it was open")
        if now != self._identity:
            raise RunFileError(f"run file {self.path} has been replaced by another; open it anew")

    def version(self) -> int:
        """Return a number that changes whenever another process commits to the file."""
        return int(next(self.reader.rows("PRAGMA data_version"))[0])

    @cached_property
    def cells(self) -> tuple[str, ...]:
        """The label of each cell."""
        return tuple(cell.label for cell in self.reader.cells)

    @cached_property
    def outcomes(self) -> tuple[str, ...]:
        """The names of the outcomes."""
        return tuple(self.reader.scenario.outcomes)

    @cached_property
    def names(self) -> Names:
        """What a filter may name; attributes as the first persona has them."""
        first = next(self.reader.rows("SELECT attributes FROM persona ORDER BY position"), None)
        attributes = tuple(json.loads(first[0])) if first else ()
        return Names(self.outcomes, tuple(self.reader.scenario.conditions), attributes)

    def count(self) -> int:
        """Return the number of dialogues of the plan."""
        return int(next(self.reader.rows("SELECT count(*) FROM dialogue"))[0])

    def ids(self, order: Order) -> Sequence[int]:
        """Return the dialogues of a filter in their order.

        Raises:
            InputError: the filter or the sort cannot be used.
        """
        if order.plain:
            return range(self.count())  # the plan numbers its dialogues from 0 without gaps
        where, values = to_sql(parse(order.filter), self.names)
        by = self._sort_sql(order.sort)
        direction = "DESC" if order.descending else "ASC"
        sql = (
            f"SELECT d.id FROM dialogue d WHERE {where} ORDER BY {by} {direction} NULLS LAST, d.id"  # noqa: S608
        )
        if "?" in by:
            values.append(order.sort)
        return array("q", (row[0] for row in self.reader.rows(sql, tuple(values))))

    def check(self, order: Order) -> None:
        """Make sure that a filter and a sort can be used with this run.

        Raises:
            InputError: they cannot.
        """
        to_sql(parse(order.filter), self.names)
        self._sort_sql(order.sort)

    def _sort_sql(self, sort: str) -> str:
        if sort in SORTS:
            return SORTS[sort]
        if sort in self.outcomes:
            number = "(SELECT coalesce(o.number, o.value) FROM outcome o"
            return f"{number} WHERE o.dialogue = d.id AND o.name = ?)"
        known = ", ".join([*SORTS, *self.outcomes])
        raise InputError(f"there is no column “{sort}” to sort by; there are: {known}")

    def rows(self, ids: Sequence[int]) -> list[DialogueRow]:
        """Return dialogues by their ids, in the order of the ids; unknown ids are left out."""
        found: dict[int, DialogueRow] = {}
        for start in range(0, len(ids), AT_ONCE):
            some = tuple(ids[start : start + AT_ONCE])
            marks = ", ".join("?" * len(some))
            measured: dict[int, dict[str, Any]] = {}
            sql = f"SELECT dialogue, name, value FROM outcome WHERE dialogue IN ({marks})"  # noqa: S608
            for dialogue, name, value in self.reader.rows(sql, some):
                measured.setdefault(dialogue, {})[name] = (
                    None if value is None else json.loads(value)
                )
            sql = f"{ROW} WHERE d.id IN ({marks})"
            for number, key, cell, *rest in self.reader.rows(sql, some):
                values = measured.get(number, {})
                outcomes = tuple(values.get(name) for name in self.outcomes)
                found[number] = DialogueRow._make((number, key, self.cells[cell], *rest, outcomes))
        return [found[number] for number in ids if number in found]

    def dialogue(self, number: int) -> DialogueRow | None:
        """Return one dialogue, or None if the plan has no such one."""
        return next(iter(self.rows([number])), None)

    def find_dialogue(self, name: str) -> int:
        """Return the id of the dialogue that a number, a key or the beginning of a key names.

        Raises:
            InputError: there is none, or there are several.
        """
        sql = "SELECT id FROM dialogue WHERE ? IN (key, CAST(id AS TEXT)) ORDER BY id"
        hits = [row[0] for row in self.reader.rows(sql, (name,))]
        if not hits and len(name) >= 4:
            sql = "SELECT id FROM dialogue WHERE substr(key, 1, ?) = ? LIMIT 2"
            hits = [row[0] for row in self.reader.rows(sql, (len(name), name))]
        if len(hits) == 1:
            return int(hits[0])
        if hits:
            raise InputError(f"--dialogue {name} names several dialogues; write more of the key")
        raise InputError(
            f"{self.path} has no dialogue “{name}”; give its number, 0 to {self.count() - 1:,}, "
            "or its key"
        )

    def totals(self) -> Totals:
        """Return counts and usage of the whole run."""
        status = dict(self.reader.rows("SELECT status, count(*) FROM dialogue GROUP BY status"))
        sql = """SELECT coalesce(sum(turns), 0), coalesce(sum(calls), 0),
            coalesce(sum(prompt_tokens), 0), coalesce(sum(cached_tokens), 0),
            coalesce(sum(completion_tokens), 0), sum(cost_usd) FROM dialogue"""
        counts = [status.get(s, 0) for s in ("planned", "running", "completed", "failed")]
        return Totals(*counts, *next(self.reader.rows(sql)))

    def persona(self, pid: str) -> Persona:
        """Return one persona without reading the others."""
        sql = "SELECT attributes, prose FROM persona WHERE id = ?"
        attributes, prose = next(self.reader.rows(sql, (pid,)), ("{}", ""))
        return Persona(pid, json.loads(attributes), prose)

    def dialogues_of(self, persona: str) -> list[DialogueRow]:
        """Return the dialogues of one persona, at most 500."""
        sql = "SELECT id FROM dialogue WHERE persona = ? ORDER BY id LIMIT 500"
        return self.rows([row[0] for row in self.reader.rows(sql, (persona,))])

    def failures(self) -> list[Failure]:
        """Return the reasons of failed dialogues, most frequent first."""
        sql = """SELECT fault, error, count(*), min(id) FROM dialogue WHERE status = 'failed'
            GROUP BY fault, error ORDER BY count(*) DESC, fault, error"""
        return [Failure(*row) for row in self.reader.rows(sql)]

    def failed(self, fault: str, error: str, most: int = AT_ONCE) -> list[int]:
        """Return the dialogues that failed for one reason."""
        sql = """SELECT id FROM dialogue WHERE status = 'failed' AND fault = ? AND error = ?
            ORDER BY id LIMIT ?"""
        return [row[0] for row in self.reader.rows(sql, (fault, error, most))]

    def next_failed(self, after: int, step: int = 1) -> int | None:
        """Return the next failed dialogue after (or, with step -1, before) one; round the end."""
        compare, direction = (">", "ASC") if step > 0 else ("<", "DESC")
        start = "SELECT id FROM dialogue WHERE status = 'failed'"
        end = f"ORDER BY id {direction} LIMIT 1"
        for sql, values in (
            (f"{start} AND id {compare} ? {end}", (after,)),
            (f"{start} {end}", ()),
        ):
            for row in self.reader.rows(sql, values):
                return int(row[0])
        return None

    def unread(self, dialogue: int) -> list[tuple[str | None, str]]:
        """Return raw text and problem of the calls of a dialogue that could not be used."""
        sql = "SELECT raw, problem FROM call WHERE dialogue = ? AND problem IS NOT NULL ORDER BY id"
        return [(raw, problem) for raw, problem in self.reader.rows(sql, (dialogue,))]


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_dev, stat.st_ino
