"""Surprise and leverage of turns, against trees of which every path is known."""

from __future__ import annotations

import itertools
from functools import cache

import numpy as np
import pytest

from simulate.errors import StatisticsError
from simulate.statistics.rows import Floats
from simulate.statistics.turn_effects import (
    FEWEST_FOR_INTERVAL,
    Rollouts,
    allocate,
    importance_of,
    pilot_spread,
    turn_effects,
)
from tests.enumerated import Path, Tree, nine_paths, thousands_of_paths


@cache
def rollouts_of(tree: Tree, begins: Path) -> tuple[Floats, Floats]:
    """Return the values that a rollout can have after some choices, and their probabilities."""
    ends = [
        (value, tree.chance(path, after=len(begins)) * share)
        for path in tree.paths(begins)
        for value, share in tree.outcome(path)
    ]
    values, chances = (np.array(each) for each in zip(*ends, strict=True))
    return values, chances / chances.sum()


def truth(tree: Tree, history: Path, drawn: int) -> tuple[float, float, float]:
    """Return M(h), surprise and leverage."""
    weights = np.array(tree.stated(history))
    means = np.array([tree.expectation(begins=(*history, k)) for k in range(tree.k)])
    expected = float(weights @ means)
    return expected, means[drawn] - expected, float(weights @ (means - expected) ** 2)


def test_all_estimates_are_unbiased_with_two_rollouts_of_each_reply_by_enumeration() -> None:
    tree, drawn = nine_paths(), 1
    each = [rollouts_of(tree, (k,)) for k in range(3)]
    binary = [(np.array([0.0, 2.0]), chances[values == 2].sum()) for values, chances in each]
    pairs = list(itertools.product((0, 1), repeat=2))
    found = np.zeros(3)
    for taken in itertools.product(pairs, repeat=3):
        chance = 1.0
        values = []
        for (possible, p), pair in zip(binary, taken, strict=True):
            chance *= float(np.prod([p if at else 1 - p for at in pair]))
            values.append(possible[list(pair)])
        (of,) = turn_effects([Rollouts(np.array([0.6, 0.3, 0.1]), drawn, values)])
        found += chance * np.array([of.mean, of.surprise, of.leverage])
    assert found == pytest.approx(truth(tree, (), drawn))
    # By hand: E[Y | i] = .2 · (1 + i + 2 · .5) is .4, .6 and .8, with the weights .6, .3 and .1.
    assert found == pytest.approx([0.5, 0.1, 0.018])


def explored(
    tree: Tree, path: Path, turns: list[Path], rollouts: int, rng: np.random.Generator
) -> list[Rollouts]:
    """Return fresh rollouts of turns of a path, shared out by a pilot."""
    of = [[rollouts_of(tree, (*h, k)) for k in range(tree.k)] for h in turns]
    weights = [np.array(tree.stated(history)) for history in turns]
    drawn = [path[len(history)] for history in turns]
    pilot = max(2, rollouts // 4)

    def drawn_from(place: tuple[Floats, Floats], n: int) -> Floats:
        values, chances = place
        found: Floats = values[np.searchsorted(np.cumsum(chances)[:-1], rng.random(n), "right")]
        return found

    scores = [
        importance_of(w, k) * pilot_spread([drawn_from(each, pilot) for each in places])
        for w, k, places in zip(weights, drawn, of, strict=True)
    ]
    size = tree.k * len(turns)
    fresh = rollouts - pilot
    counts = allocate(np.concatenate(scores), np.ones(size), size * fresh, max(2, fresh // 2))
    return [
        Rollouts(w, k, [drawn_from(each, n) for each, n in zip(places, row, strict=True)])
        for w, k, places, row in zip(weights, drawn, of, counts.reshape(-1, tree.k), strict=True)
    ]


@pytest.mark.parametrize(
    ("tree", "path", "first"),
    [(nine_paths(), (0, 1), 0), (thousands_of_paths(), (0, 1, 0, 2, 1), 2)],
)
def test_intervals_hold_for_all_turns_at_once_and_estimates_are_unbiased(
    tree: Tree, path: Path, first: int
) -> None:
    turns = [path[:t] for t in range(first, len(path))]
    meant = np.array([truth(tree, history, path[len(history)])[1:] for history in turns])
    rng = np.random.default_rng(8)
    values, covered = [], []
    for _ in range(300):
        found = turn_effects(explored(tree, path, turns, 20, rng))
        values.append([(of.surprise, of.leverage) for of in found])
        intervals = np.array([[of.surprise_interval, of.leverage_interval] for of in found])
        inside = (intervals[..., 0] <= meant) & (meant <= intervals[..., 1])
        covered.append(inside.all(axis=0))
    assert (np.mean(covered, axis=0) >= 0.92).all()
    deviations = np.std(values, axis=0)
    noise = 3 / np.sqrt(300)
    assert (np.abs(np.mean(values, axis=0) - meant) < (0.1 + noise) * deviations).all()


def test_where_nothing_hangs_on_a_reply_the_leverage_is_below_0_half_of_the_time() -> None:
    rng = np.random.default_rng(3)
    weights = np.array([0.5, 0.3, 0.2])
    found = [
        turn_effects([Rollouts(weights, 0, list(rng.normal(size=(3, 10))))])[0] for _ in range(500)
    ]
    below = np.mean([of.leverage < 0 for of in found])
    assert 0.45 < below < 0.7
    assert np.mean([of.leverage for of in found]) == pytest.approx(0, abs=0.01)


def test_what_agrees_or_is_too_few_has_no_interval() -> None:
    weights = np.array([0.5, 0.5])
    few = FEWEST_FOR_INTERVAL - 1
    alike = Rollouts(weights, 0, [np.full(9, 0.1), np.full(9, 0.3)])
    short = Rollouts(weights, 0, [np.arange(9.0), np.arange(float(few))])
    (one, other) = turn_effects([alike, short])
    for of in (one, other):
        assert (of.surprise_interval, of.leverage_interval) == (None, None)
    assert [one.surprise, one.leverage] == pytest.approx([-0.1, 0.01])
    with pytest.raises(StatisticsError, match="has 1 rollouts; it needs 2"):
        turn_effects([Rollouts(weights, 0, [np.ones(1), np.ones(3)])])


def test_rollouts_go_where_they_matter_and_cost_no_more_than_the_budget() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        m = int(rng.integers(1, 12))
        costs = rng.integers(1, 9, m).astype(float)
        scores = rng.exponential(size=m) * rng.integers(0, 2, m)
        budget = float(np.ceil(2 * costs.sum() * rng.uniform(1, 20)))
        found = allocate(scores, costs, budget)
        assert found.min() >= 2
        assert found @ costs <= budget
        if scores.any():
            assert budget - found @ costs < costs[scores > 0].max()
    by_hand = allocate(np.array([3.0, 1.0, 0.0]), np.array([1.0, 1.0, 1.0]), 42)
    assert by_hand.tolist() == [30, 10, 2]
    dear = allocate(np.array([1.0, 1.0]), np.array([4.0, 1.0]), 60)
    assert dear.tolist() == [10, 20]
