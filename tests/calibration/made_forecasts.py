"""Forecasts of people whose probabilities are known, as arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulate.calibration.forecasts import Forecasts, Positions
from simulate.reference.split import Split
from simulate.verbalized.draw_settings import tempered

LEVELS = ("agrees", "asks", "declines", "none of these")


def made_positions(people: int, turns: int, **fields: Any) -> Positions:
    """Return the positions of people with as many turns each; every second one is for reporting."""
    who = [f"p{i}" for i in range(people) for _ in range(turns)]
    splits: list[Split] = ["report" if i % 2 else "select" for i in range(people)]
    split = [each for each in splits for _ in range(turns)]
    at = np.tile(np.arange(turns), people)
    return Positions.of(who, who, at, ["persuadee"] * len(who), split, **fields)


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
    given = {key: fields.pop(key) for key in ("traits", "amount_stated") if key in fields}
    positions = made_positions(people, turns, **given)
    stated = rng.dirichlet(np.ones(len(levels)), positions.n)
    happened = drawn(tempered(stated, temperature), rng)
    return Forecasts.of(what, method, levels, stated, happened, positions, **fields)
