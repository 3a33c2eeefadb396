"""`simulate persona`."""

from __future__ import annotations

from typing import Annotated

import typer

from simulate.cli.figure_options import FigureOptions
from simulate.cli.options import AsJson, RandomSeed, with_options
from simulate.limits import MOST_DIALOGUES
from simulate.terminal.output import print_json

app = typer.Typer(help="Personas and populations.", no_args_is_help=True)


@app.callback()
def persona() -> None:
    """Personas and populations.

    Example: `simulate persona sample crowdworkers -n 5`
    """


Named = Annotated[str, typer.Argument(help="A shipped population's name, or a file.")]


@app.command()
def sample(
    population: Named,
    n: Annotated[int, typer.Option("--n", "-n", min=1, max=MOST_DIALOGUES, help="How many.")] = 10,
    seed: RandomSeed = 0,
    as_json: AsJson = False,
) -> None:
    """Draw personas from a population.

    Example: `simulate persona sample crowdworkers -n 5 --seed 7`
    """
    from simulate.reference.released import people_named

    people = people_named(population).sample(n, seed)
    if as_json:
        shown = [{"id": p.id, "attributes": p.attributes, "prose": p.prose} for p in people]
        print_json({"population": population, "personas": shown})
        return
    from rich.text import Text

    from simulate.terminal.safe_console import SafeConsole
    from simulate.terminal.safe_text import block

    console = SafeConsole()
    for each in people:
        known = ((name, "–" if v is None else v) for name, v in each.attributes.items())
        facts = " · ".join(f"{name} {value}" for name, value in known)
        console.print(Text(block(each.id), style="bold"))
        console.print(Text(block(facts), style="dim"))
        console.print(Text(block(each.prose)), "")


@app.command()
@with_options
def report(
    population: Named,
    drawing: FigureOptions,
    n: Annotated[
        int, typer.Option("--n", "-n", min=2, max=MOST_DIALOGUES, help="People in the sample.")
    ] = 1000,
    seed: RandomSeed = 0,
    as_json: AsJson = False,
) -> None:
    """Set a sample beside what the population states: margins, correlations, constraints.

    Example: `simulate persona report crowdworkers -n 1000 --figure crowdworkers.png`
    """
    from simulate.population.sample_report import achieved
    from simulate.reference.released import people_named
    from simulate.report.population_figure import population_figure

    drawing.check()
    found = achieved(people_named(population), n, seed)
    drawing.write(lambda width: population_figure(found, width))
    if as_json:
        figure = None if drawing.figure is None else str(drawing.figure)
        print_json({**found.to_dict(), "figure": figure})
        return
    from simulate.report.population_table import print_achieved
    from simulate.terminal.safe_console import SafeConsole

    print_achieved(found, SafeConsole())
