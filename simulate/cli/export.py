"""`simulate export`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from simulate.cli.options import Force
from simulate.cli.stop_signals import stop_signals_interrupt
from simulate.errors import InputError
from simulate.terminal.output import long_data_stream, print_json


def export(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run file.")],
    form: Annotated[
        Literal["jsonl", "csv", "parquet"],
        typer.Option("--format", help="jsonl holds everything; csv and parquet a row a dialogue."),
    ] = "jsonl",
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where to write; - is stdout, the default."),
    ] = None,
    force: Force = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="With --out: print one JSON object on stdout.")
    ] = False,
) -> None:
    """Export the dialogues of a run, also while it goes on.

    Example: `simulate export runs/donation.db --format csv --out donation.csv`
    """
    from simulate.files.writing import text_written_aside, written_aside
    from simulate.runfile import export_csv, export_jsonl, export_parquet, open_run
    from simulate.terminal.safe_text import counted

    if out == Path("-"):
        out = None
    if as_json and out is None:
        raise InputError("--json needs --out FILE: stdout is where the export itself would go")
    if form == "parquet" and out is None:
        raise InputError("parquet is binary: give --out FILE")
    with open_run(run) as file, stop_signals_interrupt():
        if out is None:
            with long_data_stream() as stream:
                (export_csv if form == "csv" else export_jsonl)(file, stream)
            return
        if form == "parquet":
            with written_aside(out, force=force) as binary:
                count = export_parquet(file, binary)
        else:
            with text_written_aside(out, force=force) as text:
                count = (export_csv if form == "csv" else export_jsonl)(file, text)
    if as_json:
        print_json({"out": str(out), "format": form, "dialogues": count})
    else:
        print(f"{counted(count, 'dialogue')} → {out}", file=sys.stderr)
