from __future__ import annotations

import math
import re

import numpy as np
import pytest

from simulate.statistics.importance import weighted_rate
from simulate.statistics.proportions import proportion, wilson
from simulate.statistics.rows import Rows
from tests.statistics.flat_draws import DRAWS, Cause, draws, study


def test_dialogues_drawn_as_stated_have_the_rate_as_drawn() -> None:
    fails = np.arange(100) < 12
    found, plain = weighted_rate(Rows.of(fails)), proportion(Rows.of(fails))
    assert found.value == pytest.approx(plain.value)
    assert found.effective_n == pytest.approx(100)
    assert found.interval == pytest.approx(plain.interval, abs=2e-3)


def test_the_rate_is_the_weighted_share() -> None:
    logs = np.log(np.where(np.arange(100) < 50, 0.5, 1.5))
    found = weighted_rate(Rows.of(np.arange(100) < 20, log_weights=logs))
    assert found.value == pytest.approx(20 * 0.5 / (50 * 0.5 + 50 * 1.5))
    assert found.effective_n == pytest.approx(100**2 / (50 * 0.25 + 50 * 2.25))


def test_weights_count_only_in_proportion() -> None:
    logs = np.random.default_rng(0).normal(0, 0.3, 100)
    fails = np.arange(100) < 20
    one, other = (
        weighted_rate(Rows.of(fails, log_weights=logs)),
        weighted_rate(Rows.of(fails, log_weights=logs - 900)),
    )
    assert one.value == pytest.approx(other.value)
    assert one.interval == pytest.approx(other.interval)


def test_a_draw_of_the_stated_probability_0_weighs_nothing() -> None:
    logs = np.where(np.arange(100) < 10, -math.inf, 0.0)
    assert weighted_rate(Rows.of(np.arange(100) < 10, log_weights=logs)).value == 0


def test_without_a_failure_the_interval_is_wilsons_at_kishs_size() -> None:
    logs = np.random.default_rng(0).normal(0, 0.3, 100)
    found = weighted_rate(Rows.of(np.zeros(100, dtype=bool), log_weights=logs))
    assert found.effective_n is not None
    assert found.interval == pytest.approx(wilson(0, found.effective_n))


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        (Rows.of([]), "no dialogue is decided"),
        (Rows.of([1, 0], log_weights=[math.nan, 0.0]), "never takes some of the candidates"),
        (
            Rows.of([1, 0], log_weights=[-math.inf, -math.inf]),
            "each dialogue has a draw of the stated probability 0",
        ),
        (
            Rows.of(np.arange(100) < 20, log_weights=np.random.default_rng(0).normal(0, 2, 100)),
            "are worth only",
        ),
        (
            Rows.of(np.arange(1000) < 20, log_weights=[math.log(130), *[0.0] * 999]),
            "one persona of 1,000 carries 12%|are worth only",
        ),
    ],
)
def test_what_no_rate_can_be_had_from_is_refused_with_the_reason(rows: Rows, why: str) -> None:
    found = weighted_rate(rows)
    assert (found.value, found.interval, found.n) == (None, None, rows.n)
    assert re.search(why, found.refused or "")


def test_few_dialogues_drawn_as_stated_are_not_refused() -> None:
    assert weighted_rate(Rows.of([1, 0, 0])).refused is None


@pytest.mark.parametrize("cause", ["rare", "common", "even"])
def test_the_estimate_is_unbiased_and_its_interval_covers(cause: Cause) -> None:
    found = study(draws(("mix", 0.2), 6, trials=150, seed=3), cause, 0.1)
    assert found.refused == 0
    assert found.mean == pytest.approx(0.1, abs=0.006)
    assert found.covered > 0.9


def test_weights_of_turns_after_the_failure_are_only_noise() -> None:
    drawn = draws(("temper", 2.0), 6, trials=60, seed=4)
    whole, stopped = (study(drawn, "rare", 0.3, stop=stop) for stop in (False, True))
    assert stopped.mean == pytest.approx(whole.mean, abs=0.02)
    assert stopped.width < 0.95 * whole.width


def test_uniform_draws_over_many_turns_are_refused() -> None:
    assert study(draws(("uniform", 0.0), 10, trials=20), "even", 0.1).refused == 1


@pytest.mark.slow
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("personas_and_replicates", [(300, 1), (100, 3)])
@pytest.mark.parametrize("draw", DRAWS)
@pytest.mark.parametrize("turns", [3, 6, 10])
def test_what_is_not_refused_covers(
    draw: tuple[str, float], turns: int, personas_and_replicates: tuple[int, int]
) -> None:
    personas, replicates = personas_and_replicates
    drawn = draws(draw, turns, personas=personas, replicates=replicates, trials=300)
    for cause in ("rare", "common", "even"):
        for rate in (0.01, 0.1) if replicates == 1 else (0.03, 0.3):
            found = study(drawn, cause, rate)
            if found.refused < 0.5:
                assert found.covered > 0.9, (cause, rate)
