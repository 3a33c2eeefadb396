"""What a run says in one look: is it like humans, what lies behind that, and what went wrong.

Nothing is computed here that another analysis does not compute: the sentences and contrasts are
those of `compare`, the components of variance those of `summaries`, the counts those of the run
file. It becomes known in parts: the histograms first, then the sentences, then the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from simulate.comparison.api import compare
from simulate.comparison.diversity_gain import CellDiversity
from simulate.comparison.progress import Progress, untold
from simulate.comparison.reference_spec import named_reference
from simulate.comparison.result import CellContrast, Comparison
from simulate.comparison.samples import from_run
from simulate.comparison.sentences import closer_sentence, difference_sentence, finding
from simulate.comparison.settings import DRAWS
from simulate.comparison.small_histogram import SmallHistogram, small_histogram
from simulate.comparison.summary import CellDifference, OutcomeSummary, summaries
from simulate.comparison.task_diversity import diversity
from simulate.errors import StatisticsError
from simulate.reference import Reference, Variable
from simulate.runfile.answered_by import changes_told
from simulate.runfile.corrections import Corrections, corrections
from simulate.runfile.exclusions_told import exclusions_told
from simulate.runfile.failure_reasons import Failure
from simulate.runfile.shard import part_told
from simulate.runfile.shared_calls import saved_calls_told
from simulate.runfile.totals import Totals
from simulate.scenario.outcome_kind import OUTCOME_KINDS
from simulate.statistics.distances import SQUARED

if TYPE_CHECKING:
    from simulate.runfile import RunReader

MOST_OUTCOMES = 6
"""Of more that the study is about, the first are looked at."""
MOST_CONTRASTS = 8


@dataclass(frozen=True, slots=True)
class CheckCounts:
    """What a check says over the run.

    Attributes:
        check: its name.
        failed: dialogues in which it failed, by whomever.
        checked: dialogues with a verdict of it.
        undecided: those of them in which it could not tell, or could not be carried out.
    """

    check: str
    failed: int
    checked: int
    undecided: int


@dataclass(frozen=True, eq=False)
class OutcomeAnswer:
    """What a run says of one outcome.

    Attributes:
        variable: what it measures; as the humans have it, where there are any.
        reference: the humans; None without any.
        why_none: why there are none; empty where there are.
        histogram: of humans and cells; None where nobody has a value.
        comparison: with the humans; None until it is known, or where there is nothing to compare.
        refused: why nothing could be compared; empty where it could.
        summary: of the run alone; None until it is known, or where there is nothing to sum up.
    """

    name: str
    variable: Variable
    reference: Reference | None
    why_none: str
    histogram: SmallHistogram | None
    comparison: Comparison | None = None
    refused: str = ""
    summary: OutcomeSummary | None = None

    @property
    def sentences(self) -> tuple[str, ...]:
        """What can be quoted: of the comparison, else why there is none."""
        if self.comparison is not None:
            return self.comparison.sentences
        if self.refused:
            return (f"{self.name}: nothing can be said ({self.refused}).",)
        if self.reference is None:
            return (f"{self.name}: {self.why_none}, so nothing says whether this is like humans.",)
        return ()

    @property
    def finding(self) -> str | None:
        """What all cells together show; None where the sentences say all that can be said."""
        compared = self.comparison
        if compared is None or sum(row.n > 0 for row in compared.samples) < 2:
            return None
        if not any(row.distances[SQUARED].interval for row in compared.samples if row.n):
            return None
        return finding(compared.rows, compared.reference, compared.confidence)

    @property
    def contrasts(self) -> tuple[CellContrast, ...]:
        """Which of two cells is closer to the humans: those that are declared come first."""
        return () if self.comparison is None else self.comparison.contrasts

    @property
    def differences(self) -> tuple[CellDifference, ...]:
        """The clearest differences of means or shares, of those that are declared, if any are."""
        if self.summary is None:
            return ()
        known = [each for each in self.summary.contrasts if each.contrast.value is not None]
        found = [each for each in known if each.name] or known
        found.sort(key=lambda each: 2.0 if each.contrast.p is None else each.contrast.p)
        return tuple(found[:MOST_CONTRASTS])

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        summary = self.summary
        variance = None
        if summary is not None:
            sentences = {"sentences": summary.variance.sentences}
            variance = {**asdict(summary.variance), **sentences}
        return {
            "outcome": self.name,
            "unit": self.variable.unit,
            "reference": None if self.reference is None else self.reference.name,
            "problem": self.refused or self.why_none or None,
            "finding": self.finding,
            "sentence": " ".join(self.sentences),
            "histogram": None if self.histogram is None else self.histogram.to_dict(),
            "contrasts": [each.to_dict() for each in self.contrasts],
            "differences": [each.to_dict() for each in self.differences],
            "variance": variance,
        }


@dataclass(frozen=True, eq=False)
class Answer:
    """What a run says in one look.

    Attributes:
        path: the run file, as it was named.
        title: of the scenario.
        totals: how far the run is, and what it took.
        outcomes: those that the study is about, or the one that was asked for.
        others: names of the outcomes that are not among them.
        talking: the labels of the cells in which anybody talks, where in others nobody does.
        failure: the commonest reason why dialogues failed; None without any.
        checks: of a stress test; empty of other runs.
        cautions: what must be known of the run as a whole.
        diversity: of the cells of a one-turn task; empty of other runs, and until it is known.
        corrections: what was repaired or asked for again; None until it is known.
    """

    path: str
    title: str
    totals: Totals
    outcomes: tuple[OutcomeAnswer, ...]
    others: tuple[str, ...]
    talking: frozenset[str]
    failure: Failure | None
    checks: tuple[CheckCounts, ...]
    cautions: tuple[str, ...]
    diversity: tuple[CellDiversity, ...] = ()
    corrections: Corrections | None = None

    @property
    def sentences(self) -> tuple[str, ...]:
        """What can be quoted of all outcomes."""
        return tuple(sentence for each in self.outcomes for sentence in each.sentences)

    def contrasts_told(self, outcome: OutcomeAnswer) -> tuple[str, ...]:
        """Return a line for each contrast but those of `added`; without humans, of means."""
        if outcome.comparison is None:
            unit = outcome.variable.unit
            return tuple(difference_sentence(each, unit) for each in outcome.differences)
        added = self.added(outcome)
        return tuple(closer_sentence(each) for each in outcome.contrasts if each not in added)

    def added(self, outcome: OutcomeAnswer) -> tuple[CellContrast, ...]:
        """Return the contrasts of cells with a talk and cells without: what the dialogue added."""
        return tuple(
            each
            for each in outcome.contrasts
            if self.talking and (each.a in self.talking) != (each.b in self.talking)
        )

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        taken = self.corrections
        return {
            "run": self.path,
            "title": self.title,
            "dialogues": {
                name: getattr(self.totals, name)
                for name in ("dialogues", "completed", "failed", "left")
            },
            "sentence": " ".join(self.sentences),
            "outcomes": [
                {**each.to_dict(), "dialogue_added": [c.to_dict() for c in self.added(each)]}
                for each in self.outcomes
            ],
            "other_outcomes": list(self.others),
            "diversity": [asdict(each) for each in self.diversity],
            "checks": [asdict(each) for each in self.checks],
            "commonest_failure": None if self.failure is None else self.failure._asdict(),
            "corrections": None if taken is None else taken._asdict(),
            "notes": list(self.cautions),
        }


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
            samples = from_run(run, name, reference.variable)
        except StatisticsError as error:  # they are humans of something else
            refused = str(error)
        else:
            histogram = small_histogram(reference.variable, reference, samples)
            return OutcomeAnswer(name, reference.variable, reference, why, histogram)
    variable = Variable.of_outcome(name, run.scenario.outcomes[name])
    histogram = small_histogram(variable, None, from_run(run, name, variable))
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


def _checks(run: RunReader) -> tuple[CheckCounts, ...]:
    counts: dict[str, Counter[str]] = {}
    for each in run.verdicts():
        counts.setdefault(each.verdict.check, Counter())[each.verdict.verdict] += 1
    found = [
        CheckCounts(name, n["fail"], n.total(), n["abstain"] + n["error"])
        for name, n in counts.items()
    ]
    return tuple(sorted(found, key=lambda check: (-check.failed, check.check)))
