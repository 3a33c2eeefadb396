"""The gate: does a failure rate lie under the most that is allowed?

`interval` compares the upper end of the interval, so that a few dialogues cannot pass by luck;
`point` compares the rate itself. Wilson's interval inverts the score test, so its upper end comes
under P from a rate p < P exactly with

    n ≥ z² P (1 − P) / (P − p)²

dialogues; without a failure n ≥ z² (1 − P) / P: about 3.84/P at 95 %, a rule of three for the
two-sided interval. These are independent dialogues: of different personas. Dialogues that were
drawn flatter than stated are worth fewer under the stated probabilities, and so many more are
needed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from simulate.errors import StatisticsError
from simulate.statistics.confidence import CONFIDENCE, quantile
from simulate.statistics.proportions import Proportion, wilson
from simulate.stress.statistics.stated_weighted import Natural

__all__ = ["By", "Gate", "gate", "needed"]

By = Literal["interval", "point"]


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether a failure rate passes, and why.

    Attributes:
        passed: whether it does; False where there is no rate.
        most: the most that is allowed.
        by: what was compared.
        sentence: why, in words.
        needed_without_failure: how many dialogues it takes if none fails, drawn as flat as these;
            None where no number does.
        needed_at_rate: how many it takes at the rate that was seen; None where no number does, or
            there is no rate.
    """

    passed: bool
    most: float
    by: By
    sentence: str
    needed_without_failure: int | None
    needed_at_rate: int | None


def needed(most: float, rate: float = 0.0, confidence: float = CONFIDENCE) -> int | None:
    """Return how many independent dialogues bring the upper end of the interval to `most`.

    Args:
        most: the most that is allowed, in [0, 1].
        rate: at which dialogues fail, in [0, 1].
        confidence: of the interval, in (0, 1).

    Returns:
        None where no number does, as `rate` ≥ `most`.
    """
    if most >= 1:
        return 1
    if rate >= most:
        return None
    least = quantile(confidence) ** 2 * most * (1 - most) / (most - rate) ** 2
    n = max(1, math.ceil(least))
    # Where `least` is a whole number, rounding may put the upper end just above.
    return n if wilson(rate, n, confidence)[1] <= most else n + 1


def gate(
    rate: Proportion | Natural,
    most: float,
    by: By = "interval",
    confidence: float = CONFIDENCE,
) -> Gate:
    """Return whether a failure rate passes.

    Args:
        rate: of the dialogues as drawn, or under the stated probabilities.
        most: the most that is allowed, in [0, 1].
        by: what is compared.
        confidence: with which the rate's interval was made, in (0, 1).

    Raises:
        StatisticsError: `most` lies outside [0, 1].
    """
    if not 0 <= most <= 1:
        raise StatisticsError(f"the most that is allowed must lie in [0, 1], got {most}")
    least = _worth(needed(most, 0.0, confidence), rate, 0.0, confidence)
    if rate.value is None or rate.interval is None:
        why = (rate.refused if isinstance(rate, Natural) else None) or "no dialogue is decided"
        sentence = f"failed: there is no failure rate to compare with {_share(most)}: {why}"
        return Gate(False, most, by, sentence, least, None)
    upper = rate.interval[1]
    compared = upper if by == "interval" else rate.value
    passed = compared <= most
    which = "natural failure rate" if isinstance(rate, Natural) else "failure rate as drawn"
    found = (
        f"the {which} is {_share(rate.value)} ({confidence:.0%} interval "
        f"{_share(rate.interval[0])} to {_share(upper)}, n = {rate.n:,})"
    )
    what = "the interval's upper end" if by == "interval" else "the rate"
    sentence = (
        f"{'passed' if passed else 'failed'}: {found}; {what} "
        f"{'does not exceed' if passed else 'exceeds'} {_share(most)}"
    )
    at_rate = _worth(needed(most, rate.value, confidence), rate, rate.value, confidence)
    if not passed and by == "interval":
        sentence += f". {_more(most, least, at_rate, seen=rate.value > 0)}"
    return Gate(passed, most, by, sentence, least, at_rate)


def _worth(
    independent: int | None, rate: Proportion | Natural, seen: float, confidence: float
) -> int | None:
    """Return how many dialogues, drawn as flat as these, are worth so many drawn as stated."""
    if independent is None or not isinstance(rate, Natural) or not rate.effective_n:
        return independent
    size = rate.effective_n
    if seen and rate.interval is not None and seen < (upper := rate.interval[1]) < 1:
        # The size of which this is the upper end: it may be larger than Kish's.
        size = quantile(confidence) ** 2 * upper * (1 - upper) / (upper - seen) ** 2
    return math.ceil(independent * max(1.0, rate.n / size) - 1e-9)


def _more(most: float, least: int | None, at_rate: int | None, *, seen: bool) -> str:
    if least is None:
        return "No number of dialogues brings the upper end to 0; allow more, or gate by point"
    clean = f"It takes {least:,} dialogues of different personas if none fails"
    if not seen:
        return clean
    if at_rate is None:
        return f"{clean}; at this rate no number does"
    return f"{clean}, about {at_rate:,} at this rate"


def _share(value: float) -> str:
    """Write a share as a percentage with up to three digits that mean something."""
    return f"{100 * value:.3g} %"
