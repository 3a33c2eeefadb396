"""From what the user names to what a run needs: a plan, and open models."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from simulate.engine.plan import Plan, make_plan, with_methods
from simulate.engine.run_context import JUDGE
from simulate.engine.targets import Attach, refuse_unnamed, with_targets
from simulate.errors import InputError
from simulate.models import ChatModel, default_spec, open_model, open_named
from simulate.population import Population, load_population
from simulate.scenario import Scenario, load_with_population, population_of, rehearse

__all__ = ["open_models", "resolve"]


def resolve(
    scenario: str | Path | Scenario,
    population: str | Path | Population | None,
    methods: Sequence[str],
    n: int | None,
    seed: int,
    attach: Attach | None = None,
) -> tuple[Plan, Population | None]:
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
    return make_plan(scenario, people, scenario.defaults.n if n is None else n, seed), people


@contextlib.asynccontextmanager
async def open_models(
    plan: Plan,
    model: str | ChatModel | None,
    speaker_models: Mapping[str, str | ChatModel],
) -> AsyncIterator[tuple[list[dict[str, ChatModel]], list[dict[str, str]]]]:
    """Open each model once, and close those that were opened here.

    Yields:
        For each cell: speaker (and `judge`) to model, and to the model's name.
    """
    roles = [*plan.scenario.speakers, JUDGE]
    for name in speaker_models:
        if name not in roles:
            raise InputError(
                f"--speaker-model {name}: there is no such speaker; there are: {', '.join(roles)}"
            )
    opened: dict[tuple[str, bool], ChatModel] = {}

    def model_of(spec: str | ChatModel, *, by_scenario: bool = False) -> ChatModel:
        if not isinstance(spec, str):
            return spec
        if (spec, by_scenario) not in opened:
            opened[spec, by_scenario] = (open_named if by_scenario else open_model)(spec)
        return opened[spec, by_scenario]

    default = model if model is not None else default_spec()
    try:
        cells = []
        for cell in plan.cells:
            models: dict[str, ChatModel] = {}
            for role in roles:
                speaker = cell.speakers.get(role)
                if speaker is not None and speaker.plays == "target":
                    continue
                named = speaker.model if speaker and role not in speaker_models else None
                models[role] = (
                    model_of(named, by_scenario=True)
                    if named
                    else model_of(speaker_models.get(role) or default)
                )
            cells.append(models)
        yield cells, [{role: m.name for role, m in models.items()} for models in cells]
    finally:
        for each in opened.values():
            await each.aclose()
