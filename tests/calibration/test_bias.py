"""Bias by trait, and given what happened beside what a calibrated forecaster would show."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from simulate.calibration.bias import by_trait, given_outcome
from simulate.calibration.forecasts import Forecasts
from simulate.population import Value
from tests.calibration.made_forecasts import drawn, made_forecasts, made_positions


def _leaning() -> Forecasts:
    """Forecasts that give .2 too much to whoever is shy, of 100 people."""
    rng = np.random.default_rng(1)
    shy = ["shy" if i < 50 else "bold" for i in range(100)]
    traits: dict[str, Sequence[Value]] = {
        "manner": shy,
        "sex": ["woman" if i % 4 == 0 else "man" for i in range(100)],
        "openness": [float(i) for i in range(100)],
        "motto": [f"motto {i}" for i in range(100)],
    }
    spread = {name: [v for v in values for _ in range(20)] for name, values in traits.items()}
    positions = made_positions(100, 20, traits=spread)
    truth = rng.uniform(0.2, 0.6, 2000)
    stated = truth + 0.2 * np.array([each == "shy" for each in spread["manner"]])
    happened = drawn(np.column_stack([1 - truth, truth]), rng)
    both = np.column_stack([1 - stated, stated])
    return Forecasts.of("gives", "vs", ("no", "yes"), both, happened, positions)


def test_the_bias_of_a_trait_is_found_where_it_is() -> None:
    rows = {(row.trait, row.level): row for row in by_trait(_leaning())}
    shy, bold = rows["manner", "shy"].bias, rows["manner", "bold"].bias
    assert shy is not None
    assert bold is not None
    assert shy.value == pytest.approx(0.2, abs=0.03)
    assert bold.interval is not None
    assert bold.interval[0] < 0 < bold.interval[1]
    assert {level for trait, level in rows if trait == "openness"} == {"up to 49.5", "above 49.5"}
    assert not any(trait == "motto" for trait, _ in rows)


def test_a_group_of_a_protected_attribute_needs_thirty_humans() -> None:
    rows = {row.level: row for row in by_trait(_leaning()) if row.trait == "sex"}
    assert rows["man"].bias is not None
    assert rows["woman"].protected
    assert (rows["woman"].persons, rows["woman"].bias) == (25, None)


def test_given_what_happened_a_calibrated_forecaster_looks_biased_too_and_as_much() -> None:
    found = given_outcome(made_forecasts(np.random.default_rng(2), people=2000))
    for row in found:
        assert row.stated < 0.6
        assert row.stated == pytest.approx(row.if_calibrated, abs=0.02)
    wrong = given_outcome(made_forecasts(np.random.default_rng(2), people=2000, temperature=5))
    assert all(row.stated < row.if_calibrated - 0.05 for row in wrong)
