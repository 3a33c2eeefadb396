"""From what the user names to what a run needs: a plan, and open models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

from simulate.engine.mapped_draws import with_map
from simulate.engine.plan import Plan, check_size, make_plan, with_methods
from simulate.engine.run_context import role_of
from simulate.engine.targets import Attach, refuse_code, refuse_unnamed, with_targets
from simulate.errors import InputError
from simulate.models import AnyModel, ChatModel, Models
from simulate.population import Population
from simulate.scenario import (
    Cell,
    Scenario,
    fitting,
    load_populations,
    load_with_populations,
    population_of,
    rehearse,
    unchanging,
)
from simulate.scenario.reserved_names import JUDGE
from simulate.scenario.unread_persona import without_prose
from simulate.targets import Target, TargetConfig
from simulate.verbalized.probability_map import ProbabilityMap


def resolve(
    scenario: str | Path | Scenario,
    population: str | Path | Population | None,
    methods: Sequence[str],
    n: int | None,
    seed: int,
    attach: Attach | None = None,
    speaker_populations: Mapping[str, Population] | None = None,
    at_most: int | None = None,
    mapped: ProbabilityMap | None = None,
) -> Plan:
    """Load what is named, check it, and plan.

    Args:
        scenario: see `run` for it and those that follow.
        population: of the first user.
        methods: levels of the condition `method`.
        n: dialogues per cell; None for what the scenario says.
        seed: of the run.
        attach: the targets that the user names.
        speaker_populations: of the other speakers.
        at_most: how many dialogues per cell are planned where n is larger: a sample of the plan.
            What n may be is checked all the same.
        mapped: the map that replies are drawn through.
    """
    attach = attach or Attach()
    people: Population | None
    # A file is rehearsed when it is read.
    rehearsed = not isinstance(scenario, Scenario) and not methods and population is None
    if isinstance(scenario, Scenario):
        people = population_of(scenario) if population is None else None
        others = load_populations(scenario, None, people) if speaker_populations is None else {}
    else:
        scenario, people, others = load_with_populations(scenario)
        if not attach.allow_code:
            if attach.given is None:
                refuse_unnamed(scenario, replaced=attach.target is not None)
            else:
                refuse_code(scenario)
    others |= speaker_populations or {}
    scenario = with_targets(scenario, attach.target, attach.baseline)
    if isinstance(population, Population):
        people = population
    elif population is not None:
        from simulate.reference.released import people_named

        people = people_named(population)
    scenario = with_map(with_methods(scenario, methods), mapped)
    if not rehearsed:
        rehearse(scenario, people, others)
    scenario, left_out = fitting(scenario, people)
    n = scenario.defaults.n if n is None else n
    check_size(scenario, n, seed)
    plan = make_plan(scenario, people, min(n, at_most or n), seed, others)
    unsaid = without_prose(scenario, people, others)
    warnings = (*unchanging(scenario, people, others), *unsaid, *plan.warnings)
    return replace(plan, left_out=left_out, warnings=warnings)


def plan_of(
    scenario: str | Path | Scenario,
    *,
    n: int | None = None,
    population: str | Path | Population | None = None,
    speaker_populations: Mapping[str, Population] | None = None,
    methods: Sequence[str] = (),
    seed: int = 0,
    target: str | TargetConfig | Target | None = None,
    baseline: str | TargetConfig | None = None,
    allow_code: bool = False,
) -> Plan:
    """Return the plan of a run, before anything happens; see `run` for the arguments."""
    attach = Attach.of(target, baseline, allow_code=allow_code)
    return resolve(scenario, population, methods, n, seed, attach, speaker_populations)


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
        For each cell: speaker (and `judge`, and `SPEAKER/PART` where a part of a mixture has a
        model of its own) to model.

    Raises:
        InputError: there is no such speaker, or a SPEC names nothing.
    """
    named = [roles_of(cell) for cell in plan.cells]
    roles = list(dict.fromkeys([*plan.scenario.speakers, *chain.from_iterable(named)]))
    for name in speaker_models:
        if name not in roles:
            raise InputError(
                f"model of speaker {name}: there is no such speaker{_or_part(name)}; there are: "
                f"{', '.join(roles)}"
            )
    return [
        {
            role: models.chat(spec, by_file=True)
            if spec and role not in speaker_models
            else models.chat(speaker_models.get(role) or model)
            for role, spec in cell.items()
        }
        for cell in named
    ]


def _or_part(name: str) -> str:
    return ", or the part has no `model` in the scenario" if "/" in name else ""


def roles_of(cell: Cell) -> dict[str, str | None]:
    """Return who is asked in a cell, and the model SPEC that the scenario gives each, if any."""
    found: dict[str, str | None] = {}
    for name, speaker in cell.speakers.items():
        if speaker.plays == "target":
            continue
        found[name] = speaker.model
        for part, each in (speaker.method.parts or {}).items():
            if each.model is not None:
                found[role_of(name, part)] = each.model
    return {**found, JUDGE: None}
