"""The gate: does a failure rate lie under the most that is allowed, and is a new version not worse?

`interval` compares the upper end of the interval, so that a few dialogues cannot pass by luck;
`point` compares the rate itself. How many dialogues bring the upper end under the most that is
allowed follows from `statistics.proportions.size_needed`; these are independent dialogues, of
different personas. Dialogues that were drawn flatter than stated are worth fewer under the stated
probabilities, and so many more are needed.

A cell's rate is of any check, without the dialogues in which the simulated user itself was at
fault, under the stated probabilities where a weight leads back to them, else as drawn. The
baseline's own cells are not gated. Where a baseline is given, "worse" fails too, be it of any check
taken together or of a single one: that another check got better does not make up for it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from simulate.errors import StatisticsError
from simulate.statistics.confidence import CONFIDENCE, quantile
from simulate.statistics.importance import WeightedRate
from simulate.statistics.proportions import Proportion, size_needed
from simulate.stress.analysis import Analysis

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


def gate(
    rate: Proportion | WeightedRate,
    most: float,
    by: By = "interval",
    confidence: float = CONFIDENCE,
    taken: str = "as drawn",
) -> Gate:
    """Return whether a failure rate passes.

    Args:
        rate: of the dialogues as drawn, or under the stated probabilities.
        most: the most that is allowed, in [0, 1].
        by: what is compared.
        confidence: with which the rate's interval was made, in (0, 1).
        taken: how the dialogues came by, for the sentence.

    Raises:
        StatisticsError: `most` lies outside [0, 1].
    """
    if not 0 <= most <= 1:
        raise StatisticsError(f"the most that is allowed must lie in [0, 1], got {most}")
    least = _worth(size_needed(most, 0.0, confidence), rate, 0.0, confidence)
    if rate.value is None or rate.interval is None:
        why = (rate.refused if isinstance(rate, WeightedRate) else None) or "no dialogue is decided"
        sentence = f"failed: there is no failure rate to compare with {_share(most)}: {why}"
        return Gate(False, most, by, sentence, least, None)
    upper = rate.interval[1]
    compared = upper if by == "interval" else rate.value
    passed = compared <= most
    which = (
        "stated-weighted failure rate"
        if isinstance(rate, WeightedRate)
        else f"failure rate {taken}"
    )
    found = (
        f"the {which} is {_share(rate.value)} ({confidence:.0%} interval "
        f"{_share(rate.interval[0])} to {_share(upper)}, n = {rate.n:,})"
    )
    what = "the interval's upper end" if by == "interval" else "the rate"
    sentence = (
        f"{'passed' if passed else 'failed'}: {found}; {what} "
        f"{'does not exceed' if passed else 'exceeds'} {_share(most)}"
    )
    at_rate = _worth(size_needed(most, rate.value, confidence), rate, rate.value, confidence)
    if not passed and by == "interval":
        sentence += f". {_more(most, least, at_rate, seen=rate.value > 0)}"
    return Gate(passed, most, by, sentence, least, at_rate)


def _worth(
    independent: int | None, rate: Proportion | WeightedRate, seen: float, confidence: float
) -> int | None:
    """Return how many dialogues, drawn as flat as these, are worth so many drawn as stated."""
    if independent is None or not isinstance(rate, WeightedRate) or not rate.effective_n:
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


@dataclass(frozen=True, slots=True)
class Gates:
    """What a stress test is held against.

    Attributes:
        rates: label of a cell, and whether its failure rate passes; empty where none was asked
            for.
        worse: what is said of each comparison with a baseline in which the new version is worse.
    """

    rates: tuple[tuple[str, Gate], ...] = ()
    worse: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether all is well."""
        return not self.worse and all(gate.passed for _, gate in self.rates)


def gates_of(analysis: Analysis, most: float | None, by: By = "interval") -> Gates:
    """Hold an analysis against what was asked for.

    Args:
        analysis: of a stress test.
        most: the largest failure rate that passes, in [0, 1]; None where it does not matter.
        by: whether the interval's upper end counts, or the rate itself.
    """
    rates = []
    for cell in analysis.cells:
        if most is None or cell.is_baseline:
            continue
        rate = cell.rates.any_without_simulator_faults
        told = rate.drawn.failed if rate.stated_weighted.value is None else rate.stated_weighted
        rates.append((cell.label, gate(told, most, by, analysis.confidence, analysis.taken)))
    worse = tuple(
        row.sentence
        for version in analysis.versions
        for row in (version.pairing.any, *version.pairing.checks)
        if row.conclusion == "worse"
    )
    return Gates(tuple(rates), worse)
