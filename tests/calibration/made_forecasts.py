"""Forecasts of people whose probabilities are known, as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulate.calibration.forecasts import Forecasts, Position
from simulate.reference.split import SPLITS
from simulate.verbalized.draw_settings import tempered

LEVELS = ("agrees", "asks", "declines", "none of these")


def made_positions(
    people: int, turns: int, traits: Mapping[str, Sequence[Any]] | None = None, said: Any = None
) -> tuple[Position, ...]:
    """Return the positions of people with as many turns each; every second one is for reporting.

    Args:
        people: how many.
        turns: of each.
        traits: attribute to its value at each position.
        said: whether an amount was stated before each position; nowhere by default.
    """
    found = []
    for i in range(people * turns):
        who, split = f"p{i // turns}", SPLITS[i // turns % 2]
        known = {name: values[i] for name, values in (traits or {}).items()}
        known = {name: value for name, value in known.items() if value is not None}
        amount = said is not None and bool(said[i])
        found.append(Position(who, who, i % turns, "persuadee", split, amount, traits=known))
    return tuple(found)


def drawn(shares: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Return (n,) a level of each of (n, K) rows, drawn with its share."""
    u = rng.random((len(shares), 1))
    below = (u >= np.cumsum(shares, axis=1)).sum(axis=1)
    found: NDArray[np.int64] = np.minimum(below, shares.shape[1] - 1)
    return found


def made_forecasts(
    rng: np.random.Generator,
    *,
    people: int = 200,
    turns: int = 5,
    temperature: float = 1.0,
    levels: tuple[str, ...] = LEVELS,
    what: str = "act",
    method: str = "vs",
    **fields: Any,
) -> Forecasts:
    """Return forecasts that are right once they are tempered by `temperature`."""
    positions = made_positions(
        people, turns, fields.pop("traits", None), fields.pop("amount_stated", None)
    )
    stated = rng.dirichlet(np.ones(len(levels)), len(positions))
    happened = drawn(tempered(stated, temperature), rng)
    return Forecasts.of(what, method, levels, stated, happened, positions, **fields)
