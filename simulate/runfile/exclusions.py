"""Dialogues that a rule of the scenario (`exclude`) leaves out of every analysis.

They stay on file and in exports, are counted by cell and rule, and are no values.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from simulate.runfile.dialogue import Dialogue, OutcomeRow
from simulate.scenario import Answer, Scenario
from simulate.terminal.safe_text import counted

if TYPE_CHECKING:
    from simulate.runfile.reader import RunReader

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


def exclusions_told(run: RunReader) -> Iterator[str]:
    """Say how many dialogues of each cell each rule leaves out, and why; nothing for none."""
    rules = run.rules_of_dialogues()
    if not rules:
        return
    cells = {planned.id: planned.cell for planned, _ in run.planned()}
    counts = Counter((rule, run.cells[cells[place]].label) for place, rule in rules.items())
    for rule, declared in run.scenario.exclude.items():
        each = {c.label: n for c in run.cells if (n := counts[rule, c.label])}
        if not each:
            continue
        shown = ", ".join(f"{cell} {n:,}" for cell, n in each.items())
        how = "counted in all the same" if run.with_excluded else "left out"
        all_of_them = counted(sum(each.values()), "dialogue")
        yield f"rule {rule}: {all_of_them} {how} ({shown}): {declared.why}"
