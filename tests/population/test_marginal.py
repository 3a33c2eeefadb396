"""Marginals of scipy.stats: bounds, steps, cut points, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from simulate.population import Population
from simulate.population.marginal import Continuous, Discrete, Distribution, Kind, Marginal


def marginal(kind: Kind, name: str, bounds: Any = None, step: Any = None, **p: float) -> Marginal:
    data = {"name": name, "parameters": p, "bounds": bounds, "step": step}
    return Distribution.model_validate(data).marginal(kind)


U = (np.arange(20_000) + 0.5) / 20_000


@pytest.mark.parametrize(
    ("name", "parameters"),
    [("norm", {}), ("lognorm", {"s": 0.8, "scale": 30_000}), ("beta", {"a": 2, "b": 5})],
)
def test_a_number_is_drawn_by_scipys_quantiles(name: str, parameters: dict[str, float]) -> None:
    drawn = marginal("number", name, **parameters).draw(U)
    assert drawn == getattr(stats, name)(**parameters).ppf(U).tolist()


def test_bounds_condition_and_move_nothing_onto_them() -> None:
    found = np.array(marginal("number", "norm", [0, None]).draw(U), float)
    assert found == pytest.approx(stats.halfnorm.ppf(U), abs=1e-9)


def test_an_integer_has_the_chances_of_what_is_rounded_to_it() -> None:
    found = marginal("integer", "norm", [18, 90], loc=40, scale=15)
    assert isinstance(found, Discrete)
    assert found.values == tuple(range(18, 91))
    assert {type(value) for value in found.values} == {int}
    edges = stats.norm.cdf((np.arange(18, 92) - 0.5 - 40) / 15)
    assert found.probabilities == pytest.approx(np.diff(edges) / (edges[-1] - edges[0]))


def test_a_discrete_distribution_is_as_scipy_has_it() -> None:
    found = marginal("integer", "nbinom", n=3, p=0.4)
    assert isinstance(found, Discrete)
    masses = stats.nbinom.pmf(np.array(found.values), 3, 0.4)
    assert found.probabilities == pytest.approx(masses, abs=1e-8)


def test_chances_that_scipy_only_sums_up_are_taken_one_by_one() -> None:
    found = Distribution(name="zipf", parameters={"a": 2}, bounds=(1, 3)).marginal("integer")
    assert isinstance(found, Discrete)
    assert found.probabilities == pytest.approx(np.array([1, 1 / 4, 1 / 9]) / (1 + 1 / 4 + 1 / 9))


def test_a_step_rounds_to_numbers_as_they_are_written() -> None:
    found = marginal("number", "uniform", [0, 1], 0.1)
    assert isinstance(found, Discrete)
    assert list(found.values) == [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]


def test_an_ordinal_attribute_has_cut_points() -> None:
    data = {"name": "norm", "levels": ["low", "middle", "high"], "cuts": [-1, 1]}
    found = Distribution.model_validate(data).marginal("ordinal")
    assert isinstance(found, Discrete)
    assert found.probabilities == pytest.approx([0.158655, 0.682689, 0.158655], abs=1e-6)


def test_the_cumulative_distribution_is_that_within_the_bounds() -> None:
    found = marginal("number", "expon", [1, 3])
    assert isinstance(found, Continuous)
    assert list(found.ends) == pytest.approx([1, 3])
    assert found.reached(np.array([0.0, 1, 3, 9])) == pytest.approx([0, 0, 1, 1])


@pytest.mark.parametrize(
    ("kind", "distribution", "rule"),
    [
        ("number", {"name": "normal"}, "name: scipy.stats has no distribution of people “normal”"),
        ("number", {"name": "kstwo"}, "name: scipy.stats has no distribution of people"),
        ("number", {"name": "os"}, "name: scipy.stats has no distribution"),
        ("category", {"name": "norm"}, "name: a category has no order"),
        ("number", {"name": "norm", "parameters": {"sd": 1}}, "parameters.sd: norm has no such"),
        ("number", {"name": "lognorm"}, "parameters: lognorm needs s"),
        ("number", {"name": "norm", "parameters": {"scale": -1}}, "parameters: there is no norm"),
        ("number", {"name": "norm", "bounds": [3, 1]}, "bounds: the lower one, 3, must be less"),
        ("number", {"name": "uniform", "bounds": [3, 4]}, "bounds: uniform has nothing between"),
        ("number", {"name": "foldnorm", "parameters": {"c": 1}}, "step: .* but by search"),
        ("number", {"name": "cauchy", "step": 1}, "step: there are .* values from"),
        ("number", {"name": "norm", "step": 1, "bounds": [0.5, 3]}, "bounds: 0.5 must be a multip"),
        ("integer", {"name": "norm", "step": 0.5}, "step: of an integer it must be a whole"),
        ("ordinal", {"name": "norm"}, "levels: an ordinal attribute needs levels"),
        ("ordinal", {"name": "norm", "levels": ["a", "b"]}, "cuts: 2 levels have 1 cuts"),
        (
            "ordinal",
            {"name": "norm", "levels": ["a", "b", "c"], "cuts": [1, 0]},
            "cuts: must increase",
        ),
        ("number", {"name": "norm", "levels": ["a"]}, "levels: kind number has no levels"),
        (
            "ordinal",
            {"name": "norm", "levels": ["a", "a", "c"], "cuts": [0, 1]},
            "levels: each stands there once",
        ),
        ("number", {"name": "norm", "parameters": {"scale": 0}}, "parameters: there is no norm"),
        ("number", {"name": "norm", "step": 5e-324}, r"step\n.*should be greater"),
        ("number", {"name": "norm", "step": 1e-15}, "step: there are .* values from"),
        ("integer", {"name": "zipf", "parameters": {"a": 1.01}}, "bounds: scipy.stats only has"),
        (
            "number",
            {"name": "burr", "parameters": {"c": 1e-9, "d": 1e-9}},
            "bounds: burr has numbers without end",
        ),
    ],
)
def test_a_distribution_that_is_none_is_refused_with_its_field(
    kind: str, distribution: dict[str, Any], rule: str
) -> None:
    data = {
        "population": "p",
        "attributes": {"a": {"kind": kind, "distribution": distribution}},
    }
    with pytest.raises(ValueError, match=rule):
        Population.model_validate(data)
