"""The tree of a dialogue: its turns with their candidates, its path, and what decided."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulate.comparison.dialogue_tree.nodes import TAIL_RULE, PathRank, TreeAnswer, TreeTurn
from simulate.comparison.leverage import Leverage
from simulate.statistics.turn_effects import FEWEST_FOR_INTERVAL, TurnEffects
from simulate.terminal.numbers import ends, number, ordinal, probability, signed
from simulate.terminal.safe_text import counted


@dataclass(frozen=True, eq=False)
class DialogueTree:
    """The tree of one dialogue.

    Attributes:
        path: the run file.
        dialogue: its number.
        key: its key.
        cell: the cell's label.
        persona: the persona's id.
        status: how far it is.
        branch: where it branches off, in words; empty where it does not.
        turns: all of them.
        answers: the outcomes that were drawn from a list of answers.
        outcomes: name to value with its unit, as it is shown.
        outcome: by which branches are told; None where no outcome has a mean.
        unit: of that outcome.
        log_weight: the logarithm of the path's probability, by weights; None where nothing was
            drawn.
        log_chance: of how likely it was to be drawn, by the rules of drawing; the same where they
            draw as stated.
        rank: among its cell; None where it is not completed, is a branch, or nothing was drawn.
        leverage: what was explored; None for nothing.
        why_none: why there is no leverage, in a sentence; empty where there is.
        command: what to run to find out; None where nothing can.
        buys: what its calls are for, and what they cost as far as that is known.
    """

    path: Path
    dialogue: int
    key: str
    cell: str
    persona: str
    status: str
    branch: str
    turns: tuple[TreeTurn, ...]
    answers: tuple[TreeAnswer, ...]
    outcomes: tuple[tuple[str, str], ...]
    outcome: str | None
    unit: str | None
    log_weight: float | None
    log_chance: float | None
    rank: PathRank | None
    leverage: Leverage | None
    why_none: str
    command: str | None
    buys: str = ""

    @property
    def drawn(self) -> tuple[TreeTurn, ...]:
        """The turns that were drawn here."""
        return tuple(turn for turn in self.turns if turn.weight is not None)

    @property
    def per_turn(self) -> float | None:
        """The geometric mean weight of a drawn turn."""
        if self.log_weight is None:
            return None
        return math.exp(self.log_weight / len(self.drawn))

    @property
    def branches(self) -> int:
        """How many branches leave it."""
        return sum(turn.branches for turn in self.turns)

    @property
    def decisive(self) -> tuple[TreeTurn, TurnEffects] | None:
        """The turn with the largest leverage."""
        found = [(turn, turn.found) for turn in self.turns if turn.found is not None]
        return max(found, key=lambda each: each[1].leverage, default=None)

    @property
    def decided(self) -> bool:
        """Whether the turn of the largest leverage is shown to have decided most.

        Its interval lies above those of all other turns that were tried, and above 0; the intervals
        hold all at once.
        """
        if (most := self.decisive) is None or most[1].leverage_interval is None:
            return False
        others = [turn.found for turn in self.turns if turn.found and turn is not most[0]]
        known = [each.leverage_interval for each in others if each.leverage_interval]
        highest = max((0.0, *(high for _, high in known)))
        return len(known) == len(others) and most[1].leverage_interval[0] > highest

    @property
    def sentence(self) -> str:
        """Which turn decided, in plain words."""
        if not self.turns and self.status == "completed":
            return f"Dialogue {self.dialogue} has no turns: nothing but its outcomes was asked for."
        if not self.turns:
            return f"Dialogue {self.dialogue} has no turn yet ({self.status})."
        if (most := self.decisive) is not None:
            return self._decided(*most)
        return f"Which turn of dialogue {self.dialogue} decided is not on record: {self.why_none}."

    def _decided(self, turn: TreeTurn, of: TurnEffects) -> str:
        unit = f" {self.unit}" if self.unit else ""
        tried = sum(each.found is not None for each in self.turns)
        squared = f" {self.unit}²" if self.unit else ""
        size = f"leverage {number(of.leverage, 4)}{squared}{ends(of.leverage_interval, _four)}"
        if of.leverage_interval is None and min(of.rollouts) < FEWEST_FOR_INTERVAL:
            return (
                f"Turn {turn.index} ({turn.speaker}) may have decided most, of {tried} that were "
                f"tried ({size}), but too little was played to know: a larger --budget-calls tells."
            )
        if of.leverage_interval is not None and of.leverage_interval[0] <= 0:
            return (
                f"None of {counted(tried, 'turn')} that were tried is shown to decide "
                f"{self.outcome}: the largest, turn {turn.index} ({turn.speaker}), has {size}."
            )
        moved = f"{signed(of.surprise)}{ends(of.surprise_interval, signed)}{unit}"
        how = "decided most" if self.decided else "may have decided most"
        if of.leverage_interval is None:
            size += " without an interval, as no rollout differs from another of its reply"
        elif not self.decided:
            size += ", which the interval of another turn reaches"
        return (
            f"Turn {turn.index} ({turn.speaker}) {how}, of {tried} that were tried. What was said "
            f"there moved the mean {self.outcome} by {moved} from what was to be expected; between "
            f"the replies listed there it varies most ({size})."
        )

    @property
    def path_told(self) -> str:
        """How probable what was said is, and its rank."""
        if self.log_weight is None or self.per_turn is None:
            return "Nothing that was said was drawn from a list: it has no path probability."
        told = self._rank_told()
        path = f"Path probability {power(self.log_weight)}"
        if len(self.drawn) > 1:
            least = min(self.drawn, key=lambda turn: turn.weight or 0.0)
            path += (
                f": the product of the weights drawn at {len(self.drawn)} turns, the least "
                f"{probability(least.weight)} at turn {least.index}"
            )
        if self.log_chance is not None and abs(self.log_chance - self.log_weight) > 1e-9:
            path += f"; by the rule of drawing it had the chance {power(self.log_chance)}"
        return f"{told}. {path}."

    def _rank_told(self) -> str:
        """Say how probable the path is among those of its cell."""
        if self.rank is None:
            return f"No rank: {'a branch is forced' if self.branch else f'it is {self.status}'}"
        place = f"{ordinal(self.rank.rank)} most" if self.rank.rank > 1 else "most"
        told = (
            f"What was said is the {place} probable of {self.rank.of:,} dialogues in {self.cell}, "
            f"by the geometric mean weight of a drawn turn ({probability(self.per_turn)})"
        )
        return f"{told} – {TAIL_RULE}" if self.rank.tail else told

    @property
    def find_out(self) -> str:
        """How to find out which turn decided; empty where that is known, or cannot be."""
        if self.command is None:
            return ""
        return f"Find out: {self.command}" + (f" ({self.buys})" if self.buys else "")

    @property
    def ended_with(self) -> str:
        """How the dialogue came out; empty where nothing is known of that yet."""
        told = ", ".join(f"{name}: {value}" for name, value in self.outcomes)
        return f"It ended with {told}." if told else ""

    @property
    def notes(self) -> tuple[str, ...]:
        """What must be known to read it."""
        return tuple(self._notes())

    def _notes(self) -> Iterator[str]:
        if self.log_weight is not None:
            yield (
                "a path's probability depends on how many replies were listed: it is compared "
                "within its cell only, and says nothing of replies that were not listed"
            )
        if self.branches:
            yield (
                "branches were forced: they are counted nowhere else; means are over what each "
                "could have ended with"
            )
        if any(turn.tail for turn in self.turns):
            yield "a turn marked “tail” was asked for from the tail of what is plausible"
        if self.leverage is not None:
            yield from self.leverage.notes

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        rank = self.rank
        return {
            "run": str(self.path),
            "dialogue": self.dialogue,
            "key": self.key,
            "cell": self.cell,
            "persona": self.persona,
            "status": self.status,
            "sentence": self.sentence,
            "ended_with": self.ended_with,
            "path": {
                "drawn_turns": len(self.drawn),
                "log_probability": _finite(self.log_weight),
                "log_chance": _finite(self.log_chance),
                "per_turn": self.per_turn,
                "rank": rank and {**rank._asdict(), "tail": rank.tail},
                "told": self.path_told,
            },
            "decisive_turn": None if self.decisive is None else self.decisive[0].index,
            "why_none": self.why_none or None,
            "command": self.command,
            "command_buys": self.buys or None,
            "outcome": self.outcome,
            "unit": self.unit,
            "outcomes": dict(self.outcomes),
            "turns": [turn.to_dict() for turn in self.turns],
            "answers": [each.to_dict() for each in self.answers],
            "notes": self.notes,
        }


def power(log: float) -> str:
    """Return a probability from its natural logarithm, such as `.012` or `3.1e-24`."""
    value = math.exp(log)
    if value >= 1e-4 or log == -math.inf:
        return probability(value)
    tens = log / math.log(10)
    exponent = math.floor(tens)
    digits = f"{10 ** (tens - exponent):.1f}"
    if digits == "10.0":
        digits, exponent = "1.0", exponent + 1
    return f"{digits}e{exponent}"


def _four(value: float | None) -> str:
    return number(value, 4)


def _finite(log: float | None) -> float | None:
    return None if log is None or not math.isfinite(log) else log
