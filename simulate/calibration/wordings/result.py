"""What is said of wordings: each criterion, the decision, and a sentence to quote."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from simulate.analysis import Analysis
from simulate.calibration.wordings.criteria import Measured
from simulate.statistics.confidence import CONFIDENCE, Interval
from simulate.statistics.ordered_criteria import Decision, ShownWorse
from simulate.terminal.numbers import ends, number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from simulate.notebook import Width

TOKENS = "tokens"
OF = (
    "numbers of this scenario, this model, this partner and these personas, for choosing a "
    "wording; not of people, and no estimate of how good the chosen one is"
)


@dataclass(frozen=True, slots=True)
class WordingRow:
    """One wording on one criterion.

    Attributes:
        criterion: its name.
        wording: the wording's label.
        loss: smaller is better.
        worse_by: by how much it exceeds the smallest loss of all wordings, ≥ 0.
        interval: of that, at 95 %; None for the smallest one itself, and where n is too small.
        margin: of the criterion.
        dropped: whether this criterion dropped it.
        part: what the loss is made of, or empty.
    """

    criterion: str
    wording: str
    loss: float
    worse_by: float
    interval: Interval | None
    margin: float
    dropped: bool
    part: str = ""


@dataclass(frozen=True, eq=False)
class Wordings(Analysis):
    """Which wording of the prompts that ask for distributions is better, and how that is known.

    Attributes:
        run: the run file.
        scenario: its name.
        model: who was asked.
        labels: (W,) what the wordings are called.
        measured: the criteria in their order, those that were not measured too.
        decision: what was decided.
        notes: what must be known beside it.
    """

    run: str
    scenario: str
    model: str
    labels: tuple[str, ...]
    measured: tuple[Measured, ...]
    decision: Decision
    notes: tuple[str, ...] = ()

    _view: ClassVar[str] = "wordings"

    def __repr__(self) -> str:
        chosen = self.chosen
        told = "no difference shown" if chosen is None else f"{chosen}, by {self.decision.by}"
        return f"Wordings({self.scenario}: {told})"

    @property
    def chosen(self) -> str | None:
        """The label of the better wording; None where no difference is shown."""
        chosen = self.decision.chosen
        return None if chosen is None else self.labels[chosen]

    @property
    def rows(self) -> tuple[WordingRow, ...]:
        """Each wording on each criterion that was measured, the best one of each first."""
        return tuple(row for each in self.measured for row in self.rows_of(each))

    def rows_of(self, measured: Measured) -> Iterator[WordingRow]:
        """Iterate over the wordings on one criterion, from the smallest loss on."""
        criterion = measured.criterion
        if criterion is None:
            return
        rulings = {each.criterion: each for each in self.decision.rulings}
        dropped = rulings[measured.name].dropped
        places = range(len(self.labels))
        first, *_ = order = sorted(places, key=lambda place: criterion.losses[place])
        for place in order:
            yield WordingRow(
                measured.name,
                self.labels[place],
                criterion.losses[place],
                criterion.losses[place] - criterion.losses[first],
                None if place == first else criterion.difference(place, first, CONFIDENCE),
                measured.margin,
                place in dropped,
                measured.parts[place] if measured.parts else "",
            )

    @property
    def needed(self) -> dict[str, int]:
        """About how many personas, or repeats, would narrow the widest interval to the margin.

        By criterion, of those left at the end; those that are narrow enough are left out. Where
        there are too few for an interval, how many there must be at least.
        """
        found = {}
        left = self.decision.left
        for each in self.measured:
            if each.criterion is None or len(left) < 2:
                continue
            first = min(left, key=each.criterion.losses.__getitem__)
            wanted = [each.criterion.needed(a, first) for a in left if a != first]
            most = max(-(-n // each.per) if n is not None else each.fewest for n in wanted)
            if most * each.per > each.criterion.n:
                found[each.name] = most
        return found

    @property
    def worse_on(self) -> tuple[str, ...]:
        """Criteria on which the chosen wording is shown to be worse than one that was dropped."""
        chosen = self.decision.chosen
        if chosen is None:
            return ()
        others = [place for place in range(len(self.labels)) if place != chosen]
        return tuple(
            each.name
            for each in self.measured
            if each.criterion is not None
            and any(each.criterion.shows_worse(chosen, other) for other in others)
        )

    @property
    def sentence(self) -> str:
        """What to quote."""
        if self.chosen is None:
            return self._undecided
        rulings = self.decision.rulings
        last = next(r for r in rulings if r.criterion == self.decision.by)
        measured = next(each for each in self.measured if each.name == last.criterion)
        worse = "; ".join(self._worse(measured, shown) for shown in last.shown)
        told = (
            f"For {self.scenario} on {self.model}, {self.chosen} is the better wording by "
            f"{last.criterion}: {worse}, above the margin of {number(measured.margin)} "
            f"({measured.of})"
        )
        if earlier := [r for r in rulings if r.shown and r is not last]:
            dropped = [f"{self.labels[w]} by {r.criterion}" for r in earlier for w in r.dropped]
            told += f"; before, the order dropped {', '.join(dropped)}"
        if self.worse_on:
            worse_on = ", ".join(self.worse_on)
            return f"{told}; by 95 % intervals of their own it is worse on {worse_on}."
        if last.criterion == TOKENS:
            return f"{told}; on each other criterion that was measured it is shown to be no worse."
        return f"{told}; on no criterion is it shown to be worse."

    def _worse(self, measured: Measured, shown: ShownWorse) -> str:
        assert measured.criterion is not None  # noqa: S101  # it has decided
        losses = measured.criterion.losses
        by = number(losses[shown.worse] - losses[shown.than])
        return (
            f"{self.labels[shown.worse]} is worse than {self.labels[shown.than]} by "
            f"{by}{ends(shown.interval)} ({100 * shown.confidence:.4g} %)"
        )

    @property
    def _undecided(self) -> str:
        left = [self.labels[place] for place in self.decision.left]
        told = f"For {self.scenario} on {self.model}, no difference is shown between "
        told += f"{', '.join(left[:-1])} and {left[-1]}."
        cheaper = self.decision.cheaper
        if cheaper is not None:
            open_on = ", ".join(self.decision.open_on) or "any criterion, as none is measured"
            told += (
                f" {self.labels[cheaper]} takes fewer tokens, but is not shown to be no worse on "
                f"{open_on}."
            )
        units = {each.name: each.unit for each in self.measured}
        more = [f"{n:,} {units[name]} for {name}" for name, n in self.needed.items()]
        if more:
            told += f" To know each difference to within its margin takes about {', '.join(more)}."
        return told

    def plot(self, *, width: Width = "page") -> Figure:
        """Return by how many margins each wording is worse than the best one, as a figure."""
        return self._figure(width=width)

    def _rows(self) -> list[dict[str, Any]]:
        return [asdict(row) for row in self.rows]

    def to_dict(self) -> dict[str, Any]:
        """Return what `--json` prints."""
        decision = self.decision
        return {
            "of": OF,
            "run": self.run,
            "scenario": self.scenario,
            "model": self.model,
            "wordings": list(self.labels),
            "order": [each.name for each in self.measured],
            "criteria": [
                {
                    "criterion": each.name,
                    "of": each.of,
                    "margin": each.margin,
                    "measured": each.criterion is not None,
                    "rows": [
                        {k: v for k, v in asdict(row).items() if k not in ("criterion", "margin")}
                        for row in self.rows_of(each)
                    ],
                }
                for each in self.measured
            ],
            "chosen": self.chosen,
            "by": decision.by,
            "left": [self.labels[place] for place in decision.left],
            "shown": [
                {
                    "criterion": ruling.criterion,
                    "worse": self.labels[shown.worse],
                    "than": self.labels[shown.than],
                    "interval": list(shown.interval),
                    "confidence": shown.confidence,
                }
                for ruling in decision.rulings
                for shown in ruling.shown
            ],
            "cheaper": None if decision.cheaper is None else self.labels[decision.cheaper],
            "open_on": list(decision.open_on),
            "worse_on": list(self.worse_on),
            "needed": self.needed,
            "sentence": self.sentence,
            "notes": list(self.notes),
        }
