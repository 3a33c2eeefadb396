"""`simulate scenario`: the scenarios that ship, and how to begin one of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulate.cli.called import called
from simulate.cli.options import AsJson, Force
from simulate.terminal.output import print_json

app = typer.Typer(
    help="Scenarios: list, show, new.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

NAMES = 18
"""Columns that the name of a scenario takes."""


@app.command("list")
def list_scenarios(as_json: AsJson = False) -> None:
    """List the scenarios that ship: outcomes, human data that they are compared with, and cells.

    Example: `simulate scenario list`
    """
    from simulate.scenario.listing import SORTS, listed

    found = listed()
    if as_json:
        print_json({"scenarios": [each.to_dict() for each in found]})
        return
    from rich.padding import Padding
    from rich.text import Text

    from simulate.errors import first_of
    from simulate.terminal.safe_console import SafeConsole
    from simulate.terminal.safe_text import counted

    console = SafeConsole()
    for sort, heading in SORTS.items():
        console.print(Text(heading, style="bold"))
        for each in (each for each in found if each.sort == sort):
            humans = list(dict.fromkeys(each.compare.values()))
            facts = [f"outcomes {first_of(each.outcomes)}"]
            facts += [f"compared with {', '.join(humans)}"] if humans else []
            facts.append(f"{counted(len(each.cells), 'cell')}: {first_of(each.cells)}")
            console.print(Text(f"  {each.name:<{NAMES}} {each.title}"))
            told = Text(" · ".join(facts), style="dim")
            console.print(Padding(told, (0, 0, 0, NAMES + 3)))
    console.print(f"All that one says: {called()} scenario show NAME")


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A shipped scenario's name, or a .yaml file.")],
    as_json: AsJson = False,
) -> None:
    """Show a scenario as it is resolved: who speaks, what is asked, which cells there are.

    Example: `simulate scenario show donation`
    """
    from simulate.files import shipped
    from simulate.scenario import load_scenario

    scenario = load_scenario(name)
    if as_json:
        path = shipped.find(name, "scenarios")
        print_json({"path": str(path), "scenario": scenario.model_dump(mode="json")})
        return
    from simulate.report.scenario_document import scenario_document
    from simulate.report.terminal_document import shown_whole
    from simulate.terminal.safe_console import SafeConsole

    console = SafeConsole()
    for part in shown_whole(scenario_document(scenario)):
        console.print(part)


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="Of the scenario, or the file to write.")],
    source: Annotated[
        str | None,
        typer.Option("--from", metavar="NAME", help="Copy this shipped scenario instead."),
    ] = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Write a scenario to begin with: a short one that can be run, each part with a comment.

    Example: `simulate scenario new moving-house`

    A copy of one that ships: `simulate scenario new my-donation --from donation`
    """
    from simulate.scenario.listing import new_scenario

    path = new_scenario(Path(name), source, force=force)
    if as_json:
        print_json({"scenario": path.stem, "path": str(path)})
        return
    print(f"Wrote {path}. Change it, then:")
    print(f"  {called()} check {path}")
    print(f"  {called()} run {path}")
