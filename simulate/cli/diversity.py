"""`simulate diversity`: how much replies differ, and whether those of a dialogue narrow."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulate.cli.figure_options import FigureOptions
from simulate.cli.options import (
    AsJson,
    Embeddings,
    ModelOptions,
    RandomSeed,
    ShareHumanData,
    with_options,
)
from simulate.errors import InputError
from simulate.terminal.output import print_json

if TYPE_CHECKING:
    from simulate.runfile import RunReader


@with_options
def diversity(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run file.")],
    embeddings: Embeddings = None,
    outcome: Annotated[
        str | None, typer.Option(help="The outcome with the answer set, for coverage and KL.")
    ] = None,
    judge: Annotated[
        str | None, typer.Option(metavar="SPEC", help="A model that grades replies, beside it.")
    ] = None,
    share_human_data: ShareHumanData = None,
    seed: RandomSeed = 0,
    *,
    drawing: FigureOptions,
    endpoints: ModelOptions,
    as_json: AsJson = False,
) -> None:
    """Measure diversity per cell, and the gain over direct at equal replies and equal tokens.

    Of dialogues: how many replies there are to draw from at the first, middle and last turn; the
    figure is of their entropy, turn by turn.

    Example: `simulate run joke -n 30 --out joke.db && simulate diversity joke.db`
    """
    from dataclasses import asdict

    from simulate.comparison.task_diversity import diversity as measured
    from simulate.comparison.task_diversity import quality
    from simulate.models import Models
    from simulate.report.diversity_table import diversity_dict, print_diversity, print_quality
    from simulate.runfile import open_run

    drawing.check()
    with open_run(run) as file:
        if not file.scenario.is_task and not (embeddings or outcome or judge):
            _of_dialogues(file, drawing, as_json)
            return
        if drawing.figure is not None:
            raise InputError("--figure draws entropy by turn, of dialogues; leave it out")
        models = Models(names=endpoints.names(), share_human_data=share_human_data)
        rows = measured(file, embeddings=embeddings, outcome=outcome, seed=seed, models=models)
        grades = quality(file, judge, seed=seed, models=models) if judge else []
    if as_json:
        found = diversity_dict(rows)
        if judge:
            found["quality"] = [asdict(cell) for cell in grades]
        print_json(found)
        return
    from simulate.terminal.safe_console import SafeConsole

    console = SafeConsole()
    print_diversity(rows, console)
    if judge:
        print_quality(grades, judge, console)


def _of_dialogues(run: RunReader, drawing: FigureOptions, as_json: bool) -> None:
    from simulate.comparison.entropy_by_turn import entropy_by_turn
    from simulate.report.entropy_figure import entropy_figure
    from simulate.report.entropy_table import entropy_dict, print_entropy
    from simulate.terminal.safe_console import SafeConsole

    rows = entropy_by_turn(run)
    if as_json:
        print_json(entropy_dict(rows))
    else:
        print_entropy(rows, SafeConsole())
    drawing.write(lambda width: entropy_figure(rows, width))
