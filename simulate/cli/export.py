"""`simulate export`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer

from simulate.errors import InputError


def export(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run file.")],
    form: Annotated[
        Literal["jsonl", "csv", "parquet"],
        typer.Option("--format", help="jsonl holds everything; csv and parquet a row a dialogue."),
    ] = "jsonl",
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to write. Default: stdout.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="With --out: print one JSON object on stdout.")
    ] = False,
) -> None:
    """Export the dialogues of a run, also while it goes on.

    Example: `simulate export runs/donation.db --format csv --out donation.csv`
    """
    from simulate.runfile import export_csv, export_jsonl, export_parquet, open_run

    if as_json and out is None:
        raise InputError("--json needs --out FILE: stdout is where the export itself would go")
    if form == "parquet" and out is None:
        raise InputError("parquet is binary: give --out FILE")
    with open_run(run) as file:
        if out is None:
            (export_csv if form == "csv" else export_jsonl)(file, sys.stdout)
            return
        try:
            with _replacing(out) as path:
                if form == "parquet":
                    with path.open("wb") as binary:
                        count = export_parquet(file, binary)
                else:
                    with path.open("w", encoding="utf-8", newline="") as text:
                        count = (export_csv if form == "csv" else export_jsonl)(file, text)
        except OSError as error:
            raise InputError(f"{out}: cannot be written: {error.strerror}") from None
    if as_json:
        print(json.dumps({"out": str(out), "format": form, "dialogues": count}))
    else:
        print(f"{count} dialogues → {out}", file=sys.stderr)


@contextmanager
def _replacing(out: Path) -> Iterator[Path]:
    """Give a file to write, which takes the place of `out` only once it is whole."""
    if out.exists() and not out.is_file():  # a device or a pipe is written to as it is
        yield out
        return
    part = out.with_name(out.name + ".part")
    try:
        yield part
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
