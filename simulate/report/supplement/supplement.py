"""The supplement of a run, section by section."""

from __future__ import annotations

from simulate.report.document import Document
from simulate.report.supplement.accounts import costs, failures
from simulate.report.supplement.design import design, plan
from simulate.report.supplement.gathered import Gathered
from simulate.report.supplement.guide_llm import guide_llm as checklist
from simulate.report.supplement.limits import limits
from simulate.report.supplement.measures import measures
from simulate.report.supplement.origin import lead, models, versions, what_was_run
from simulate.report.supplement.outcomes import head, human_data, outcomes
from simulate.report.supplement.people import people
from simulate.report.supplement.prompts import methods, speakers
from simulate.report.supplement.reproduction import appendix, citation, reproduction
from simulate.runfile import RunReader


def supplement(
    run: RunReader, *, reference: str | None = None, guide_llm: bool = False, seed: int = 0
) -> Document:
    """Return all that a run file says of its run.

    Args:
        run: the run file, open; the run may still go on.
        reference: human data that an outcome is compared with, in place of those that the scenario
            names.
        guide_llm: whether the GUIDE-LLM checklist is filled in.
        seed: of resampling.

    Raises:
        InputError: the reference cannot be used.
        RunFileError: the run file cannot be read.
    """
    known = Gathered(run, reference, seed)
    title = known.scenario.title or known.scenario.scenario
    return Document(
        title,
        (*head(known), *lead(known)),
        (
            what_was_run(known),
            models(known),
            versions(known),
            *people(known),
            design(known),
            plan(known),
            measures(known),
            methods(known),
            *speakers(known),
            *outcomes(known),
            *human_data(known),
            failures(known),
            costs(known),
            limits(known),
            reproduction(known),
            citation(known),
            *(checklist(known) if guide_llm else ()),
            appendix(known),
        ),
    )
