"""`simulate reweigh`: a finished run under another draw rule or population, without a model."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated, Any

import typer

from simulate.cli.figure_options import FigureOptions
from simulate.cli.options import (
    AsJson,
    MapFile,
    RandomSeed,
    WithExcluded,
    with_options,
)
from simulate.cli.page_options import HtmlFile, write_document
from simulate.terminal.output import print_json


@dataclass(frozen=True, slots=True)
class _Options:
    """What a run is weighed to, and what is estimated."""

    draw: Annotated[
        str | None, typer.Option(metavar="RULE", help="probability, uniform or mode.")
    ] = None
    temper: Annotated[
        float | None,
        typer.Option(
            metavar="T", help="Draw from probabilities to the power 1/T; T > 1 is flatter."
        ),
    ] = None
    below: Annotated[
        float | None, typer.Option(metavar="P", help="Draw only candidates less probable than P.")
    ] = None
    probability_map: MapFile = None
    to: Annotated[
        str | None,
        typer.Option(metavar="POPULATION", help="Rake the personas to those of a population."),
    ] = None
    on: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ATTRIBUTE",
            help="With --to: what is raked: sex, sex*party, age:30,50. Default: all in common.",
        ),
    ] = None
    outcome: Annotated[str | None, typer.Option(help="Which outcome of the run.")] = None
    event: Annotated[
        str | None,
        typer.Option(metavar="'OUTCOME >= X'", help="How probable it is that the outcome is so."),
    ] = None
    reference: Annotated[
        str | None, typer.Option(help="What distances are to; default: what the scenario names.")
    ] = None
    with_excluded: WithExcluded = False
    seed: RandomSeed = 0

    def settings(self) -> dict[str, Any]:
        """Return everything, as `simulate.reweigh` takes it."""
        return asdict(self) | {"on": self.on or ()}


@with_options
def reweigh(
    options: _Options,
    run: Annotated[str, typer.Argument(metavar="RUN[:CELL]", help="A run file, or a cell of it.")],
    drawing: FigureOptions,
    html: HtmlFile = None,
    as_json: AsJson = False,
) -> None:
    """Say what a finished run would have given under another draw rule or population.

    No model is called: dialogues are weighed by what was recorded of their draws.

    Example: `simulate reweigh runs/donation.db --temper 1.5`

    Another population: `simulate reweigh runs/donation.db --to census.yaml --on sex --on age:30,50`
    """
    from simulate.comparison.reweighing import reweigh as reweigh_api

    drawing.check()
    found = reweigh_api(run, **options.settings())
    if as_json:
        print_json(found.to_dict())
    else:
        from simulate.report.reweighed_table import print_reweighed
        from simulate.terminal.safe_console import SafeConsole

        print_reweighed(found, SafeConsole())
    drawing.write(lambda width: found.plot(width=width))
    if html:
        from simulate.report.analysis_pages import reweighed_page

        write_document(reweighed_page(found), html)
