"""`simulate export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

__all__ = ["export"]


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
    import contextlib
    import json
    import sys

    from simulate.errors import InputError
    from simulate.runfile import export_csv, export_jsonl, export_parquet, open_run

    if as_json and out is None:
        raise InputError("--json needs --out FILE: stdout is where the export itself would go")
    if form == "parquet" and out is None:
        raise InputError("parquet is binary: give --out FILE")
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(open_run(run))
        try:
            if form == "parquet" and out is not None:
                count = export_parquet(file, stack.enter_context(out.open("wb")))
            else:
                text = (
                    sys.stdout
                    if out is None
                    else stack.enter_context(out.open("w", encoding="utf-8", newline=""))
                )
                count = (export_csv if form == "csv" else export_jsonl)(file, text)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise InputError(f"{out}: cannot be written: {error.strerror}") from None
    if as_json:
        print(json.dumps({"out": str(out), "format": form, "dialogues": count}))
    elif out is not None:
        print(f"{count} dialogues → {out}", file=sys.stderr)
