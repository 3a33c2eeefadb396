"""Columns of a table: what each holds, under a name that R, formulas in Python and SQL can read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Generic, Literal, TypeVar

from simulate.errors import first_of, quote
from simulate.runfile.dialogue import Dialogue

R = TypeVar("R")

Kind = Literal["text", "integer", "number", "yes/no", "category", "ordinal"]
"""`yes/no` is written as 1 and 0, which every program takes as a number; `category` and `ordinal`
have levels, those of the latter in order."""

LARGEST = 2**63 - 1
_OTHERS = re.compile(r"[^A-Za-z0-9]+")


@dataclass(frozen=True)
class Column(Generic[R]):
    """One column of a table whose rows are made from records of type `R`.

    Attributes:
        name: of the column; a table makes it safe.
        label: what it holds, in words.
        value: returns the value for a record; None where it is missing.
        kind: its type.
        missing: when it is missing; empty for never.
        unit: of a number.
        levels: the words of a category or ordinal.
        numbers: what each level counts in a mean; empty for nothing.
        source: where it is declared, such as `outcomes.donation`.
        question: what was asked, or looked for, as the scenario has it.
        original: its name in the run, where that is another.
    """

    name: str
    label: str
    value: Callable[[R], Any]
    kind: Kind = "text"
    missing: str = ""
    unit: str | None = None
    levels: tuple[str, ...] = ()
    numbers: tuple[float, ...] = ()
    source: str = ""
    question: str = ""
    original: str = ""


@dataclass(frozen=True)
class Table(Generic[R]):
    """A table. Made with `of`.

    Attributes:
        name: of the table, and of its file.
        row: what a row is.
        columns: in order, with names that are safe and differ.
        records: returns the records of a dialogue, one a row.
    """

    name: str
    row: str
    columns: tuple[Column[R], ...]
    records: Callable[[Dialogue], Iterable[R]]

    @classmethod
    def of(
        cls,
        name: str,
        row: str,
        columns: Sequence[Column[R]],
        records: Callable[[Dialogue], Iterable[R]],
    ) -> Table[R]:
        """Make a table whose columns have safe names."""
        names = safe_names([column.name for column in columns])
        safe = [replace(c, name=n) for c, n in zip(columns, names, strict=True)]
        return cls(name, row, tuple(safe), records)

    @cached_property
    def _values(self) -> list[Callable[[R], Any]]:
        return [_checked(column) for column in self.columns]

    def rows(self, dialogue: Dialogue) -> Iterator[tuple[Any, ...]]:
        """Iterate over the rows of a dialogue.

        Raises:
            ValueError: a value is none that its column can hold.
        """
        values = self._values
        for record in self.records(dialogue):
            yield tuple([value(record) for value in values])


def _checked(column: Column[R]) -> Callable[[R], Any]:
    """Return what gives the value of a column, and refuses what is no level, or no whole number."""
    value, levels = column.value, frozenset(column.levels)
    if not levels and column.kind != "integer":
        return value

    def checked(record: R) -> Any:
        found = value(record)
        if found is None or (found in levels if levels else -LARGEST <= found <= LARGEST):
            return found
        must_be = f"one of {first_of(column.levels)}" if levels else f"within ±{LARGEST:,}"
        raise ValueError(f"{column.name} is {quote(str(found), 40)}, and must be {must_be}")

    return checked


def safe_names(names: Sequence[str]) -> list[str]:
    """Return names of ASCII letters, digits and underscores that differ in more than case.

    All begin with a word of ours, such as `outcome_`, so that none is a reserved word. Where two
    become one, the second ends in `_2`.
    """
    found: list[str] = []
    taken: set[str] = set()
    for name in names:
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
        safe = other = _OTHERS.sub("_", plain).strip("_")
        number = 1
        while other.casefold() in taken:
            number += 1
            other = f"{safe}_{number}"
        taken.add(other.casefold())
        found.append(other)
    return found
