"""Which column of a table says what, and what one row of it is: a person, a dialogue, a turn.

An estimate that takes rows for people where they are turns or candidates is wrong without a sign of
it. So a table in which people or dialogues evidently repeat is refused until the column that tells
them apart is named.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace

from simulate.errors import ReferenceDataError, quote
from simulate.files.tables import Reading, Table

NONE = "none"
"""Named as the column of personas or dialogues: each row is another one."""

PEOPLE = frozenset(
    {
        *("participant", "persona", "person", "pid", "player", "prolificpid", "respondent"),
        *("subject", "user", "worker"),
    }
)
DIALOGUES = frozenset(
    {"chat", "conversation", "dialog", "dialogue", "dyad", "id", "interview", "session"}
)
TURN = "turn"

_NUMBER_OF = re.compile(r"(?:id|ids|no|nr|num|number|code|key|uuid|index)$")


@dataclass(frozen=True)
class TableColumns:
    """What the user says of the columns of a table."""

    value: str | None = None
    """The column of values; a table of one column needs no name."""
    persona: str | None = None
    """Who gave each value; `none` where each row is another person."""
    dialogue: str | None = None
    """To which dialogue each row belongs; `none` where each row is another one."""
    weight: str | None = None
    """Weights ≥ 0: of the candidates of a dialogue that has several rows, else of dialogues."""
    missing: tuple[str, ...] = ()
    """Texts and numbers that stand for a missing value; see `simulate.reference.missing_codes`."""
    reading: Reading = field(default_factory=Reading)
    """How the file is to be read."""

    @property
    def persona_column(self) -> str | None:
        """The column of personas, where there is one."""
        return None if self.persona == NONE else self.persona

    @property
    def dialogue_column(self) -> str | None:
        """The column of dialogues, where there is one."""
        return None if self.dialogue == NONE else self.dialogue

    @property
    def named(self) -> tuple[str, ...]:
        """The columns that tell rows apart or weigh them."""
        named = (self.persona_column, self.dialogue_column, self.weight)
        return tuple(column for column in named if column is not None)

    def among(self, columns: Collection[str]) -> TableColumns:
        """Return what is said of those columns that another table has, too."""
        return replace(
            self,
            persona=self.persona if self.persona in (NONE, *columns) else None,
            dialogue=self.dialogue if self.dialogue in (NONE, *columns) else None,
            weight=self.weight if self.weight in columns else None,
        )


def check_units(table: Table, columns: TableColumns) -> None:
    """Refuse a table whose rows are evidently not what they would be taken for.

    Raises:
        ReferenceDataError: a column that is not named looks like people or dialogues that repeat.
    """
    if columns.persona == NONE and columns.dialogue is None:
        return
    taken = {columns.value, *columns.named}
    for column, about in table.columns.items():
        if column in taken or any(isinstance(cell, list | dict) for cell in about.cells):
            continue
        if columns.persona is None and _is_called(column, PEOPLE):
            if not _repeats(table, column, per=columns.dialogue_column):
                continue
            what = (
                "person; name it with --persona-column, or with --dialogue-column where they are "
                "one dialogue; --persona-column none says that each row is another person"
            )
        elif columns.dialogue is None and _is_called(column, DIALOGUES | {TURN}):
            repeated = _repeats(table, column, beside=columns.persona_column)
            if not repeated and not _is_called(column, {TURN}):
                continue
            what = (
                "dialogue; name the column that tells dialogues apart with --dialogue-column; "
                "--dialogue-column none says that each row is another dialogue"
            )
        else:
            continue
        raise ReferenceDataError(
            f"{table.path}: column {quote(column)} says that several rows are of one {what}"
        )


def _is_called(column: str, words: Collection[str]) -> bool:
    """Tell whether a column is called by one of some words: `Persona_ID` by `persona`."""
    bare = re.sub(r"[\W_]", "", column.casefold())
    return bare in words or _NUMBER_OF.sub("", bare) in words


def _repeats(
    table: Table, column: str, *, per: str | None = None, beside: str | None = None
) -> bool:
    """Tell whether a value of a column comes twice.

    Args:
        table: the table.
        column: its column; empty cells do not count.
        per: count a value once for each value of this column.
        beside: take it together with the value of this column.
    """
    values = table.texts(column)
    others = table.texts(beside) if beside else values
    keys = list(zip(others, values, strict=True))
    units = table.texts(per) if per else list(map(str, range(table.rows)))
    counted = {(key, unit) for key, unit in zip(keys, units, strict=True) if key[1]}
    return len({key for key, _ in counted}) < len(counted)
