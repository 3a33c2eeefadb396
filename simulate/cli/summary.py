"""`simulate summary`: what a run says by itself, without human data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulate.cli.options import AsJson, RandomSeed, WithExcluded
from simulate.terminal.output import print_json


def summary(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run file.")],
    outcome: Annotated[str | None, typer.Option(help="Only this outcome.")] = None,
    with_excluded: WithExcluded = False,
    seed: RandomSeed = 0,
    as_json: AsJson = False,
) -> None:
    """Summarize outcomes per cell, contrasts, where the variance comes from, and how talks ended.

    Example: `simulate summary runs/donation.db`
    """
    from simulate.comparison.reliability import reliabilities
    from simulate.comparison.summary import summaries
    from simulate.runfile import open_run
    from simulate.runfile.answered_by import changes_told
    from simulate.runfile.draw_statistics import tail_told
    from simulate.runfile.exclusions import exclusions_told
    from simulate.runfile.talk_endings import endings_told, speaker_lines_told, talks_dict

    with open_run(run, with_excluded=with_excluded) as file:
        found = summaries(file, outcome, seed=seed)
        cautions = [
            *exclusions_told(file),
            *changes_told(file),
            *tail_told(file),
            *speaker_lines_told(file),
        ]
        scales = reliabilities(file)
        answered, endings, talks = file.answered_by(), endings_told(file), talks_dict(file)
    if as_json:
        outcomes = [each.to_dict() for each in found]
        models = {model: [by._asdict() for by in each] for model, each in answered.items()}
        printed = {"run": str(run), "outcomes": outcomes, "answered_by": models, "notes": cautions}
        alphas = {"reliability": [each.to_dict() for each in scales]} if scales else {}
        print_json(printed | alphas | talks)
        return
    from simulate.report.summary_table import print_summary
    from simulate.terminal.safe_console import SafeConsole

    print_summary(found, SafeConsole(), cautions, endings, [each.sentence for each in scales])
