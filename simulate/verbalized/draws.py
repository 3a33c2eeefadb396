"""Recorded draws: what was drawn from, how likely each candidate was, and what came.

A turn is a chain of draws: whether it is asked for from the tail, which part of a mixture, which
act, and then the reply. The last draw of a chain is the reply. Since each is recorded, a
finished run can be weighed back to the stated probabilities, or to any other rule, without a model.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from simulate.record import record
from simulate.verbalized.candidate import Candidate
from simulate.verbalized.distribution import ReplyDistribution
from simulate.verbalized.draw_settings import DrawSettings, tail_share


@record(frozen=True, slots=True, eq=False)
class RecordedDraw:
    """One draw of a turn, or of an outcome.

    Attributes:
        what: what is drawn, such as `reply`, `tail` or an outcome's name.
        distribution: the candidates with the weights that the stated probabilities give them.
        chosen: the index of the drawn candidate.
        u: the random number in [0, 1) that drew it.
        flattened: (k,) how likely each candidate was to be drawn, where that differs from the
            weights; None where it is the weights.
    """

    what: str
    distribution: ReplyDistribution
    chosen: int
    u: float
    flattened: NDArray[np.float64] | None = None

    def __eq__(self, other: object) -> bool:
        """Tell whether all of it is the same."""
        if not isinstance(other, RecordedDraw):
            return NotImplemented
        return (
            (self.what, self.chosen, self.u) == (other.what, other.chosen, other.u)
            and self.distribution == other.distribution
            and np.array_equal(self.chances, other.chances)
        )

    __hash__ = None  # type: ignore[assignment]  # holds arrays

    @property
    def candidate(self) -> Candidate:
        """The drawn candidate."""
        return self.distribution.candidates[self.chosen]

    @property
    def chances(self) -> NDArray[np.float64]:
        """How likely each candidate was to be drawn, (k,) float64, sums to 1."""
        return self.distribution.weights if self.flattened is None else self.flattened

    @property
    def log_weight(self) -> float:
        """ln(weight / chance) of the drawn candidate: the way back to the stated probabilities.

        −∞ where its weight is 0; NaN where a candidate of positive weight is never drawn, as with
        `mode`, so that no weight leads back.
        """
        weights = self.distribution.weights
        if weights[self.chosen] <= 0:
            return -math.inf
        if self.flattened is None:
            return 0.0
        if ((weights > 0) & (self.flattened <= 0)).any():
            return math.nan
        return math.log(weights[self.chosen]) - math.log(self.flattened[self.chosen])


def recorded(
    distribution: ReplyDistribution, settings: DrawSettings, what: str, u: float
) -> RecordedDraw:
    """Draw from a distribution, and return the draw as it is recorded.

    Raises:
        ValueError: u lies outside [0, 1).
    """
    flattened = None if settings.as_stated else distribution.chances(settings)
    return RecordedDraw(what, distribution, distribution.draw(u, settings), u, flattened)


def log_weight(draws: Iterable[RecordedDraw]) -> float:
    """Return the logarithm of the weight of a chain of draws back to the stated probabilities.

    The sum over its draws: −∞ where one has the weight 0, else NaN where no weight leads back.
    """
    logs = [draw.log_weight for draw in draws]
    return -math.inf if -math.inf in logs else math.fsum(logs)


def tail_first(earlier: Iterable[RecordedDraw]) -> DrawSettings:
    """Return how the next draw of a dialogue is drawn under `tail-first`.

    Args:
        earlier: the draws of the dialogue that were drawn by this rule before.
    """
    weights = [(each.distribution.weights, each.chosen) for each in earlier]
    chosen = [each[at] for each, at in weights]
    possible = [np.count_nonzero(each) for each, _ in weights]
    return DrawSettings("tail-first", even=tail_share(chosen, possible))


TAIL = ReplyDistribution.from_probabilities((Candidate("usual", 1.0), Candidate("tail", 0.0)))
"""Under the stated probabilities a turn is always asked for as usual, never from the tail."""


def tail_draw(share: float, u: float) -> RecordedDraw:
    """Draw whether a turn is asked for from the tail, with the chance `share`; 1 where it is.

    Args:
        share: in [0, 1].
        u: the random number in [0, 1).
    """
    return RecordedDraw("tail", TAIL, int(u < share), u, np.array([1 - share, share]))
