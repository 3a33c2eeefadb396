"""What a walk stated, beside what people did, as forecasts that can be scored."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulate.calibration.acts import level_of
from simulate.calibration.forecasts import Forecasts, Positions, TextForecasts
from simulate.calibration.moves import Move
from simulate.calibration.readings import Stated
from simulate.calibration.situation import Situation
from simulate.measures.embeddings import Embedder
from simulate.reference.human_talks import HumanTalk
from simulate.verbalized.probability_map import LEAVING

AMOUNT = re.compile(
    r"[$£€] ?\d|\b\d{1,6}(?:\.\d{1,2})? ?(?:cents?|dollars?|bucks?|usd|pennies)\b|\bhalf\b",
    re.IGNORECASE,
)
"""What names an amount."""
STAYS, LEAVES = "stays", "leaves"

ActOf = Callable[[HumanTalk, int], str | None]
"""Returns the act of a turn in words; None where it is not known."""


class Told:
    """What is known of moves beside what was stated: people, acts, amounts.

    Args:
        situation: of the dialogues; the amounts of those count whose its outcomes are.
        act_of: says which act a turn is.
        traits: the attributes of people by which forecasts are looked at.
    """

    def __init__(self, situation: Situation, act_of: ActOf, traits: Sequence[str] = ()) -> None:
        self._traits = traits
        self.act_of = act_of
        self._givers = {outcome.of for outcome in situation.outcomes.values()}

    def positions(self, moves: Sequence[Move]) -> Positions:
        """Return where moves stand."""
        known = [m.talk.attributes.get(m.role) or {} for m in moves]
        traits = {name: [each.get(name) for each in known] for name in self._traits}
        return Positions.of(
            [m.person for m in moves],
            [m.talk.key for m in moves],
            np.array([m.turn for m in moves], dtype=np.int64),
            [m.role for m in moves],
            [m.split for m in moves],
            amount_stated=[self.amount_before(m) for m in moves],
            previous_act=[self.act_of(m.talk, m.turn - 1) or "" for m in moves],
            traits={name: column for name, column in traits.items() if set(column) != {None}},
        )

    def amount_before(self, move: Move) -> bool:
        """Tell whether who gives has named an amount before a move."""
        said = move.talk.turns[: move.turn]
        return any(t.speaker in self._givers and AMOUNT.search(t.text) for t in said)


def act_forecasts(
    stated: Sequence[Stated], levels: Sequence[str], told: Told, method: str
) -> Forecasts:
    """Return forecasts of the next act; moves whose act is not known are left out."""
    known = [(s, act) for s in stated if (act := told.act_of(s.move.talk, s.move.turn)) is not None]
    usable = [(s, act) for s, act in known if s.values]
    shares = np.zeros((len(usable), len(levels)))
    for row, (s, _) in enumerate(usable):
        for value, weight in s.values:
            shares[row, level_of(value, levels)] += weight
    return Forecasts.of(
        "act",
        method,
        levels,
        _normalised(shares),
        np.array([level_of(act, levels) for _, act in usable], dtype=np.int64),
        told.positions([s.move for s, _ in usable]),
        answers=_independent([s for s, _ in usable]),
        failed=len(known) - len(usable),
    )


def leaving_forecasts(stated: Sequence[Stated], told: Told, method: str) -> Forecasts:
    """Return forecasts of whether the person's next turn is the last one that the person takes."""
    usable = [s for s in stated if s.values]
    shares = np.array([[w for _, w in s.values] for s in usable]).reshape(-1, 2)
    return Forecasts.of(
        LEAVING,
        method,
        (STAYS, LEAVES),
        _normalised(shares),
        np.array([s.move.last for s in usable], dtype=np.int64),
        told.positions([s.move for s in usable]),
        failed=len(stated) - len(usable),
    )


def outcome_forecasts(
    name: str, stated: Sequence[Stated], told: Told, situation: Situation, method: str
) -> Forecasts:
    """Return forecasts of an outcome; dialogues without it, or outside its support, are left out.

    Of an amount the levels are all amounts that were stated or came true, in ascending order.
    """
    outcome = situation.outcomes[name]
    low, high = outcome.support or (-np.inf, np.inf)
    numeric = outcome.levels is None

    def came(s: Stated) -> Any:
        value = s.move.talk.outcomes.get(name)
        if value is None or (numeric and not low <= float(value) <= high):
            return None
        return float(value) if numeric else str(value)

    known = [(s, value) for s in stated if (value := came(s)) is not None]
    usable = [(s, value) for s, value in known if s.values]
    numbers: list[Any] = list(outcome.levels or ())
    if numeric:
        seen = {float(v) for s, _ in usable for v, _ in s.values} | {v for _, v in usable}
        numbers = sorted(seen | {float(b) for b in (low, high) if np.isfinite(b)})
    place = {value: i for i, value in enumerate(numbers)}
    shares = np.zeros((len(usable), len(numbers)))
    for row, (s, _) in enumerate(usable):
        for value, weight in s.values:
            shares[row, place[float(value) if numeric else value]] += weight
    return Forecasts.of(
        name,
        method,
        [f"{n:g}" for n in numbers] if numeric else numbers,
        _normalised(shares),
        np.array([place[value] for _, value in usable], dtype=np.int64),
        told.positions([s.move for s, _ in usable]),
        codes=numbers if numeric else None,
        answers=_independent([s for s, _ in usable]),
        failed=len(known) - len(usable),
    )


def text_forecasts(
    stated: Sequence[Stated],
    told: Told,
    method: str,
    embedder: Embedder,
) -> TextForecasts:
    """Return forecasts of the next text in the space of an embedder.

    Args:
        stated: what was stated.
        told: what is known of the moves.
        method: how it was asked.
        embedder: turns texts into vectors.
    """
    usable = [s for s in stated if s.values]
    said = [s.move.said.text for s in usable]
    texts = [str(value) for s in usable for value, _ in s.values]
    vectors = np.asarray(embedder.embed([*said, *texts]), dtype=np.float64)
    ends = np.cumsum([len(s.values) for s in usable])
    listed: list[NDArray[np.float64]] = np.split(vectors[len(said) :], ends)[:-1]
    weights = [np.array([w for _, w in s.values]) for s in usable]
    return TextForecasts.of(
        method,
        listed,
        [w / w.sum() for w in weights],
        vectors[: len(said)],
        told.positions([s.move for s in usable]),
        failed=len(stated) - len(usable),
    )


def _normalised(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    return shares / shares.sum(axis=1, keepdims=True) if len(shares) else shares


def _independent(stated: Sequence[Stated]) -> NDArray[np.int64] | None:
    """Return of how many independent answers each forecast is the shares; None for no such."""
    counts = [s.answers for s in stated if s.answers is not None]
    return np.array(counts, dtype=np.int64) if counts and len(counts) == len(stated) else None
