"""What can be done with a distribution by hand: look at it, change it, sample it, store it.

These are the operations of the paper's own package (`verbalized-sampling`). All are pure; what they
return has weights that sum to 1, and its candidates in the order in which the model gave them.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self, get_args

import numpy as np
from numpy.typing import NDArray

from simulate.errors import EmptyDistributionError, InputError, quote
from simulate.randomness import generator
from simulate.terminal.markdown import LONGEST, code, table
from simulate.verbalized.candidate import Candidate, Parse, WeightedCandidate
from simulate.verbalized.draw_settings import AS_STATED

LARGEST = sys.float_info.max


@dataclass(frozen=True, slots=True, eq=False)
class Operations:
    """The part of a `ReplyDistribution` that it shares with the paper's `DiscreteDist`."""

    candidates: tuple[Candidate, ...]
    weights: NDArray[np.float64]
    parse: Parse = "clean"

    @property
    def items(self) -> tuple[WeightedCandidate, ...]:
        """The candidates with their weights."""
        pairs = zip(self.candidates, self.weights.tolist(), strict=True)
        return tuple(WeightedCandidate(c.text, w, c.probability, c.ends) for c, w in pairs)

    def argmax(self) -> WeightedCandidate:
        """Return the heaviest candidate; of several, the first one."""
        return self.items[int(np.argmax(self.weights))]

    def sample(self, n: int = 1, *, seed: int = 0) -> tuple[WeightedCandidate, ...]:
        """Draw n candidates by weight, independently: one may come several times.

        Args:
            n: how many, ≥ 0.
            seed: of the draws; the first n of a longer sample are those of a shorter one.

        Raises:
            ValueError: n is negative.
        """
        if n < 0:
            raise ValueError(f"n must be 0 or more, got {n!r}")
        items = self.items
        return tuple(
            items[AS_STATED.draw(self.weights, u)]
            for u in generator(seed, "sample").random(n).tolist()
        )

    def map(self, change: Callable[[WeightedCandidate], str]) -> Self:
        """Return the distribution with other texts; `merged` joins those that became equal.

        Raises:
            ValueError: a new text is empty.
        """
        texts = [change(item) for item in self.items]
        for old, new in zip(self.candidates, texts, strict=True):
            if not new:
                raise ValueError(f"map: the text of {quote(old.text)} became empty")
        pairs = zip(self.candidates, texts, strict=True)
        changed = tuple(replace(candidate, text=text) for candidate, text in pairs)
        return replace(self, candidates=changed)

    def filter(self, keep: Callable[[WeightedCandidate], bool]) -> Self:
        """Keep the candidates for which `keep` is true, and normalise their weights.

        Raises:
            EmptyDistributionError: no candidate of positive weight is left.
        """
        kept = [i for i, item in enumerate(self.items) if keep(item)]
        total = math.fsum(self.weights[kept])
        if not total > 0:
            raise EmptyDistributionError(
                f"filter: of {len(self.candidates)} candidates none of positive weight is left"
            )
        candidates = tuple(self.candidates[i] for i in kept)
        return replace(self, candidates=candidates, weights=self.weights[kept] / total)

    def reweight(self, weigh: Callable[[WeightedCandidate], float]) -> Self:
        """Weigh each candidate anew, in proportion to what `weigh` returns.

        What was stated stays as it is.

        Raises:
            ValueError: a weight is negative, NaN or infinite, or all are 0.
        """
        found = [float(weigh(item)) for item in self.items]
        for candidate, weight in zip(self.candidates, found, strict=True):
            if not (math.isfinite(weight) and weight >= 0):
                raise ValueError(
                    f"reweight: the weight of {quote(candidate.text)} is {weight!r}; it must be "
                    "a finite number ≥ 0"
                )
        largest = max(found)
        if largest <= 0:
            raise ValueError("reweight: all weights are 0; at least one must be above 0")
        scaled = np.array([weight / largest for weight in found])
        return replace(self, weights=scaled / math.fsum(scaled))

    def to_dict(self) -> dict[str, Any]:
        """Return the distribution as JSON can hold it: `candidates` and `parse`."""
        return {"candidates": [item._asdict() for item in self.items], "parse": self.parse}

    @classmethod
    def from_dict(cls, stored: object) -> Self:
        """Read what `to_dict` returned, or `simulate verbalize --json` printed.

        Raises:
            InputError: a field is missing, or its value is of a wrong type or out of its range.
        """
        if not isinstance(stored, Mapping):
            raise InputError(f"a stored distribution is an object, got {_shown(stored)}")
        listed = stored.get("candidates")
        if not isinstance(listed, list | tuple) or not listed:
            raise InputError('a stored distribution needs "candidates", a list with at least one')
        parse = stored.get("parse", "clean")
        if parse not in get_args(Parse):
            raise InputError(f"parse: must be {' or '.join(get_args(Parse))}, got {parse!r}")
        items = [_item(stored, f"candidates[{at}]") for at, stored in enumerate(listed)]
        weights = np.array([item.weight for item in items])
        if abs(math.fsum(weights) - 1) >= 1e-9:
            raise InputError(f"weights must sum to 1, got a sum of {math.fsum(weights):g}")
        candidates = tuple(Candidate(i.text, i.probability, i.ends) for i in items)
        return cls(candidates, weights, parse)

    def to_markdown(self, most: int | None = None, *, longest: int = LONGEST) -> str:
        """Return a Markdown table, heaviest candidates first.

        The texts are written so that nothing in them can act as Markdown or HTML.

        Args:
            most: how many candidates; all for None. How many more there are is said.
            longest: characters of a text that are shown.
        """
        ranked = sorted(self.items, key=lambda item: -item.weight)
        shown = ranked if most is None else ranked[:most]
        rows = [
            (
                f"{item.weight:.3f}",
                "–" if item.probability is None else f"{item.probability:.3f}",
                code(item.text, longest) + (" (ends)" if item.ends else ""),
            )
            for item in shown
        ]
        drawn = table(("weight", "stated", "candidate"), rows)
        more = len(ranked) - len(shown)
        return f"{drawn}\n\n{more} more" if more else drawn


def _item(stored: object, where: str) -> WeightedCandidate:
    """Read one candidate.

    Raises:
        InputError: it is none.
    """
    if not isinstance(stored, Mapping):
        raise InputError(f'{where}: must have "text" and "weight", got {quote(repr(stored), 40)}')
    text, ends = stored.get("text"), stored.get("ends", False)
    if not (isinstance(text, str) and text):
        raise InputError(f"{where}.text: must be a text that is not empty, got {_shown(text)}")
    if not isinstance(ends, bool):
        raise InputError(f"{where}.ends: must be true or false, got {_shown(ends)}")
    weight = _number(stored.get("weight"), f"{where}.weight")
    stated = stored.get("probability")
    probability = None if stated is None else _number(stated, f"{where}.probability")
    return WeightedCandidate(text, weight, probability, ends)


def _number(value: object, where: str) -> float:
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
    # The range first: an integer of thousands of digits is no float.
    if not 0 <= number <= LARGEST:
        raise InputError(f"{where}: must be a finite number ≥ 0, got {_shown(value)}")
    return float(number)


def _shown(value: object) -> str:
    return quote(repr(value)[:41], 40)
