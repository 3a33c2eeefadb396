"""`simulate diversity`: how much the replies to one request differ."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["diversity"]


def diversity(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The run file of a one-turn task.")],
    embeddings: Annotated[
        str | None,
        typer.Option(metavar="SPEC", help="For semantic diversity: offline, or MODEL@URL."),
    ] = None,
    outcome: Annotated[
        str | None, typer.Option(help="The outcome with the answer set, for coverage and KL.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of all random choices.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Measure diversity per cell, and the gain over direct at equal replies and equal tokens.

    Example: `simulate run joke -n 30 --out joke.db && simulate diversity joke.db`
    """
    import json

    from simulate.compare.task_diversity import diversity as measured
    from simulate.report.diversity import diversity_dict, print_diversity

    rows = measured(run, embeddings=embeddings, outcome=outcome, seed=seed)
    if as_json:
        print(json.dumps(diversity_dict(rows), ensure_ascii=False))
        return
    from rich.console import Console

    print_diversity(rows, Console())
