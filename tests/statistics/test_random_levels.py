import numpy as np
import pytest

from simulate.errors import StatisticsError
from simulate.statistics.random_levels import random_levels


def test_the_variance_between_levels_is_that_of_the_two_way_layout() -> None:
    values = np.random.default_rng(1).normal(size=(7, 12)) + np.arange(7.0)[:, None]
    found = random_levels(values)
    total = ((values - values.mean()) ** 2).sum()
    of_people = 7 * ((values.mean(axis=0) - values.mean()) ** 2).sum()
    of_levels = 12 * ((values.mean(axis=1) - values.mean()) ** 2).sum()
    rest = (total - of_people - of_levels) / (6 * 11)
    assert found.sd**2 == pytest.approx((of_levels / 6 - rest) / 12)
    assert found.interval[0] < found.sd < found.interval[1]


@pytest.mark.parametrize("sd", [0.0, 0.2, 1.0])
def test_the_interval_covers(sd: float) -> None:
    rng, trials = np.random.default_rng(2), 600
    covered = 0
    for _ in range(trials):
        values = sd * rng.normal(size=(8, 1)) + rng.normal(size=40) + rng.normal(size=(8, 40))
        low, high = random_levels(values).interval
        covered += low <= sd <= high
    assert covered / trials >= 0.93


def test_five_levels_are_not_modelled() -> None:
    with pytest.raises(StatisticsError, match="needs 6 levels"):
        random_levels(np.zeros((5, 20)))
