"""Whole trees: a simulated user whose every path is known, to hold estimators against.

A tree has T user turns of K candidates and a distribution of the outcome behind each path. All of
its K^T paths can be enumerated, so each expectation is a number; it can be drawn from as arrays,
quickly, and played by the engine through a model that states its probabilities.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulate.models import ChatRequest, ScriptedModel
from simulate.scenario import Scenario
from simulate.verbalized import DrawSettings
from simulate.verbalized.draw_settings import TAIL_CHANCES, TAIL_SHARES

Path = tuple[int, ...]
Distribution = Sequence[tuple[float, float]]
"""Values with their probabilities."""

AS_STATED = DrawSettings()
_DOORS = ("red", "blue", "green", "white", "black", "brown", "grey", "golden")
_ROOMS = ("hall", "kitchen", "cellar", "attic", "garden", "library", "tower", "chapel")
_CHOICE = re.compile(rf"the ({'|'.join(_DOORS)}) door of the ({'|'.join(_ROOMS)})")


@dataclass(frozen=True)
class Drawn:
    """n dialogues of a tree.

    Attributes:
        paths: (n, T) the drawn candidates.
        log_weights: (n,) the way back to the stated probabilities.
        means: (n,) E[Y | path].
    """

    paths: NDArray[np.int64]
    log_weights: NDArray[np.float64]
    means: NDArray[np.float64]


@dataclass(frozen=True)
class Tree:
    """A simulated user.

    Attributes:
        turns: T, at most 8.
        k: candidates of each turn, at most 8.
        stated: the K stated probabilities after a path of fewer than T choices; they sum to 1.
        outcome: the distribution of the outcome after a path of T choices.
    """

    turns: int
    k: int
    stated: Callable[[Path], Sequence[float]]
    outcome: Callable[[Path], Distribution]

    def paths(self, begins: Path = ()) -> Iterator[Path]:
        """Yield every path of T choices that begins with some."""
        rest = itertools.product(range(self.k), repeat=self.turns - len(begins))
        return (begins + more for more in rest)

    def chance(self, path: Path, draw: DrawSettings = AS_STATED, after: int = 0) -> float:
        """Return how likely the choices of a path are from the turn `after` on."""
        if draw.rule == "tail-first":
            return _tail_first(self, path) / _tail_first(self, path[:after])
        each = (
            draw.chances(np.array(self.stated(path[:t])))[path[t]] for t in range(after, len(path))
        )
        return float(np.prod(list(each)))

    def mean(self, path: Path) -> float:
        """Return E[Y | path]."""
        return sum(value * share for value, share in self.outcome(path))

    def expectation(self, draw: DrawSettings = AS_STATED, begins: Path = ()) -> float:
        """Return E[Y], given the first choices, where the others are drawn by a rule."""
        return sum(self.chance(p, draw, len(begins)) * self.mean(p) for p in self.paths(begins))

    def probability(
        self, event: Callable[[float], bool], draw: DrawSettings = AS_STATED, begins: Path = ()
    ) -> float:
        """Return the probability that the outcome is of a kind."""
        return sum(
            self.chance(p, draw, len(begins)) * share
            for p in self.paths(begins)
            for value, share in self.outcome(p)
            if event(value)
        )

    def draw(self, n: int, rng: np.random.Generator, draw: DrawSettings = AS_STATED) -> Drawn:
        """Draw n dialogues."""
        paths, chances, logs, means = _enumerated(self, draw)
        chosen = rng.choice(len(paths), size=n, p=chances / chances.sum())
        return Drawn(paths[chosen], logs[chosen], means[chosen])

    def scenario(self, **fields: Any) -> Scenario:
        """Return the scenario: a guide asks, the guest chooses, and `gift` is asked for after it.

        Args:
            fields: of the scenario; `method` holds further fields of the guest's method.
        """
        method = {"name": "vs", "k": self.k, **fields.pop("method", {})}
        values = [value for path in self.paths() for value, _ in self.outcome(path)]
        base: dict[str, Any] = {
            "scenario": "doors",
            "speakers": {
                "guide": {"plays": "assistant", "instructions": "You guide a guest."},
                "guest": {"plays": "user", "method": method, "instructions": "You are a guest."},
            },
            "turns": {"first": "guide", "maximum": self.turns},
            "outcomes": {
                "gift": {
                    "kind": "amount",
                    "support": [min(0.0, *values), max(1.0, *values)],
                    "asked": {
                        "speaker": "guest",
                        "question": "How much?",
                        "method": {"name": "vs"},
                    },
                }
            },
        }
        return Scenario.model_validate(base | fields)

    def model(self) -> ScriptedModel:
        """Return the model that plays all speakers; it reads the path from what was said."""
        return ScriptedModel(self.answer, "doors")

    def answer(self, request: ChatRequest) -> str | Mapping[str, Any]:
        """Return what the model answers."""
        path = _path_of(request)
        if request.schema is None:
            return f"Which door do you take in the {_ROOMS[len(path)]}?"
        item = request.schema["properties"]["responses"]["items"]["properties"]
        if "value" in item:
            stated = [(f"{value:g}", share) for value, share in self.outcome(path)]
            return {"responses": [{"value": v, "probability": p} for v, p in stated]}
        room = _ROOMS[len(path)]
        texts = [f"I take the {door} door of the {room}." for door in _DOORS[: self.k]]
        shares = self.stated(path)
        return {
            "responses": [{"text": t, "probability": p} for t, p in zip(texts, shares, strict=True)]
        }


@lru_cache(maxsize=32)
def _enumerated(tree: Tree, draw: DrawSettings) -> tuple[NDArray[Any], ...]:
    """Return of all paths their choices, chances, log weights and means."""
    paths = list(tree.paths())
    chances = np.array([tree.chance(p, draw) for p in paths])
    stated = np.array([tree.chance(p) for p in paths])
    with np.errstate(divide="ignore"):
        logs = np.log(stated) - np.log(chances)
    return np.array(paths, dtype=np.int64), chances, logs, np.array([tree.mean(p) for p in paths])


def _tail_first(tree: Tree, path: Path) -> float:
    """Return how likely a path is under `tail-first`, from the ways to draw whole dialogues."""
    stated = [np.array(tree.stated(path[:t])) for t in range(len(path))]
    weights = np.array([each[choice] for each, choice in zip(stated, path, strict=True)])
    even = np.array([1 / np.count_nonzero(each) for each in stated])
    ways = (1 - TAIL_SHARES[:, None]) * weights + TAIL_SHARES[:, None] * even
    return float(TAIL_CHANCES @ ways.prod(axis=1))


def path_of(texts: Sequence[str]) -> Path:
    """Return the choices that are named in what was said, in order of the turns."""
    found = {
        _ROOMS.index(room): _DOORS.index(door)
        for text in texts
        for door, room in _CHOICE.findall(text)
    }
    return tuple(found[turn] for turn in sorted(found))


def _path_of(request: ChatRequest) -> Path:
    return path_of([m["content"] for m in request.messages])


def nine_paths() -> Tree:
    """Return the tree that is small enough for a sheet of paper: two turns of three candidates.

    P(path) is .6/.3/.1 in both turns. The outcome is 0 or 2 with P(2) = .1 · (1 + i + 2j) after
    the choices i and j, so that E[Y | i, j] = .2 · (1 + i + 2j) and
    E[Y] = .2 · (1 + .5 + 2 · .5) = .5.
    """

    def outcome(path: Path) -> Distribution:
        gives = 0.1 * (1 + path[0] + 2 * path[1])
        return ((0.0, 1 - gives), (2.0, gives))

    return Tree(2, 3, lambda path: (0.6, 0.3, 0.1), outcome)


def thousands_of_paths() -> Tree:
    """Return a tree of 6 turns of 4 candidates, 4,096 paths, whose later turns lean on earlier."""

    def stated(path: Path) -> Sequence[float]:
        lean = sum(path) % 3
        return ((0.55, 0.25, 0.15, 0.05), (0.4, 0.3, 0.2, 0.1), (0.7, 0.1, 0.1, 0.1))[lean]

    def outcome(path: Path) -> Distribution:
        gives = 0.9 * sum(path) / 18
        return ((0.0, 1 - gives), (1.0, gives))

    return Tree(6, 4, stated, outcome)


def seldom(low: float = 0.05) -> Tree:
    """Return a tree of 6 turns of 4 candidates in which a gift takes several rare choices.

    Two candidates of each turn have the probability `low` together; the gift becomes possible with
    three of such choices. P(gift) is 1.4e-4 for .05 and 1.2e-3 for .1.
    """
    stated = ((1 - low) * 0.7, (1 - low) * 0.3, low * 0.7, low * 0.3)

    def outcome(path: Path) -> Distribution:
        rare = sum(choice >= 2 for choice in path)
        gives = (0.0, 0.0, 0.0, 0.05, 0.333, 0.617, 0.9)[rare]
        return ((0.0, 1 - gives), (1.0, gives))

    return Tree(6, 4, lambda path: stated, outcome)
