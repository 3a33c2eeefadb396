"""Read the tree of a dialogue: candidates, the path and its rank, and branches that were played."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping, Sequence

from simulate.comparison.dialogue_tree.nodes import (
    PathRank,
    Played,
    TreeAnswer,
    TreeCandidate,
    TreeTurn,
)
from simulate.comparison.dialogue_tree.result import DialogueTree
from simulate.comparison.leverage import Leverage, TurnLeverage, foresee, leverage
from simulate.comparison.leverage.rollout_values import measured_variable, value_of
from simulate.comparison.progress import Progress, untold
from simulate.engine.branch_point import points_of, why_not_explored, why_not_left
from simulate.engine.branching import named
from simulate.errors import InputError, StatisticsError
from simulate.limits import LARGEST_COUNT
from simulate.reference import Variable
from simulate.runfile import Dialogue, RunReader, Turn
from simulate.runfile.branches import branches_of
from simulate.runfile.path_weights import log_product, path_weights
from simulate.scenario import DOES_NOT_APPLY
from simulate.scenario.outcome_kind import OUTCOME_KINDS
from simulate.synchronous import run_to_end
from simulate.terminal.safe_text import counted
from simulate.verbalized import RecordedDraw

BETWEEN = 50
"""Branches between two signs of progress."""
ENOUGH = 3
"""Times the smallest budget that gives each listed reply four rollouts, which an interval takes."""


def dialogue_tree(
    run: RunReader, dialogue: int, outcome: str | None = None, progress: Progress = untold
) -> DialogueTree:
    """Return the tree of a dialogue; no model is called.

    Args:
        run: the run file.
        dialogue: its number; it may be a branch.
        outcome: by which branches are told; the first of interest that has a mean for None.
        progress: is told how far it is.

    Raises:
        RunFileError: there is no such dialogue, or the file cannot be read.
    """
    found = run.dialogue(dialogue)
    variable = _variable(run, outcome)
    played = _played(run, found, variable, progress)
    explored, why, unknown = _explored(
        run, found, variable, sum(len(p.ids) for p in played.values())
    )
    calls = _enough(run, found) if unknown else None
    effects = {each.turn: each for each in explored.turns} if explored is not None else {}
    for turn, each in effects.items():
        played |= _counted(turn, each, played)
    turns = tuple(_turn(turn, played, effects) for turn in found.turns)
    own = [turn for turn in found.turns if turn.chain and not turn.given]
    weights = [float(d.distribution.weights[d.chosen]) for turn in own for d in turn.chain]
    chances = [float(d.chances[d.chosen]) for turn in own for d in turn.chain]
    return DialogueTree(
        path=run.path,
        dialogue=found.id,
        key=found.key,
        cell=found.cell.label,
        persona=found.persona.id,
        status=found.status,
        branch=_branch(found),
        turns=turns,
        answers=tuple(
            TreeAnswer(name, _before(each.picks), _candidates(each.draw, {}))
            for name, each in found.outcomes.items()
            if each.draw is not None and each.parse is not None
        ),
        outcomes=_outcomes(run, found),
        outcome=None if variable is None else variable.name,
        unit=None if variable is None else variable.unit,
        log_weight=log_product(weights) if own else None,
        log_chance=log_product(chances) if own else None,
        rank=_rank(run, found, progress) if own else None,
        leverage=explored,
        why_none=why,
        command=_command(run, found, variable, calls) if unknown else None,
        buys="" if calls is None else _buys(run, calls),
    )


def explored_dialogue(run: RunReader) -> int | None:
    """Return the first dialogue that was explored, by its place in the plan; None for none."""
    key = next(iter(run.explored), None)
    return None if key is None else named(run, key).id


def _variable(run: RunReader, outcome: str | None) -> Variable | None:
    """Return the outcome that is asked for where it has a mean, else the first that has one."""
    for name in (outcome, None):
        try:
            return measured_variable(run.scenario, name)
        except StatisticsError:
            continue
    return None


def _branch(found: Dialogue) -> str:
    if (of := found.branch) is None:
        return ""
    return f"a branch of {of.parent} (turn {of.turn}, candidate {of.chosen})"


def _outcomes(run: RunReader, found: Dialogue) -> tuple[tuple[str, str], ...]:
    shown = []
    for name, each in found.outcomes.items():
        declared = run.scenario.outcomes[name]
        if not each.applies:
            shown.append((name, DOES_NOT_APPLY))
        elif each.value is None:
            shown.append((name, "missing"))
        else:
            told = OUTCOME_KINDS[declared.kind].told(each.value)
            shown.append((name, f"{told} {declared.unit}" if declared.unit else told))
    return tuple(shown)


def _turn(
    turn: Turn, played: Mapping[tuple[int, int], Played], effects: Mapping[int, TurnLeverage]
) -> TreeTurn:
    of_turn = {chosen: each for (index, chosen), each in played.items() if index == turn.index}
    return TreeTurn(
        turn.index,
        turn.speaker,
        turn.shown,
        turn.ends,
        turn.given,
        turn.tail,
        _before(turn.picks),
        None if turn.given else turn.weight,
        () if turn.draw is None else _candidates(turn.draw, of_turn),
        effects.get(turn.index),
    )


def _candidates(draw: RecordedDraw, played: Mapping[int, Played]) -> tuple[TreeCandidate, ...]:
    weights, chances = draw.distribution.weights.tolist(), draw.chances.tolist()
    each = enumerate(zip(draw.distribution.candidates, weights, chances, strict=True))
    return tuple(
        TreeCandidate(
            place,
            c.shown,
            c.probability,
            weight,
            chance,
            c.ends,
            place == draw.chosen,
            played.get(place),
        )
        for place, (c, weight, chance) in each
    )


def _before(picks: Sequence[RecordedDraw]) -> tuple[tuple[str, str, float], ...]:
    """Return what was drawn before a reply or an answer, each with its weight."""
    return tuple(
        (d.what, d.candidate.shown, float(d.distribution.weights[d.chosen])) for d in picks
    )


def _rank(run: RunReader, found: Dialogue, progress: Progress) -> PathRank | None:
    """Return the rank of a completed dialogue of the plan."""
    if found.status != "completed" or found.branch is not None:
        return None
    paths = path_weights(
        run, found.cell.index, lambda read, of: progress(read, of, "turns of the cell")
    )
    if found.id not in paths:
        return None
    own = paths[found.id].per_turn
    all_ = [each.per_turn for each in paths.values()]
    return PathRank(
        1 + sum(each > own for each in all_), len(all_), sum(each <= own for each in all_)
    )


def _played(
    run: RunReader, found: Dialogue, variable: Variable | None, progress: Progress
) -> dict[tuple[int, int], Played]:
    """Return the branches of a dialogue by turn and candidate."""
    branches = branches_of(run, found.id)
    groups: dict[tuple[int, int], list[tuple[int, str, float | None]]] = {}
    for done, (number, turn, chosen, status) in enumerate(branches):
        if done % BETWEEN == 0:
            progress(done, len(branches), "branches")
        row = None
        if variable is not None and status == "completed":
            row = run.outcome_row(number, variable.name)
        value = None if row is None or variable is None else value_of(variable, row)
        groups.setdefault((turn, chosen), []).append((number, status, value))
    return {where: _group(each) for where, each in groups.items()}


def _group(branches: list[tuple[int, str, float | None]]) -> Played:
    values = [value for *_, value in branches if value is not None]
    status = [how for _, how, _ in branches]
    return Played(
        tuple(number for number, *_ in branches),
        status.count("completed"),
        status.count("failed"),
        len(values),
        math.fsum(values) / len(values) if values else None,
        min(values, default=None),
        max(values, default=None),
    )


def _counted(
    turn: int, each: TurnLeverage, played: Mapping[tuple[int, int], Played]
) -> dict[tuple[int, int], Played]:
    """Return the means of the rollouts that count: those of the pilot do not, see `leverage`."""
    if (of := each.effects) is None:
        return {}
    means = zip(each.candidates, of.means, of.rollouts, strict=True)
    return {
        (turn, place): played[turn, place]._replace(mean=mean, values=rollouts)
        for place, mean, rollouts in means
        if (turn, place) in played
    }


def _explored(
    run: RunReader, found: Dialogue, variable: Variable | None, branches: int
) -> tuple[Leverage | None, str, bool]:
    """Return what was explored; or why nothing was, and whether it can be."""
    if variable is not None and found.key in run.explored:
        try:
            return leverage(run.path, found.key, outcome=variable.name), "", False
        except StatisticsError:
            return None, "its rollouts are unfinished, and the same command goes on", True
    if (why := _why_never(run, found, variable)) is not None:
        return None, why, False
    tried = "nobody has tried what else could have been said"
    if branches:
        tried = f"{counted(branches, 'branch')} played, but not of every listed reply of a turn"
    return None, tried, True


def _why_never(run: RunReader, found: Dialogue, variable: Variable | None) -> str | None:
    """Say why no turn of a dialogue can be explored; None where one can."""
    if (why := why_not_left(found)) is not None:
        return why
    if variable is None:
        return "no outcome of the scenario has a mean that a turn could move"
    if not points_of(run.scenario, found):
        told = dict.fromkeys(why_not_explored(found, turn) or "" for turn in found.turns)
        return "no turn has another reply on record (" + "; ".join(filter(None, told)) + ")"
    return None


def _enough(run: RunReader, found: Dialogue) -> int | None:
    """Return how many calls give a dialogue intervals; None where that cannot be foreseen."""
    try:
        return ENOUGH * run_to_end(foresee(run, found.id, LARGEST_COUNT)).whole
    except InputError:
        return None


def _command(run: RunReader, found: Dialogue, variable: Variable | None, calls: int | None) -> str:
    """Return the command that explores a dialogue."""
    outcome = ""
    if variable is not None and variable != measured_variable(run.scenario, None):
        outcome = f" --outcome {shlex.quote(variable.name)}"
    budget = "N" if calls is None else calls
    place = shlex.quote(str(run.path))
    return f"simulate branch {place} {found.id} --explore --budget-calls {budget}{outcome}"


def _buys(run: RunReader, calls: int) -> str:
    """Say what calls are for, and what they cost at the price of the run."""
    totals = run.totals()
    cost = ""
    if totals.cost_usd and totals.calls:
        cost = f", about {totals.cost_usd / totals.calls * calls:.2f} USD"
    return (
        f"at most {calls:,} model calls{cost}: from each reply listed, the dialogue is played "
        "to its end several times"
    )
