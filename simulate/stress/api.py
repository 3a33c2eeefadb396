"""Stress-test a target: run a scenario against it, and say how often it fails."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulate.engine import (
    Estimate,
    Listener,
    RunResult,
    estimate,
    refuse_unnamed,
    run,
)
from simulate.errors import InputError, ScenarioError
from simulate.runfile import open_run
from simulate.scenario import Scenario, load_with_populations
from simulate.stress.analysis import ADVERSARIAL, Analysis, analyse
from simulate.stress.examiner import Checks
from simulate.synchronous import twin

if TYPE_CHECKING:
    from simulate.models import AnyModel
    from simulate.population import Population
    from simulate.targets import Target, TargetConfig


@dataclass(frozen=True, slots=True)
class StressResult:
    """The result of a stress test.

    Attributes:
        run: the result of the run.
        analysis: what it showed.
    """

    run: RunResult
    analysis: Analysis

    @property
    def path(self) -> Path:
        """The run file."""
        return self.run.path


async def stress_test(
    scenario: str | Path | Scenario,
    *,
    target: str | TargetConfig | Target | None = None,
    baseline: str | TargetConfig | None = None,
    n: int | None = None,
    model: AnyModel | None = None,
    speaker_models: Mapping[str, AnyModel] | None = None,
    population: str | Path | Population | None = None,
    adversarial: bool = False,
    python_checks: Sequence[str] = (),
    allow_code: bool = False,
    listener: Listener | None = None,
    stop: asyncio.Event | None = None,
    **settings: Any,
) -> StressResult:
    """Stress-test a target with diverse users.

    Args:
        scenario: a shipped scenario's name, a path, or a scenario; it declares the checks.
        target: the system under test, or its SPEC; by default what the scenario says.
        baseline: another version of it, to compare with on the same personas and random numbers.
        n: dialogues per cell; by default what the scenario says.
        model: who plays the users, and judges; see `simulate.run`.
        speaker_models: models of single speakers, by name; `judge` for judged checks.
        population: who the users are; by default the scenario's.
        adversarial: the users are those of the shipped population `adversarial`.
        python_checks: Python functions `module:function` as further checks.
        allow_code: whether the scenario file may name Python functions and commands itself.
        listener: is told what happens.
        stop: when it is set, the run stops as soon as it can and can be resumed.
        settings: passed on to `simulate.run`: `seed`, `out`, `resume`, `concurrency`, budgets,
            `authorised`.

    Raises:
        InputError: a file or an argument is wrong.
        EndpointError: a model or the target cannot be reached at all.
    """
    named = target is not None
    result = await run(
        **_prepared(scenario, population, python_checks, adversarial, allow_code, named),
        n=n,
        model=model,
        speaker_models=speaker_models,
        target=target,
        baseline=baseline,
        listener=listener,
        stop=stop,
        **settings,
    )
    with open_run(result.path) as file:
        return StressResult(result, analyse(file))


stress_test_sync = twin(stress_test)


async def estimate_stress(
    scenario: str | Path | Scenario,
    *,
    population: str | Path | Population | None = None,
    adversarial: bool = False,
    python_checks: Sequence[str] = (),
    allow_code: bool = False,
    **settings: Any,
) -> Estimate:
    """Estimate what `stress_test` would take, judges included; nobody is called.

    The arguments are those of `stress_test`; `settings` are passed on to
    `simulate.engine.estimate`.
    """
    named = settings.get("target") is not None
    prepared = _prepared(scenario, population, python_checks, adversarial, allow_code, named)
    return await estimate(**prepared, **settings)


def _prepared(
    scenario: str | Path | Scenario,
    population: str | Path | Population | None,
    python_checks: Sequence[str],
    adversarial: bool,
    allow_code: bool,
    named: bool,
) -> dict[str, Any]:
    """Load a scenario with its checks, as arguments of a run; refuse what it may not name.

    `allow_code`: whether the scenario file may name code, and a target of any kind; `named`:
    whether the user names the target.

    Raises:
        InputError: a file or an argument is wrong.
    """
    if adversarial and population is not None:
        raise InputError(
            "adversarial takes the population `adversarial`, and population names another; "
            "leave one of them out"
        )
    people: Population | None = None
    others: dict[str, Population] | None = None
    folder: Path | None = None
    if isinstance(scenario, Scenario):
        loaded, trusted = scenario, True
    else:
        loaded, people, others = load_with_populations(scenario)
        trusted = allow_code
        folder = Path(scenario).parent
    if not loaded.checks and not python_checks:
        raise ScenarioError(
            f"scenario {loaded.name} declares no checks, so nothing can fail: add `checks`, or "
            "name a function as check, such as module:function"
        )
    if not trusted:
        refuse_unnamed(loaded, replaced=named)
    examiner = Checks(
        loaded.checks, trusted, python_checks, folder=folder, description=loaded.description
    )
    # What is checked stands in the run file, so that a failure can be replayed from it.
    loaded = loaded.model_copy(update={"checks": examiner.checks})
    return {
        "scenario": loaded,
        "population": ADVERSARIAL if adversarial else people if population is None else population,
        "speaker_populations": others,
        "examiner": examiner,
    }
