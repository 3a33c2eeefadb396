import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from simulate.errors import StatisticsError
from simulate.statistics.joint_permutation import joint_test

Floats = NDArray[np.float64]


def grid(rng: np.random.Generator, people: int, universes: int, effect: float = 0.0) -> Floats:
    """Return (U, 2, G) values: personas differ, universes of one dialogue hang together."""
    persona = rng.normal(size=people)
    dialogue = rng.standard_exponential((2, people)) - 1
    noise = 0.5 * rng.normal(size=(universes, 2, people))
    found: Floats = persona + dialogue + noise + effect * np.array([1.0, 0.0])[:, None]
    return found


def between(rng: np.random.Generator, people: int, universes: int) -> tuple[Floats, Floats]:
    values = grid(rng, people, universes)
    weights = np.zeros_like(values)
    weights[:, 0, : people // 2] = weights[:, 1, people // 2 :] = 1
    return values * weights, weights


def test_swaps_within_personas_are_all_enumerated_where_they_are_few() -> None:
    values = grid(np.random.default_rng(1), 6, 4, effect=1.0)
    found = joint_test(values, np.ones_like(values), np.random.default_rng(0))
    differences = values[:, 0] - values[:, 1]
    swaps = itertools.product((1, -1), repeat=6)
    medians = np.array([np.median((differences * signs).mean(axis=1)) for signs in swaps])
    assert (found.exact, found.labellings) == (True, 64)
    assert found.contrasts == pytest.approx(differences.mean(axis=1))
    assert found.p == np.mean(np.abs(medians) >= abs(found.median) - 1e-9)


def test_labels_between_personas_are_all_enumerated_where_they_are_few() -> None:
    sums, weights = between(np.random.default_rng(2), 8, 3)
    found = joint_test(sums, weights, np.random.default_rng(0), between=True)
    values, medians = sums.sum(axis=1), []
    for first in map(list, itertools.combinations(range(8), 4)):
        others = sorted(set(range(8)) - set(first))
        medians.append(np.median(values[:, first].mean(axis=1) - values[:, others].mean(axis=1)))
    assert (found.exact, found.labellings) == (True, 70)
    assert found.p == pytest.approx(np.mean(np.abs(medians) >= abs(found.median) - 1e-9))


def test_weighed_universes_are_contrasts_of_weighted_means() -> None:
    rng = np.random.default_rng(3)
    values, weights = grid(rng, 7, 2), rng.exponential(size=(2, 2, 7))
    found = joint_test(values * weights, weights, rng)
    means = np.average(values, weights=weights, axis=2)
    assert found.contrasts == pytest.approx(means[:, 0] - means[:, 1])


def test_personas_without_a_difference_do_not_stand_in_the_way_of_an_exact_test() -> None:
    values = grid(np.random.default_rng(5), 30, 2)
    values[:, 1, 5:] = values[:, 0, 5:]
    found = joint_test(values, np.ones_like(values), np.random.default_rng(0))
    assert (found.exact, found.labellings) == (True, 32)


@pytest.mark.parametrize("kind", ["within", "between", "weighed"])
def test_under_the_null_no_more_than_one_in_twenty_is_rejected(kind: str) -> None:
    rng, rejected, trials = np.random.default_rng(6), 0, 600
    for _ in range(trials):
        if kind == "between":
            sums, weights = between(rng, 24, 5)
        else:
            sums = grid(rng, 24, 5)
            weights = rng.exponential(size=sums.shape) if kind == "weighed" else np.ones_like(sums)
            sums = sums * weights
        rejected += joint_test(sums, weights, rng, between=kind == "between", draws=199).p <= 0.05
    assert rejected / trials < 0.05 + 2.6 * (0.05 * 0.95 / trials) ** 0.5


def test_an_effect_that_most_universes_have_is_found() -> None:
    rng = np.random.default_rng(7)
    found = [
        joint_test(values, np.ones_like(values), rng, draws=199)
        for values in (grid(rng, 60, 8, effect=0.9) for _ in range(40))
    ]
    assert np.mean([each.p <= 0.05 for each in found]) > 0.9
    assert all(each.same_sign == 1 for each in found if each.p <= 0.01)


def test_the_band_is_where_sorted_contrasts_lie_under_the_null() -> None:
    rng = np.random.default_rng(8)
    values = grid(rng, 50, 6)
    found = joint_test(values, np.ones_like(values), rng)
    assert (found.band[:, 0] < found.band[:, 1]).all()
    assert (np.diff(found.band, axis=0) > 0).all()  # rank by rank
    assert found.band[0, 0] == pytest.approx(-found.band[-1, 1], rel=0.1)  # labels are symmetric
    assert found.median_null[0] < 0 < found.median_null[1]


def test_a_universe_without_anybody_in_an_arm_is_refused() -> None:
    weights = np.ones((1, 2, 4))
    weights[:, 1] = 0
    with pytest.raises(StatisticsError, match="nobody in one of the arms"):
        joint_test(weights, weights, np.random.default_rng(0))


def test_a_persona_in_both_arms_is_none_between_personas() -> None:
    weights = np.ones((1, 2, 4))
    with pytest.raises(StatisticsError, match="in both arms"):
        joint_test(weights, weights, np.random.default_rng(0), between=True)
