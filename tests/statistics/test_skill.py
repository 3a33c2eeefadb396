"""Skill over a baseline, paired at the same positions, with intervals of persons."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulate.statistics.skill import mean, skill


def test_skill_is_the_share_of_the_baselines_score_that_is_saved() -> None:
    ours, theirs = np.array([0.2, 0.4, np.nan]), np.array([0.6, 0.6, 0.1])
    found = skill(ours, theirs, np.arange(3))
    assert found.value == pytest.approx(0.5)
    assert found.gain == pytest.approx(0.3)
    assert (found.n, found.persons, found.interval) == (2, 2, None)


def test_where_nothing_is_paired_there_is_no_number() -> None:
    found = skill(np.array([np.nan]), np.array([1.0]), np.zeros(1, np.int64))
    assert math.isnan(found.value)
    assert found.n == 0
    assert math.isnan(skill(np.ones(1), np.zeros(1), np.zeros(1, np.int64)).value)


def test_intervals_of_persons_cover_mean_and_skill() -> None:
    rng, people, turns, true = np.random.default_rng(3), 40, 5, 0.25
    hits = np.zeros(2)
    for _ in range(600):
        person = rng.normal(0, 0.2, (2, people, 1)) + rng.normal(0, 0.2, (2, people, turns))
        theirs = 1 + person[0]
        ours = (1 - true) * theirs + person[1]
        clusters = np.repeat(np.arange(people), turns)
        found = skill(ours.ravel(), theirs.ravel(), clusters)
        of_mean = mean(ours.ravel(), clusters)
        assert found.interval is not None
        assert of_mean.interval is not None
        hits += [
            found.interval[0] <= true <= found.interval[1],
            of_mean.interval[0] <= 1 - true <= of_mean.interval[1],
        ]
    assert (hits / 600 >= 0.92).all()
