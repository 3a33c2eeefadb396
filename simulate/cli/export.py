"""`simulate export`."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from simulate.cli.options import Force
from simulate.cli.stop_signals import stop_signals_interrupt
from simulate.errors import InputError
from simulate.terminal.output import long_data_stream, print_json

if TYPE_CHECKING:
    from simulate.runfile import RunReader


class _With(StrEnum):
    """What an export leaves out unless it is asked for."""

    BRANCHES = "branches"
    PROMPTS = "prompts"


def export(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run file.")],
    form: Annotated[
        Literal["jsonl", "csv", "parquet", "convokit"] | None,
        typer.Option(
            "--format",
            help="jsonl (the default) holds everything; csv and parquet a row a dialogue, or with "
            "--tables all tables (csv by default); convokit a corpus, into the folder --out.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where to write; - is stdout, the default."),
    ] = None,
    tables: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Write tidy tables with a codebook: dialogues, turns, candidates, items, calls.",
        ),
    ] = None,
    extra: Annotated[
        list[_With] | None,
        typer.Option(
            "--with",
            help="branches: those of the run too; prompts: with --tables, what models were sent "
            "and wrote.",
        ),
    ] = None,
    force: Force = False,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="With --out or --tables: print one JSON object on stdout."),
    ] = False,
) -> None:
    """Export the dialogues of a run, also while it goes on.

    Example: `simulate export runs/donation.db --tables donation`
    """
    prompts, with_branches = (what in (extra or ()) for what in (_With.PROMPTS, _With.BRANCHES))
    if tables is not None:
        _export_tables(
            run,
            tables,
            form,
            out,
            prompts=prompts,
            with_branches=with_branches,
            force=force,
            as_json=as_json,
        )
        return
    if prompts:
        raise InputError("--with prompts is for the table of calls: give --tables FOLDER too")
    from simulate.files.writing import text_written_aside, written_aside
    from simulate.runfile import (
        export_convokit,
        export_csv,
        export_jsonl,
        export_parquet,
        open_run,
    )
    from simulate.terminal.safe_text import counted

    if out == Path("-"):
        out = None
    if as_json and out is None:
        raise InputError("--json needs --out FILE: stdout is where the export itself would go")
    if form == "parquet" and out is None:
        raise InputError("parquet is binary: give --out FILE")
    if form == "convokit" and out is None:
        raise InputError("a ConvoKit corpus is a folder: give --out FOLDER")
    with open_run(run, with_branches=with_branches) as file, stop_signals_interrupt():
        _tell_of_part(file)
        if out is None:
            with long_data_stream() as stream:
                (export_csv if form == "csv" else export_jsonl)(file, stream)
            return
        if form == "convokit":
            count = export_convokit(file, out, force=force)
        elif form == "parquet":
            with written_aside(out, force=force) as binary:
                count = export_parquet(file, binary)
        else:
            with text_written_aside(out, force=force) as text:
                count = (export_csv if form == "csv" else export_jsonl)(file, text)
    if as_json:
        print_json({"out": str(out), "format": form or "jsonl", "dialogues": count})
    else:
        print(f"{counted(count, 'dialogue')} → {out}", file=sys.stderr)


def _tell_of_part(run: RunReader) -> None:
    from simulate.runfile.shard import part_told

    for told in part_told(run):
        print(told, file=sys.stderr)


def _export_tables(
    run: Path,
    folder: Path,
    form: str | None,
    out: Path | None,
    *,
    prompts: bool,
    with_branches: bool,
    force: bool,
    as_json: bool,
) -> None:
    from simulate.runfile import open_run
    from simulate.runfile.tables import write_tables
    from simulate.terminal.safe_text import counted

    if out is not None:
        raise InputError("--tables names the folder that is written: leave --out out")
    if form not in (None, "csv", "parquet"):
        raise InputError(f"--tables writes csv or parquet, not {form}")
    kind: Literal["csv", "parquet"] = "parquet" if form == "parquet" else "csv"
    with open_run(run, with_branches=with_branches) as file, stop_signals_interrupt():
        _tell_of_part(file)
        counts = write_tables(file, folder, kind, prompts=prompts, force=force)
    if as_json:
        print_json({"tables": str(folder), "format": kind, "rows": counts})
        return
    rows = ", ".join(counted(number, name.removesuffix("s")) for name, number in counts.items())
    print(f"{rows} → {folder} (codebook.md says what each column is)", file=sys.stderr)
