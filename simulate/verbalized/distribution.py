"""The reply distribution: what a person could plausibly say next, with weights.

A reply distribution is a discrete distribution over candidates. It keeps the probabilities as the
model stated them beside the weights that they are read into, so that nothing is lost when the
stated ones do not sum to 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from simulate.errors import EmptyDistributionError, ParseError, quote
from simulate.notebook import Shown, Width
from simulate.verbalized.candidate import Candidate, Parse
from simulate.verbalized.draw_settings import Draw, DrawSettings, lighter, tempered
from simulate.verbalized.operations import Operations

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.figure import Figure

_ONE: NDArray[np.float64] = np.ones(1)
_ONE.flags.writeable = False


@dataclass(frozen=True, slots=True, eq=False)
class ReplyDistribution(Operations, Shown):
    """The candidates of one turn with their weights.

    Attributes:
        candidates: k ≥ 1 candidates, in the order in which the model gave them.
        weights: (k,) float64, each ≥ 0, sums to 1.
        parse: `clean` or `repaired`.
    """

    def __post_init__(self) -> None:
        if not self.candidates:
            raise EmptyDistributionError(
                "the distribution is empty: at least one candidate is needed"
            )
        if self.weights.shape != (len(self.candidates),):
            raise ValueError(
                f"weights have shape {self.weights.shape}, must be ({len(self.candidates)},)"
            )
        weights = self.weights.tolist()
        total = math.fsum(weights)
        if not (min(weights) >= 0 and abs(total - 1) < 1e-9):
            raise ValueError(f"weights must be ≥ 0 and sum to 1, got a sum of {total!r}")

    def __eq__(self, other: object) -> bool:
        """Tell whether candidates, weights and parse are all the same."""
        if not isinstance(other, ReplyDistribution):
            return NotImplemented
        return (
            self.candidates == other.candidates
            and self.parse == other.parse
            and bool(np.array_equal(self.weights, other.weights))
        )

    __hash__ = None  # type: ignore[assignment]  # holds an array

    _view: ClassVar[str] = "reply_distribution"

    def __repr__(self) -> str:
        heaviest = self.argmax()
        told = f"{len(self)} candidates, entropy {self.entropy():.2f} nats, the heaviest "
        return f"ReplyDistribution({told}{heaviest.weight:.2f} {quote(heaviest.text, 60)})"

    def plot(self, *, width: Width = "page") -> Figure:
        """Return a figure of the candidates with their weights, which a notebook shows."""
        return self._figure(width=width)

    def __len__(self) -> int:
        return len(self.candidates)

    @classmethod
    def from_probabilities(
        cls, candidates: tuple[Candidate, ...], parse: Parse = "clean"
    ) -> ReplyDistribution:
        """Weigh candidates by their stated probabilities, normalised to sum to 1.

        Raises:
            ParseError: no candidate; one without a probability, a negative or a non-finite one;
                all zero.
        """
        stated = [c.probability for c in candidates]
        numbers = [p for p in stated if p is not None and math.isfinite(p) and p >= 0]
        if len(numbers) < len(stated):
            raise ParseError(f"probabilities must be finite numbers ≥ 0, got {stated}")
        if not numbers:
            raise ParseError("the distribution is empty: at least one candidate is needed")
        largest = max(numbers)
        if largest <= 0:
            raise ParseError("all stated probabilities are zero: no candidate can be drawn")
        # First by the maximum, so that tiny numbers do not underflow.
        scaled = [p / largest for p in numbers]
        total = math.fsum(scaled)
        return cls(candidates, np.array([s / total for s in scaled]), parse)

    @classmethod
    def single(cls, candidate: Candidate, parse: Parse = "clean") -> ReplyDistribution:
        """Return the distribution of a method that gives one reply only."""
        return cls((candidate,), _ONE, parse)

    @classmethod
    def from_log_probabilities(
        cls,
        candidates: tuple[Candidate, ...],
        logs: Sequence[float],
        parse: Parse = "clean",
    ) -> ReplyDistribution:
        """Weigh candidates by the logarithms of their probabilities: w ∝ exp(log − max log).

        For perplexities and log-likelihoods, whose probabilities may be too small to be numbers.

        Args:
            candidates: k candidates.
            logs: (k,) in nats, each finite or −∞ (a weight of 0).
            parse: `clean` or `repaired`.

        Raises:
            ParseError: no candidate, a NaN or +∞ among the logarithms, or −∞ throughout.
        """
        values = np.array(logs, dtype=np.float64)
        top = float(values.max(initial=-np.inf))
        if np.isnan(values).any() or not np.isfinite(top):
            raise ParseError(f"log-probabilities must have a finite maximum, got {list(logs)}")
        weights = np.exp(values - top)
        return cls(candidates, weights / weights.sum(), parse)

    @classmethod
    def equally_weighted(
        cls, candidates: tuple[Candidate, ...], parse: Parse = "clean"
    ) -> ReplyDistribution:
        """Weigh k candidates 1/k each, for methods that state no probabilities."""
        k = max(len(candidates), 1)
        return cls(candidates, np.full(len(candidates), 1 / k), parse)

    @property
    def texts(self) -> tuple[str, ...]:
        """The candidates' texts, in order."""
        return tuple(c.text for c in self.candidates)

    @property
    def mass(self) -> float | None:
        """The sum of the stated probabilities; None where the method states none."""
        stated = [c.probability for c in self.candidates if c.probability is not None]
        return float(sum(stated)) if stated else None

    def draw(self, u: float, settings: Draw | DrawSettings = "probability") -> int:
        """Return the index of the drawn candidate, a pure function of u ∈ [0, 1).

        Args:
            u: the random number.
            settings: the rule that picks the candidate, or all settings of a draw.

        Raises:
            ValueError: u lies outside [0, 1).
        """
        return _settings(settings).draw(self.weights, u)

    def chances(self, settings: Draw | DrawSettings = "probability") -> NDArray[np.float64]:
        """Return how likely each candidate is to be drawn, (k,) float64, sums to 1."""
        return _settings(settings).chances(self.weights)

    def log_weights(self, settings: Draw | DrawSettings = "probability") -> NDArray[np.float64]:
        """Return the way back to the stated probabilities, (k,): ln(weight / chance).

        −∞ where the weight is 0; NaN where no weight leads back, as a candidate of positive weight
        is never drawn.
        """
        chances = self.chances(settings)
        if ((self.weights > 0) & (chances <= 0)).any():
            return np.where(self.weights > 0, np.nan, -np.inf)
        with np.errstate(divide="ignore"):
            return np.log(self.weights) - np.log(np.where(self.weights > 0, chances, 1.0))

    def entropy(self) -> float:
        """Return the Shannon entropy of the weights in nats, from 0 to ln k."""
        return max(0.0, -math.fsum(w * math.log(w) for w in self.weights.tolist() if w > 0))

    def effective_size(self) -> float:
        """Return exp(entropy): how many equally likely candidates would be as uncertain."""
        return math.exp(self.entropy())

    def tempered(self, temperature: float) -> ReplyDistribution:
        """Raise the weights to the power 1/temperature and normalise: above 1 is flatter.

        Raises:
            ValueError: the temperature is not a positive number.
        """
        return replace(self, weights=tempered(self.weights, temperature))

    def truncated(self, below: float) -> ReplyDistribution:
        """Keep only the tail: candidates whose weight is below `below`, normalised again.

        Raises:
            ValueError: `below` lies outside (0, 1].
            ParseError: no candidate of positive weight lies below it.
        """
        kept = lighter(self.weights, below)
        weights = self.weights[kept] / self.weights[kept].sum()
        return replace(self, candidates=tuple(self.candidates[i] for i in kept), weights=weights)

    def merged(self) -> ReplyDistribution:
        """Join candidates of equal text (and equal `ends`), adding probabilities and weights."""
        groups: dict[tuple[str, bool], list[int]] = {}
        for i, candidate in enumerate(self.candidates):
            groups.setdefault((candidate.text, candidate.ends), []).append(i)
        if len(groups) == len(self.candidates):
            return self
        candidates = []
        for (text, ends), members in groups.items():
            stated = [p for i in members if (p := self.candidates[i].probability) is not None]
            candidates.append(Candidate(text, float(sum(stated)) if stated else None, ends))
        weights = np.array([self.weights[members].sum() for members in groups.values()])
        return replace(self, candidates=tuple(candidates), weights=weights / weights.sum())

    def to_frame(self) -> pl.DataFrame:
        """Return one row a candidate: `text`, `probability` (or null), `weight`, `ends`."""
        import polars as pl

        return pl.DataFrame(
            {
                "text": self.texts,
                "probability": [c.probability for c in self.candidates],
                "weight": self.weights,
                "ends": [c.ends for c in self.candidates],
            },
            schema={
                "text": pl.String,
                "probability": pl.Float64,
                "weight": pl.Float64,
                "ends": pl.Boolean,
            },
        )


def _settings(settings: Draw | DrawSettings) -> DrawSettings:
    return DrawSettings(settings) if isinstance(settings, str) else settings
