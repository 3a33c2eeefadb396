"""Turn leverage: what was found at each turn, as a sentence, rows and JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from simulate.analysis import Analysis
from simulate.statistics.confidence import Interval
from simulate.statistics.turn_effects import FEWEST_FOR_INTERVAL, TurnEffects
from simulate.terminal.numbers import ends, number, signed
from simulate.terminal.safe_text import counted

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.figure import Figure

OF = (
    "the effect of forcing a reply in this simulator, against this partner, among the replies that "
    "were listed: no cause in people, and not for choosing messages to send them"
)


@dataclass(frozen=True)
class TurnLeverage:
    """What hangs on the reply of one turn.

    Attributes:
        dialogue: the key of the dialogue.
        turn: its index, from 0.
        speaker: who spoke.
        effects: what was found; None where nothing could be.
        refused: why not; None where something was.
        candidates: the replies that were tried, by their index, the equal ones once.
        weights: of each of them, as stated; they sum to 1.
        drawn: the one that was drawn, as an index of the turn's candidates.
        lost: rollouts without a value, which failed, are left out by a rule of the scenario, or to
            which the outcome does not apply.
    """

    dialogue: str
    turn: int
    speaker: str
    effects: TurnEffects | None = None
    refused: str | None = None
    candidates: tuple[int, ...] = ()
    weights: tuple[float, ...] = ()
    drawn: int | None = None
    lost: int = 0


@dataclass(frozen=True, eq=False)
class Leverage(Analysis):
    """Surprise and leverage of the turns of a dialogue, or of a run.

    Attributes:
        path: the run file.
        outcome: whose mean is looked at.
        unit: of the outcome.
        turns: in order; those without a distribution too.
        confidence: of the intervals, for all turns at once.
        draw: the rules by which the turns that follow were drawn.
        stopped: what stopped the rollouts, so that nothing is estimated yet; None where all ended.
    """

    path: Path
    outcome: str
    unit: str | None
    turns: tuple[TurnLeverage, ...]
    confidence: float
    draw: str
    stopped: str | None = None

    _view: ClassVar[str] = "leverage"

    def __repr__(self) -> str:
        return f"Leverage({self.outcome}: {counted(len(self.found), 'turn')} explored)"

    @property
    def found(self) -> tuple[TurnLeverage, ...]:
        """The turns of which something was found."""
        return tuple(each for each in self.turns if each.effects is not None)

    def largest(self, most: int) -> tuple[TurnLeverage, ...]:
        """Return the turns of the largest leverage, in order where they are not more than these."""
        if len(self.found) <= most:
            return self.found
        return tuple(sorted(self.found, key=_leverage, reverse=True)[:most])

    @property
    def measure(self) -> str:
        """What is estimated, with its unit."""
        return f"mean {self.outcome}{f' ({self.unit})' if self.unit else ''}"

    @property
    def one_dialogue(self) -> bool:
        """Whether all turns are of one dialogue."""
        return len({each.dialogue for each in self.turns}) == 1

    def name_of(self, each: TurnLeverage) -> str:
        """Return what a turn is called, such as `turn 3 (ada)`."""
        of = "" if self.one_dialogue else f" of {each.dialogue}"
        return f"turn {each.turn}{of} ({each.speaker})"

    @property
    def sentence(self) -> str:
        """What to quote."""
        if self.stopped is not None:
            return (
                f"The rollouts in {self.path} are unfinished ({self.stopped}): nothing is "
                "estimated before all have ended; the same command goes on."
            )
        if not self.found:
            return f"Of no turn was anything found about the {self.measure}."
        most = max(self.found, key=_leverage)
        effects = most.effects
        assert effects is not None  # noqa: S101  # it is one of those found
        known = [i for each in self.found if (i := _surprise_interval(each)) is not None]
        apart = sum(not low <= 0 <= high for low, high in known)
        told = ""
        if known:
            told = f"; at {apart} of {len(known)} the drawn reply led elsewhere than expected"
        return (
            f"Of {counted(len(self.found), 'explored turn')}, {self.name_of(most)} has the largest "
            f"leverage on the {self.measure}: {number(effects.leverage)}"
            f"{ends(effects.leverage_interval)} between its {len(most.candidates)} listed replies"
            f"{told}."
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What must be known to read the numbers."""
        return tuple(self._notes())

    def _notes(self) -> Iterator[str]:
        found = self.found
        if found:
            yield (
                "leverage: variance of the mean outcome between the listed replies, unbiased and "
                "therefore below 0 about half of the time where there is none; surprise: what "
                "followed the drawn reply, less what was to be expected"
            )
            share = f"{100 * self.confidence:g} %"
            yield f"intervals hold for all {len(found)} turns at once ({share}), for each column"
        if few := sum(_few(each) for each in found):
            yield (
                f"no interval at {counted(few, 'turn')}: a reply has fewer than "
                f"{FEWEST_FOR_INTERVAL} rollouts; raise --budget-calls"
            )
        if agreeing := sum(_agreeing(each) for each in found):
            yield (
                f"no interval at {counted(agreeing, 'turn')}: all rollouts of each reply agree, as "
                "where nothing is drawn afterwards"
            )
        reasons: dict[str, list[str]] = {}
        for each in self.turns:
            if each.refused is not None:
                reasons.setdefault(each.refused, []).append(f"{each.turn}")
        for why, turns in reasons.items():
            where = f"turn{'s' if len(turns) > 1 else ''} {', '.join(turns[:8])}"
            if not self.one_dialogue or len(turns) > 8:
                where = counted(len(turns), "turn")
            yield f"{where}: {why}"
        if lost := sum(each.lost for each in found):
            why = "failed, left out, or it does not apply"
            yield f"{counted(lost, 'rollout')} without a value ({why})"
        if self.draw:
            yield f"the turns that follow are drawn as in the run: {self.draw}"
        yield f"this is {OF}"

    def plot(self) -> Figure:
        """Return leverage and surprise by turn as a matplotlib figure."""
        return self._figure()

    def to_frame(self) -> pl.DataFrame:
        """Return one row for each turn, those of which nothing was found too."""
        import polars as pl

        return pl.DataFrame([_flat(each) for each in self.turns], infer_schema_length=None)

    def to_dict(self) -> dict[str, Any]:
        """Return what `--json` prints."""
        return {
            "run": str(self.path),
            "of": OF,
            "sentence": self.sentence,
            "outcome": self.outcome,
            "unit": self.unit,
            "confidence": self.confidence,
            "rows": [_row(each) | _replies(each) for each in self.turns],
            "stopped": self.stopped,
            "notes": self.notes,
        }


def _leverage(each: TurnLeverage) -> float:
    return -float("inf") if each.effects is None else each.effects.leverage


def _surprise_interval(each: TurnLeverage) -> Interval | None:
    return None if each.effects is None else each.effects.surprise_interval


def _few(each: TurnLeverage) -> bool:
    return each.effects is not None and min(each.effects.rollouts) < FEWEST_FOR_INTERVAL


def _agreeing(each: TurnLeverage) -> bool:
    of = each.effects
    return of is not None and of.leverage_interval is None and not _few(each)


def _row(each: TurnLeverage) -> dict[str, Any]:
    of = each.effects
    return {
        "dialogue": each.dialogue,
        "turn": each.turn,
        "speaker": each.speaker,
        "expected": of and of.mean,
        "surprise": of and {"value": of.surprise, "interval": of.surprise_interval},
        "leverage": of and {"value": of.leverage, "interval": of.leverage_interval},
        "replies": len(each.candidates) or None,
        "rollouts": None if of is None else sum(of.rollouts),
        "lost": each.lost,
        "refused": each.refused,
    }


def _flat(each: TurnLeverage) -> dict[str, Any]:
    """Return a turn as a row of a frame."""
    found: dict[str, Any] = {}
    for name, value in _row(each).items():
        if name not in ("surprise", "leverage"):
            found[name] = value
            continue
        number = value or {"value": None, "interval": None}
        low, high = number["interval"] or (None, None)
        found |= {name: number["value"], f"{name}_low": low, f"{name}_high": high}
    return found


def _replies(each: TurnLeverage) -> dict[str, Any]:
    """Return what was found of each reply."""
    of = each.effects
    if of is None:
        return {"candidates": []}
    parts = zip(each.candidates, each.weights, of.means, of.rollouts, strict=True)
    return {
        "candidates": [
            {
                "candidate": place,
                "weight": weight,
                "mean": mean,
                "rollouts": rollouts,
                "drawn": place == each.drawn,
            }
            for place, weight, mean, rollouts in parts
        ]
    }


def shown_surprise(of: TurnEffects) -> str:
    """Return a surprise with its interval."""
    return f"{signed(of.surprise)}{ends(of.surprise_interval, signed)}"
