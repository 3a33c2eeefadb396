"""What a run says in one look, as far as it is known."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from simulate.comparison.diversity_gain import CellDiversity
from simulate.comparison.result import CellContrast, Comparison
from simulate.comparison.sentences import closer_sentence, difference_sentence, finding, to_read
from simulate.comparison.small_histogram import SmallHistogram
from simulate.comparison.summary import CellDifference, OutcomeSummary
from simulate.reference import Reference, Variable
from simulate.runfile.corrections import Corrections
from simulate.runfile.failure_reasons import Failure
from simulate.runfile.totals import Totals
from simulate.statistics.distances import SQUARED

MOST_CONTRASTS = 8
MOST_MEANS = 3
"""Differences of means that stand beside which cell is closer to the humans."""


@dataclass(frozen=True, slots=True)
class CheckCounts:
    """What a check says over the run.

    Attributes:
        check: its name.
        failed: dialogues in which it failed, by whomever.
        checked: dialogues with a verdict of it.
        undecided: those of them in which it could not tell, or could not be carried out.
        not_applied: those of them in which there was nothing to look at; they pass.
    """

    check: str
    failed: int
    checked: int
    undecided: int
    not_applied: int = 0


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
    def to_read(self) -> str:
        """What the distances of the sentences mean; empty where they name none."""
        compared = self.comparison
        if compared is None or not any(row.distances[SQUARED].interval for row in compared.samples):
            return ""
        return to_read(compared.reference)

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
            "to_read": self.to_read or None,
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
        methods: how those methods work in which cells differ, each with its name.
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
    methods: tuple[str, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """What can be quoted of all outcomes."""
        return tuple(sentence for each in self.outcomes for sentence in each.sentences)

    def contrasts_told(self, outcome: OutcomeAnswer) -> tuple[str, ...]:
        """Return a line for each contrast but those of `added`, and for the clearest of means."""
        unit, added = outcome.variable.unit, self.added(outcome)
        closer = [closer_sentence(each) for each in outcome.contrasts if each not in added]
        means = outcome.differences[: MOST_MEANS if outcome.contrasts else MOST_CONTRASTS]
        return (*closer, *(difference_sentence(each, outcome.name, unit) for each in means))

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
            "methods": list(self.methods),
            "notes": list(self.cautions),
        }
