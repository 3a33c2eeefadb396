"""Means under other chances, held against trees whose every path is known."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
import pytest

from simulate.statistics.importance import weight_quality, weighted_mean
from simulate.statistics.rows import Rows
from simulate.verbalized import DrawSettings
from tests.enumerated import Tree, nine_paths, thousands_of_paths

AS_STATED, TEMPERED, FLAT = DrawSettings(), DrawSettings(temper=1.5), DrawSettings("uniform")


@dataclass(frozen=True)
class Study:
    refused: float
    covered: float
    bias: float
    """In standard errors."""


def study(tree: Tree, drawn: DrawSettings, wanted: DrawSettings, n: int, trials: int) -> Study:
    """Estimate a tree's expectation under one rule from dialogues drawn by another."""
    had, wanted_chances, squares = _enumerated(tree, drawn, wanted)
    means = np.array([tree.mean(path) for path in tree.paths()])
    weights, truth = wanted_chances / had, float(wanted_chances @ means)
    rng = np.random.default_rng(n)
    found = []
    for chosen in rng.choice(len(had), size=(trials, n), p=had / had.sum()):
        rows = Rows.of(means[chosen], log_weights=np.log(weights[chosen]))
        found.append(weighted_mean(rows, squares=squares[chosen]))
    given = [(f.value, f.interval) for f in found if f.value is not None and f.interval]
    values = np.array([value for value, _ in given])
    if len(given) < 2:
        return Study(1 - len(given) / trials, math.nan, math.nan)
    covered = np.mean([low <= truth <= high for _, (low, high) in given])
    bias = (values.mean() - truth) / values.std()
    return Study(1 - len(given) / trials, float(covered), float(bias))


def _enumerated(tree: Tree, drawn: DrawSettings, wanted: DrawSettings) -> list[np.ndarray]:
    """Return of all paths the chance by both rules, and what the squared weight is on average."""
    found = [np.ones(1), np.ones(1), np.ones(1)]
    for turn in range(tree.turns):
        begins = itertools.product(range(tree.k), repeat=turn)
        stated = [np.array(tree.stated(path)) for path in begins]
        had = np.array([drawn.chances(each) for each in stated])
        want = np.array([wanted.chances(each) for each in stated])
        square = np.broadcast_to((want**2 / had).sum(axis=1, keepdims=True), had.shape)
        each = zip(found, (had, want, square), strict=True)
        found = [(before[:, None] * after).ravel() for before, after in each]
    return found


@pytest.mark.parametrize(
    ("tree", "drawn", "wanted"),
    [
        (nine_paths(), AS_STATED, DrawSettings(temper=2)),
        (nine_paths(), FLAT, AS_STATED),
        (thousands_of_paths(), AS_STATED, DrawSettings(temper=1.25)),
        (thousands_of_paths(), DrawSettings(mix=0.3), AS_STATED),
        (thousands_of_paths(), AS_STATED, DrawSettings(temper=0.7)),
    ],
)
def test_it_is_unbiased_and_its_interval_covers(
    tree: Tree, drawn: DrawSettings, wanted: DrawSettings
) -> None:
    found = study(tree, drawn, wanted, 200, 400)
    assert found.refused < 0.05
    assert abs(found.bias) < 0.1 + 2 / math.sqrt(400)
    assert found.covered >= 0.92


@pytest.mark.parametrize("n", [70, 100])
def test_near_the_bound_where_it_is_refused_the_interval_covers(n: int) -> None:
    found = study(nine_paths(), AS_STATED, TEMPERED, n, 400)
    assert found.refused < 0.1
    assert found.covered >= 0.92


def test_what_the_distributions_imply_refuses_alike_whatever_was_drawn() -> None:
    # 100 personas are worth 36 on average; a sample without the heaviest path looks like 60.
    assert study(nine_paths(), AS_STATED, FLAT, 100, 100).refused == 1


def test_whole_dialogues_to_uniform_are_refused() -> None:
    assert study(thousands_of_paths(), AS_STATED, FLAT, 500, 40).refused == 1


def test_equal_weights_give_the_plain_mean() -> None:
    values = np.random.default_rng(0).random(80)
    found = weighted_mean(Rows.of(values, log_weights=np.full(80, -3.0)))
    assert found.value == pytest.approx(values.mean())
    assert found.interval is not None
    assert found.weights.effective_n == pytest.approx(80)


@pytest.mark.parametrize(
    ("logs", "why"),
    [
        (np.zeros(49), "there are 49 personas, and 50 are needed"),
        (np.full(100, -math.inf), "none of 100 dialogues"),
        (
            np.random.default_rng(0).normal(0, 1.2, 400),
            "the tail of weight times outcome is too heavy",
        ),
        (np.log([18.0, *[1.0] * 149]), "one persona of 150 carries 11%"),
    ],
)
def test_what_no_mean_can_be_had_from_is_refused(logs: np.ndarray, why: str) -> None:
    found = weighted_mean(Rows.of(np.arange(len(logs)), log_weights=logs))
    assert (found.value, found.interval) == (None, None)
    assert why in (found.refused or "")


def test_where_people_weigh_differently_it_is_they_who_should_be_others() -> None:
    kind = np.repeat([20.0, 1.0], [20, 180])
    rows = Rows.of(np.arange(200), log_weights=np.log(kind))
    told = [weight_quality(rows, None, np.ones(200), each).refused or "" for each in (None, kind)]
    assert "choose a rule nearer" in told[0]
    assert "choose people nearer to the run's" in told[1]


def test_copies_of_a_person_are_one() -> None:
    rows = Rows.of(np.random.default_rng(0).random(90), clusters=np.repeat(np.arange(30), 3))
    assert "there are 30 personas" in (weight_quality(rows).refused or "")


def test_a_tail_of_the_weighted_values_counts_too() -> None:
    rng = np.random.default_rng(3)
    values = rng.pareto(0.7, 300)
    assert weight_quality(Rows.of(values)).refused is not None
    assert weight_quality(Rows.of(-values)).refused is not None
    assert weight_quality(Rows.of(rng.random(300))).refused is None


def test_nearly_equal_weights_are_not_refused_for_the_heaps_of_an_outcome() -> None:
    rng = np.random.default_rng(4)
    values, weights = np.repeat([0, 1, 2], [148, 40, 12]), rng.uniform(0.98, 1.02, 200)
    rows, squares = Rows.of(values, log_weights=np.log(weights)), np.full(200, 1.0002)
    found = [weight_quality(rows, None, each) for each in (None, squares)]
    assert found[0].khat == found[1].khat
    assert "the tail of weight times outcome is too heavy" in (found[0].refused or "")
    assert found[1].refused is None
    rows = Rows.of(rng.pareto(0.7, 200), log_weights=np.log(weights))
    refused = weight_quality(rows, None, squares).refused or ""
    assert "the tail of the outcome is too heavy" in refused
    assert refused.endswith("take more people")


def test_a_rate_has_an_interval_in_0_to_1_and_its_misses_have_the_mirror_image() -> None:
    hits, logs = np.arange(100) < 5, np.random.default_rng(0).normal(0, 0.4, 100)
    logs[:5] -= 1.5  # of less weight than the others: their own variance says too little
    found, mirrored = (
        weighted_mean(Rows.of(each, log_weights=logs), share=True).interval
        for each in (hits, ~hits)
    )
    assert found is not None
    assert 0 <= found[0] < 0.02 < found[1] < 0.1
    assert mirrored == pytest.approx((1 - found[1], 1 - found[0]))
