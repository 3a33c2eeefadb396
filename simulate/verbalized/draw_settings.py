"""How a candidate is drawn, and how likely each one is to be drawn: the one place that knows."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulate.errors import ParseError

Draw = Literal["probability", "uniform", "mode", "tail-first"]
"""The rule that picks a candidate: by weight, each alike, the heaviest, or rare ones more often."""

TAIL_SHARES = np.array([0, 1 / 4, 1 / 2, 1])
"""Ways to draw a whole dialogue under `tail-first`: the share of its draws that weigh nothing."""
TAIL_CHANCES = np.array([1 / 2, 1 / 6, 1 / 6, 1 / 6])
"""How likely each of these ways is; the first one draws as stated."""


def tempered(weights: NDArray[np.float64], temperature: float) -> NDArray[np.float64]:
    """Raise weights to the power 1/temperature and normalise them: above 1 is flatter.

    Args:
        weights: (…, k) ≥ 0, each row sums to 1.
        temperature: above 0.

    Raises:
        ValueError: the temperature is not a positive number.
    """
    if not (math.isfinite(temperature) and temperature > 0):
        raise ValueError(f"temperature must be a finite number > 0, got {temperature!r}")
    with np.errstate(divide="ignore"):
        logs = np.log(weights) / temperature
    scaled = np.exp(logs - logs.max(axis=-1, keepdims=True))
    return np.asarray(scaled / scaled.sum(axis=-1, keepdims=True), dtype=np.float64)


def tail_share(chosen: ArrayLike, possible: ArrayLike) -> float:
    """Return the share of even chances at the next draw of a dialogue under `tail-first`.

    A dialogue is drawn in one of the ways of `TAIL_SHARES`, as a whole, and nobody looks which it
    is: at each draw the ways count by how well they explain the draws before it. So the chances of
    a dialogue are Σ_m α_m Π_t ((1 − q_m) w_t + q_m / k_t) and its weight back to the stated
    probabilities is at most 1/α_0 = 2, however many turns it has, where a mixture in each turn
    would have 2^T. It is the balance heuristic of multiple importance sampling (Veach and Guibas
    1995; Hesterberg 1995; Owen and Zhou 2000).

    Args:
        chosen: (n,) the weights w of the candidates that were drawn before, > 0.
        possible: (n,) how many candidates k of positive weight there were.
    """
    weights, even = np.asarray(chosen, np.float64), 1 / np.asarray(possible, np.float64)
    ways = (1 - TAIL_SHARES[:, None]) * weights + TAIL_SHARES[:, None] * even
    logs = np.log(TAIL_CHANCES) + np.log(ways).sum(axis=1)
    shares = np.exp(logs - logs.max())
    return float(TAIL_SHARES @ shares / shares.sum())


FIRST_SHARE = float(TAIL_SHARES @ TAIL_CHANCES)
"""The share of even chances at the first draw of a dialogue under `tail-first`."""


def lighter(weights: NDArray[np.float64], below: float) -> NDArray[np.int64]:
    """Return the indices of the candidates whose weight is below `below`, (m,), m ≥ 1.

    Args:
        weights: (k,) ≥ 0, sums to 1.
        below: in (0, 1].

    Raises:
        ValueError: `below` lies outside (0, 1].
        ParseError: no candidate of positive weight lies below it.
    """
    if not 0 < below <= 1:
        raise ValueError(f"below must lie in (0, 1], got {below!r}")
    kept = np.flatnonzero((weights < below) | (below == 1))
    if not len(kept) or weights[kept].sum() <= 0:
        raise ParseError(f"no candidate has a weight below {below}: choose a larger threshold")
    return kept


@dataclass(frozen=True, slots=True)
class DrawSettings:
    """How a candidate is drawn from weights.

    Attributes:
        rule: by weight, each alike, the heaviest (the first of several), or rare ones more often.
        temper: with `probability`, draw from the weights raised to the power 1/temper, above 0;
            above 1 is flatter than stated. None draws from the weights.
        mix: with `probability`, the share in [0, 1] of draws that give each candidate the same
            chance. None is a share of 0.
        even: with `tail-first`, the share in [0, 1] of even chances among the candidates of
            positive weight, which depends on the draws before; see `tail_share`.

    Raises:
        ValueError: `temper` or `mix` lies outside its range.
    """

    rule: Draw = "probability"
    temper: float | None = None
    mix: float | None = None
    even: float = FIRST_SHARE

    def __post_init__(self) -> None:
        if self.mix is not None and not 0 <= self.mix <= 1:
            raise ValueError(f"mix must lie in [0, 1], got {self.mix!r}")
        if not 0 <= self.even <= 1:
            raise ValueError(f"even must lie in [0, 1], got {self.even!r}")
        if self.temper is not None and not (math.isfinite(self.temper) and self.temper > 0):
            raise ValueError(f"temper must be a finite number > 0, got {self.temper!r}")

    @property
    def as_stated(self) -> bool:
        """Whether each candidate is drawn with the chance that its weight says."""
        return self.rule == "probability" and self.temper is None and self.mix is None

    @property
    def of_outcome(self) -> DrawSettings:
        """How an outcome is drawn: `tail-first` leaves it as stated, since all of it counts."""
        return AS_STATED if self.rule == "tail-first" else self

    def chances(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how likely each candidate is to be drawn, (k,) float64, sums to 1.

        With `probability` that is (1 − mix) · t + mix / k, where t are the weights tempered by
        `temper`: a defensive mixture (Hesterberg 1995), whose weight back to the stated
        probabilities is at most 1 / (1 − mix) where nothing is tempered.

        Args:
            weights: (k,) ≥ 0, sums to 1.
        """
        k = len(weights)
        if self.rule == "mode":
            heaviest = np.zeros(k)
            heaviest[np.argmax(weights)] = 1.0
            return heaviest
        if self.rule == "uniform":
            return np.full(k, 1 / k, dtype=np.float64)
        if self.rule == "tail-first":
            possible = weights > 0
            even = possible / np.count_nonzero(possible)
            return np.asarray((1 - self.even) * weights + self.even * even, dtype=np.float64)
        flat = weights if self.temper is None else tempered(weights, self.temper)
        if self.mix is None:
            return flat
        return np.asarray((1 - self.mix) * flat + self.mix / k, dtype=np.float64)

    def draw(self, weights: NDArray[np.float64], u: float) -> int:
        """Return the index of the drawn candidate, a pure function of u ∈ [0, 1).

        `probability` inverts the cumulative chances at u, so it never draws a candidate of chance
        0; `mode` does not look at u.

        Raises:
            ValueError: u lies outside [0, 1).
        """
        if not 0 <= u < 1:
            raise ValueError(f"u must lie in [0, 1), got {u!r}")
        k = len(weights)
        if self.rule == "mode":
            return int(np.argmax(weights))
        if self.rule == "uniform":
            return min(int(u * k), k - 1)
        chances = self.chances(weights)
        cumulative = list(accumulate(chances.tolist()))
        index = bisect_right(cumulative, u * cumulative[-1])
        return index if index < k else int(np.flatnonzero(chances)[-1])


AS_STATED = DrawSettings()
"""Each candidate is drawn with the chance that its weight says."""
