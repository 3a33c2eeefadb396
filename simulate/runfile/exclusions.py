"""Dialogues that a rule of the scenario (`exclude`) leaves out of every analysis.

They stay on file and in exports, are counted by cell and rule, and are no values.
"""

from __future__ import annotations

from collections.abc import Iterable

from simulate.runfile.computed_values import leaves
from simulate.runfile.dialogue import Dialogue, OutcomeRow
from simulate.scenario import Answer, Cell, Scenario

PlacedRow = tuple[int, OutcomeRow]
"""One outcome of a dialogue, after the dialogue's place in the plan."""


def rule_of(scenario: Scenario, dialogue: Dialogue) -> str | None:
    """Return the rule that leaves a dialogue out; None for none, and unless it is completed."""
    if dialogue.status != "completed" or not scenario.exclude:
        return None
    return scenario.excluded(
        {name: Answer(each.value, each.applies) for name, each in dialogue.outcomes.items()}
    )


def rules_of_dialogues(
    scenario: Scenario, outcomes: Iterable[tuple[str, Iterable[PlacedRow]]]
) -> dict[int, str]:
    """Return the rule that leaves a dialogue out, by the dialogue's place in the plan.

    Args:
        scenario: whose rules they are.
        outcomes: each outcome that a rule asks for, of all dialogues.
    """
    answers: dict[int, dict[str, Answer]] = {}
    for name, rows in outcomes:
        for place, row in rows:
            if row.status == "completed":
                answers.setdefault(place, {})[name] = Answer(row.value, row.applies)
    found = ((place, scenario.excluded(each)) for place, each in answers.items())
    return {place: rule for place, rule in found if rule is not None}


def deciding(scenario: Scenario, cell: Cell) -> frozenset[str]:
    """Return the outcomes whose drawn values decide whether a dialogue is left out.

    A rule asks for them, or for what is computed from them, or applies by them, or was answered
    when they were remembered.
    """
    asked_in = {label: i for i, step in enumerate(cell.steps) for label in step.asked}
    left = [name for rule in scenario.exclude.values() for name in rule.when]
    found: set[str] = set()
    while left:
        label = left.pop()
        if label in found:
            continue
        found.add(label)
        left += scenario.outcomes[label].needs
        last = asked_in.get(label, -1)
        left += [each for each, (step, _) in cell.remembered.items() if step <= last]
    return frozenset(found)


def decides(name: str, scenario: Scenario, cell: Cell) -> bool:
    """Tell whether an outcome's drawn value, or a part of it, decides if a dialogue is left out."""
    parts = {name, *leaves(name, scenario.outcomes)}
    return not parts.isdisjoint(deciding(scenario, cell))
