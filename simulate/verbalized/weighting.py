"""From what a model stated to weights: which candidates are kept, and what each one weighs.

The three knobs are those of the package that the paper released (`verbalized-sampling`), with the
same meaning: `tau` keeps candidates that were stated to be at least this likely, `min_k` says how
many are kept in any case, `weight_mode` how the kept ones are weighed. `tau` cuts what was
answered, at the bottom; a method's `below` is told to the model, and asks for the tail.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from simulate.errors import InputError
from simulate.verbalized.distribution import ReplyDistribution

WeightMode = Literal["elicited", "softmax", "uniform"]
"""Weigh by what was stated, by exp(what was stated), or each alike."""

MIN_K = 3
"""How many candidates are kept, however unlikely they are."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """A distribution after weighing.

    Attributes:
        distribution: the candidates that were kept, in the order in which the model gave them.
        dropped: how many were not.
        tau: the threshold that holds for all that were kept; lower than asked for where fewer than
            `min_k` reached it. None where none was asked for.
        relaxed: what is to be told where the threshold was lowered; else None.
    """

    distribution: ReplyDistribution
    dropped: int = 0
    tau: float | None = None
    relaxed: str | None = None


@dataclass(frozen=True, slots=True)
class Weighting:
    """Which candidates are kept, and how they are weighed.

    Attributes:
        tau: keep candidates whose stated probability is at least this, in [0, 1]; None keeps all.
        mode: `elicited` weighs by the stated probability; `softmax` by exp(stated probability),
            which lies between 1 and e and so is nearly flat; `uniform` gives each the same weight.
        min_k: where fewer candidates reach `tau`, the likeliest `min_k` are kept (of equals, the
            first ones); ≥ 1.

    Raises:
        InputError: a value lies outside its range.
    """

    tau: float | None = None
    mode: WeightMode = "elicited"
    min_k: int = MIN_K

    def __post_init__(self) -> None:
        if self.tau is not None and not 0 <= self.tau <= 1:
            raise InputError(f"tau: must lie in [0, 1], got {self.tau!r}")
        if self.mode not in get_args(WeightMode):
            raise InputError(
                f"weight_mode: must be {', '.join(get_args(WeightMode))}, got {self.mode!r}"
            )
        if self.min_k < 1:
            raise InputError(f"min_k: must be a whole number ≥ 1, got {self.min_k!r}")

    def apply(self, distribution: ReplyDistribution) -> Weighed:
        """Keep and weigh the candidates of a distribution.

        Raises:
            InputError: `tau` or `softmax` is asked for and no probabilities were stated.
        """
        stated = self._stated(distribution)
        kept = list(range(len(distribution)))
        relaxed, reached = None, self.tau
        if self.tau is not None:
            kept = [i for i in kept if stated[i] >= self.tau]
            if len(kept) < min(self.min_k, len(stated)):
                relaxed = (
                    f"{len(kept)} of {len(stated)} candidates are stated at tau {self.tau:g} or "
                    f"above: the likeliest {min(self.min_k, len(stated))} are kept (min_k)"
                )
                likeliest = sorted(range(len(stated)), key=lambda i: -stated[i])[: self.min_k]
                kept, reached = sorted(likeliest), stated[likeliest[-1]]
        match self.mode:
            case "elicited":
                weights = distribution.weights[kept]
            case "softmax":
                weights = np.exp([stated[i] for i in kept])
            case "uniform":
                weights = np.ones(len(kept))
        found = replace(
            distribution,
            candidates=tuple(distribution.candidates[i] for i in kept),
            weights=weights / math.fsum(weights),
        )
        return Weighed(found, len(stated) - len(kept), reached, relaxed)

    def _stated(self, distribution: ReplyDistribution) -> list[float]:
        stated = [c.probability for c in distribution.candidates]
        known = [p for p in stated if p is not None]
        if len(known) == len(stated):
            return known
        if self.tau is not None or self.mode == "softmax":
            asked = "tau" if self.tau is not None else "weight_mode softmax"
            raise InputError(
                f"{asked}: needs probabilities, and these candidates were stated without; leave "
                "it out, or ask by a method and wording that states some, such as vs"
            )
        return [0.0] * len(stated)
