"""Turn leverage from the rollouts that a run file holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from simulate.comparison.leverage.result import Leverage, TurnLeverage
from simulate.comparison.leverage.rollout_values import measured_variable, value_of
from simulate.engine.branch_point import BranchPoint, why_not_explored
from simulate.engine.branching import Wanted, named
from simulate.errors import StatisticsError
from simulate.reference import Variable
from simulate.runfile import Dialogue, RunReader, Turn, open_run
from simulate.runfile.branches import branch_on_file
from simulate.runfile.run_view import find_dialogue
from simulate.statistics.confidence import CONFIDENCE
from simulate.statistics.turn_effects import FEWEST, Rollouts, turn_effects


def leverage(
    run: str | Path | RunReader,
    dialogue: str | int | None = None,
    *,
    outcome: str | None = None,
    confidence: float = CONFIDENCE,
) -> Leverage:
    """Return surprise and leverage of the turns that `explore` has tried; no model is called.

    Args:
        run: the run file.
        dialogue: only of this one: its key, the beginning of it, or its number.
        outcome: whose mean is looked at; by default the first of interest that has one.
        confidence: of the intervals, for all turns at once, in (0, 1).

    Raises:
        StatisticsError: no turn was explored, its rollouts are unfinished, or the outcome has no
            mean.
        InputError: there is no such dialogue.
        RunFileError: the run file cannot be read.
    """
    path = run.path if isinstance(run, RunReader) else Path(run)
    with open_run(path, with_branches=True) as file:
        variable = measured_variable(file.scenario, outcome)
        explored = file.explored
        if dialogue is not None:
            key = named(file, dialogue).key
            explored = {key: explored[key]} if key in explored else {}
        if not explored:
            of = "" if dialogue is None else f" of dialogue {dialogue}"
            raise StatisticsError(
                f"{path}: no turn{of} was explored yet; play its rollouts first: "
                "simulate branch RUN --explore --budget-calls N"
            )
        parents = [file.dialogue(find_dialogue(file, key)) for key in explored]
        looked = [
            _looked(file, variable, parent, turn, explored[parent.key].get(str(turn.index)))
            for parent in parents
            for turn in parent.turns
        ]
    usable = [rollouts for _, rollouts in looked if rollouts is not None]
    effects = iter(turn_effects(usable, confidence))
    return Leverage(
        path,
        variable.name,
        variable.unit,
        tuple(
            each if rollouts is None else replace(each, effects=next(effects))
            for each, rollouts in looked
        ),
        confidence,
        _draw_rules(parents),
    )


def _looked(
    file: RunReader,
    variable: Variable,
    parent: Dialogue,
    turn: Turn,
    explored: tuple[int, Mapping[str, int]] | None,
) -> tuple[TurnLeverage, Rollouts | None]:
    """Return a turn, with the values of its fresh rollouts where there are enough."""
    of = (parent.key, turn.index, turn.speaker)
    if explored is None:
        return TurnLeverage(*of, refused=_why(parent, turn)), None
    pilot, fresh = explored
    point = BranchPoint(file.scenario, parent, turn.index)
    values, lost = [], 0
    for chosen in point.weights:
        repeats = range(pilot, pilot + fresh.get(str(chosen), 0))
        each = [rollout_value(file, variable, Wanted(point, chosen, r)) for r in repeats]
        kept = [value for value in each if value is not None]
        lost += len(each) - len(kept)
        values.append(np.array(kept))
    if min(map(len, values)) < FEWEST:
        few = f"a reply has fewer than {FEWEST} rollouts with a value"
        return TurnLeverage(*of, refused=few, lost=lost), None
    candidates = tuple(point.weights)
    rollouts = Rollouts(point.shares, candidates.index(point.drawn), values)
    weights = tuple(point.shares.tolist())
    found = TurnLeverage(*of, None, None, candidates, weights, point.drawn, lost)
    return found, rollouts


def rollout_value(file: RunReader, variable: Variable, wanted: Wanted) -> float | None:
    """Return what a rollout counts with; None where it failed, or has no value.

    Raises:
        StatisticsError: it has not ended: to count those that have would select.
    """
    there = branch_on_file(file, wanted.key)
    if there is None or there.status not in ("completed", "failed"):
        point = wanted.point
        raise StatisticsError(
            f"{file.path}: the rollouts of dialogue {point.dialogue.key}, turn {point.index} are "
            "unfinished; the same `simulate branch --explore` goes on with them"
        )
    row = file.outcome_row(there.id, variable.name)
    return None if row is None else value_of(variable, row)


def _why(parent: Dialogue, turn: Turn) -> str:
    """Say why nothing was found at a turn that was not explored."""
    if turn.draw is None and parent.cell.speakers[turn.speaker].plays != "user":
        plays = parent.cell.speakers[turn.speaker].plays
        return f"not identified: what plays {plays} states no distribution of its replies"
    return why_not_explored(parent, turn) or "not explored"


def _draw_rules(parents: Sequence[Dialogue]) -> str:
    """Say how turns are drawn where that is not as their probabilities are stated."""
    found: dict[str, None] = {}
    for cell in {parent.cell.index: parent.cell for parent in parents}.values():
        for name, speaker in cell.speakers.items():
            if speaker.plays != "user":
                continue
            for method in speaker.method.asking:
                settings = method.draw_settings
                if not settings.as_stated:
                    said: list[str] = [settings.rule]
                    said += [] if settings.temper is None else [f"temper {settings.temper:g}"]
                    said += [] if settings.mix is None else [f"mix {settings.mix:g}"]
                    found[f"{name} by {', '.join(said)}"] = None
    return "; ".join(found)
