"""Contrasts of cells that met the same personas, different ones, or some the same."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from simulate.statistics.mean_contrasts import Members, linear_contrast
from simulate.statistics.rows import Floats

RNG = np.random.default_rng(4)
ONE, TWO = RNG.normal(0, 1, 30), RNG.normal(0.3, 2, 41)


def apart(*groups: Floats) -> tuple[Floats, Members]:
    """Return the means of groups of different personas, a cell for each."""
    means = np.full((len(groups), sum(map(len, groups))), np.nan)
    at = 0
    for cell, group in enumerate(groups):
        means[cell, at : at + len(group)] = group
        at += len(group)
    return means, ~np.isnan(means)


def test_cells_that_met_the_same_personas_have_the_paired_t_test() -> None:
    pair = np.stack([ONE, ONE + RNG.normal(0.2, 0.5, 30)])
    found = linear_contrast(pair, np.ones((2, 30), dtype=bool), [1, -1])
    expected = stats.ttest_rel(*pair)
    assert (found.people, found.personas) == ("same", 30)
    assert found.degrees == pytest.approx(29)
    assert found.p == pytest.approx(expected.pvalue)
    assert found.interval == pytest.approx(tuple(expected.confidence_interval()))


def test_cells_of_different_personas_have_welchs_test() -> None:
    found = linear_contrast(*apart(ONE, TWO), [1, -1])
    expected = stats.ttest_ind(ONE, TWO, equal_var=False)
    assert (found.people, found.personas) == ("different", 71)
    assert found.p == pytest.approx(expected.pvalue)
    assert found.degrees == pytest.approx(expected.df)
    assert found.interval == pytest.approx(tuple(expected.confidence_interval()))


def test_a_value_that_is_missing_leaves_its_persona_out_of_a_pair_and_makes_no_other_design() -> (
    None
):
    pair = np.stack([ONE, ONE[::-1]])
    pair[1, 3] = np.nan
    found = linear_contrast(pair, np.ones((2, 30), dtype=bool), [1, -1])
    kept = np.delete(pair, 3, axis=1)
    assert (found.people, found.personas) == ("same", 29)
    assert found.p == pytest.approx(stats.ttest_rel(*kept).pvalue)


def test_the_main_effect_of_a_mixed_design_adds_up_its_blocks() -> None:
    people = [RNG.normal(0, 1, (2, 25)), RNG.normal(1, 2, (2, 31))]
    means = np.full((4, 56), np.nan)
    means[:2, :25], means[2:, 25:] = people
    members = np.repeat(~np.isnan(means[::2]), 2, axis=0)
    found = linear_contrast(means, members, [-0.5, 0.5, -0.5, 0.5])
    own = [(group[1] - group[0]) / 2 for group in people]
    assert found.value == pytest.approx(sum(each.mean() for each in own))
    assert found.error == pytest.approx(np.sqrt(sum(stats.sem(each) ** 2 for each in own)))


def test_cells_that_share_some_personas_have_the_variance_of_partly_paired_samples() -> None:
    n, common = 40, 25
    means = np.full((2, 2 * n - common), np.nan)
    own = RNG.normal(0, 1, 2 * n - common)
    means[0, :n] = own[:n] + RNG.normal(0, 0.5, n)
    means[1, n - common :] = own[n - common :] + RNG.normal(0, 0.5, n)
    found = linear_contrast(means, ~np.isnan(means), [1, -1])
    a, b = means[0, :n], means[1, n - common :]
    both = ~np.isnan(means).any(axis=0)
    shared = (means[0, both] - a.mean()) @ (means[1, both] - b.mean()) / (n * (n - 1))
    # Derrick and others 2017: s²/n of each less twice the covariance of the shared ones.
    variance = a.var(ddof=1) / n + b.var(ddof=1) / n - 2 * shared
    assert (found.people, found.personas) == ("some the same", 2 * n - common)
    assert found.error == pytest.approx(np.sqrt(variance))


def test_shares_of_different_personas_get_a_one_and_a_none_in_each_cell() -> None:
    one, two = np.repeat([1.0, 0.0], [3, 27]), np.zeros(30)
    found = linear_contrast(*apart(one, two), [1, -1], shares=True)
    added = np.append(one, [1, 0]), np.append(two, [1, 0])  # Agresti and Caffo 2000
    expected = stats.ttest_ind(*added, equal_var=False)
    assert found.value == pytest.approx(0.1)
    assert found.interval == pytest.approx(tuple(expected.confidence_interval()))
    assert linear_contrast(*apart(two, two), [1, -1], shares=True).interval is not None


@pytest.mark.parametrize(
    ("sizes", "weights", "given"),
    [
        ((20, 20), (1, -1), True),
        ((19, 40), (1, -1), False),
        ((10, 10, 10, 10), (0.5, 0.5, -0.5, -0.5), True),
        ((9, 11, 10, 10), (0.5, 0.5, -0.5, -0.5), False),
        ((10, 10, 10, 9), (1, -1, -1, 1), False),
        ((25,), (1,), True),
        ((0, 25), (1, -1), False),
    ],
)
def test_an_interval_needs_enough_personas_on_each_side_and_in_each_block(
    sizes: tuple[int, ...], weights: tuple[float, ...], given: bool
) -> None:
    found = linear_contrast(*apart(*(RNG.normal(size=n) for n in sizes)), weights)
    assert (found.interval is not None) == given
    assert (found.value is None) == (0 in sizes)
