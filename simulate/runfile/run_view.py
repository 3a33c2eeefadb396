"""A run file that is open to be looked at: queries that stay quick at 100,000 dialogues.

A `RunView` has a connection of its own, so that a slow query can run in another thread with
another `RunView` on the same file, and be stopped with `interrupt`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from simulate.errors import InputError, RunFileError, quote
from simulate.runfile.branches import next_number
from simulate.runfile.corruption import damage_told, reading
from simulate.runfile.dialogue_list import DialogueRow, Order, dialogue_rows, ordered_ids
from simulate.runfile.filter_sql import Names
from simulate.runfile.json_columns import load_attributes
from simulate.runfile.reader import RunReader
from simulate.scenario import DOES_NOT_APPLY, Answer
from simulate.scenario.applicability import NOT_APPLICABLE


class RunView:
    """A run file as the views see it.

    Args:
        path: the run file.
        checked: see `RunReader`.

    Raises:
        RunFileError: see `RunReader`.
    """

    def __init__(self, path: str | Path, *, checked: bool = False) -> None:
        self.reader = RunReader(path, checked=checked)
        self.path = self.reader.path
        self._identity = _identity(self.path)
        try:
            _ = self.reader.scenario  # a file that cannot be read says so now
        except BaseException:
            self.reader.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self.reader.close()

    def interrupt(self) -> None:
        """Stop a query that another thread is waiting for."""
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
    def users(self) -> tuple[str, ...]:
        """The speakers that a simulated person plays in some cell."""
        speakers = (each for cell in self.reader.cells for each in cell.speakers.items())
        return tuple(dict.fromkeys(name for name, each in speakers if each.plays == "user"))

    @cached_property
    def outcomes(self) -> tuple[str, ...]:
        """The names of the outcomes; those that the study is about come first."""
        return self.reader.scenario.outcomes_by_interest

    @cached_property
    @damage_told
    def names(self) -> Names:
        """What a filter may name; attributes as the first persona has them."""
        sql = """SELECT attributes FROM persona WHERE position >= 0
            ORDER BY position LIMIT 1"""
        first = next(self.reader.rows(sql), None)
        with reading("persona", position="the first"):
            attributes = tuple(load_attributes(first[0])) if first else ()
        factors = tuple(each.name for each in self.reader.scenario.factors)
        return Names(self.outcomes, factors, attributes)

    def count(self) -> int:
        """Return the number of dialogues of the plan."""
        return int(next(self.reader.rows("SELECT count(*) FROM dialogue"))[0])

    def highest(self) -> int:
        """Return the highest number of a dialogue of the plan."""
        return int(next(self.reader.rows("SELECT coalesce(max(id), 0) FROM dialogue"))[0])

    def ids(self, order: Order) -> Sequence[int]:
        """Return the dialogues of a filter in their order.

        Raises:
            InputError: the filter or the sort cannot be used.
        """
        if order.plain and (count := self.count()) == next_number(self.reader):
            return range(count)  # numbered from 0 without gaps
        return ordered_ids(self.reader, order, self.names)

    def check(self, order: Order) -> None:
        """Make sure that a filter and a sort can be used with this run.

        Raises:
            InputError: they cannot.
        """
        order.sql(self.names)

    def dialogues(self, ids: Sequence[int]) -> list[DialogueRow]:
        """Return dialogues by their ids, in the order of the ids; unknown ids are left out."""
        return dialogue_rows(self.reader, ids, self.cells, self.outcomes, self.users)

    def rule_of(self, row: DialogueRow) -> str | None:
        """Return the rule of the scenario that leaves a dialogue out; None for none."""
        scenario = self.reader.scenario
        if row.status != "completed" or not scenario.exclude:
            return None
        return scenario.excluded(
            {
                name: NOT_APPLICABLE if value == DOES_NOT_APPLY else Answer(value)
                for name, value in zip(self.outcomes, row.outcomes, strict=True)
            }
        )

    def dialogue(self, number: int) -> DialogueRow | None:
        """Return one dialogue, or None if the plan has no such one."""
        return next(iter(self.dialogues([number])), None)

    def find_dialogue(self, name: str) -> int:
        """Return the id of the dialogue that a name names; see `find_dialogue`."""
        return find_dialogue(self.reader, name)

    def dialogues_of(self, persona: str) -> list[DialogueRow]:
        """Return the dialogues of one persona, at most 500."""
        sql = "SELECT id FROM dialogue WHERE persona = ? ORDER BY id LIMIT 500"
        return self.dialogues([row[0] for row in self.reader.rows(sql, (persona,))])


def find_dialogue(run: RunReader, name: str) -> int:
    """Return the id of the dialogue that a number, a key or the beginning of a key names.

    It may be a branch.

    Raises:
        InputError: there is none, or there are several.
    """
    sql = "SELECT id FROM main.dialogue WHERE ? IN (key, CAST(id AS TEXT)) ORDER BY id"
    could_be = name.isascii()  # an argument need not be Unicode
    hits = [row[0] for row in run.rows(sql, (name,))] if could_be else []
    if not hits and could_be and len(name) >= 4:
        sql = "SELECT id FROM main.dialogue WHERE substr(key, 1, ?) = ? LIMIT 2"
        hits = [row[0] for row in run.rows(sql, (len(name), name))]
    if len(hits) == 1:
        return int(hits[0])
    if hits:
        raise InputError(f"dialogue {name} names several dialogues; write more of the key")
    ends = next(run.rows("SELECT coalesce(min(id), 0), coalesce(max(id), 0) FROM dialogue"))
    raise InputError(
        f"{run.path} has no dialogue {quote(name)}; give its number, {ends[0]:,} to {ends[1]:,}, "
        "or its key"
    )


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_dev, stat.st_ino
