"""Dialogues as they are re-weighed: their weight, and the outcome's own distribution.

What an outcome was drawn from is on file, so that all of it counts, each value by its stated
weight, and nothing is sampled (Rao and Blackwell). An outcome that is the one turn of a task is
that turn's draw; all of its candidates count by the chances that the rule gives them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from simulate.comparison.mapped_outcomes import through_map
from simulate.comparison.reweighing.rule import AS_STATED, TurnRule
from simulate.comparison.reweighing.weights import Obstacle, Weight, chain_weight, turns_weight
from simulate.errors import ParseError
from simulate.runfile import Dialogue, OutcomeRow, OutcomeValue, RunReader, Turn
from simulate.runfile.call_reader import turns_before_asked
from simulate.runfile.computed_values import drawn_parts
from simulate.runfile.exclusions import decides, deciding
from simulate.scenario import Scenario
from simulate.verbalized import RecordedDraw
from simulate.verbalized.probability_map import ProbabilityMap


@dataclass(frozen=True)
class WeighedDialogue:
    """One completed dialogue.

    Attributes:
        id: its place in the plan.
        row: its outcome as the run has it.
        integrated: its outcome as the rule has it: the chances of candidates are those under it.
        weight: under the rule.
    """

    id: int
    row: OutcomeRow
    integrated: OutcomeRow
    weight: Weight


def weighed_dialogues(
    run: RunReader,
    outcome: str,
    rules: Mapping[str, TurnRule | None],
    outcome_map: ProbabilityMap | None = None,
) -> dict[int, dict[str, list[WeighedDialogue]]]:
    """Return the completed dialogues of each cell under some rules.

    Args:
        run: the run file.
        outcome: whose distribution is integrated.
        rules: by any name; None leaves turns as they were drawn.
        outcome_map: what becomes of the stated weights of the outcome; None where they stay.
    """
    exclude = run.scenario.exclude and not run.with_excluded
    left_out = run.rules_of_dialogues() if exclude else {}
    # What comes after an outcome weighs nothing, unless it decides which dialogues are there.
    counts, before = run.counts(), _turns_before(run, outcome)
    found: dict[int, dict[str, list[WeighedDialogue]]] = {
        cell.index: {name: [] for name in rules} for cell in run.cells
    }
    whole = {cell.index for cell in run.cells if exclude or counts[cell.index].get("failed")}
    deciders = {c.index: deciding(run.scenario, c) if exclude else frozenset() for c in run.cells}
    drawn_only = {c.index for c in run.cells if exclude and decides(outcome, run.scenario, c)}
    for dialogue in run.read():
        if dialogue.status != "completed":
            continue
        cell = dialogue.cell
        row = OutcomeRow(
            cell.index,
            dialogue.persona.id,
            dialogue.replicate,
            dialogue.status,
            dialogue.outcomes.get(outcome),
            left_out.get(dialogue.id),
            cell.index in drawn_only,
        )
        turns = len(dialogue.turns)
        counted = turns if cell.index in whole else before.get(dialogue.id, turns)
        for name, rule in rules.items():
            if row.measured is None or not row.counts:
                each = WeighedDialogue(dialogue.id, row, row, Weight())
            else:
                each = _weighed(
                    dialogue,
                    row,
                    row.measured,
                    rule,
                    run.scenario,
                    counted,
                    deciders[cell.index],
                )
            if outcome_map is not None:
                each = replace(each, integrated=through_map(each.integrated, outcome_map))
            found[cell.index][name].append(each)
    return found


def _weighed(
    dialogue: Dialogue,
    row: OutcomeRow,
    measured: OutcomeValue,
    rule: TurnRule | None,
    scenario: Scenario,
    counted: int,
    deciders: frozenset[str],
) -> WeighedDialogue:
    cell, turns = dialogue.cell, dialogue.turns
    of_turn = bool(turns and measured.draws) and measured.draws is turns[0].draws
    if rule is None:
        integrated = measured if of_turn else _as_stated(measured)
        return WeighedDialogue(dialogue.id, row, row._replace(measured=integrated), Weight())
    if of_turn and not row.decides:
        weight = turns_weight(turns, cell, rule, integrated=1)
        integrated, obstacle = _under_rule(measured, rule, turns[0])
        weight = weight.times(Weight(obstacle=obstacle))
        return WeighedDialogue(dialogue.id, row, row._replace(measured=integrated), weight)
    weight = turns_weight(turns[:counted], cell, rule)
    for name, draws in _of_outcomes(dialogue, row, measured, scenario, deciders).items():
        weight = weight.times(chain_weight(draws, AS_STATED, f"outcome {name}"))
    integrated = _as_stated(measured)
    return WeighedDialogue(dialogue.id, row, row._replace(measured=integrated), weight)


def _as_stated(measured: OutcomeValue) -> OutcomeValue:
    """Return an outcome whose candidates have their stated weights as chances."""
    if measured.draws:
        last = replace(measured.draws[-1], flattened=None)
        return replace(measured, draws=(*measured.draws[:-1], last))
    if measured.possible is None or (possible := measured.possible()) is None:
        return measured
    stated = tuple(each._replace(chance=each.weight) for each in possible)
    return replace(measured, possible=lambda: stated)


def _under_rule(
    measured: OutcomeValue, rule: TurnRule, turn: Turn
) -> tuple[OutcomeValue, Obstacle | None]:
    """Return an outcome that is a turn of a task, its candidates with the rule's chances."""
    last = turn.draws[-1]
    try:
        chances = rule.chances(last)
    except ParseError:
        return measured, Obstacle("no candidate", f"turn {turn.index}")
    drawn = replace(last, flattened=chances)
    return replace(measured, draws=(*measured.draws[:-1], drawn)), None


def _turns_before(run: RunReader, outcome: str) -> dict[int, int]:
    """Return how many turns an outcome can depend on, by dialogue; none where on all.

    Those that were taken when it was asked for, or the last of what it is computed from.
    """
    left, needed = [outcome], dict[str, None]()
    while left:
        needed[label := left.pop()] = None
        left += [each for each in run.scenario.outcomes[label].needs if each not in needed]
    computed = {each for each in needed if run.scenario.outcomes[each].computed}
    return turns_before_asked(run, needed.keys() - computed)


def _of_outcomes(
    dialogue: Dialogue,
    row: OutcomeRow,
    measured: OutcomeValue,
    scenario: Scenario,
    deciders: frozenset[str],
) -> dict[str, tuple[RecordedDraw, ...]]:
    """Return the draws of outcomes on which another one depends, but for those it integrates.

    It depends on its own earlier draws (such as an act), on the parts that it is computed from, on
    those that say whether it applies, and on all that is remembered when it is asked for; and
    whether it is there, on those that decide whether dialogues are left out.
    """
    cell, name, outcomes = dialogue.cell, measured.name, scenario.outcomes
    integrated = {name} if row.candidates is not None else set()
    if measured.possible is not None and integrated:
        integrated |= set(drawn_parts(name, outcomes, cell) or ())
    asked_in = {label: i for i, step in enumerate(cell.steps) for label in step.asked}
    before = (each for each, (step, _) in cell.remembered.items() if step <= asked_in[name])
    left, needed = [name, *before, *deciders], dict[str, tuple[RecordedDraw, ...]]()
    while left:
        label = left.pop()
        value = dialogue.outcomes.get(label)
        if label in needed or value is None:
            continue
        left += outcomes[label].needs
        asked = outcomes[label].asked or outcomes[label].judged
        draws = value.draws if asked else ()
        needed[label] = draws[:-1] if label in integrated else draws
    return {label: draws for label, draws in needed.items() if draws}
