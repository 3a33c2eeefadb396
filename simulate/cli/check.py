"""`simulate check`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from simulate.cli.exit_codes import EXIT_BAD_INPUT
from simulate.cli.options import AsJson
from simulate.errors import InputError, first_of
from simulate.terminal.output import print_json

if TYPE_CHECKING:
    from simulate.scenario import Scenario


def check(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE…",
            help="Scenario, population, target, models or multiverse files, or names.",
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Validate scenario, population, target, models and multiverse files; nobody is called.

    Example: `simulate check my-scenario.yaml crowdworkers`
    """
    from simulate.terminal.safe_text import block

    results: list[dict[str, object]] = []
    for name in files:
        try:
            what, warnings = _checked(name)
            found = {"what": what, "warnings": warnings, "error": None}
            results.append({"file": name, "ok": True, **found})
        except InputError as error:
            found = {"what": None, "warnings": [], "error": str(error)}
            results.append({"file": name, "ok": False, **found})
    good = all(r["ok"] for r in results)
    if as_json:
        print_json({"ok": good, "files": results})
    else:
        for result in results:
            if result["ok"]:
                print(block(f"ok  {result['file']}: {result['what']}"))
                for warning in cast("list[str]", result["warnings"]):
                    print(block(f"warning: {warning}"), file=sys.stderr)
            else:
                print(block(str(result["error"])), file=sys.stderr)
    if not good:
        raise typer.Exit(EXIT_BAD_INPUT)


def _models_of(path: Path) -> str:
    """Check a models file, which has no field of its own: its fields are names."""
    from simulate.models.named import MODELS_FILE, read_models

    try:
        return f"models {', '.join(read_models(path).entries)}"
    except InputError as error:
        if path.name == MODELS_FILE:
            raise
        raise InputError(
            f"{path}:1: has none of the fields scenario, population and kind (of a target), and as "
            f"a models file: {error}"
        ) from None


def _batteries_told(scenario: Scenario) -> str:
    """Say which batteries there are, with their waves and the number of their items."""
    from simulate.terminal.safe_text import counted

    told = []
    for name, battery in scenario.batteries.items():
        waves = f" in {counted(len(battery.waves), 'wave')}" if battery.waves else ""
        told.append(f"{name} ({counted(len(battery.items), 'item')}{waves})")
    return f", batteries {', '.join(told)}" if told else ""


def _checked(name: str) -> tuple[str, list[str]]:
    """Check one file and say what is in it, and of what the user should know before it is run."""
    from simulate.files import shipped
    from simulate.files.tables import is_table
    from simulate.files.writing import is_database
    from simulate.files.yaml import read_yaml
    from simulate.population import load_population
    from simulate.scenario import fitting, load_with_populations, unchanging, who_told
    from simulate.scenario.unread_persona import unread_personas, without_prose

    path = Path(name)
    if is_database(path):
        raise InputError(
            f"{path}: is a run file, no YAML file; `simulate view {path}` shows what is in it"
        )
    if path.suffix in (".yaml", ".yml"):
        keys = read_yaml(path).data
        if "kind" in keys and "scenario" not in keys and "population" not in keys:
            from simulate.targets import read_target

            config = read_target(name)
            return f"target {config.spec()}, {config.kind}", []
        if "multiverse" in keys:
            from simulate.comparison.multiverse.grid import declared

            return declared(path).told, []
        kind = "population" if "population" in keys and "scenario" not in keys else "scenario"
        if kind not in keys:
            return _models_of(path), []
    else:
        of_people = is_table(path) or name in shipped.names("personas")
        kind = "population" if of_people else "scenario"
    if kind == "population":
        population = load_population(name)
        size = len(population.attributes) or len(population.personas)
        what = "attributes" if population.attributes else "personas"
        moved = 0.0 if population.personas else population.synthetic.joint.copula.moved
        warning = f"correlations are moved by up to {moved:.4f} to fit together"
        return f"population {population.population}, {size} {what}", [warning] if moved else []
    from simulate.comparison.preflight import check_references
    from simulate.engine.plan import make_plan

    scenario, people, others = load_with_populations(name)
    scenario, left_out = fitting(scenario, people)
    try:
        plan = make_plan(scenario, people, scenario.defaults.n, 0, others)
    except InputError as error:
        raise InputError(f"{name}: {error}") from None
    warnings = [
        *unchanging(scenario, people, others),
        *unread_personas(scenario),
        *without_prose(scenario, people, others),
        *plan.warnings,
    ]
    check_references(scenario)
    cells = first_of([cell.label for cell in scenario.cells()])
    whose = who_told(scenario)
    speakers = ", ".join(
        f"{speaker} ({whose[speaker]})" if speaker in whose else speaker
        for speaker in scenario.speakers
    )
    told = (
        f"scenario {scenario.scenario}, speakers {speakers}, cells {cells}, "
        f"outcomes {', '.join(scenario.written_outcomes) or 'none'}"
        + _batteries_told(scenario)
        + (f", checks {', '.join(scenario.checks)}" if scenario.checks else "")
        + "".join(f"\n    {each}" for each in left_out)
    )
    return told, warnings
