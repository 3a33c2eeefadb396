"""The dialogues of a run as a table shows them: which, in what order, and one row for each."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from simulate.errors import InputError
from simulate.runfile.corruption import damage_told, reading
from simulate.runfile.filter import parse_filter
from simulate.runfile.filter_sql import NUMBERS, Names, to_sql
from simulate.runfile.json_columns import load_value
from simulate.runfile.query import Queryable

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

SAID = 200
"""Characters that are read of what was said."""

AT_ONCE = 500
"""Dialogues in one query; SQLite allows many thousand placeholders."""


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
        said: how the last turn of a simulated user begins; None where there is none.
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
    said: str | None = None

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

    def sql(self, names: Names) -> tuple[str, tuple[Any, ...]]:
        """Return the query of the ids of its dialogues, and the values of the query.

        Raises:
            InputError: the filter or the sort cannot be used.
        """
        where, values = to_sql(parse_filter(self.filter), names)
        if self.sort in SORTS:
            by = SORTS[self.sort]
        elif self.sort in names.outcomes:
            by = """(SELECT coalesce(o.number, o.value) FROM outcome o
                WHERE o.dialogue = d.id AND o.name = ?)"""
            values.append(self.sort)
        else:
            known = ", ".join([*SORTS, *names.outcomes])
            raise InputError(f"there is no column “{self.sort}” to sort by; there are: {known}")
        direction = "DESC" if self.descending else "ASC"
        return (
            f"SELECT d.id FROM dialogue d WHERE {where} ORDER BY {by} {direction} NULLS LAST, d.id",  # noqa: S608
            tuple(values),
        )


def ordered_ids(run: Queryable, order: Order, names: Names) -> array[int]:
    """Return the dialogues of an order, by their place in the plan.

    Raises:
        InputError: the filter or the sort cannot be used.
    """
    return array("q", (row[0] for row in run.rows(*order.sql(names))))


@damage_told
def dialogue_rows(
    run: Queryable,
    ids: Sequence[int],
    cells: Sequence[str],
    outcomes: Sequence[str],
    users: Sequence[str] = (),
) -> list[DialogueRow]:
    """Return dialogues by their ids, in the order of the ids; unknown ids are left out.

    Args:
        run: the run.
        ids: of the dialogues.
        cells: the labels of all cells.
        outcomes: whose values are read.
        users: the speakers of whom it is read what they said last.
    """
    found: dict[int, DialogueRow] = {}
    for start in range(0, len(ids), AT_ONCE):
        some = tuple(ids[start : start + AT_ONCE])
        marks = ", ".join("?" * len(some))
        measured: dict[int, dict[str, Any]] = {}
        sql = f"SELECT dialogue, name, value FROM outcome WHERE dialogue IN ({marks})"  # noqa: S608
        for dialogue, name, value in run.rows(sql, some):
            with reading("outcome", dialogue=dialogue, name=name):
                read = None if value is None else load_value(value)
            measured.setdefault(dialogue, {})[name] = read
        sql = f"""SELECT d.id, d.key, d.cell, d.persona, d.replicate, d.status, d.fault, d.error,
            d.turns, {NUMBERS["entropy"]}, d.prompt_tokens, d.completion_tokens, d.cost_usd,
            {NUMBERS["seconds"]}, {NUMBERS["fails"]}, (SELECT substr(t.text, 1, {SAID})
            FROM turn t WHERE t.dialogue = d.id AND t.speaker IN ({", ".join("?" * len(users))})
            ORDER BY t.position DESC LIMIT 1)
            FROM main.dialogue d WHERE d.id IN ({marks})"""  # noqa: S608
        for number, key, cell, *rest, said in run.rows(sql, (*users, *some)):
            values = measured.get(number, {})
            of = tuple(values.get(name) for name in outcomes)
            found[number] = DialogueRow._make((number, key, cells[cell], *rest, of, said))
    return [found[number] for number in ids if number in found]
