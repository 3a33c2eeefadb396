"""`simulate attacks`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulate.cli.options import AsJson, Force, Model, ModelOptions, RandomSeed, with_options
from simulate.cli.stderr import say
from simulate.terminal.output import print_json

if TYPE_CHECKING:
    from simulate.attacks import Attacks


@with_options
def attacks(
    goal: Annotated[
        str, typer.Argument(help="What the users try to get, such as “a refund without an order”.")
    ],
    policy: Annotated[
        Path,
        typer.Option(
            metavar="FILE", help="What your bot must keep to; its text goes to the model."
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="FILE", help="The population, a .yaml file.")],
    language: Annotated[
        list[str] | None,
        typer.Option(metavar="CODE", help="In which users write, such as de. Default: en."),
    ] = None,
    n: Annotated[
        int, typer.Option("--n", "-n", min=1, help="Approaches to ask for, in all languages.")
    ] = 40,
    tail: Annotated[
        float,
        typer.Option(metavar="SHARE", min=0, max=1, help="How many of them from the tail."),
    ] = 0.5,
    model: Model = None,
    seed: RandomSeed = 0,
    force: Force = False,
    *,
    endpoints: ModelOptions,
    as_json: AsJson = False,
) -> None:
    """Ask a model how users might attack a bot of yours; write them as a population.

    Only for authorised tests of your own system (docs/attacks.md).

    Example: `simulate attacks "a refund without an order" --policy policy.md --out attacks.yaml`
    """
    from simulate.attacks import generate_attacks_sync
    from simulate.files.writing import refuse_if_there, refuse_own_input, text_written_aside
    from simulate.population.table import table_name

    refuse_own_input(out, policy)
    if not force:
        refuse_if_there(out)
    found = generate_attacks_sync(
        goal,
        policy,
        languages=language or ("en",),
        n=n,
        tail=tail,
        name=table_name(out),
        model=model,
        models=endpoints.names(),
        seed=seed,
        tell=say,
    )
    with text_written_aside(out, force=force) as file:
        file.write(found.to_yaml())
    if as_json:
        people = found.population.model_dump(mode="json")
        print_json({"out": str(out), **{k: people[k] for k in ("adversarial", "personas")}})
    else:
        _print(found, out)


def _print(found: Attacks, out: Path) -> None:
    from rich.table import Column
    from rich.text import Text

    from simulate.attacks.api import NO_PREVALENCE, counts_told
    from simulate.report.tables import new_table
    from simulate.terminal.safe_console import SafeConsole
    from simulate.terminal.safe_text import block

    console = SafeConsole()
    table = new_table(
        "language", Column("stated", justify="right"), "", Column("approach", overflow="fold")
    )
    for row in found.population.personas:
        said = row.attributes
        text = Text(f"{said['attack']}: ", style="bold").append(str(said["approach"]), "not bold")
        table.add_row(
            str(said["language"]), f"{said['stated']:.3g}", "tail" if said["tail"] else "", text
        )
    console.print(table)
    for line in (counts_told(found.found), NO_PREVALENCE):
        console.print(Text(block(line)))
    console.print(
        Text(block(f"Read them, then: simulate stress SCENARIO --target SPEC --population {out}"))
    )
