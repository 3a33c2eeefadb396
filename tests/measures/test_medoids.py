"""Medoids: what stands for many items."""

import numpy as np
import pytest

from simulate.measures.diversity import group_of_each, groups
from simulate.measures.medoids import medoids

LINE = np.array([0.0, 1.0, 2.0, 10.0, 11.0])
DISTANCES = np.abs(LINE[:, None] - LINE[None, :])


def test_the_medoid_of_all_is_the_weighted_median() -> None:
    equal = medoids(DISTANCES, np.ones(5), 1)
    assert equal.chosen == (2,)
    assert medoids(DISTANCES, np.array([1, 1, 1, 1, 9.0]), 1).chosen == (4,)


def test_two_heaps_have_a_medoid_each_and_the_heavier_one_comes_first() -> None:
    found = medoids(DISTANCES, np.array([0.1, 0.1, 0.1, 0.3, 0.4]), 2)
    assert found.chosen == (4, 1)
    assert found.owner.tolist() == [1, 1, 1, 0, 0]
    assert found.weights == pytest.approx((0.7, 0.3))
    assert found.spread == pytest.approx((0.3 / 0.7, 0.2 / 0.3))


def test_weights_around_the_medoids_sum_to_all_weight() -> None:
    rng = np.random.default_rng(3)
    points = rng.normal(size=(40, 2))
    distances = np.linalg.norm(points[:, None] - points[None], axis=-1)
    weights = rng.dirichlet(np.ones(40))
    for k in (1, 3, 7):
        assert sum(medoids(distances, weights, k).weights) == pytest.approx(1)


def test_there_are_no_more_medoids_than_items_that_differ() -> None:
    assert medoids(DISTANCES[:2, :2], np.ones(2), 5).chosen == (0, 1)
    assert medoids(np.zeros((4, 4)), np.ones(4), 3).chosen == (0,)


def test_near_duplicates_are_in_one_group_through_a_chain() -> None:
    near = np.array([[1, 1, 0, 0], [1, 1, 1, 0], [0, 1, 1, 0], [0, 0, 0, 1]], dtype=bool)
    assert group_of_each(near).tolist() == [0, 0, 0, 1]
    assert groups(near) == 2
    assert groups(np.zeros((0, 0), dtype=bool)) == 0
