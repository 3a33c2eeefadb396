"""How a model is asked to say how likely a reply is, and how its number is read.

The wordings are those that the Verbalized Sampling paper compares (arXiv 2510.01171): the same
question put seven ways. A wording names the JSON field, tells the model what to write there, and
says on which scale the number stands.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

WordingName = Literal[
    "implicit", "explicit", "relative", "percentage", "confidence", "perplexity", "nll"
]

Scale = Literal["fraction", "percent", "perplexity", "nll"]

_LIKELY = ("probability", "confidence", "prob", "p", "likelihood", "chance")

SAME_SCALE: dict[Scale, tuple[str, ...]] = {
    "fraction": _LIKELY,
    "percent": (*_LIKELY, "percentage", "percent"),
    "perplexity": ("perplexity", "ppl"),
    "nll": ("nll", "negative_log_likelihood", "neg_log_likelihood"),
}
"""The names under which a number on a scale is read; one of another scale is refused."""


@dataclass(frozen=True, slots=True)
class Wording:
    """One way to ask how likely a candidate is.

    Attributes:
        field: the JSON field that holds the number.
        request: what the model is told to write there.
        scale: how the number is read: `fraction` as a probability, `percent` as one in hundredths,
            `nll` as a weight of exp(−x), `perplexity` as a weight of 1/x = exp(−ln x).
        maximum: the largest value the field may take, None where it has no bound.
        minimum: the smallest value the field may take.
        example: a value that shows the form.
    """

    field: str
    request: str
    scale: Scale
    minimum: float
    maximum: float | None
    example: str

    @property
    def logarithmic(self) -> bool:
        """Whether numbers that can still be told apart may be too small as probabilities."""
        return self.scale in ("perplexity", "nll")

    def probability(self, number: float) -> float | None:
        """Read a number on this wording's scale into a probability, or a likeness of one, ≥ 0.

        None for a perplexity and a negative log-likelihood, which are read into weights alone (see
        `log_weight`): a text's perplexity is a mean over its tokens, and what a model writes as
        the likelihood of a text is a number to weigh by, no share of what could be said.

        Raises:
            ValueError: the number lies outside the scale.
        """
        self._check(number)
        match self.scale:
            case "fraction":
                return number
            case "percent":
                return number / 100
            case "nll" | "perplexity":
                return None

    def log_weight(self, number: float) -> float:
        """Read a number on this wording's scale into the logarithm of a weight, in nats.

        The weight is the probability; exp(−x) for a negative log-likelihood, and 1/x for a
        perplexity. −∞ for a weight of 0.

        Raises:
            ValueError: the number lies outside the scale.
        """
        self._check(number)
        match self.scale:
            case "nll":
                return -number
            case "perplexity":
                return -math.log(number)
            case "fraction" | "percent":
                whole = 100 if self.scale == "percent" else 1
                return math.log(number) - math.log(whole) if number > 0 else -math.inf

    def _check(self, number: float) -> None:
        if not math.isfinite(number) or number < self.minimum:
            raise ValueError(f"{self.field} must be a finite number ≥ {self.minimum:g}")
        if self.maximum is not None and number > self.maximum:
            raise ValueError(f"{self.field} must be ≤ {self.maximum:g}")


WORDINGS: dict[WordingName, Wording] = {
    "implicit": Wording(
        "probability", "how likely it would be, from 0 to 1", "fraction", 0, 1, "0.2"
    ),
    "explicit": Wording(
        "probability",
        "its estimated probability given everything above, from 0 to 1, relative to the full "
        "distribution of what could be said",
        "fraction",
        0,
        1,
        "0.2",
    ),
    "relative": Wording(
        "probability",
        "how likely it would be relative to the others in this list, from 0 to 1, all of them "
        "adding up to 1",
        "fraction",
        0,
        1,
        "0.2",
    ),
    "percentage": Wording(
        "probability", "how likely it would be, in percent from 0 to 100", "percent", 0, 100, "20"
    ),
    "confidence": Wording(
        "confidence",
        "how representative it is of all that could be said, from 0 (not at all) to 1 (fully)",
        "fraction",
        0,
        1,
        "0.2",
    ),
    "perplexity": Wording(
        "perplexity",
        "its perplexity, a number from 1 up: the lower, the more predictable it is",
        "perplexity",
        1,
        None,
        "5.0",
    ),
    "nll": Wording(
        "nll",
        "its negative log-likelihood in nats, a number from 0 up: the lower, the likelier it is",
        "nll",
        0,
        None,
        "1.6",
    ),
}

if set(WORDINGS) != set(get_args(WordingName)):  # pragma: no cover
    raise AssertionError("WORDINGS and WordingName must list the same wordings")
