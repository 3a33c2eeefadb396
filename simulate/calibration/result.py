"""The result of a calibration: sentences to quote, rows, and what `--json` prints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from simulate.analysis import Analysis
from simulate.calibration.assessment import Assessment, Reliability
from simulate.statistics.confidence import Interval
from simulate.statistics.skill import Mean, Skill
from simulate.terminal.numbers import ends, number
from simulate.verbalized.probability_map import ProbabilityMap

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.figure import Figure

    from simulate.notebook import Width

OF = (
    "what this model states one step ahead, after what people said in these dialogues; it says "
    "nothing of dialogues that the model leads by itself, nor of other people"
)


@dataclass(frozen=True, eq=False, repr=False)
class Calibration(Analysis):
    """Whether what a model states comes true in human dialogues.

    Attributes:
        model: that stated it.
        method: that it was asked with.
        references: names of the human data.
        people: how many people are on each split.
        parts: one for each thing that is forecast, and role.
        margin: below which the calibration error is to lie, named beforehand; None for none.
        contamination: changed histories, or newer data, to the mean Brier score there less that
            on the original; one whose interval leaves out 0 differs. Empty where it was not
            measured.
        agreement: how far human coders of the acts agree, the ceiling of what can be forecast.
        fitted: the maps that were fitted.
        notes: what else there is to say, in sentences.
    """

    model: str
    method: str
    references: tuple[str, ...]
    people: Mapping[str, int]
    parts: tuple[Assessment, ...]
    margin: float | None = None
    contamination: Mapping[str, Mean] = field(default_factory=dict)
    agreement: str | None = None
    fitted: tuple[ProbabilityMap, ...] = ()
    notes: tuple[str, ...] = ()

    _view: ClassVar[str] = "calibration"

    def __repr__(self) -> str:
        what = ", ".join(f"{part.what} of {part.role}" for part in self.parts)
        return f"Calibration({self.model} with {self.method}: {what})"

    @property
    def differing(self) -> tuple[str, ...]:
        """The changes under which the skill differs."""
        return tuple(
            name
            for name, each in self.contamination.items()
            if each.interval is not None and not each.interval[0] <= 0 <= each.interval[1]
        )

    @property
    def too_few(self) -> tuple[str, ...]:
        """The changes under which too few people were walked through for an interval."""
        return tuple(name for name, each in self.contamination.items() if each.interval is None)

    @property
    def contamination_told(self) -> str:
        """What was found of contamination, in a sentence."""
        if not self.contamination:
            return "Contamination was not measured, so nothing is called calibrated."
        told = "; ".join(
            f"{name} {number(each.value)}{ends(each.interval)}"
            for name, each in self.contamination.items()
        )
        verdict = "no difference is shown"
        if self.too_few:
            few = ", ".join(self.too_few)
            verdict = f"too few people for {few}, so nothing is called calibrated"
        if self.differing:
            verdict = f"{', '.join(self.differing)}: it differs, so nothing is called calibrated"
        return f"Brier score there less that on the original: {told}: {verdict}."

    def calibrated(self, part: Assessment) -> bool:
        """Tell whether a part may be called calibrated: within the margin, and no contamination."""
        unknown = not self.contamination or self.too_few
        if self.margin is None or unknown or self.differing:
            return False
        return part.within(self.margin) is True

    def said(self, part: Assessment) -> str:
        """Return what can be said of one part, in a sentence."""
        head = part.headline
        told = (
            f"{part.what} of {part.role}: {head.score} {number(head.mean.value)}"
            f"{ends(head.mean.interval)} over {part.n:,} forecasts for {part.persons:,} people"
        )
        skills = [_skill_said(name, each) for name, each in head.skills.items()]
        told += f"; {', '.join(skills)}" if skills else ""
        if part.reliability is None:
            return f"{told}."
        error = part.reliability.error
        told += f". Calibration error {number(error.value)}{ends(error.interval)}"
        if self.margin is None:
            return f"{told}; no margin was named."
        within = (
            "calibrated within" if self.calibrated(part) else "not shown to be calibrated within"
        )
        return f"{told}: {within} {number(self.margin)}."

    @property
    def sentence(self) -> str:
        """What to quote, with its intervals and what it is a number of."""
        parts = " ".join(self.said(part) for part in self.parts)
        return f"{parts} Of {OF}."

    def to_frame(self) -> pl.DataFrame:
        """Return one row for each score, place and baseline; `baseline` is null for the score."""
        import polars as pl

        schema = {
            "what": pl.String, "role": pl.String, "method": pl.String, "score": pl.String,
            "where": pl.String, "baseline": pl.String, "n": pl.Int64, "persons": pl.Int64,
            "value": pl.Float64, "low": pl.Float64, "high": pl.Float64, "skill": pl.Float64,
            "skill_low": pl.Float64, "skill_high": pl.Float64,
        }  # fmt: skip
        rows = [row for part in self.parts for row in _rows(part)]
        return pl.DataFrame(rows, schema=schema, orient="row")

    def to_dict(self) -> dict[str, Any]:
        """Return what `--json` prints."""
        return {
            "of": OF,
            "sentence": self.sentence,
            "model": self.model,
            "method": self.method,
            "references": list(self.references),
            "people": dict(self.people),
            "margin": self.margin,
            "agreement": self.agreement,
            "contamination": {
                "changes": {name: asdict(each) for name, each in self.contamination.items()},
                "differing": list(self.differing),
            },
            "notes": list(self.notes),
            "maps": [each.model_dump(mode="json", exclude_none=True) for each in self.fitted],
            "parts": [_part_dict(part, self.calibrated(part)) for part in self.parts],
        }

    def plot(self, kind: str = "reliability", *, width: Width = "page") -> Figure:
        """Return a figure, which a notebook shows.

        Args:
            kind: `reliability` (diagrams of all parts), or `hazard` (who leaves, by turn).
            width: a `column` of a paper (3.3 in), or its `page` (6.9 in).

        Raises:
            InputError: there is no such figure.
            StatisticsError: nothing of the kind was forecast.
        """
        return self._figure(kind=kind, width=width)


def _skill_said(baseline: str, skill: Skill) -> str:
    if skill.interval is None:
        return f"beside {baseline} nothing can be said"
    low, high = skill.interval
    interval = f" [{low:.0%}, {high:.0%}]"
    if low > 0:
        return f"{skill.value:.0%}{interval} better than {baseline}"
    if high < 0:
        return f"{-skill.value:.0%} [{-high:.0%}, {-low:.0%}] worse than {baseline}"
    return f"not told apart from {baseline} ({skill.value:.0%}{interval})"


def _ends(interval: Interval | None) -> tuple[float | None, float | None]:
    return interval or (None, None)


def _rows(part: Assessment) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    for row in part.scores:
        named = (part.what, part.role, part.method, row.score, row.where)
        own, sizes = row.mean, (row.mean.n, row.mean.persons)
        found.append((*named, None, *sizes, own.value, *_ends(own.interval), None, None, None))
        for baseline, skill in row.skills.items():
            gain = (skill.gain, *_ends(skill.gain_interval))
            sizes = (skill.n, skill.persons)
            found.append((*named, baseline, *sizes, *gain, skill.value, *_ends(skill.interval)))
    return found


def _part_dict(part: Assessment, calibrated: bool) -> dict[str, Any]:
    return {
        "what": part.what,
        "role": part.role,
        "method": part.method,
        "n": part.n,
        "persons": part.persons,
        "failed": part.failed,
        "texts": part.texts,
        "nearest": None if part.nearest is None else asdict(part.nearest),
        "calibrated": calibrated,
        "scores": [asdict(row) for row in part.scores],
        "reliability": None if part.reliability is None else _reliability_dict(part.reliability),
        "by_trait": [asdict(row) for row in part.by_trait],
        "given_outcome": [asdict(row) for row in part.given_outcome],
        "hazard": [asdict(row) for row in part.hazard],
        "left_out": list(part.left_out),
    }


def _reliability_dict(found: Reliability) -> dict[str, Any]:
    return {
        "event": found.event,
        "calibration_error": asdict(found.error),
        "decomposition": asdict(found.decomposition),
        "sharpness": asdict(found.sharpness),
        "human_entropy": found.human_entropy,
        "bins": [
            {"stated": each.stated, "observed": asdict(each.observed), "bias": asdict(each.bias)}
            for each in found.bins
        ],
        "histogram": list(found.histogram),
        "curve": {"stated": found.curve[0].tolist(), "observed": found.curve[1].tolist()},
    }
