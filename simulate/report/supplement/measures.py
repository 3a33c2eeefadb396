"""What was asked, and how: the outcomes with their questions, scales and frames."""

from __future__ import annotations

from simulate.report.supplement.document import Paragraph, Section, section
from simulate.report.supplement.gathered import Gathered
from simulate.report.supplement.stated import course, outcomes_table, questions


def measures(known: Gathered) -> Section:
    """Return the outcomes, and what happens in a dialogue."""
    scenario = known.scenario
    none = Paragraph("The scenario measures no outcome.")
    measured = outcomes_table(scenario) if scenario.outcomes else none
    return section("What was asked, and how", measured, *questions(scenario), course(scenario))
