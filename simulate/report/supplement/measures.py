"""What was asked, and how: the outcomes with their questions, scales and frames."""

from __future__ import annotations

from simulate.report.document import Items, Paragraph, Section, section
from simulate.report.supplement.gathered import Gathered
from simulate.report.supplement.stated import course, outcomes_table, questions, turn_rules


def measures(known: Gathered) -> Section:
    """Return the outcomes, and what happens in a dialogue."""
    scenario = known.scenario
    none = Paragraph("The scenario measures no outcome.")
    measured = outcomes_table(scenario) if scenario.outcomes else none
    what_happens = (course(scenario), turn_rules(scenario))
    alphas = Items(tuple(f"Cronbach's alpha of {each.sentence}" for each in known.scales))
    scales = (alphas,) if alphas.items else ()
    asked = (measured, *scales, *questions(scenario))
    return section("What was asked, and how", *asked, *what_happens)
