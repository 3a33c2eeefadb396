"""`simulate diversity`: how much the replies to one request differ."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from simulate.cli.options import AsJson, ModelOptions, with_options


@with_options
def diversity(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The run file of a one-turn task.")],
    embeddings: Annotated[
        str | None,
        typer.Option(metavar="SPEC", help="For semantic diversity: offline, or MODEL@URL."),
    ] = None,
    outcome: Annotated[
        str | None, typer.Option(help="The outcome with the answer set, for coverage and KL.")
    ] = None,
    judge: Annotated[
        str | None, typer.Option(metavar="SPEC", help="A model that grades replies, beside it.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of all random choices.")] = 0,
    *,
    endpoints: ModelOptions,
    as_json: AsJson = False,
) -> None:
    """Measure diversity per cell, and the gain over direct at equal replies and equal tokens.

    Example: `simulate run joke -n 30 --out joke.db && simulate diversity joke.db`
    """
    from dataclasses import asdict

    from simulate.comparison.task_diversity import diversity as measured
    from simulate.comparison.task_diversity import quality
    from simulate.models import Models
    from simulate.report.diversity_table import diversity_dict, print_diversity, print_quality
    from simulate.runfile import open_run

    with open_run(run) as file:
        models = Models(names=endpoints.names())
        rows = measured(file, embeddings=embeddings, outcome=outcome, seed=seed, models=models)
        grades = quality(file, judge, seed=seed, models=models) if judge else []
    if as_json:
        found = diversity_dict(rows)
        if judge:
            found["quality"] = [asdict(cell) for cell in grades]
        print(json.dumps(found, ensure_ascii=False))
        return
    from simulate.terminal.safe_console import SafeConsole

    console = SafeConsole()
    print_diversity(rows, console)
    if judge:
        print_quality(grades, judge, console)
