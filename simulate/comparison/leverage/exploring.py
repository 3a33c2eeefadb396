"""Play the rollouts of turns: a pilot that shares them out, and fresh ones that are counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Unpack

import numpy as np
from numpy.typing import NDArray

from simulate.comparison.leverage.analysis import leverage, rollout_value
from simulate.comparison.leverage.result import Leverage
from simulate.comparison.leverage.rollout_values import measured_variable
from simulate.engine.branch_estimate import CallCounter
from simulate.engine.branch_point import BranchPoint, points_of, why_not_explored, why_not_left
from simulate.engine.branching import Branching, Playing, Wanted, branching, named
from simulate.errors import InputError
from simulate.limits import LARGEST_COUNT, check_number
from simulate.randomness import sorting_key
from simulate.reference import Variable
from simulate.runfile import RunReader
from simulate.statistics.confidence import CONFIDENCE
from simulate.statistics.turn_effects import (
    FEWEST,
    allocate,
    importance_of,
    pilot_spread,
)
from simulate.synchronous import twin

PILOT_SHARE = 0.25
MOST_PILOT = 10
"""Rollouts of a candidate in the pilot; more say little more of how much they differ."""


@dataclass(frozen=True)
class Exploration:
    """What is going to be explored with a budget, before a call is made.

    Attributes:
        points: the turns.
        costs: (m,) calls that one rollout of each takes at most.
        able: how many turns could be explored.
        budget: calls.
        whole: calls with which all turns could be explored.
    """

    points: tuple[BranchPoint, ...]
    costs: tuple[int, ...]
    able: int
    budget: int
    whole: int

    @property
    def _each(self) -> int:
        """Calls of one rollout of every candidate."""
        return sum(c * len(p.weights) for p, c in zip(self.points, self.costs, strict=True))

    @property
    def pilot(self) -> int:
        """Rollouts of each candidate in the pilot."""
        return max(FEWEST, min(MOST_PILOT, int(PILOT_SHARE * self.budget / self._each)))

    @property
    def fresh_calls(self) -> int:
        """Calls that are left for the rollouts that are counted."""
        return self.budget - self.pilot * self._each

    def pilots(self) -> list[Wanted]:
        """Return the rollouts of the pilot."""
        return [Wanted(p, k, r) for p in self.points for k in p.weights for r in range(self.pilot)]

    def fresh(self, spreads: Sequence[NDArray[np.float64]]) -> list[dict[int, int]]:
        """Return how many fresh rollouts each candidate of each turn gets.

        At least half of them are shared out evenly, so that no candidate whose pilot happened to
        agree is left with a mean of very few.

        Args:
            spreads: of each turn, (K,) standard deviations in the pilot.
        """
        scores, costs = [], []
        for point, cost, spread in zip(self.points, self.costs, spreads, strict=True):
            drawn = list(point.weights).index(point.drawn)
            scores.append(importance_of(point.shares, drawn) * spread)
            costs.append(np.full(len(point.weights), float(cost)))
        least = max(FEWEST, self.fresh_calls // self._each // 2)
        counts = iter(
            allocate(np.concatenate(scores), np.concatenate(costs), self.fresh_calls, least)
        )
        return [{k: int(next(counts)) for k in point.weights} for point in self.points]

    def to_dict(self) -> dict[str, Any]:
        """Return what a dry run prints."""
        return {
            "turns": len(self.points),
            "turns_able": self.able,
            "calls_at_most": self.budget,
            "pilot_rollouts": self.pilot,
            "calls_of_all_turns": self.whole,
        }


async def foresee(file: RunReader, dialogue: str | int | None, budget_calls: int) -> Exploration:
    """Return what a budget is enough for; nobody is called.

    Where it is not enough for all turns, they are taken in random order, by the run's seed.

    Raises:
        InputError: no turn can be explored, or the budget is not enough for one.
    """
    check_number("--budget-calls", budget_calls, 1, LARGEST_COUNT)
    points = _points(file, dialogue)
    counter = CallCounter(file)
    costs = [max(await counter.most(point), 1) for point in points]
    least = [2 * FEWEST * c * len(p.weights) for p, c in zip(points, costs, strict=True)]
    if min(least) > budget_calls:
        raise InputError(
            f"--budget-calls is {budget_calls:,}, and two pilot and two fresh rollouts of each "
            f"reply of one turn take up to {min(least):,} calls; of all {len(points):,} turns "
            f"{sum(least):,}; give at least {min(least):,}"
        )
    seed = file.seed
    order = sorted(
        range(len(points)),
        key=lambda i: sorting_key(seed, f"explore:{points[i].index}", points[i].dialogue.key),
    )
    taken: list[int] = []
    left = budget_calls
    for place in order:
        if least[place] <= left:
            taken.append(place)
            left -= least[place]
    taken.sort()
    return Exploration(
        tuple(points[i] for i in taken),
        tuple(costs[i] for i in taken),
        len(points),
        budget_calls,
        sum(least),
    )


def _points(file: RunReader, dialogue: str | int | None) -> list[BranchPoint]:
    """Return the turns that can be explored: of one dialogue, or of all completed ones."""
    if dialogue is None:
        whole = (each for each in file.completed() if each.branch is None)
        found = [point for each in whole for point in points_of(file.scenario, each)]
        if not found:
            raise InputError(
                f"{file.path}: no turn of a completed dialogue was drawn from several replies; "
                "methods that keep them are vs, vs-cot, vs-multi, vs-act and sequence"
            )
        return found
    parent = named(file, dialogue)
    if why := why_not_left(parent):
        raise InputError(f"dialogue {parent.key}: {why}")
    found = list(points_of(file.scenario, parent))
    if not found:
        told = dict.fromkeys(f"{why_not_explored(parent, turn)}" for turn in parent.turns)
        raise InputError(f"dialogue {parent.key}: no turn can be explored: {'; '.join(told)}")
    return found


async def explore(
    run: str | Path | RunReader,
    dialogue: str | int | None = None,
    *,
    budget_calls: int,
    outcome: str | None = None,
    confidence: float = CONFIDENCE,
    **playing: Unpack[Playing],
) -> Leverage:
    """Play rollouts of the replies of each user turn, and return surprise and leverage.

    A quarter of the budget, at most ten rollouts of each reply, is a pilot that says where the
    outcome differs most; the rest goes there, and only that is counted. Rollouts are branches of
    the run file. The same call again goes on where it was interrupted, and the result depends on
    the run and the budget alone.

    Args:
        run: the run file.
        dialogue: its key, the beginning of it, or its number; None for the whole run.
        budget_calls: calls that all rollouts take at most, those that are on file included, but
            for answers that are asked for again.
        outcome: whose mean is looked at; by default the first of interest that has one.
        confidence: of the intervals, for all turns at once, in (0, 1).
        playing: models, limits and the like, as `simulate.branch` takes them.

    Raises:
        InputError: the budget is too small (the message says the smallest), or no turn can be
            explored.
        StatisticsError: the outcome has no mean.
        RunFileError: the run file cannot be written, or was begun with other models.
        EndpointError: a model cannot be reached.
    """
    path = run.path if isinstance(run, RunReader) else Path(run)
    async with branching(path, **playing) as session:
        file = session.file
        variable = measured_variable(file.scenario, outcome)
        plan = await foresee(file, dialogue, budget_calls)
        key = None if dialogue is None else plan.points[0].dialogue.key
        stopped = await session.play(plan.pilots())
        if stopped is None:
            fresh = plan.fresh([_spread(session, variable, point, plan) for point in plan.points])
            await session.writer.note("explored", _noted(file, plan, fresh))
            wanted = [
                Wanted(point, k, plan.pilot + r)
                for point, counts in zip(plan.points, fresh, strict=True)
                for k, count in counts.items()
                for r in range(count)
            ]
            stopped = await session.play(wanted)
    if stopped is not None:
        told = stopped.why or "told to stop"
        return Leverage(path, variable.name, variable.unit, (), confidence, "", told)
    return leverage(path, key, outcome=variable.name, confidence=confidence)


def _spread(
    session: Branching, variable: Variable, point: BranchPoint, plan: Exploration
) -> NDArray[np.float64]:
    """Return (K,) standard deviations of the outcome in the pilot."""
    values = []
    for chosen in point.weights:
        each = [
            rollout_value(session.file, variable, Wanted(point, chosen, r))
            for r in range(plan.pilot)
        ]
        # Where all failed, nothing is known of the candidate, as of one that never differs.
        values.append(np.array([value for value in each if value is not None] or [0.0]))
    return pilot_spread(values)


def _noted(
    file: RunReader, plan: Exploration, fresh: Sequence[Mapping[int, int]]
) -> dict[str, dict[str, Any]]:
    """Return which rollouts of which turns are counted, with what was explored before."""
    found: dict[str, dict[str, Any]] = {key: dict(of) for key, of in file.explored.items()}
    for key in {point.dialogue.key for point in plan.points}:
        found[key] = {}
    for point, counts in zip(plan.points, fresh, strict=True):
        said = {str(k): count for k, count in counts.items()}
        found[point.dialogue.key][str(point.index)] = [plan.pilot, said]
    return found


explore_sync = twin(explore)
