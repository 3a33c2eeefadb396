"""Tables as polars and pandas frames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from simulate.errors import RunFileError, quote
from simulate.runfile.tables.column import Column, Table
from simulate.runfile.tables.recorded import RecordedRun
from simulate.runfile.tables.table import TABLES, TableName, rows_of, table_of

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

BATCH = 20_000
"""Rows that are turned into a frame at once."""


def schema_of(table: Table[Any]) -> dict[str, Any]:
    """Return the polars type of each column; levels are those of an Enum, in order."""
    import polars as pl

    plain = {
        "text": pl.String,
        "integer": pl.Int64,
        "number": pl.Float64,
        "yes/no": pl.Int8,
    }
    return {c.name: plain.get(c.kind) or pl.Enum(c.levels) for c in table.columns}


def frame_of(table: Table[Any], rows: list[tuple[Any, ...]]) -> pl.DataFrame:
    """Return rows as a frame; without any it has the same types."""
    import polars as pl

    return pl.DataFrame(rows, schema=schema_of(table), orient="row")


def batches(table: Table[Any], rows: Iterable[tuple[Any, ...]]) -> Iterator[pl.DataFrame]:
    """Iterate over frames of at most 20,000 rows; the last may be empty."""
    kept: list[tuple[Any, ...]] = []
    for row in rows:
        kept.append(row)
        if len(kept) == BATCH:
            yield frame_of(table, kept)
            kept = []
    yield frame_of(table, kept)


def table_frame(run: RecordedRun, name: TableName, *, prompts: bool = False) -> pl.DataFrame:
    """Return a table of a run as a polars frame.

    Raises:
        RunFileError: there is no such table.
    """
    import polars as pl

    table = _table(run, name, prompts=prompts)
    return pl.concat(batches(table, (row for _, row in rows_of(run, [table]))))


def table_pandas(run: RecordedRun, name: TableName, *, prompts: bool = False) -> pd.DataFrame:
    """Return a table of a run as a pandas frame, in types that formulas take.

    Whole numbers that can be missing, and yes and no, are floats; levels are categoricals, ordered
    where they have an order.

    Raises:
        RunFileError: there is no such table.
        ImportError: pandas is not installed.
    """
    try:
        import pandas as pd
    except ImportError:
        raise ImportError(
            "pandas is not installed: install it beside simulate (`pip install pandas`), or take "
            "`to_frame`, which gives a polars frame"
        ) from None
    table = _table(run, name, prompts=prompts)
    frame = table_frame(run, name, prompts=prompts)
    return pd.DataFrame({c.name: _series(c, frame[c.name]) for c in table.columns})


def _series(column: Column[Any], values: pl.Series) -> Any:
    import pandas as pd

    if column.levels:
        levels = list(column.levels)
        return pd.Categorical(values.to_list(), levels, ordered=column.kind == "ordinal")
    if column.kind == "text":
        return pd.Series(values.to_list(), dtype="object")
    if column.kind == "integer" and not column.missing:
        return values.to_numpy()
    return values.cast(float).to_numpy()


def _table(run: RecordedRun, name: str, *, prompts: bool) -> Table[Any]:
    if name not in TABLES:
        raise RunFileError(f"there is no table {quote(name)}; there are: {', '.join(TABLES)}")
    return table_of(run, name, prompts=prompts)
