"""`simulate summary`: what a run says by itself, without human data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from simulate.cli.options import AsJson


def summary(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run file.")],
    outcome: Annotated[str | None, typer.Option(help="Only this outcome.")] = None,
    seed: Annotated[int, typer.Option(help="Of the resampling for intervals.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Summarize outcomes per cell, contrasts of cells, and where the variance comes from.

    Example: `simulate summary runs/donation.db`
    """
    from simulate.comparison.summary import summaries
    from simulate.runfile import open_run
    from simulate.runfile.answered_by import changes_told
    from simulate.runfile.draw_statistics import tail_told

    with open_run(run) as file:
        found = summaries(file, outcome, seed=seed)
        cautions, answered = [*changes_told(file), *tail_told(file)], file.answered_by()
    if as_json:
        outcomes = [each.to_dict() for each in found]
        models = {model: [by._asdict() for by in each] for model, each in answered.items()}
        printed = {"run": str(run), "outcomes": outcomes, "answered_by": models, "notes": cautions}
        print(json.dumps(printed, ensure_ascii=False))
        return
    from simulate.report.summary_table import print_summary
    from simulate.terminal.safe_console import SafeConsole

    print_summary(found, SafeConsole(), cautions)
