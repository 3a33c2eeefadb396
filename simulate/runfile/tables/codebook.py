"""The codebook of tables: what each variable is, for programs (CSV) and for people (Markdown)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from simulate.runfile.meta import attack_told, shared_data_told
from simulate.runfile.tables.column import Column, Table
from simulate.runfile.tables.recorded import RecordedRun
from simulate.terminal.markdown import plain_text
from simulate.terminal.markdown import table as markdown_table

TYPES = {
    "yes/no": "yes/no (1 = yes, 0 = no)",
    "category": "category (no order)",
    "ordinal": "ordinal (levels in order)",
}
MOST_SHOWN = 12
"""Levels that one line names; `levels.csv` has all."""


def codebook_rows(tables: Sequence[Table[Any]]) -> Iterator[tuple[str, ...]]:
    """Iterate over one row a variable: table, variable, label, type, unit, levels, …"""
    for table in tables:
        for c in table.columns:
            yield (
                table.name,
                c.name,
                c.label,
                TYPES.get(c.kind, c.kind),
                c.unit or "",
                _levels(c),
                f"missing where {c.missing}" if c.missing else "never missing",
                c.source,
                c.question,
                c.original,
            )


HEADER = (
    "table", "variable", "label", "type", "unit", "levels", "missing", "source", "question",
    "name_in_run",
)  # fmt: skip
LEVELS_HEADER = ("table", "variable", "position", "level", "number")


def levels_rows(tables: Sequence[Table[Any]]) -> Iterator[tuple[Any, ...]]:
    """Iterate over one row a level: table, variable, place from 1, level, its number or None."""
    for table in tables:
        for c in table.columns:
            for at, level in enumerate(c.levels):
                yield table.name, c.name, at + 1, level, c.numbers[at] if c.numbers else None


def _levels(column: Column[Any]) -> str:
    shown = column.levels[:MOST_SHOWN]
    numbers = column.numbers
    told = [f"{level} = {numbers[at]:g}" if numbers else level for at, level in enumerate(shown)]
    more = len(column.levels) - len(shown)
    return " | ".join(told) + (f" | and {more:,} more" if more else "")


def codebook_markdown(
    run: RecordedRun, tables: Sequence[Table[Any]], counts: Mapping[str, int]
) -> str:
    """Return the codebook for people.

    Args:
        run: the run file.
        tables: in order.
        counts: rows of each.
    """
    scenario = run.scenario
    parts = [
        f"# Codebook of run {_text(run.run_id)}",
        f"Scenario {_text(': '.join(filter(None, (scenario.name, scenario.title))))}",
        "The people in these tables are simulated: a model wrote what they say, and no person was "
        "observed. `dialogue` joins the tables. Cluster standard errors by `cluster`, the person "
        "behind a persona. An empty value is missing; yes is 1 and no is 0.",
    ]  # fmt: skip
    if (shared := shared_data_told(run.meta)) is not None:
        parts.append(f"Data of people that left the machine: {_text(shared)}.")
    if (attack := attack_told(run.meta)) is not None:
        parts.append(_text(attack))
    for table in tables:
        number = counts[table.name]
        parts.append(f"## {table.name}\n\nA row is {table.row}. Rows: {number:,}.")
        rows = [
            (
                f"`{c.name}`",
                _text(c.label),
                TYPES.get(c.kind, c.kind),
                _text(_levels(c) or c.unit or ""),
                _text(c.missing) or "never",
                _text(c.source),
            )
            for c in table.columns
        ]
        head = ("variable", "label", "type", "levels or unit", "missing", "from")
        parts.append(markdown_table(head, rows))
        parts += [f"`{c.name}`: “{_text(c.question)}”" for c in table.columns if c.question]
    return "\n\n".join(parts) + "\n"


def _text(text: str) -> str:
    return plain_text(text, None)
