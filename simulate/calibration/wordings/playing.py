"""Play a scenario with each wording, into one run file, and ask known truths with each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulate.calibration.wordings.humans import people_to_choose_by
from simulate.calibration.wordings.templates import (
    cell_of,
    method_of_users,
    read_templates,
    with_wordings,
)
from simulate.calibration.wordings.truths import (
    Asking,
    ask_truths,
    stated_truths,
    unaskable,
)
from simulate.comparison.known_truths import known_truths
from simulate.engine import (
    Estimate,
    RunResult,
    estimate,
    plan_of,
    refuse_unnamed,
    run,
    with_methods,
)
from simulate.engine.prepare import open_speakers
from simulate.engine.resuming import take_over_spent
from simulate.errors import RunStoppedError
from simulate.models import AnyModel, ModelNames, Models
from simulate.models.budget import Budget
from simulate.population import Population
from simulate.reference.released import people_named
from simulate.runfile import open_run
from simulate.scenario import Scenario, load_with_populations, population_of
from simulate.scenario.own_populations import first_user
from simulate.scenario.partners import load_populations


@dataclass(frozen=True)
class Prepared:
    """What is played.

    Attributes:
        scenario: with a cell for each wording.
        population: of the first user; None where a persona has no attributes.
        others: of other speakers, by name.
        asked: how many known truths are asked; 0 where they cannot be.
    """

    scenario: Scenario
    population: Population | None
    others: Mapping[str, Population]
    asked: int

    def settings(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return what `simulate.engine.run` takes, with these people."""
        own = {"population": self.population, "speaker_populations": self.others}
        return {**settings, **own}


def prepared(
    scenario: str | Path | Scenario,
    templates: Sequence[str],
    *,
    cell: str | None = None,
    methods: Sequence[str] = (),
    population: str | Path | Population | None = None,
    allow_code: bool = False,
    target: Any = None,
) -> Prepared:
    """Read what is named, and rehearse every wording; nobody is called.

    Raises:
        InputError: a file or a name is wrong, or a wording cannot be used in the scenario.
    """
    wordings = read_templates(templates)
    people: Population | None
    if isinstance(scenario, Scenario):
        people = population_of(scenario) if population is None else None
        others = load_populations(scenario, None, people)
    else:
        scenario, people, others = load_with_populations(scenario)
        if not allow_code:
            refuse_unnamed(scenario, replaced=target is not None)
    if isinstance(population, Population):
        people = population
    elif population is not None:
        people = people_to_choose_by(str(population)) or people_named(population)
    scenario = with_methods(scenario, methods)
    scenario = with_wordings(scenario, cell_of(scenario, cell), wordings, people, others)
    asked = 0 if unaskable(scenario, scenario.cells()) else len(known_truths())
    return Prepared(scenario, people, others, asked)


async def played(
    what: Prepared,
    *,
    repeats: int,
    tell: Callable[[str], None] | None = None,
    **settings: Any,
) -> RunResult:
    """Play, then ask known truths; both go on where they stood, with the settings of `run`.

    Raises:
        RunStoppedError: the budget is reached, or an endpoint serves no more, amid known truths.
        InputError, RunFileError, EndpointError: see `simulate.engine.run`.
    """
    result = await run(what.scenario, **what.settings(settings))
    if result.left or not what.asked:
        return result
    try:
        await _ask(what, result.path, repeats, tell, settings)
    except RunStoppedError as error:
        raise RunStoppedError(
            f"{error}; known truths are still to be asked: go on with the same command and --out "
            f"{result.path} --resume"
        ) from None
    return result


async def _ask(
    what: Prepared,
    path: Path,
    repeats: int,
    tell: Callable[[str], None] | None,
    settings: Mapping[str, Any],
) -> None:
    limits = settings.get("budget_tokens"), settings.get("budget_usd")
    budget = None if limits == (None, None) else Budget(*limits)
    if budget is not None:
        with open_run(path) as file:
            take_over_spent(file, budget)
            budget.spent_tokens += sum(each.tokens for each in stated_truths(file).values())
    seed = int(settings.get("seed", 0))
    plan = plan_of(what.scenario, n=1, seed=seed, **what.settings({}))
    names: ModelNames | None = settings.get("models")
    model: AnyModel | None = settings.get("model")
    async with Models(
        rpm=settings.get("rpm"),
        tpm=settings.get("tpm"),
        budget=budget,
        names=names,
        offered=what.scenario.models,
        tell=tell,
    ) as models:
        speakers = open_speakers(plan, models, model, settings.get("speaker_models") or {})
        user = first_user(what.scenario.speakers) or ""
        wordings = {
            next(reversed(cell.levels.values())): Asking(
                opened[user], method_of_users(what.scenario, cell), cell.prompt_version
            )
            for cell, opened in zip(plan.cells, speakers, strict=True)
        }
        models.check_given()
        await ask_truths(path, wordings, repeats=repeats, seed=seed, tell=tell)


@dataclass(frozen=True)
class WordingsEstimate:
    """What a comparison of wordings is expected to take.

    Attributes:
        run: the dialogues.
        truths: calls for known truths, at one call each.
    """

    run: Estimate
    truths: int


async def estimated(what: Prepared, *, repeats: int, **settings: Any) -> WordingsEstimate:
    """Estimate what `played` would take; nobody is called."""
    found = await estimate(what.scenario, **what.settings(settings))
    each = sum(method_of_users(what.scenario, cell).calls for cell in what.scenario.cells())
    return WordingsEstimate(found, what.asked * repeats * each)
