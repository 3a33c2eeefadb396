"""What few humans and many simulations give, and the same as a frame and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from simulate.analysis import Analysis
from simulate.comparison.prediction_powered.same_people import Balance
from simulate.statistics.confidence import CONFIDENCE, Interval
from simulate.statistics.prediction_powered import STUDENT_BELOW, STUDENT_COVERS
from simulate.terminal.numbers import ends, number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from simulate.notebook import Width

OF = (
    "people: the humans' number, with simulated values of them and of others as a covariate; no "
    "simulated person counts as a human"
)


@dataclass(frozen=True)
class Number:
    """A value with its interval; no interval where none can be given."""

    value: float
    interval: Interval | None = None


@dataclass(frozen=True)
class HumansNeeded:
    """How many humans, in each arm, give an interval of a wanted width; None: over a million.

    Attributes:
        width: of the interval, in the unit of the estimate.
        alone: humans without simulations.
        with_simulations: humans beside simulations, of as many others as now.
        interval: of that, by the interval of the correlation.
    """

    width: float
    alone: int | None
    with_simulations: int | None
    interval: tuple[int | None, int | None]


@dataclass(frozen=True)
class Helped:
    """What the simulations of a cell add to the humans.

    Attributes:
        weight: λ, how much the simulated values count, in [0, 1].
        correlation: of human and simulated values, with its interval; None where either does not
            vary.
        worth: how many humans without simulations the humans are worth, with its interval.
        ceiling: how many with ever more others; None for a correlation of 1.
    """

    weight: float
    correlation: Number | None
    worth: Number
    ceiling: float | None


@dataclass(frozen=True)
class Estimated:
    """One number of people: of a cell, or the difference of two.

    Attributes:
        sample: the cell, or `A − B`.
        statistic: `mean`, `share …`, `median` or `quantile …`.
        humans: how many people have a human value; of a difference, in both arms together.
        others: how many have only a simulated one.
        others_effective: how many the weighted others count as.
        human: by the humans alone; None with fewer than 20.
        simulated: by simulations alone, with the interval that they had if they were people.
        estimate: by the humans, with simulations as a covariate; None likewise.
        arms: what the simulations add; of a difference, to each of its two arms.
        worth: how many humans the humans are worth.
        needed: how many to ask for a wanted width; None where none is wanted.
        refused: why there is no number; None where there is.
    """

    sample: str
    statistic: str
    humans: int
    others: int
    others_effective: float
    human: Number | None = None
    simulated: Number | None = None
    estimate: Number | None = None
    arms: tuple[Helped, ...] = ()
    worth: Number | None = None
    needed: HumansNeeded | None = None
    refused: str | None = None

    @property
    def adds(self) -> bool:
        """Whether it is shown that the simulations add something."""
        interval = self.worth.interval if self.worth else None
        return interval is not None and interval[0] > self.humans

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self) | {"adds": self.adds}

    @property
    def said(self) -> str:
        """What the humans are worth, in a sentence without its end."""
        if self.worth is None:
            return f"{self.sample}: {self.refused}"
        low_high = ends(self.worth.interval, _people)
        said = f"{self.humans:,} humans are worth {_people(self.worth.value)}{low_high}"
        ceiling = self.arms[0].ceiling if len(self.arms) == 1 else None
        most = f", at most {_people(ceiling)} with ever more of them" if ceiling else ""
        if self.adds:
            return f"{said} with simulations of {self.others:,} others{most}"
        return (
            f"{said} with simulations of {self.others:,} others: it is not shown that they add "
            "anything"
        )


@dataclass(frozen=True, repr=False)
class PredictionPowered(Analysis):
    """Numbers of few humans with the help of many simulations.

    Attributes:
        outcome: its name.
        unit: of the estimates; None where there is none.
        humans_of: the table with the human values.
        rows: the estimates, cell after cell.
        balance: how like a random part of all the humans are, by attribute.
        raked: the attributes by which the others are weighted.
        reruns: by cell, how many dialogues of each person the simulated value is a mean of.
        confidence: of intervals.
        notes: what must be known.
    """

    _view: ClassVar[str] = "prediction_powered"

    outcome: str
    unit: str | None
    humans_of: str
    rows: tuple[Estimated, ...]
    balance: tuple[Balance, ...]
    raked: tuple[str, ...]
    reruns: Mapping[str, int]
    confidence: float = CONFIDENCE
    notes: tuple[str, ...] = ()

    @property
    def student(self) -> bool:
        """Whether some intervals are of so few humans that it is said that they are Student's."""
        return any(row.humans < STUDENT_BELOW for row in self.rows)

    @property
    def sentence(self) -> str:
        """What the humans are worth, and what is estimated, of the first number of each cell."""
        first = {row.sample: row for row in reversed(self.rows)}
        samples = dict.fromkeys(row.sample for row in self.rows)
        return "\n".join(self._told(first[sample]) for sample in samples)

    def _told(self, row: Estimated) -> str:
        named = f"{row.sample}, {row.statistic} of {self.outcome}"
        if row.estimate is None or row.human is None:
            return f"{named}: {row.refused}"
        unit = f" {self.unit}" if self.unit else ""
        value = f"{number(row.estimate.value)}{ends(row.estimate.interval)}{unit}"
        alone = f"{number(row.human.value)}{ends(row.human.interval)} by the humans alone"
        return f"{named}: {row.said}; {value}, {alone}."

    def __repr__(self) -> str:
        return f"PredictionPowered({self.outcome}: {len(self.rows)} estimates)"

    def plot(self, *, width: Width = "page") -> Figure:
        """Return a figure: each estimate by the humans alone, and with simulations."""
        return self._figure(width=width)

    def _rows(self) -> list[dict[str, Any]]:
        """Return estimates with what simulations add; of a difference without λ and ρ."""
        alone = [asdict(row.arms[0]) if len(row.arms) == 1 else {} for row in self.rows]
        return [row.to_dict() | helped for row, helped in zip(self.rows, alone, strict=True)]

    def to_dict(self) -> dict[str, Any]:
        """Return what `--json` prints."""
        return {
            "outcome": self.outcome,
            "unit": self.unit,
            "of": OF,
            "table": self.humans_of,
            "sentence": self.sentence,
            "confidence": self.confidence,
            "student": self.student,
            "student_covers": list(STUDENT_COVERS) if self.student else None,
            "rows": [row.to_dict() for row in self.rows],
            "balance": [each._asdict() for each in self.balance],
            "raked": list(self.raked),
            "reruns": dict(self.reruns),
            "notes": list(self.notes),
        }


def _people(n: float) -> str:
    return f"{n:,.0f}"
