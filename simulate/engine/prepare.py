"""From what the user names to what a run needs: a plan, and open models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from simulate.engine.plan import Plan, make_plan, with_methods
from simulate.engine.run_context import JUDGE
from simulate.engine.targets import Attach, refuse_unnamed, with_targets
from simulate.errors import InputError
from simulate.models import AnyModel, ChatModel, Models
from simulate.population import Population, load_population
from simulate.scenario import Scenario, fitting, load_with_population, population_of, rehearse


def resolve(
    scenario: str | Path | Scenario,
    population: str | Path | Population | None,
    methods: Sequence[str],
    n: int | None,
    seed: int,
    attach: Attach | None = None,
) -> Plan:
    """Load what is named, check it, and plan."""
    attach = attach or Attach()
    people: Population | None
    if isinstance(scenario, Scenario):
        people = population_of(scenario) if population is None else None
    else:
        scenario, people = load_with_population(scenario)
        if not attach.allow_code and attach.given is None:
            refuse_unnamed(scenario, replaced=attach.target is not None)
    scenario = with_targets(scenario, attach.target, attach.baseline)
    if isinstance(population, Population):
        people = population
    elif population is not None:
        people = load_population(population)
    scenario = with_methods(scenario, methods)
    if methods or population is not None:
        rehearse(scenario, people)
    scenario, left_out = fitting(scenario, people)
    plan = make_plan(scenario, people, scenario.defaults.n if n is None else n, seed)
    return replace(plan, left_out=left_out)


def open_speakers(
    plan: Plan,
    models: Models,
    model: AnyModel | None,
    speaker_models: Mapping[str, AnyModel],
) -> list[dict[str, ChatModel]]:
    """Open the models of all speakers and of the judge.

    Models of single speakers, by name, go before what the scenario says, and `model` after it; None
    takes the default.

    Returns:
        For each cell: speaker (and `judge`) to model.

    Raises:
        InputError: there is no such speaker, or a SPEC names nothing.
    """
    roles = [*plan.scenario.speakers, JUDGE]
    for name in speaker_models:
        if name not in roles:
            raise InputError(
                f"model of speaker {name}: there is no such speaker; there are: {', '.join(roles)}"
            )
    cells = []
    for cell in plan.cells:
        opened: dict[str, ChatModel] = {}
        for role in roles:
            speaker = cell.speakers.get(role)
            if speaker is not None and speaker.plays == "target":
                continue
            named = speaker.model if speaker and role not in speaker_models else None
            opened[role] = (
                models.chat(named, by_file=True)
                if named
                else models.chat(speaker_models.get(role) or model)
            )
        cells.append(opened)
    return cells
