"""Turn leverage: what was found at each turn, as a sentence, rows and JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from simulate.analysis import Analysis
from simulate.statistics.turn_effects import FEWEST_FOR_INTERVAL, TurnEffects
from simulate.terminal.numbers import ends, number
from simulate.terminal.safe_text import counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from simulate.notebook import Width

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
    def found(self) -> list[tuple[TurnLeverage, TurnEffects]]:
        """The turns of which something was found, with that."""
        return [(each, each.effects) for each in self.turns if each.effects is not None]

    def largest(self, most: int) -> list[tuple[TurnLeverage, TurnEffects]]:
        """Return the turns of the largest leverage, in order where they are not more than these."""
        if len(self.found) <= most:
            return self.found
        return sorted(self.found, key=lambda each: each[1].leverage, reverse=True)[:most]

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
        ((most, effects),) = self.largest(1)
        known = [of.surprise_interval for _, of in self.found if of.surprise_interval is not None]
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
        few = sum(min(of.rollouts) < FEWEST_FOR_INTERVAL for _, of in found)
        if few:
            yield (
                f"no interval at {counted(few, 'turn')}: a reply has fewer than "
                f"{FEWEST_FOR_INTERVAL} rollouts; raise --budget-calls"
            )
        if agreeing := sum(of.leverage_interval is None for _, of in found) - few:
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
        if lost := sum(each.lost for each, _ in found):
            why = "failed, left out, or it does not apply"
            yield f"{counted(lost, 'rollout')} without a value ({why})"
        if self.draw:
            yield f"the turns that follow are drawn as in the run: {self.draw}"
        yield f"this is {OF}"

    def plot(self, *, width: Width = "page") -> Figure:
        """Return leverage and surprise by turn as a matplotlib figure."""
        return self._figure(width=width)

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
