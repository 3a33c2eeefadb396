from __future__ import annotations

import numpy as np
import pytest

from simulate.comparison import Row, Sample, Settings, compare_samples
from simulate.errors import StatisticsError
from simulate.reference import Reference, Variable, load

CHOICE = Variable("c", "choice", levels=("a", "b", "c"))


def reference(variable: Variable, counts: list[int]) -> Reference:
    values = np.arange(len(counts), dtype=np.float64)
    return Reference("humans", variable, values, np.array(counts))


def row_of(sample: Sample, humans: Reference) -> Row:
    return compare_samples([sample], humans, settings=Settings(draws=200)).rows[0]


def test_the_share_of_yes_comes_with_its_difference() -> None:
    humans = reference(Variable("gave", "yesno"), [50, 50])
    sample = Sample.of("s", [1.0] * 60 + [0.0] * 20)
    share = row_of(sample, humans).share
    assert share is not None
    assert (share.value, share.difference) == pytest.approx((0.75, 0.25))
    assert share.interval is not None
    assert share.interval[0] < 0.25 < share.interval[1]


def test_dialogues_of_one_persona_widen_the_interval_of_a_share() -> None:
    humans = reference(Variable("gave", "yesno"), [50, 50])
    values = np.repeat([1.0, 0.0], 100)
    people = np.repeat(np.arange(40), 5)
    samples = [Sample.of("alone", values), Sample.of("together", values, personas=people)]
    found = compare_samples(samples, humans, settings=Settings(draws=400))
    widths = []
    for row in found.rows[:2]:
        assert row.share is not None
        assert row.share.interval is not None
        widths.append(row.share.interval[1] - row.share.interval[0])
    assert widths[1] > 1.3 * widths[0]


def test_the_simbench_score_is_100_for_equal_and_0_for_uniform() -> None:
    humans = reference(CHOICE, [60, 30, 10])
    equal = Sample.of("equal", [0.0] * 60 + [1.0] * 30 + [2.0] * 10)
    even = Sample.of("even", [0.0, 1.0, 2.0] * 30)
    assert row_of(equal, humans).simbench == pytest.approx(100)
    assert row_of(even, humans).simbench == pytest.approx(0, abs=1e-9)


def test_an_interval_of_a_share_of_one_is_as_narrow_as_its_sample_allows(
    donations: Reference,
) -> None:
    share = row_of(Sample.of("s", [0.1 + i / 100 for i in range(100)]), donations).share
    assert share is not None
    assert share.interval is not None
    assert share.interval[0] > 0.4


def test_the_simbench_score_of_uniform_humans_is_not_defined() -> None:
    humans = reference(CHOICE, [40, 40, 40])
    assert row_of(Sample.of("s", [0.0] * 50), humans).simbench is None


def test_a_choice_has_no_mean_and_no_distance_of_the_line() -> None:
    humans = reference(CHOICE, [60, 30, 10])
    row = row_of(Sample.of("s", [0.0, 1.0] * 30), humans)
    assert row.mean is None
    assert set(row.distances) == {"d2", "l1", "tv", "js", "chi2"}
    with pytest.raises(StatisticsError, match="a choice has no mean"):
        _ = humans.mean


def test_an_ordinal_has_the_distances_of_the_line_and_of_levels() -> None:
    humans = reference(Variable("o", "ordinal", levels=("a", "b", "c")), [60, 30, 10])
    row = row_of(Sample.of("s", [0.0, 2.0] * 30), humans)
    assert {"ks", "wasserstein", "wasserstein_normalized", "tv", "chi2"} <= set(row.distances)


def test_a_persona_of_both_sides_gives_a_paired_error() -> None:
    people = {f"p{i}": float(i % 3) for i in range(60)}
    variable = Variable("gave", "amount", "USD", (0.0, 2.0))
    humans = Reference(
        "humans", variable, np.array([0.0, 1.0, 2.0]), np.array([20, 20, 20]), persons=people
    )
    sample = Sample.of("s", [v / 2 for v in people.values()], personas=list(people))
    paired = row_of(sample, humans).paired
    assert paired is not None
    assert paired.n == 60
    assert paired.mae == pytest.approx(0.5)
    assert paired.interval is not None
    assert paired.interval[0] < 0.5 < paired.interval[1]


def test_the_paired_error_of_a_distribution_is_its_mean_error() -> None:
    humans = Reference(
        "humans",
        Variable("gave", "amount", "USD", (0.0, 2.0)),
        np.array([1.0]),
        np.array([1]),
        persons={"p": 1.0},
    )
    sample = Sample.of_distributions("s", [[(1.0, 0.75), (2.0, 0.25)]], ["p"])
    paired = row_of(sample, humans).paired
    assert paired is not None
    assert paired.mae == pytest.approx(0.25)
    assert paired.interval is None


def test_strangers_give_no_paired_error(donations: Reference) -> None:
    strangers = Sample.of("s", [0.0, 1.0], personas=["x", "y"])
    assert row_of(strangers, donations).paired is None


def test_a_declared_reference_has_shares_and_no_n() -> None:
    sample = Sample.of("s", [1.0, 2.0, 3.0] * 20)
    found = compare_samples([sample], load("fair-die"), settings=Settings(draws=200))
    assert found.to_dict()["reference"]["n"] is None
    assert found.reference.sized == "declared shares"
    assert found.rows[-1].name == "fresh draws"
