"""The next human act, forecast with each wording in a walk through human dialogues.

The people of the select side are walked through as by `simulate calibrate`, in a run file beside
that of the comparison: at each chosen turn the model states, by the wording, which act comes next.
The loss of a person is the mean Brier score over the person's turns, Σ (p_k − 1[k came true])², in
[0, 2].
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from simulate.calibration.api import left_over
from simulate.calibration.choice import Choice, prepared_walk
from simulate.calibration.moves import Persons, known_talks
from simulate.calibration.situation import load_situation
from simulate.calibration.walk import SPEAKER
from simulate.calibration.walk_forecasts import ACT, Thing, WalkForecasts
from simulate.calibration.wordings.templates import Template, cell_of, with_wordings
from simulate.engine import RunResult, run
from simulate.errors import InputError, StatisticsError
from simulate.population import Population
from simulate.reference.human_talks import human_talks
from simulate.runfile import open_run
from simulate.scenario import Cell, Scenario
from simulate.statistics.ordered_criteria import PairedLosses
from simulate.statistics.rows import cluster_index
from simulate.statistics.scoring import brier

DIALOGUES = 50
"""How many human dialogues are walked through, at most."""


@dataclass(frozen=True)
class ActWalk:
    """A walk with each wording.

    Attributes:
        reference: the human dialogues.
        scenario: with a cell for each wording.
        population: the turns that are forecast.
        calls: how many calls it takes, without repairs.
    """

    reference: str
    scenario: Scenario
    population: Population
    calls: int

    async def played(
        self, beside: Path, user: str, spent: RunResult, settings: dict[str, Any]
    ) -> RunResult:
        """Play the walk into a file beside a run file; it goes on where it stood.

        Args:
            beside: the run file.
            user: the speaker whose model is asked.
            spent: what was spent of the budgets.
            settings: of `simulate.engine.run`.
        """
        path = walk_beside(beside)
        kept = ("model", "models", "concurrency", "rpm", "tpm", "listener", "progress", "stop")
        playing = {name: settings[name] for name in kept if name in settings}
        model = (settings.get("speaker_models") or {}).get(user)
        return await run(
            self.scenario,
            n=len(self.population.personas),
            population=self.population,
            seed=int(settings.get("seed", 0)),
            out=path,
            resume=path.exists(),
            speaker_models={} if model is None else {SPEAKER: model},
            share_human_data=settings.get("share_human_data"),
            **playing,
            **left_over(settings, spent),
        )


def walk_beside(path: Path) -> Path:
    """Return where the walk of a comparison stands."""
    return path.with_suffix(".walk.db")


def walk_of_wordings(
    reference: str, cell: Cell, user: str, templates: Sequence[Template], dialogues: int, seed: int
) -> ActWalk | None:
    """Return the walk with each wording; None where nothing can be forecast so.

    Raises:
        ReferenceDataError: the reference has no dialogues that can be used.
    """
    situation = load_situation()
    speaker = cell.speakers[user]
    if user not in situation.roles or speaker.model is not None:
        return None
    choice = Choice(
        dialogues,
        roles=(user,),
        split="select",
        asks=("act",),
        methods=(speaker.method.name,),
        seed=seed,
    )
    try:
        made = prepared_walk([reference], situation, choice).walk()
        scenario = with_wordings(
            made.scenario, cell_of(made.scenario, None), templates, made.population, {}
        )
    except (InputError, StatisticsError):
        return None
    return ActWalk(reference, scenario, made.population, made.calls * len(templates))


def act_losses(path: Path, reference: str, user: str) -> PairedLosses:
    """Return the mean Brier score of each person under each wording.

    Turns that some wording stated nothing usable of are left out for all.

    Raises:
        StatisticsError: it is no walk, dialogues are still to do, or nothing of it can be scored.
        ReferenceDataError: it walks through other dialogues.
    """
    situation = load_situation()
    talks, _ = known_talks(human_talks(reference), situation, Persons(situation, told=False))
    found: list[dict[tuple[str, int, str], tuple[str, float]]] = []
    with open_run(path) as file:
        if file.totals().left:
            raise StatisticsError(f"{path}: the walk is not finished; go on with --resume")
        for cell in file.cells:
            walked = WalkForecasts(file, {talks[0].reference: talks}, situation, cell.index)
            method = cell.levels["forecast"].rpartition(".")[0]
            stated = walked.forecasts(Thing(ACT, user), method)
            scores = brier(stated.stated, stated.happened, stated.answers).tolist()
            at = stated.positions
            found.append({p.key: (p.person, score) for p, score in zip(at, scores, strict=True)})
    shared = sorted(set.intersection(*map(set, found)))
    if not shared:
        raise StatisticsError(f"{path}: no turn was forecast with each wording")
    people = cluster_index([found[0][key][0] for key in shared])
    scores = np.array([[of[key][1] for key in shared] for of in found])
    means = [np.bincount(people, each) / np.bincount(people) for each in scores]
    return PairedLosses(np.array(means))
