"""Play a scenario with each wording, into one run file, and ask known truths with each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from simulate.calibration.wordings.humans import Against, held_against, people_to_choose_by
from simulate.calibration.wordings.next_act import DIALOGUES, ActWalk, walk_of_wordings
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
        against: the humans that wordings are held against.
        walk: through human dialogues; None where there is none.
    """

    scenario: Scenario
    population: Population | None
    others: Mapping[str, Population]
    asked: int
    against: Against
    walk: ActWalk | None

    def settings(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return what `simulate.engine.run` takes, with these people."""
        own = {"population": self.population, "speaker_populations": self.others}
        return {**settings, **own}


def prepared(
    scenario: str | Path | Scenario,
    templates: Sequence[str],
    *,
    outcome: str | None = None,
    reference: str | None = None,
    language: str | None = None,
    dialogues: int = DIALOGUES,
    cell: str | None = None,
    seed: int = 0,
    methods: Sequence[str] = (),
    population: str | Path | Population | None = None,
    allow_code: bool = False,
    target: Any = None,
) -> Prepared:
    """Read what is named, references too, and rehearse every wording; nobody is called.

    See `wordings` for the arguments.

    Raises:
        InputError: a file, a name or a number is wrong, or a wording cannot be used there.
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
    played = cell_of(scenario, cell)
    scenario = with_wordings(scenario, played, wordings, people, others)
    asked = 0 if unaskable(scenario, scenario.cells()) else len(known_truths())
    against, walk = held_against(scenario, outcome, reference, language), None
    if against.acts is not None:
        user = first_user(scenario.speakers) or ""
        walk = walk_of_wordings(against.acts, played, user, wordings, dialogues, seed)
    return Prepared(scenario, people, others, asked, against, walk)


async def played(
    what: Prepared,
    *,
    repeats: int,
    tell: Callable[[str], None] | None = None,
    **settings: Any,
) -> RunResult:
    """Play, walk, and ask known truths; all go on where they stood, with the settings of `run`.

    Raises:
        RunStoppedError: stopped amid known truths, by a signal, its budget or an endpoint.
        InputError, RunFileError, EndpointError: see `simulate.engine.run`.
    """
    result = await run(what.scenario, **what.settings(settings))
    spent = result
    if what.walk is not None and not result.left:
        user = first_user(what.scenario.speakers) or ""
        walk = await what.walk.played(result.path, user, result, settings)
        if walk.left:
            return replace(result, left=walk.left, why=walk.why)
        spent = with_both(result, walk)
    if result.left or not what.asked:
        return result
    try:
        await _ask(what, result.path, repeats, tell, settings, spent)
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
    spent: RunResult,
) -> None:
    budget = Budget.of(settings.get("budget_tokens"), settings.get("budget_usd"))
    if budget is not None:
        with open_run(path) as file:
            asked = sum(each.tokens for each in stated_truths(file).values())
        budget.spent_tokens = spent.prompt_tokens + spent.completion_tokens + asked
        budget.spent_usd = spent.cost_usd or 0.0
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
        stop = settings.get("stop")
        await ask_truths(path, wordings, repeats=repeats, seed=seed, tell=tell, stop=stop)


@dataclass(frozen=True)
class WordingsEstimate:
    """What a comparison of wordings is expected to take.

    Attributes:
        run: the dialogues.
        truths: calls for known truths.
        walk: calls for the next human act.
    """

    run: Estimate
    truths: int
    walk: int


async def estimated(what: Prepared, *, repeats: int, **settings: Any) -> WordingsEstimate:
    """Estimate what `played` would take; nobody is called."""
    found = await estimate(what.scenario, **what.settings(settings))
    each = sum(method_of_users(what.scenario, cell).calls for cell in what.scenario.cells())
    walk = 0 if what.walk is None else what.walk.calls
    return WordingsEstimate(found, what.asked * repeats * each, walk)


def with_both(one: RunResult, other: RunResult) -> RunResult:
    """Return a result with what two runs have spent."""
    costs = (one.cost_usd, other.cost_usd)
    return replace(
        one,
        prompt_tokens=one.prompt_tokens + other.prompt_tokens,
        completion_tokens=one.completion_tokens + other.completion_tokens,
        cost_usd=None if None in costs else sum(cost or 0.0 for cost in costs),
    )
