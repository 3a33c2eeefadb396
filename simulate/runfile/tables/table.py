"""The tables that a run has, by name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, get_args

from simulate.runfile.corruption import damage_told
from simulate.runfile.tables.calls import calls
from simulate.runfile.tables.column import Table
from simulate.runfile.tables.dialogues import dialogues
from simulate.runfile.tables.items import items
from simulate.runfile.tables.recorded import RecordedRun
from simulate.runfile.tables.turns import candidates, turns

TableName = Literal["dialogues", "turns", "candidates", "items", "calls"]
TABLES: tuple[TableName, ...] = get_args(TableName)


@damage_told
def table_of(run: RecordedRun, name: TableName, *, prompts: bool = False) -> Table[Any]:
    """Return one table of a run.

    Args:
        run: the run file.
        name: of the table.
        prompts: see `calls`.
    """
    if name == "calls":
        return calls(run, prompts=prompts)
    makers: dict[str, Any] = {
        "dialogues": dialogues,
        "turns": turns,
        "candidates": candidates,
        "items": items,
    }
    found: Table[Any] = makers[name](run)
    return found


@damage_told
def rows_of(
    run: RecordedRun, tables: Sequence[Table[Any]]
) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Iterate over the rows of tables, dialogue by dialogue, each after the table's place.

    Raises:
        RunFileError: a value on file cannot be.
    """
    for dialogue in run.read():
        for place, table in enumerate(tables):
            for row in table.rows(dialogue):
                yield place, row
