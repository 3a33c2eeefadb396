"""A sample beside its population: what is stated, expected and achieved."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from simulate.population import Population, load_population
from simulate.population.achieved import Achieved, Margin, Share
from simulate.population.levels import MISSING, OTHERS, levels_of
from simulate.population.sample_report import achieved

SEX = {"kind": "category", "counts": {"f": 60, "m": 40}}
AGE = {"kind": "integer", "unit": "years", "counts": {20: 1, 30: 1, 40: 2}}
PAY = {
    "kind": "ordinal",
    "given": [
        {"when": {"sex": "f"}, "counts": {"low": 3, "high": 1}},
        {"when": {"sex": "m"}, "counts": {"low": 1, "high": 1}},
    ],
}


def report(n: int = 400, **more: Any) -> Achieved:
    data = {"population": "p", "attributes": {"sex": SEX, "age": AGE, "pay": PAY}, **more}
    return achieved(Population.model_validate(data), n, 1)


def margin(found: Achieved, name: str) -> Margin:
    return next(each for each in found.margins if each.name == name)


def level(found: Achieved, name: str, label: str) -> Share:
    return next(each for each in margin(found, name).levels if each.label == label)


def test_a_margin_is_told_with_what_chance_does_to_it() -> None:
    women = level(report(), "sex", "f")
    assert (women.stated, women.expected) == (0.6, 0.6)
    assert women.error == pytest.approx(1.96 * math.sqrt(0.24 / 400), abs=1e-4)
    assert women.achieved == pytest.approx(0.6, abs=3 * women.error)


def test_the_margin_of_a_conditional_table_is_that_of_its_mixture() -> None:
    assert level(report(), "pay", "low").stated == pytest.approx(0.6 * 0.75 + 0.4 * 0.5, abs=0.002)


def test_a_mean_has_the_error_of_a_mean() -> None:
    mean = margin(report(), "age").mean
    assert mean is not None
    assert mean.stated == 32.5
    assert mean.error == pytest.approx(1.96 * math.sqrt(68.75 / 400), abs=1e-3)


def test_constraints_move_what_is_expected_and_their_acceptance_is_told() -> None:
    found = report(require=["age > 20 or sex == 'f'"])
    assert found.acceptance == pytest.approx(1 - 0.4 * 0.25, abs=0.002)
    women = level(found, "sex", "f")
    assert women.stated == 0.6
    assert women.expected == pytest.approx(0.6 / 0.9, abs=0.003)


def test_strata_as_stated_move_what_is_expected_of_the_rest() -> None:
    strata = [{"when": {"sex": "f"}, "share": 1}, {"when": {"sex": "m"}, "share": 1}]
    found = report(sampling={"strata": strata})
    assert level(found, "pay", "low").expected == pytest.approx(0.625, abs=0.003)
    assert [each.achieved for each in found.groups["strata"]] == [0.5, 0.5]


def test_a_correlation_that_a_constraint_moves_is_expected_so() -> None:
    uniform = {"kind": "number", "distribution": {"name": "uniform"}}
    data = {
        "population": "p",
        "attributes": {"a": uniform, "b": uniform},
        "correlations": [{"between": ["a", "b"], "rank": 0.6}],
        "require": ["a < 0.5"],
    }
    (row,) = achieved(Population.model_validate(data), 2000).correlations
    assert row.expected < 0.5
    assert row.off < 3


def test_each_row_of_a_conditional_table_is_told_by_what_is_farthest_off() -> None:
    found = report()
    assert [(row.attribute, row.label) for row in found.conditionals] == [
        ("pay", "sex f"),
        ("pay", "sex m"),
    ]
    assert sum(row.n for row in found.conditionals) == found.n
    assert all(row.farthest and row.farthest.off < 3.5 for row in found.conditionals)


def test_a_row_that_nobody_has_is_told() -> None:
    found = report(n=50, require=["sex == 'f'"])
    assert [(row.n, row.farthest) for row in found.conditionals if row.label == "sex m"] == [
        (0, None)
    ]


def test_the_weights_of_a_raked_table_have_a_design_effect() -> None:
    rows = [{"id": str(i), "attributes": {"sex": "f" if i else "m"}} for i in range(4)]
    data = {"population": "t", "personas": rows, "margins": {"sex": {"f": 1, "m": 1}}}
    weights = achieved(Population.model_validate(data), 40).weights
    assert weights is not None
    assert weights.design_effect == pytest.approx(4 * (3 * (1 / 6) ** 2 + 0.25))
    assert [weights.smallest, weights.largest] == pytest.approx([2 / 3, 2])


def test_of_the_shares_of_a_large_sample_about_one_in_twenty_is_outside() -> None:
    found = achieved(load_population("crowdworkers"), 2000, 3)
    each = [level for margin in found.margins for level in margin.levels] + list(found.correlations)
    assert sum(share.off > 1.96 for share in each) / len(each) < 0.12
    assert max(share.off for share in each) < 4.5
    assert json.loads(json.dumps(found.to_dict()))["n"] == 2000


def test_numbers_with_many_values_are_told_in_ranges_by_the_values_in_them() -> None:
    levels = levels_of([(value, 1.0) for value in range(1, 101)], None)
    assert levels.labels[:2] == ("1 – 10", "11 – 20")
    assert levels.shares([(5, 1.0), (100, 3.0)])[[0, 9]].tolist() == [0.25, 0.75]


def test_what_is_missing_and_what_is_rare_have_levels_of_their_own() -> None:
    values = [(f"v{i:02d}", float(30 - i)) for i in range(20)]
    levels = levels_of([*values, (None, 1.0)], None)
    assert levels.labels[-2:] == (MISSING, OTHERS)
    assert np.isclose(levels.shares([("v19", 1.0), (None, 1.0)])[-2:], 0.5).all()
