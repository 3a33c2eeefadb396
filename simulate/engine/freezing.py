"""Freeze a plan before its run, and hold the run to it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from simulate.engine.differences import differences, listed
from simulate.engine.plan import Plan, drawn_of, unheard
from simulate.engine.prompt_texts import text_hash
from simulate.errors import InputError, RunFileError
from simulate.files.writing import text_written_aside
from simulate.files.yaml_writing import yaml_text
from simulate.population import Population
from simulate.runfile import RunReader
from simulate.runfile.json_columns import dump
from simulate.scenario import Scenario
from simulate.scenario.frozen import DEPOSIT, VERSION, Frozen, frozen_of, plan_hash

BINDING = ("contrasts", "nuisance", "analysis", "compare", "exclude")
"""What of a scenario reaches no dialogue, and is planned all the same."""


def freeze(plan: Plan) -> Frozen:
    """Return what a plan says, as a file that is not to be changed."""
    content = _content(plan)
    content["sha256"] = plan_hash(content)
    what = f"What is planned for scenario {plan.scenario.name}, before it is run. {DEPOSIT}"
    header = "".join(f"# {line}\n" for line in textwrap.wrap(what, 90))
    return frozen_of(header + yaml_text(content), "the frozen plan")


def write_frozen(frozen: Frozen, path: Path, *, force: bool = False) -> None:
    """Write a frozen plan.

    Raises:
        InputError: something is there already, or it cannot be written.
    """
    with text_written_aside(path, force=force) as file:
        file.write(frozen.text)


def _content(plan: Plan) -> dict[str, Any]:
    populations = {name: _people(each) for name, each in plan.populations.items()}
    return {
        "frozen": VERSION,
        "scenario": plan.scenario.written(),
        "n": plan.n,
        "seed": plan.seed,
        "cells": [cell.label for cell in plan.cells],
        "population": None if plan.population is None else _people(plan.population),
        **({"populations": populations} if populations else {}),
        "prompts": plan.prompts,
    }


def _people(population: Population) -> dict[str, str]:
    return {"name": population.population, "sha256": text_hash(dump(drawn_of(population)))}


def hold_to(frozen: Frozen, plan: Plan, where: str | Path) -> None:
    """Refuse a plan that is not the frozen one, listing all that differs.

    Raises:
        InputError: they differ.
    """
    if found := list(frozen_differences(frozen, plan)):
        raise InputError(
            f"plan {where}: no longer fits scenario {plan.scenario.name}: {listed(found)}; there "
            "is the plan: run what was planned, or freeze a new plan and say so"
        )


def frozen_differences(frozen: Frozen, plan: Plan) -> Iterator[str]:
    """Iterate over what differs between a frozen plan (there) and a plan (here), by field."""
    yield from scenario_differences(frozen, plan.scenario)
    there = frozen.plan.model_dump(mode="json", include={"n", "seed", "population", "populations"})
    here = _content(plan)
    for field in there:
        yield from differences(there[field], here.get(field, {}), field)
    # Other prompts are what another version of them means, and no difference beside it.
    if frozen.scenario.prompt_version == plan.scenario.prompt_version:
        yield from differences(frozen.plan.prompts, plan.prompts, "prompts")


def scenario_differences(frozen: Frozen, scenario: Scenario) -> Iterator[str]:
    """Iterate over what differs between the scenario that is planned (there) and one (here)."""
    old, new = (_planned_fields(each) for each in (frozen.scenario, scenario))
    yield from differences(old, new)


def _planned_fields(scenario: Scenario) -> Mapping[str, Any]:
    left_out = {name: what for name, what in unheard(scenario).items() if name not in BINDING}
    return scenario.model_dump(mode="json", exclude=left_out)


def check_resumed(file: RunReader, frozen: Frozen | None, n: int) -> None:
    """See to it that a run goes on with the plan that it was begun with.

    Args:
        file: the run that is resumed.
        frozen: the plan that is given now; None for none.
        n: dialogues per cell that are wanted now.

    Raises:
        RunFileError: it was begun with another plan, or with none, or n is not as planned.
    """
    begun = file.frozen
    if frozen is not None and begun is None:
        raise RunFileError(
            f"run file {file.path} was begun without a plan, and none can come before it now; "
            "leave --plan out, or begin another run with --out"
        )
    if frozen is not None and begun is not None and frozen.sha256 != begun.sha256:
        raise RunFileError(
            f"run file {file.path} was begun with another plan (there {begun.sha256[:12]}…, here "
            f"{frozen.sha256[:12]}…); take that one, or begin another run with --out"
        )
    if begun is not None and n > begun.plan.n:
        raise RunFileError(
            f"run file {file.path} was begun with a plan of n {begun.plan.n:,}, and cannot grow to "
            f"{n:,}: begin another run with --out"
        )
