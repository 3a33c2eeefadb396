"""A candidate: one reply that a person could give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from simulate.verbalized.leaving import WORDLESS

Parse = Literal["clean", "repaired"]
"""Whether the model's text had exactly the form asked for, or needed a (recorded) repair."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One possible reply.

    Attributes:
        text: the reply; for an outcome, the answer in its canonical spelling. Empty only for a
            reply that ends the conversation: a leave without a word.
        probability: as the model stated it, read into a number ≥ 0; None where the method asks
            for none, or for perplexities or log-likelihoods, which are none. The stated
            probabilities of a distribution need not sum to 1.
        ends: whether this reply ends the conversation.
    """

    text: str
    probability: float | None = None
    ends: bool = False

    @property
    def shown(self) -> str:
        """The text for readers, which says so where there is none."""
        return self.text or WORDLESS

    def is_above(self, below: float | None) -> bool:
        """Tell whether it was asked for from the tail, and stated not to be of it.

        Args:
            below: the threshold that it was to be less likely than; None where there was none.
        """
        return below is not None and self.probability is not None and self.probability >= below

    def tail_mark(self, below: float | None) -> str:
        """Return what marks it for readers where `is_above`, else nothing."""
        return f" ▲ not below {below:g}" if self.is_above(below) else ""


class WeightedCandidate(NamedTuple):
    """A candidate with its weight.

    Attributes:
        text: the reply.
        weight: in [0, 1].
        probability: as the model stated it; None where it stated none.
        ends: whether this reply ends the conversation.
    """

    text: str
    weight: float
    probability: float | None = None
    ends: bool = False
