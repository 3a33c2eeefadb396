"""What re-weighing a run found: a row for each cell, with what the run itself gave beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from simulate.analysis import Analysis
from simulate.comparison.result import Distance
from simulate.comparison.sample import Sample
from simulate.reference import Variable
from simulate.statistics.confidence import Interval
from simulate.statistics.importance import WeightedMean, WeightQuality
from simulate.terminal.numbers import ends, number, probability
from simulate.terminal.safe_text import counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from simulate.notebook import Width

OF = (
    "a number of this simulator: of its model, with this partner, over the replies that the model "
    "listed; not of people"
)
OF_EVENT = (
    "a probability {}, in this simulator with this partner, not of people; what lies behind "
    "replies that were not listed counts 0"
)
WITHIN = (
    "weights change how many personas of each kind count; they cannot mend a model that is wrong "
    "about the people within a kind"
)


@dataclass(frozen=True, eq=False)
class ReweighedRow:
    """One cell.

    Attributes:
        sample: the outcome's distributions with the dialogues' log weights.
        mean: under the rule; its value is None of words without an order, too.
        shares: of each level; empty of numbers, and where refused.
        drawn: mean and interval as the run's turns were drawn.
        stated: under the probabilities that the model stated; None where the rule is that.
        distances: to the reference, where there is one.
        unreached: dialogues that the rule would never have come to.
        notes: what else must be known.
    """

    sample: Sample = field(repr=False)
    mean: WeightedMean
    shares: Mapping[str, tuple[float, Interval | None]]
    drawn: tuple[float | None, Interval | None]
    stated: WeightedMean | None
    distances: Mapping[str, Distance] = field(default_factory=dict)
    unreached: int = 0
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The cell's label."""
        return self.sample.name

    @property
    def quality(self) -> WeightQuality:
        """How well the dialogues carry the rule."""
        return self.mean.weights

    @property
    def refused(self) -> str | None:
        """Why there is no number; None where there is one."""
        return self.mean.refused

    def to_dict(self) -> dict[str, Any]:
        """Return the row as JSON."""
        quality, stated = self.quality, self.stated
        found: dict[str, Any] = {
            "sample": self.name,
            "n": quality.n,
            "ess": quality.effective_n,
            "ess_implied": quality.implied_n,
            "khat": quality.khat,
            "largest": quality.largest,
            "mean": self.mean.value,
            "interval": self.mean.interval,
            "refused": self.refused,
            "distances": {name: each.to_dict() for name, each in self.distances.items()},
            "personas": quality.clusters,
            "unreached": self.unreached,
            "drawn": {"value": self.drawn[0], "interval": self.drawn[1]},
            "failed": self.sample.failed,
            "missing": self.sample.missing,
            "excluded": dict(self.sample.excluded),
            "notes": list(self.notes),
        }
        if self.shares:
            found["shares"] = {
                level: {"value": value, "interval": interval}
                for level, (value, interval) in self.shares.items()
            }
        if stated is not None:
            found["stated"] = {
                "value": stated.value,
                "interval": stated.interval,
                "refused": stated.refused,
            }
        return found


@dataclass(frozen=True, eq=False)
class Reweighed(Analysis):
    """The outcome of a run under another rule, or in another population, without a model call."""

    outcome: str
    """The outcome's name, or the event."""
    variable: Variable
    """What it measures."""
    event: str | None
    """The event whose probability the means are; None of the outcome itself."""
    rule: str
    """How turns are drawn under it, in words."""
    map: str | None
    """The probability map that is used, in a sentence; None without one."""
    population: str | None
    """The population that personas are raked to, with its margins; None for the run's own."""
    reference: str | None
    """What distances are to; None without any."""
    rows: tuple[ReweighedRow, ...]
    """One for each cell."""
    notes: tuple[str, ...]
    """What holds for all rows."""
    confidence: float

    _view: ClassVar[str] = "reweighed"

    def __repr__(self) -> str:
        refused = sum(row.refused is not None for row in self.rows)
        return (
            f"Reweighed({self.outcome}, {self.how}: {counted(len(self.rows), 'cell')}, "
            f"{refused} refused)"
        )

    @property
    def how(self) -> str:
        """What the run is weighed to, in words."""
        return self.rule if self.population is None else f"{self.rule}, {self.population}"

    @property
    def mean_name(self) -> str:
        """What the means are."""
        return "probability" if self.event is not None else self.variable.mean_name

    @property
    def of(self) -> str:
        """What the means are numbers of."""
        if self.event is None:
            return OF
        made = "as stated by the model"
        if self.rule != "as stated" or self.map is not None:
            through = "" if self.map is None else " and through a map"
            made = f"from what the model stated, with turns {self.rule}{through}"
        return OF_EVENT.format(made)

    def shown(self, value: float | None) -> str:
        """Return a mean as readers see it."""
        return number(value) if self.event is None else probability(value)

    def with_ends(self, value: float | None, interval: Interval | None) -> str:
        """Return a mean as readers see it, with its interval."""
        return self.shown(value) + ends(interval, self.shown)

    @property
    def sentence(self) -> str:
        """What to quote: each cell that has a number, and what it is a number of."""
        told = [self._told(row) for row in self.rows if row.mean.value is not None]
        refused = sum(row.refused is not None for row in self.rows)
        parts = [f"{self.mean_name} of {self.outcome}, turns {self.how}: {'; '.join(told)}"]
        if not told:
            parts = [f"{self.outcome}, turns {self.how}: no mean"]
        parts += [f"{counted(refused, 'cell')} refused"] if refused else []
        return f"{'; '.join(parts)}. It is {self.of}."

    def row(self, name: str) -> ReweighedRow:
        """Return the row of a cell.

        Raises:
            KeyError: there is none of this label.
        """
        return {row.name: row for row in self.rows}[name]

    def to_dict(self) -> dict[str, Any]:
        """Return what `simulate reweigh --json` prints (DESIGN §8)."""
        return {
            "outcome": self.outcome,
            "event": self.event,
            "unit": None if self.event else self.variable.unit,
            "rule": self.rule,
            "map": self.map,
            "population": self.population,
            "reference": self.reference,
            "of": self.of,
            "sentence": self.sentence,
            "confidence": self.confidence,
            "rows": [row.to_dict() for row in self.rows],
            "notes": list(self.notes),
        }

    def plot(self, *, width: Width = "page") -> Figure:
        """Return a figure: each cell as drawn and re-weighed, with intervals."""
        return self._figure(width=width)

    def _told(self, row: ReweighedRow) -> str:
        as_drawn = f", as drawn {self.shown(row.drawn[0])}" if row.drawn[0] is not None else ""
        worth = f"worth {row.quality.size:.0f} of {row.quality.clusters:,} personas"
        mean = self.with_ends(row.mean.value, row.mean.interval)
        return f"{row.name} {mean} ({worth}{as_drawn})"
