"""What the tree of a dialogue is made of: turns, candidates, and branches that were played."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from simulate.comparison.leverage import TurnLeverage
from simulate.statistics.turn_effects import TurnEffects

TAIL = 0.1
"""A path is of the tail where at most this share of the dialogues is as improbable, or more."""
TAIL_RULE = (
    "a tail path: at most one in ten completed dialogues of its cell are as improbable per drawn "
    "turn, or more"
)


class PathRank(NamedTuple):
    """Where a path stands among the completed dialogues of its cell.

    Attributes:
        rank: 1 for the most probable per drawn turn; those that tie share the smallest.
        of: how many dialogues there are.
        at_most: how many of them are as improbable, or more, itself included.
    """

    rank: int
    of: int
    at_most: int

    @property
    def tail(self) -> bool:
        """Whether it is a tail path; see `TAIL_RULE`."""
        return self.at_most <= TAIL * self.of


class Played(NamedTuple):
    """Branches that were played from one candidate.

    Attributes:
        ids: of the branches, in order.
        completed: how many are completed.
        failed: how many failed.
        values: how many have a value of the outcome.
        mean: of those, by their stated distributions; None without one.
        low: the smallest.
        high: the largest.
    """

    ids: tuple[int, ...]
    completed: int
    failed: int
    values: int = 0
    mean: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class TreeCandidate:
    """What could have been said, or was.

    Attributes:
        index: its place among the candidates, as `simulate branch --choose` names it.
        text: what is said; says so where there are no words.
        stated: the probability as the model stated it, or None.
        weight: in [0, 1].
        chance: how likely it was to be drawn, in [0, 1].
        ends: whether it ends the dialogue.
        drawn: whether it was drawn.
        played: the branches that took it; None for none.
    """

    index: int
    text: str
    stated: float | None
    weight: float
    chance: float
    ends: bool
    drawn: bool
    played: Played | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "candidate": self.index,
            "text": self.text,
            "stated": self.stated,
            "weight": self.weight,
            "chance": self.chance,
            "ends": self.ends,
            "drawn": self.drawn,
            "played": None if self.played is None else self.played._asdict(),
        }


@dataclass(frozen=True, slots=True)
class TreeTurn:
    """A turn of the tree.

    Attributes:
        index: from 0.
        speaker: who speaks.
        text: what was said.
        ends: whether it ended the dialogue.
        given: whether it was given, and not drawn here.
        tail: whether it was asked for from the tail.
        before: what was drawn before the reply, each with its weight: `act: greet (.40)`.
        weight: of all that was drawn at the turn; None where nothing was, or it was given.
        candidates: of the reply; empty where none was drawn.
        effect: what branches say of the turn; None where nothing was tried.
    """

    index: int
    speaker: str
    text: str
    ends: bool
    given: bool
    tail: bool
    before: tuple[tuple[str, str, float], ...]
    weight: float | None
    candidates: tuple[TreeCandidate, ...]
    effect: TurnLeverage | None = None

    @property
    def found(self) -> TurnEffects | None:
        """What was estimated of it."""
        return None if self.effect is None else self.effect.effects

    @property
    def branches(self) -> int:
        """How many branches leave the dialogue here."""
        return sum(len(each.played.ids) for each in self.candidates if each.played is not None)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        of = self.found
        return {
            "turn": self.index,
            "speaker": self.speaker,
            "text": self.text,
            "ends": self.ends,
            "given": self.given,
            "tail": self.tail,
            "weight": self.weight,
            "before": _before(self.before),
            "candidates": [each.to_dict() for each in self.candidates],
            "expected": of and of.mean,
            "surprise": of and {"value": of.surprise, "interval": of.surprise_interval},
            "leverage": of and {"value": of.leverage, "interval": of.leverage_interval},
        }


@dataclass(frozen=True, slots=True)
class TreeAnswer:
    """An outcome that was asked for, with what could have been answered.

    Attributes:
        outcome: its name.
        before: what was drawn before the answer; see `TreeTurn`.
        candidates: the answers that were listed.
    """

    outcome: str
    before: tuple[tuple[str, str, float], ...]
    candidates: tuple[TreeCandidate, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "outcome": self.outcome,
            "before": _before(self.before),
            "candidates": [each.to_dict() for each in self.candidates],
        }


def _before(drawn: tuple[tuple[str, str, float], ...]) -> list[dict[str, Any]]:
    return [{"what": what, "text": text, "weight": weight} for what, text, weight in drawn]
