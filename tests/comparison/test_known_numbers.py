"""The figures that are known from the data beforehand."""

from __future__ import annotations

import numpy as np
import pytest

from simulate.comparison import Sample, Settings, compare_samples
from simulate.randomness import generator
from simulate.reference import Reference, load
from simulate.statistics.distances import measures_for
from simulate.statistics.floors import floors


def test_1017_donations_were_recorded_and_472_are_zero() -> None:
    raw = load("persuasionforgood-donations", cleaning="none")
    assert raw.n == 1017
    assert raw.counts[raw.values == 0].sum() == 472


def test_35_donations_are_above_the_two_dollars_earned_and_the_largest_is_700() -> None:
    raw = load("persuasionforgood-donations", cleaning="none")
    assert raw.counts[raw.values > 2].sum() == 35
    assert raw.values.max() == 700


def test_the_donations_from_0_to_2_dollars_have_the_known_mean_median_and_donors(
    donations: Reference,
) -> None:
    assert donations.n == 982
    assert donations.mean == pytest.approx(0.352, abs=5e-4)
    assert donations.median == pytest.approx(0.04)
    assert 1 - donations.shares[0] == pytest.approx(0.519, abs=5e-4)


def test_all_zero_has_ks_519_and_w1_352(donations: Reference) -> None:
    sample = Sample.of("all zero", np.zeros(200))
    found = compare_samples([sample], donations, settings=Settings(baselines="none", draws=200))
    distances = found.rows[0].distances
    assert distances["ks"].value == pytest.approx(0.519, abs=5e-4)
    assert distances["wasserstein"].value == pytest.approx(0.352, abs=5e-4)


def test_the_floor_at_200_is_ks_053_and_w1_near_04(donations: Reference) -> None:
    support = donations.variable.common_support(donations.values)
    found = floors(
        measures_for("numeric"),
        donations.side(support),
        200,
        4000,
        generator(0, "test/floor"),
    )
    assert found["ks"].mean == pytest.approx(0.053, abs=0.002)
    assert found["ks"].p95 == pytest.approx(0.097, abs=0.004)
    assert found["wasserstein"].mean == pytest.approx(0.044, abs=0.003)
    assert found["wasserstein"].p95 == pytest.approx(0.089, abs=0.004)


def test_the_clip_rule_keeps_all_1017(donations: Reference) -> None:
    clipped = load("persuasionforgood-donations", cleaning="clip")
    assert clipped.n == 1017
    assert clipped.values.max() == 2
    assert clipped.cleaning.startswith("clip: 35 of 1,017")
    assert donations.cleaning.startswith("drop: 35 of 1,017")


def test_the_1017_dialogues_are_from_761_people() -> None:
    people = load("persuasionforgood-donations", cleaning="none").rows().clusters
    assert len(set(people.tolist())) == 761
