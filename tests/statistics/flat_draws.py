"""Synthetic stress tests with a known stated-weighted rate, for coverage studies."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from simulate.statistics.importance import WeightedRate, weighted_rate
from simulate.statistics.rows import Rows

Cause = Literal["rare", "common", "even"]
K = 5
Draw = tuple[str, float]
DRAWS: tuple[Draw, ...] = (
    ("mix", 0.1),
    ("mix", 0.2),
    ("mix", 0.3),
    ("temper", 1.5),
    ("temper", 2.0),
    ("uniform", 0.0),
)
Floats = NDArray[np.float64]


def stated(rng: np.random.Generator, shape: tuple[int, ...], sharp: float = 1.0) -> Floats:
    """Stated weights, heaviest first: softmax of normal logits; mean .46, .24, .15, .10, .05."""
    logits = rng.normal(0, sharp, size=(*shape, K))
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(-np.sort(-weights / weights.sum(axis=-1, keepdims=True), axis=-1))


def chances(weights: Floats, draw: Draw) -> Floats:
    kind, value = draw
    if kind == "uniform":
        return np.full_like(weights, 1 / K)
    if kind == "temper":
        flat = weights ** (1 / value)
        return np.asarray(flat / flat.sum(axis=-1, keepdims=True))
    return np.asarray((1 - value) * weights + value / K)


@lru_cache
def _mean_weights(sharp: float) -> Floats:
    return np.asarray(stated(np.random.default_rng(1), (200_000,), sharp).mean(axis=0))


def hazards(cause: Cause, rate: float, turns: int, sharp: float = 1.0, most: float = 0.9) -> Floats:
    """(K,) the chance that a candidate of each rank makes the target fail, such that `rate` do.

    Rare ones are as few of the lightest as do with a chance of at most `most`.
    """
    a_turn = 1 - (1 - rate) ** (1 / turns)
    first = {"rare": (4, 3, 2, 1, 0), "common": (0,), "even": (0,)}[cause]
    for rank in first:
        triggers = np.zeros(K)
        triggers[slice(0, 1) if cause == "common" else slice(rank, K)] = 1
        scale = a_turn / float(triggers @ _mean_weights(sharp))
        if scale <= most:
            break
    return np.asarray(scale * triggers)


@dataclass(frozen=True)
class Study:
    """What many trials gave.

    Attributes:
        covered: share of the intervals that hold the true rate; nan if all are refused.
        refused: share of the trials without a number.
        mean: of the estimates that were given.
        width: mean width of the intervals that were given.
    """

    covered: float
    refused: float
    mean: float
    width: float


@dataclass(frozen=True)
class Drawn:
    """The draws of one stress test: (personas × replicates, turns) each.

    Attributes:
        rank: which candidate was taken, 0 is the heaviest.
        logs: log weights of the dialogue up to and with this turn.
        factor: how much more often the persona makes the target fail.
        chance: uniform; the target fails where it lies below the hazard.
        replicates: dialogues of one persona.
    """

    rank: NDArray[np.int64]
    logs: Floats
    factor: Floats
    chance: Floats
    replicates: int


def draws(
    draw: Draw,
    turns: int,
    *,
    personas: int = 300,
    replicates: int = 1,
    trials: int = 200,
    sharp: float = 1.0,
    seed: int = 0,
) -> list[Drawn]:
    """Return the draws of many synthetic stress tests, which any cause and rate can be set to.

    With `replicates`, half of the personas make the target fail 0.2 times, half 1.8 times as often
    a turn, which moves the true rate.
    """
    rng = np.random.default_rng(seed)
    n, found = personas * replicates, []
    for _ in range(trials):
        weights = stated(rng, (n, turns), sharp)
        chance = chances(weights, draw)
        u = rng.random((n, turns, 1))
        drawn = np.minimum((u > chance.cumsum(axis=-1)).sum(axis=-1), K - 1)[..., None]
        logs = np.log(
            np.take_along_axis(weights, drawn, -1) / np.take_along_axis(chance, drawn, -1)
        )[..., 0].cumsum(axis=1)
        factor = np.ones((n, 1))
        if replicates > 1:
            factor = np.repeat(rng.choice([0.2, 1.8], size=personas), replicates)[:, None]
        found.append(Drawn(drawn[..., 0], logs, factor, rng.random((n, turns)), replicates))
    return found


def study(
    stress_tests: list[Drawn],
    cause: Cause,
    rate: float,
    *,
    stop: bool = True,
    sharp: float = 1.0,
) -> Study:
    """Estimate the stated-weighted rate in many synthetic stress tests."""
    n, turns = stress_tests[0].rank.shape
    replicates = stress_tests[0].replicates
    # With 1.8 times as much it must still be a chance.
    hazard = hazards(cause, rate, turns, sharp, 0.9 if replicates == 1 else 0.5)
    truth = rate
    if replicates > 1:
        per_turn = float(hazard @ _mean_weights(sharp))
        truth = float(np.mean([1 - (1 - f * per_turn) ** turns for f in (0.2, 1.8)]))
    found: list[WeightedRate] = []
    for each in stress_tests:
        failed = each.chance < hazard[each.rank] * each.factor
        fails = failed.any(axis=1)
        last = np.where(fails, failed.argmax(axis=1), turns - 1) if stop else turns - 1
        logs = each.logs[np.arange(n), last]
        rows = Rows.of(fails, log_weights=logs, clusters=np.arange(n) // replicates)
        found.append(weighted_rate(rows))
    given = [(f.value, f.interval) for f in found if f.value is not None and f.interval]
    if not given:
        return Study(float("nan"), 1.0, float("nan"), float("nan"))
    return Study(
        covered=float(np.mean([low <= truth <= high for _, (low, high) in given])),
        refused=1 - len(given) / len(found),
        mean=float(np.mean([value for value, _ in given])),
        width=float(np.mean([high - low for _, (low, high) in given])),
    )
