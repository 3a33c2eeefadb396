"""What a run says in one look: is it like humans, what lies behind that, and what went wrong.

Nothing is computed here that another analysis does not compute: the sentences and contrasts are
those of `compare`, the components of variance those of `summaries`, the counts those of the run
file. It becomes known in parts: the histograms first, then the sentences, then the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from simulate.comparison.answer.result import Answer, CheckCounts, OutcomeAnswer
from simulate.comparison.api import compare
from simulate.comparison.diversity_gain import CellDiversity
from simulate.comparison.progress import Progress, untold
from simulate.comparison.reference_spec import named_reference
from simulate.comparison.samples import samples_told_apart
from simulate.comparison.settings import DRAWS
from simulate.comparison.small_histogram import small_histogram
from simulate.comparison.summary import summaries
from simulate.comparison.task_diversity import diversity
from simulate.errors import StatisticsError
from simulate.reference import Variable
from simulate.runfile.answered_by import changes_told
from simulate.runfile.corrections import corrections
from simulate.runfile.exclusions_told import exclusions_told
from simulate.runfile.shard import part_told
from simulate.runfile.shared_calls import saved_calls_told
from simulate.scenario.outcome_kind import OUTCOME_KINDS

if TYPE_CHECKING:
    from simulate.runfile import RunReader

MOST_OUTCOMES = 6
"""Of more that the study is about, the first are looked at."""


def answer(
    run: RunReader,
    outcome: str | None = None,
    progress: Progress = untold,
    partly: Callable[[Answer], None] = lambda _: None,
    draws: int = DRAWS,
) -> Answer:
    """Return all that a run says in one look.

    Args:
        run: the run file.
        outcome: only this one; by default those that the study is about.
        progress: is told how far the comparisons are; what it raises breaks them off.
        partly: is given what is known so far, each time that it is more.
        draws: resamples of the comparisons.

    Raises:
        StatisticsError: there is no such outcome, or it is free text.
    """
    found = first_look(run, outcome)
    partly(found)
    found = with_sentences(found, run, progress, draws)
    partly(found)
    return with_the_rest(found, run, progress)


def first_look(run: RunReader, outcome: str | None = None) -> Answer:
    """Return what is known at once: the histograms, and how far the run is.

    Raises:
        StatisticsError: there is no such outcome, or it is free text.
    """
    scenario = run.scenario
    coded = [n for n, each in scenario.outcomes.items() if OUTCOME_KINDS[each.kind].has_codes]
    compared = [name for name in scenario.in_question if name in scenario.compare]
    names = [outcome] if outcome else [n for n in compared or scenario.in_question if n in coded]
    talking = frozenset(cell.label for cell in run.cells if cell.talks)
    told = (part_told, exclusions_told, changes_told, saved_calls_told)
    return Answer(
        path=str(run.path),
        title=scenario.title or scenario.name,
        totals=run.totals(),
        outcomes=tuple(_first_look(run, name) for name in names[:MOST_OUTCOMES]),
        others=tuple(n for n in scenario.outcomes_by_interest if n not in names[:MOST_OUTCOMES]),
        talking=talking if len(talking) < len(run.cells) else frozenset(),
        failure=next(iter(run.failures()), None),
        checks=_checks(run),
        cautions=tuple(note for tell in told for note in tell(run)),
        methods=_methods(run),
    )


def with_sentences(
    found: Answer, run: RunReader, progress: Progress = untold, draws: int = DRAWS
) -> Answer:
    """Return an answer with what can be said beside the humans, or of the run without any."""
    outcomes = tuple(_with_sentences(each, run, progress, draws) for each in found.outcomes)
    return replace(found, outcomes=outcomes, diversity=_diversity(run))


def with_the_rest(found: Answer, run: RunReader, progress: Progress = untold) -> Answer:
    """Return an answer with components of variance, differences and what was repaired."""
    outcomes: list[OutcomeAnswer] = []
    for place, each in enumerate(found.outcomes):
        progress(place, len(found.outcomes), f"sources of variance of {each.name}")
        outcomes.append(_with_summary(each, run))
    return replace(found, outcomes=tuple(outcomes), corrections=corrections(run))


def _first_look(run: RunReader, name: str) -> OutcomeAnswer:
    reference, why = named_reference(run.scenario, name)
    refused = ""
    if reference is not None:
        try:
            samples = samples_told_apart(run, name, reference.variable)
        except StatisticsError as error:  # they are humans of something else
            refused = str(error)
        else:
            histogram = small_histogram(reference.variable, reference, samples)
            return OutcomeAnswer(name, reference.variable, reference, why, histogram)
    variable = Variable.of_outcome(name, run.scenario.outcomes[name])
    histogram = small_histogram(variable, None, samples_told_apart(run, name, variable))
    return OutcomeAnswer(name, variable, None, why, histogram, refused=refused)


def _with_sentences(
    each: OutcomeAnswer, run: RunReader, progress: Progress, draws: int
) -> OutcomeAnswer:
    if each.reference is None:
        return each if each.refused else _with_summary(each, run)
    try:
        compared = compare(run, each.reference, outcome=each.name, draws=draws, progress=progress)
    except StatisticsError as error:
        return replace(each, refused=str(error))
    samples = [row.sample for row in compared.samples]
    histogram = small_histogram(each.variable, each.reference, samples)
    return replace(each, comparison=compared, histogram=histogram)


def _with_summary(each: OutcomeAnswer, run: RunReader) -> OutcomeAnswer:
    if each.summary is not None or each.histogram is None:
        return each
    (summary,) = summaries(run, each.name)
    return replace(each, summary=summary)


def _diversity(run: RunReader) -> tuple[CellDiversity, ...]:
    if not run.scenario.is_task or not all(cell.talks for cell in run.cells):
        return ()
    try:
        return tuple(diversity(run))
    except StatisticsError:  # nothing is completed
        return ()


def _methods(run: RunReader) -> tuple[str, ...]:
    """Say how the methods of users work, where cells differ in them."""
    users = [each for cell in run.cells for each in cell.speakers.values() if each.plays == "user"]
    methods = {each.method.name: each.method for each in users}
    return tuple(f"{name}: {each.told}" for name, each in methods.items() if len(methods) > 1)


def _checks(run: RunReader) -> tuple[CheckCounts, ...]:
    counts: dict[str, Counter[str]] = {}
    for each in run.verdicts():
        found = each.verdict.verdict if each.verdict.applied else "not applied"
        counts.setdefault(each.verdict.check, Counter())[found] += 1
    checks = [
        CheckCounts(name, n["fail"], n.total(), n["abstain"] + n["error"], n["not applied"])
        for name, n in counts.items()
    ]
    return tuple(sorted(checks, key=lambda check: (-check.failed, check.check)))
