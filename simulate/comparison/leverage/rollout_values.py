"""What a rollout counts with: the mean of the outcome that it ended with."""

from __future__ import annotations

import numpy as np

from simulate.errors import StatisticsError, quote
from simulate.reference import Variable
from simulate.runfile import OutcomeRow
from simulate.scenario import Scenario


def measured_variable(scenario: Scenario, outcome: str | None) -> Variable:
    """Return what is measured: the outcome of this name, or the first of interest with a mean.

    Raises:
        StatisticsError: there is no such outcome, or it has no mean.
    """
    known = {
        name: Variable.of_outcome(name, scenario.outcomes[name])
        for name in scenario.outcomes_by_interest
    }
    able = [name for name, variable in known.items() if variable.has_mean]
    if outcome is None and able:
        return known[able[0]]
    have = f"outcomes with a mean: {', '.join(able) or 'none'}"
    if outcome is None:
        raise StatisticsError(f"scenario {scenario.name} has no outcome with a mean")
    if outcome not in known:
        raise StatisticsError(f"there is no outcome {quote(outcome)}; {have}")
    if outcome not in able:
        raise StatisticsError(f"outcome {outcome} has no mean, whose effects are estimated; {have}")
    return known[outcome]


def value_of(variable: Variable, row: OutcomeRow) -> float | None:
    """Return the mean of what a dialogue could have ended with, by its stated probabilities.

    What was drawn is a mean of one. None where it is missing, does not apply or is left out.
    """
    if not row.counts:
        return None
    told = [(row.value, 1.0)] if row.applies else []
    if row.candidates:
        told = [(each.value, each.weight) for each in row.candidates if each.applies]
    parts = [(variable.encode(value), weight) for value, weight in told if value is not None]
    total = sum(weight for _, weight in parts)
    if not total > 0:
        return None
    codes = variable.scored(np.array([code for code, _ in parts]))
    return float(sum(codes * [weight for _, weight in parts]) / total)
