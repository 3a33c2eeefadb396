"""A classifier of acts, for dialogues that nobody annotated; used only where it is good enough.

Multinomial logistic regression with a penalty on the words of a turn's first sentence, alone and
in pairs, of the rest of it, of the last sentence before it, and on question marks and the turn's
place. It is fitted to annotated turns of people of the select split, and validated on those of the
others: Cohen's κ must be at least `BAR`, by convention “substantial” agreement (Landis and Koch
1977). Below it the acts of such dialogues are left out, and it is said why. Fitted to the annotated
half of PersuasionForGood, 1,500 turns of each role, it has a κ of .47 and .46, and is not used.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulate.calibration.forecasts import level_of
from simulate.calibration.situation import Situation
from simulate.reference.human_talks import HumanTalk
from simulate.reference.split import split_of
from simulate.statistics.logistic import multinomial_ridge

if TYPE_CHECKING:
    from scipy.sparse import csr_array

BAR = 0.6
"""The least κ with which it stands for coders."""
RAREST = 2
"""In how many turns a feature must be."""
PENALTY = 3.0
_WORD = re.compile(r"\w{1,40}|[?!$]")
_ENDS = re.compile(r"(?<=[.?!])\s")

Context = tuple[str, str, int]
"""What a turn says, what the one before it said, and its place."""


@dataclass(frozen=True)
class Validation:
    """How well a classifier names the acts of people that it was not fitted to.

    Attributes:
        role: whose acts.
        n: turns that it was validated on.
        accuracy: the share that it names as the coders did.
        kappa: Cohen's κ with the coders.
    """

    role: str
    n: int
    accuracy: float
    kappa: float

    @property
    def good_enough(self) -> bool:
        """Whether it may stand for coders."""
        return self.kappa >= BAR


class ActClassifier:
    """Names the acts of one role.

    Args:
        turns: n annotated turns.
        labels: (n,) the number of the level of each.
        levels: K acts.
    """

    def __init__(
        self, turns: Sequence[Context], labels: NDArray[np.int64], levels: Sequence[str]
    ) -> None:
        found = [_features(*turn) for turn in turns]
        often = Counter(name for each in found for name in each)
        self._columns = {
            n: i for i, n in enumerate(sorted(k for k, c in often.items() if c >= RAREST))
        }
        self.levels = tuple(levels)
        self._slopes = multinomial_ridge(self._matrix(found), labels, len(self.levels), PENALTY)

    def named(self, turns: Sequence[Context]) -> NDArray[np.int64]:
        """Return the number of the likeliest level of each turn, (n,)."""
        matrix = self._matrix([_features(*turn) for turn in turns])
        scores = matrix @ self._slopes[:-1] + self._slopes[-1]
        return np.asarray(scores.argmax(axis=1), dtype=np.int64)

    def _matrix(self, found: Sequence[frozenset[str]]) -> csr_array:
        from scipy.sparse import csr_array

        rows = [sorted(self._columns[n] for n in each if n in self._columns) for each in found]
        ends = np.cumsum([0, *map(len, rows)])
        columns = np.array([c for row in rows for c in row], dtype=np.int64)
        return csr_array(
            (np.ones(len(columns)), columns, ends), shape=(len(rows), len(self._columns))
        )


def context(talk: HumanTalk, turn: int) -> Context:
    """Return what a turn is named by, turn ≥ 1."""
    return talk.turns[turn].text, talk.turns[turn - 1].text, turn


def _features(text: str, before: str, place: int) -> frozenset[str]:
    first, *rest = _ENDS.split(text, maxsplit=1)
    words = _words(first)
    asked = _words(_ENDS.split(before)[-1])
    return frozenset(
        [
            *(f"has {word}" for word in words),
            *(f"pair {a} {b}" for a, b in itertools.pairwise(["^", *words])),
            *(f"early {word}" for word in words[:3]),
            *(f"goes on {word}" for word in _words("".join(rest))),
            *(f"after {word}" for word in asked),
            *(f"after {a} {b}" for a, b in itertools.pairwise(asked)),
            f"begins {' '.join(words[:2])}",
            f"place {min(place // 2, 10)}",
            *(f"at {min(place // 4, 5)} {word}" for word in words),
            f"length {min(len(words) // 3, 8)}",
            f"asks {'?' in first}, asked {'?' in asked}, length {min(len(words) // 3, 4)}",
        ]
    )


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def validated(
    talks: Sequence[HumanTalk], levels: Sequence[str], role: str, situation: Situation
) -> tuple[ActClassifier, Validation] | None:
    """Fit a classifier to people of the select split, and validate it on the others.

    Returns:
        None where one of the sides has no annotated turn of the role.
    """
    sides: dict[str, list[tuple[Context, int]]] = {"select": [], "report": []}
    for talk in talks:
        for place, turn in enumerate(talk.turns):
            act = situation.first_act(turn.acts)
            if place and turn.speaker == role and act is not None:
                side = sides[split_of(talk.people[role])]
                side.append((context(talk, place), level_of(act, levels)))
    known, others = sides["select"], sides["report"]
    if not known or not others:
        return None
    labels = np.array([label for _, label in known], dtype=np.int64)
    classifier = ActClassifier([turn for turn, _ in known], labels, levels)
    truth = np.array([label for _, label in others], dtype=np.int64)
    named = classifier.named([turn for turn, _ in others])
    confusion = np.zeros((len(levels), len(levels)), dtype=np.int64)
    np.add.at(confusion, (truth, named), 1)
    shares = confusion / confusion.sum()
    agreed, chance = float(np.trace(shares)), float(shares.sum(axis=0) @ shares.sum(axis=1))
    kappa = (agreed - chance) / (1 - chance) if chance < 1 else 1.0
    return classifier, Validation(role, len(others), agreed, kappa)
