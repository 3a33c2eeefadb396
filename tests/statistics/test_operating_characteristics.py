"""Whether the numbers hold: expectation, size, agreement, coverage, power, in every design."""

from __future__ import annotations

import numpy as np
import pytest

from simulate.statistics.contrasts import squared_contrast
from simulate.statistics.distances import DISTANCES, SQUARED
from simulate.statistics.equality import Equality
from simulate.statistics.floors import floors
from simulate.statistics.intervals import estimate
from simulate.statistics.resampling import Known, Masses, Side, cluster_masses
from simulate.statistics.rows import Rows
from simulate.statistics.support import Support
from tests.statistics.designs import (
    HUMAN,
    MEASURES,
    PERSONAS,
    SUPPORT,
    TRUTHS,
    Characteristics,
    characteristics,
    humans,
    sample,
    shares,
)

TRIALS = {"0": 1000, "small": 500, "large": 400}
"""A p of size .08 is noticed in 99 of 100 cases: 1,000 trials have a standard error of .9 % there.
`tests.statistics.designs` has the table of docs/statistics.md, of 2,000 trials each."""
ROOM = 0.022
"""Twice the standard error of a share of 400 trials near .05."""


def masses(design: str, truth: float, rng: np.random.Generator) -> Masses:
    return np.asarray(cluster_masses(sample(design, shares(truth), rng), SUPPORT)[0])


def checked(design: str, truth: str) -> dict[str, Characteristics]:
    """Return what each distance does, where its size and coverage are as they should be."""
    found = characteristics(design, TRUTHS[truth], TRIALS[truth])
    for name, each in found.items():
        assert each.agreed == 1, name
        assert each.covered >= 0.92 - ROOM, (name, each.covered)
        assert truth != "0" or each.rejected <= 0.06, (name, each.rejected)
    return found


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("truth", ["0", "large"])
@pytest.mark.parametrize("design", ["unequal", "weighted"])
def test_p_has_its_size_and_agrees_with_an_interval_that_covers(design: str, truth: str) -> None:
    checked(design, truth)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("truth", TRUTHS)
def test_verbalized_rows_have_the_expectation_and_at_least_the_power_of_drawn_ones(
    truth: str,
) -> None:
    drawn, stated = checked("draws", truth), checked("verbalized", truth)
    people = Side.of(SUPPORT, humans(np.random.default_rng(1)))
    floor = floors(MEASURES, people, PERSONAS, 4000, np.random.default_rng(2))
    for name, scale in ((SQUARED, floor[SQUARED].p95), ("ks", floor["ks"].mean)):
        if truth != "large":
            assert stated[name].mean == pytest.approx(drawn[name].mean, abs=0.05 * scale), name
        if truth != "0":
            assert stated[name].rejected >= drawn[name].rejected - ROOM


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("alike", [0.5, 50.0])
def test_p_keeps_its_size_against_few_humans_who_may_all_answer_yes(alike: float) -> None:
    rng, trials = np.random.default_rng(7), 1000
    yes_or_no = Support.of_levels(2)
    rejected = dict.fromkeys(("d2", "ks"), 0)
    for _ in range(trials):
        said = rng.beta(0.95 * alike, 0.05 * alike, 30)
        stated = np.stack([1 - said, said], axis=1).ravel()
        rows = Rows.of(np.tile([0.0, 1.0], 30), shares=stated, row=np.repeat(np.arange(30), 2))
        theirs = Rows.of((rng.random(30) < 0.95).astype(float))
        family = Equality(Side.of(yes_or_no, rows), Side.of(yes_or_no, theirs), 199, rng)
        for name in rejected:
            value = family.value(DISTANCES[name])
            assert value is not None
            rejected[name] += estimate(DISTANCES[name], value, family, 0.95).p < 0.05
    for name, count in rejected.items():
        assert count / trials <= 0.06, (name, count / trials)


@pytest.mark.parametrize("design", ["verbalized", "clustered"])
def test_the_expectation_of_ks_does_not_depend_on_the_elicitation(design: str) -> None:
    rng, trials = np.random.default_rng(3), 400
    known, ks = Known(SUPPORT, HUMAN), DISTANCES["ks"]
    means = []
    for which in ("draws", design):
        values = [
            Equality(Side.of(SUPPORT, sample(which, HUMAN, rng)), known, 1, rng).value(ks)
            for _ in range(trials)
        ]
        means.append(float(np.mean(np.array(values, dtype=float))))
    # 400 trials have a standard error of about 2 % of the mean.
    assert means[1] == pytest.approx(means[0], rel=0.08)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("pair", "truth"),
    [
        (("draws", "draws"), "large"),
        (("draws", "verbalized"), "0"),
        (("draws", "verbalized"), "large"),
        (("clustered", "verbalized"), "0"),
    ],
)
def test_a_contrast_of_equal_methods_rejects_at_most_three_and_a_half_percent_each_way(
    pair: tuple[str, str], truth: str
) -> None:
    rng = np.random.default_rng([5, len(truth)])
    above = below = 0
    values, trials = [], TRIALS["0"]
    for _ in range(trials):
        cells = np.stack([masses(design, TRUTHS[truth], rng) for design in pair])
        found = squared_contrast(
            cells,
            np.array([1.0, -1.0]),
            Side.of(SUPPORT, humans(rng)),
            draws=199,
            confidence=0.95,
            rng=rng,
        )
        assert found is not None
        assert found.interval is not None
        assert found.p is not None
        above += found.interval[0] > 0
        below += found.interval[1] < 0
        assert (found.p < 0.05) == (found.interval[0] > 0 or found.interval[1] < 0)
        values.append(found.value)
    error = float(np.std(values)) / trials**0.5
    assert abs(float(np.mean(values))) <= 3.5 * error
    assert max(above, below) / trials <= 0.035, (above / trials, below / trials)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("pair", [("draws", "verbalized"), ("verbalized", "draws")])
def test_a_contrast_of_unequal_methods_covers_the_true_difference(pair: tuple[str, str]) -> None:
    rng, trials = np.random.default_rng(6), 1000
    measure = DISTANCES[SQUARED].function
    true = float(measure(shares(0.0), HUMAN, SUPPORT) - measure(shares(0.4), HUMAN, SUPPORT))
    covered = 0
    for _ in range(trials):
        cells = np.stack([masses(pair[0], 0.0, rng), masses(pair[1], 0.4, rng)])
        signs, people = np.array([1.0, -1.0]), Side.of(SUPPORT, humans(rng))
        found = squared_contrast(cells, signs, people, draws=199, confidence=0.95, rng=rng)
        assert found is not None
        assert found.interval is not None
        covered += found.interval[0] <= true <= found.interval[1]
    assert covered / trials >= 0.92
