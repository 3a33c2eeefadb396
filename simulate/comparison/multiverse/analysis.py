"""A multiverse: play what is declared, derive what recorded draws can give, test all at once."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from simulate.comparison.multiverse.arms import Arms, arms_of
from simulate.comparison.multiverse.cleaned_run import CleanedRun
from simulate.comparison.multiverse.grid import Declared, declared
from simulate.comparison.multiverse.plan_file import MultiversePlan
from simulate.comparison.multiverse.playing import Playing, failures
from simulate.comparison.multiverse.record import read_record
from simulate.comparison.multiverse.result import Multiverse, UniverseContrast
from simulate.comparison.multiverse.weighed import weighed_samples
from simulate.comparison.samples import from_run
from simulate.engine import Estimate, estimate, new_run_path
from simulate.engine.events import Listener
from simulate.errors import StatisticsError
from simulate.models import AnyModel, ModelNames
from simulate.randomness import generator
from simulate.statistics.joint_permutation import JointTest, joint_test
from simulate.statistics.random_levels import FEWEST_LEVELS, RandomLevels, random_levels
from simulate.statistics.rows import Floats
from simulate.synchronous import twin

Estimated = tuple[UniverseContrast, Arms | None]


async def multiverse(
    plan: str | Path | MultiversePlan,
    *,
    out: str | Path | None = None,
    model: AnyModel | None = None,
    models: ModelNames | None = None,
    concurrency: int | None = None,
    budget_usd: float | None = None,
    budget_tokens: int | None = None,
    rpm: int | None = None,
    tpm: int | None = None,
    share_human_data: str | None = None,
    resume: bool = False,
    run_refused: bool = False,
    listener: Listener | None = None,
    stop: asyncio.Event | None = None,
) -> Multiverse:
    """Estimate one contrast over a declared grid.

    Each combination of wordings, k and models is a run of its own, with the same personas and
    random numbers. Draw rules are found by weighing the recorded draws of these runs, and cleaning
    rules by reading them anew: neither takes a model call.

    Args:
        plan: a file, or what one says.
        out: a folder for the run files; by default a new one in the folder `runs`.
        model: of whoever has none by the scenario or the plan, and of judges; see `simulate.run`.
        models: names for models.
        concurrency: dialogues at once.
        budget_usd: of all runs together.
        budget_tokens: likewise.
        rpm: requests per minute that one host gets at most.
        tpm: tokens per minute that one host gets at most.
        share_human_data: why people of a table may be sent elsewhere; see `simulate.run`.
        resume: go on in the folder `out`.
        run_refused: play the draw rules that weighing refuses, as runs of their own.
        listener: is told what happens.
        stop: when it is set, the run under way stops.

    Returns:
        The contrasts with their joint test; nothing is estimated where a run was stopped.

    Raises:
        InputError: the plan, or what it names, breaks a rule.
        RunFileError: a run file is there already, or cannot be gone on with.
        EndpointError: a model cannot be reached.
    """
    found = declared(plan)
    folder = Path(out) if out is not None else new_run_path(found.plan.multiverse).with_suffix("")
    options = {
        "model": model,
        "models": models,
        "concurrency": concurrency,
        "rpm": rpm,
        "tpm": tpm,
        "share_human_data": share_human_data,
        "listener": listener,
        "stop": stop,
    }
    playing = Playing(folder, resume, budget_usd, budget_tokens, options)
    runs = list(found.runs())
    playing.check(runs)
    record = read_record(folder).now(found)
    record.write(folder)
    stopped = await playing.play(found, runs)
    estimated: list[Estimated] = []
    if stopped is None:
        estimated = list(_estimated(found, folder))
        if run_refused:
            refused = {e.name for e, _ in estimated if e.refused and e.origin == "re-weighed"}
            again = [u for u in found.universes if u.name in refused and u.redraw.below is None]
            own = dict(map(found.run_of_its_own, again))
            stopped = await playing.play(found, [*runs, *own.items()])
            if stopped is None:
                estimated = list(_estimated(found, folder, [u.name for u in again]))
    if stopped is None:
        record.shown().write(folder)
    later = set(record.later(found))
    told = [(replace(each, later=each.name in later), arms) for each, arms in estimated]
    return _result(found, folder, told, changed=record.changed(found), stopped=stopped)


multiverse_sync = twin(multiverse)


def _estimated(found: Declared, folder: Path, own: Collection[str] = ()) -> Iterator[Estimated]:
    """Yield the contrast of each universe, with its arms where there is one.

    Args:
        found: what is declared.
        folder: where the run files are.
        own: the names of universes that have a run of their own.
    """
    for universe in found.universes:
        mine = universe.name in own
        run = universe.run_of_its_own if mine else universe.run
        weighed = not (mine or universe.redraw.as_run)
        told = UniverseContrast(universe.choices, run, "re-weighed" if weighed else "run")
        with CleanedRun(folder / f"{run}.db", found.plan.outcome, universe.cleaning) as file:
            try:
                if weighed:
                    samples, squares = weighed_samples(file, found.variable, universe.redraw)
                    arms = arms_of(file, samples, found, squares)
                else:
                    arms = arms_of(file, from_run(file, found.variable.name, found.variable), found)
            except StatisticsError as error:
                yield replace(told, refused=str(error)), None
                continue
        told = replace(told, left_out=arms.left_out, ess=arms.ess)
        if arms.refused is not None:
            yield replace(told, refused=arms.refused), None
        else:
            yield replace(told, contrast=arms.contrast), arms


def _result(
    found: Declared,
    folder: Path,
    estimated: Sequence[Estimated],
    *,
    changed: bool,
    stopped: str | None,
) -> Multiverse:
    """Return the result, with the joint test of what has a number."""
    plan, universes = found.plan, tuple(each for each, _ in estimated)
    there = [(each, arms) for each, arms in estimated if arms is not None]
    people = sorted({person for _, arms in there for person in arms.people})
    between = any(arms.between for _, arms in there)
    joint: JointTest | None = None
    if len(there) > 1:
        parts = [arms.of(people) for _, arms in there]
        sums, weights = (np.array(each) for each in zip(*parts, strict=True))
        joint = joint_test(
            sums, weights, generator(plan.seed, "multiverse/labels"), between=between
        )
    return Multiverse(
        name=plan.multiverse,
        a=found.sides[0],
        b=found.sides[1],
        meaning=found.meaning,
        outcome=plan.outcome,
        level=found.level,
        unit=found.variable.unit,
        grid=plan.grid,
        universes=universes,
        joint=joint,
        personas=len(people),
        between=between,
        wordings=None if between else _between_wordings(there, people),
        sha256=found.sha256,
        changed=changed,
        folder=folder,
        failed=failures(folder, list(dict.fromkeys(each.run for each in universes))),
        stopped=stopped,
    )


def _between_wordings(
    there: Sequence[tuple[UniverseContrast, Arms]], people: Sequence[str]
) -> RandomLevels | None:
    """Return how much wordings differ, over the universes that all of them have."""
    place = {person: i for i, person in enumerate(people)}
    found: dict[str, dict[tuple[str, ...], Floats]] = {}
    for each, arms in there:
        differences = np.full(len(people), np.nan)
        differences[[place[person] for person in arms.people]] = -np.diff(arms.linear, axis=0)[0]
        rest = tuple(c for kind, c in each.choices.items() if kind != "wordings")
        found.setdefault(each.choices.get("wordings", ""), {})[rest] = differences
    if len(found) < FEWEST_LEVELS:
        return None
    common = set.intersection(*(set(of) for of in found.values()))
    if not common:
        return None
    means = np.array(
        [np.mean([of[rest] for rest in sorted(common)], axis=0) for of in found.values()]
    )
    complete = means[:, ~np.isnan(means).any(axis=0)]
    return random_levels(complete) if complete.shape[1] > 1 else None


@dataclass(frozen=True)
class Foreseen:
    """What a multiverse would take.

    Attributes:
        told: what is declared, in a few words.
        universes: how many.
        runs: the name of each run file to what it is expected to take.
        sha256: of what is declared.
    """

    told: str
    universes: int
    runs: Mapping[str, Estimate]
    sha256: str

    @property
    def sentence(self) -> str:
        """What is run, and what is not."""
        return (
            f"{self.told}. Draw and cleaning rules take no call. Declared: sha256 "
            f"{self.sha256[:16]}…"
        )

    @property
    def total(self) -> Estimate:
        """All runs together."""
        each = list(self.runs.values())
        costs = [one.cost_usd for one in each if one.cost_usd is not None]
        sums = {
            name: sum(getattr(one, name) for one in each)
            for name in ("dialogues", "calls", "prompt_tokens", "completion_tokens", "cells")
        }
        return Estimate(
            **sums,
            cells_played=sum(one.cells_played for one in each),
            cost_usd=sum(costs) if len(costs) == len(each) else None,
            left_out=tuple(dict.fromkeys(told for one in each for told in one.left_out)),
            warnings=tuple(dict.fromkeys(told for one in each for told in one.warnings)),
        )


async def foresee(
    plan: str | Path | MultiversePlan,
    *,
    model: AnyModel | None = None,
    models: ModelNames | None = None,
) -> Foreseen:
    """Estimate what the runs of a multiverse would take, and call nobody; see `multiverse`."""
    found = declared(plan)
    runs = {
        name: await estimate(
            scenario,
            n=found.n,
            model=model,
            models=models,
            population=found.people,
            speaker_populations=found.others,
            seed=found.plan.seed,
        )
        for name, scenario in found.runs()
    }
    return Foreseen(found.told, len(found.universes), runs, found.sha256)
