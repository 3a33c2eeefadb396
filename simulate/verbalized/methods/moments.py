"""`moments`: mean and spread of a number, as the model states them, and what has just these two.

Beside lists, the other way to ask for a distribution (O'Hagan et al. 2006, Uncertain Judgements).
What is fitted is in `greatest_entropy`: on round values within the support, k at most, with exactly
the mean and the spread that were stated. Nobody stated the probability of a value, so that the
candidates have weights and no `probability`; the stated two stand in the call.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulate.errors import ParseError
from simulate.verbalized.answer_shape import field, opened
from simulate.verbalized.asking import Ask, Steps, asked
from simulate.verbalized.candidate import Candidate, Parse
from simulate.verbalized.distribution import ReplyDistribution
from simulate.verbalized.greatest_entropy import most_spread, of_greatest_entropy
from simulate.verbalized.json_text import read_json
from simulate.verbalized.requests import requests, said
from simulate.verbalized.scales import finite, number_in
from simulate.verbalized.schema import moments_schema
from simulate.verbalized.spec import Method, MethodSpec, needs_a_number
from simulate.verbalized.task import Task

FEWEST = 10
"""How many values k must allow at least, so that any mean and spread can be met."""
ROUNDED = 0.01
"""By how much, as a share, a spread may be above the largest there is: it is written rounded."""
_MEAN = ("average", "avg", "expected_value")
_SPREAD = ("sd", "std", "stdev", "std_dev", "standard_deviation")


class Moments(Method):
    """Mean and spread of a number, as the model states them, and what has just these two."""

    default_k = 21

    def problem(self, spec: MethodSpec) -> str | None:
        if wrong := needs_a_number(spec):
            return wrong
        if isinstance(spec.k, int) and spec.k >= FEWEST:
            return None
        return f"k is {spec.k}: moments spreads the weight over k values, at least {FEWEST}"

    def unfit(self, value_schema: Mapping[str, Any] | None) -> str | None:
        if _bounds(value_schema) is not None:
            return None
        return "needs an outcome that is a number with a support, and that always applies"

    def __call__(self, spec: MethodSpec, task: Task) -> Steps:
        bounds, read = _bounds(task.value_schema), task.read
        if bounds is None or read is None or task.value_schema is None:
            raise ValueError(f"method moments {self.unfit(task.value_schema)}")
        low, high = bounds
        whole = task.value_schema["type"] == "integer"
        most = max(FEWEST, spec.k) if isinstance(spec.k, int) else FEWEST

        def reading(text: str) -> ReplyDistribution:
            mean, spread, parse = _stated(text, low, high)
            largest = most_spread(mean, low, high)
            if spread > largest * (1 + ROUNDED):
                raise ParseError(
                    f"the spread {spread:g} is too large: answers from {low:g} to {high:g} with a "
                    f"mean of {mean:g} have a standard deviation of at most {largest:.3g}"
                )
            values, weights = of_greatest_entropy(
                mean, min(spread, largest), low, high, most, whole=whole
            )
            met = float(weights @ (values - mean) ** 2) ** 0.5
            if abs(met - spread) > 1e-6 * largest:
                parse = "repaired"
            candidates = tuple(Candidate(read(value)) for value in values.tolist())
            return ReplyDistribution(candidates, weights, parse)

        schema = moments_schema(low, high)
        (prompt,) = requests(spec, task, [schema])
        ask = Ask(said("user", prompt), schema, prompt_version=task.prompt_version)
        return (yield from asked(ask, reading))


def _bounds(value_schema: Mapping[str, Any] | None) -> tuple[float, float] | None:
    """Return the smallest and the largest number that can be answered; None for anything else."""
    schema = value_schema or {}
    if schema.get("type") not in ("number", "integer"):
        return None
    ends = (schema.get("minimum"), schema.get("maximum"))
    return None if None in ends else (float(str(ends[0])), float(str(ends[1])))


def _stated(text: str, low: float, high: float) -> tuple[float, float, Parse]:
    """Read `{"mean": …, "spread": …}`.

    Raises:
        ParseError: one of them is missing or no number, the mean lies outside the support, or the
            spread is negative.
    """
    data, parse = read_json(text)
    data, moved = opened(data)
    if not isinstance(data, dict):
        raise ParseError("an object with “mean” and “spread” was asked for", text)
    numbers = []
    for name, others in (("mean", _MEAN), ("spread", _SPREAD)):
        found = field(data, name, others, "the answer")
        raw = data[found[0]] if found else None
        read = number_in(raw) if isinstance(raw, str) else None
        if read is not None and not read.percent:
            raw, moved = read.value, True
        if isinstance(raw, bool) or not isinstance(raw, int | float):
            raise ParseError(f"the answer has no number “{name}”", text)
        numbers.append(finite(raw))
        moved |= found is not None and found[1]
    mean, spread = numbers
    if not low <= mean <= high:
        raise ParseError(
            f"the mean {mean:g} is outside the support: it must be from {low:g} to {high:g}"
        )
    if not 0 <= spread <= high - low:
        raise ParseError(
            f"the spread is {spread:g}; it is a standard deviation, from 0 to {(high - low) / 2:g}"
        )
    return mean, spread, "repaired" if moved else parse


METHOD = Moments()
