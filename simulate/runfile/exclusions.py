"""Dialogues that a rule of the scenario (`exclude`) leaves out of every analysis.

They stay on file and in exports, are counted by cell and rule, and are no values.
"""

from __future__ import annotations

from collections.abc import Iterable

from simulate.runfile.dialogue import Dialogue, OutcomeRow
from simulate.scenario import Answer, Scenario

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
