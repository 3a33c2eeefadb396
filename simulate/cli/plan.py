"""`simulate plan`."""

from __future__ import annotations

import dataclasses
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from simulate.cli.options import (
    AsJson,
    Force,
    ModelOptions,
    PlanOptions,
    Scenario,
    with_options,
)
from simulate.terminal.output import print_json


@dataclass(frozen=True, slots=True)
class _Options(PlanOptions):
    pilot: Annotated[
        Path | None,
        typer.Option(metavar="RUN", help="A run that says how much outcomes vary, for the power."),
    ] = None
    freeze: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the plan with its hash, for `run --plan FILE`."),
    ] = None
    force: Force = False


@with_options
def plan(
    scenario: Scenario,
    options: _Options,
    endpoints: ModelOptions,
    as_json: AsJson = False,
) -> None:
    """Show what a run would be: cells, who meets them, calls, tokens, cost, and power.

    Example: `simulate plan my-scenario.yaml -n 50 --freeze plan.yaml`
    """
    from simulate.comparison.planned_power import planned_power
    from simulate.engine import estimate, plan_of
    from simulate.engine.freezing import freeze, write_frozen
    from simulate.files.writing import refuse_if_there, refuse_own_input
    from simulate.runfile import open_run
    from simulate.synchronous import run_to_end

    if options.freeze is not None:
        refuse_own_input(options.freeze, Path(scenario), options.pilot)
        if not options.force:
            refuse_if_there(options.freeze)
    given = options.plan()
    of_models = ("model", "speaker_models")
    coming = plan_of(scenario, **{k: v for k, v in given.items() if k not in of_models})
    takes = run_to_end(estimate(scenario, models=endpoints.names(), **given))
    with ExitStack() as held:
        pilot = None if options.pilot is None else held.enter_context(open_run(options.pilot))
        powers = planned_power(coming.scenario, coming.n, pilot)
    frozen = None
    if options.freeze is not None:
        frozen = freeze(coming)
        write_frozen(frozen, options.freeze, force=options.force)
    if as_json:
        from simulate.report.plan_table import plan_dict

        written = None if frozen is None else {"file": str(options.freeze), "sha256": frozen.sha256}
        found = plan_dict(coming, powers) | {"takes": dataclasses.asdict(takes)}
        print_json(found | {"frozen": written})
        return
    from rich.text import Text

    from simulate.cli.estimate import estimate_lines
    from simulate.report.plan_table import print_plan, print_powers
    from simulate.scenario.frozen import DEPOSIT
    from simulate.terminal.safe_console import SafeConsole

    console = SafeConsole()
    print_plan(coming, console)
    for line in (*takes.left_out, *takes.warnings, *estimate_lines(takes)):
        console.print(Text(line))
    print_powers(powers, coming, console)
    if frozen is not None:
        console.print(Text(f"\nFrozen in {options.freeze}\nSHA-256 {frozen.sha256}\n{DEPOSIT}"))
