"""Write tables into a folder, dialogue by dialogue, so that a large run takes little memory."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from simulate.errors import InputError
from simulate.files.spreadsheets import harmless
from simulate.files.writing import made_folder, refuse_if_there, text_written_aside, written_aside
from simulate.runfile.tables.codebook import (
    HEADER,
    LEVELS_HEADER,
    codebook_markdown,
    codebook_rows,
    levels_rows,
)
from simulate.runfile.tables.column import Table
from simulate.runfile.tables.frames import BATCH, frame_of
from simulate.runfile.tables.recorded import RecordedRun
from simulate.runfile.tables.table import TABLES, rows_of, table_of

if TYPE_CHECKING:
    import polars as pl

TableFormat = Literal["csv", "parquet"]
CODEBOOK = ("codebook.csv", "codebook.md", "levels.csv")


class _Sink:
    """Collects the rows of a table, and hands them on as frames."""

    def __init__(self, table: Table[Any], write: Callable[[pl.DataFrame], None]) -> None:
        self.table, self.write = table, write
        self.count = 0
        self._kept: list[tuple[Any, ...]] = []

    def add(self, row: tuple[Any, ...]) -> None:
        self._kept.append(row)
        if len(self._kept) == BATCH:
            self.flush()

    def flush(self) -> None:
        self.write(frame_of(self.table, self._kept))
        self.count += len(self._kept)
        self._kept = []


def write_tables(
    run: RecordedRun,
    folder: Path,
    form: TableFormat = "csv",
    *,
    prompts: bool = False,
    force: bool = False,
) -> dict[str, int]:
    """Write all tables of a run with their codebook into a folder, which is made.

    In CSV, a text that a spreadsheet would take for a formula gets an apostrophe before it.

    Args:
        run: the run file.
        folder: where `dialogues.csv`, …, `codebook.csv`, `codebook.md` and `levels.csv` come.
        form: of the tables; the codebook is always CSV and Markdown.
        prompts: whether `calls` has prompts and what models wrote.
        force: whether files that are there are replaced.

    Returns:
        How many rows each table has.

    Raises:
        InputError: a file is there already, or cannot be written.
    """
    made_folder(folder)
    tables = [table_of(run, name, prompts=prompts) for name in TABLES]
    if not force:
        for name in CODEBOOK:
            refuse_if_there(folder / name)
    to_file = _csv if form == "csv" else _parquet
    with ExitStack() as files:
        sinks = [
            files.enter_context(to_file(folder / f"{table.name}.{form}", table, force))
            for table in tables
        ]
        for place, row in rows_of(run, tables):
            sinks[place].add(row)
        for sink in sinks:
            sink.flush()
        counts = {sink.table.name: sink.count for sink in sinks}
        _write_codebook(run, folder, tables, counts, force=force)
    return counts


def _write_codebook(
    run: RecordedRun,
    folder: Path,
    tables: list[Table[Any]],
    counts: dict[str, int],
    *,
    force: bool,
) -> None:
    import polars as pl

    for name, header, rows in (
        ("codebook.csv", HEADER, codebook_rows(tables)),
        ("levels.csv", LEVELS_HEADER, levels_rows(tables)),
    ):
        types = dict.fromkeys(header, pl.String) | (
            {"position": pl.Int64, "number": pl.Float64} if "position" in header else {}
        )
        frame = pl.DataFrame(list(rows), schema=types, orient="row")
        with written_aside(folder / name, force=force) as out:
            out.write(_as_csv(frame, header=True))
    with text_written_aside(folder / "codebook.md", force=force) as text:
        text.write(codebook_markdown(run, tables, counts))


@contextmanager
def _csv(path: Path, table: Table[Any], force: bool) -> Iterator[_Sink]:
    with written_aside(path, force=force) as out:

        def write(frame: pl.DataFrame) -> None:
            out.write(_as_csv(frame, header=sink.count == 0))

        sink = _Sink(table, write)
        yield sink


def _as_csv(frame: pl.DataFrame, *, header: bool) -> memoryview:
    written = io.BytesIO()  # an error of the disk stays an error of the disk
    harmless(frame).write_csv(written, include_header=header)
    return written.getbuffer()


@contextmanager
def _parquet(path: Path, table: Table[Any], force: bool) -> Iterator[_Sink]:
    """Write parts beside the file, since Parquet is written whole; then join them."""
    import polars as pl

    with (
        written_aside(path, force=force) as out,
        tempfile.TemporaryDirectory(dir=path.parent, prefix=".simulate-") as parts,
    ):
        written: list[Path] = []

        def write(frame: pl.DataFrame) -> None:
            if len(frame) or not written:
                written.append(Path(parts, f"{len(written):06}.parquet"))
                with _told(path):
                    frame.write_parquet(written[-1])

        yield _Sink(table, write)
        with _told(path):
            pl.scan_parquet(written).sink_parquet(out)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Tell what polars cannot write."""
    import polars as pl

    try:
        yield
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError(f"{path}: cannot be written: {error}") from None
