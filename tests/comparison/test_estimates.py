from __future__ import annotations

import json

import numpy as np
import pytest

from simulate.comparison import Row, Sample, Settings, compare_samples
from simulate.errors import StatisticsError
from simulate.reference import Reference, Variable, load

QUICK = Settings(draws=400)


def humans(donations: Reference, n: int, seed: int = 1) -> Sample:
    rng = np.random.default_rng(seed)
    return Sample.of("humans", rng.choice(donations.values, n, p=donations.shares))


def row_of(sample: Sample, donations: Reference, settings: Settings = QUICK) -> Row:
    return compare_samples([sample], donations, settings=settings).rows[0]


def test_humans_are_within_the_floor_not_rejected_and_their_interval_begins_at_zero(
    donations: Reference,
) -> None:
    distances = row_of(humans(donations, 300), donations).distances
    ks = distances["ks"]
    assert ks.value is not None
    assert ks.p is not None
    assert ks.value < ks.floor.p95
    assert ks.p > 0.05
    interval = distances["wasserstein"].interval
    assert interval is not None
    assert interval[0] == 0


def test_every_interval_holds_its_value_and_every_floor_its_mean(donations: Reference) -> None:
    rng = np.random.default_rng(3)
    sample = Sample.of("s", rng.choice([0, 0.5, 1, 2], 100))
    for row in compare_samples([sample], donations, settings=QUICK).rows:
        for d in row.distances.values():
            assert d.interval is not None
            assert d.value is not None
            assert d.interval[0] <= max(d.value, 0.0) <= d.interval[1]
            assert 0 <= d.floor.mean <= d.floor.p95


def test_the_baselines_are_median_mode_uniform_and_a_fresh_human_sample(
    donations: Reference,
) -> None:
    found = compare_samples([humans(donations, 200)], donations, settings=QUICK)
    assert [row.name for row in found.rows if row.kind == "baseline"] == [
        "all give 0.04 USD (human median)",
        "all give 0 USD (human mode)",
        "uniform",
        "fresh humans",
    ]
    assert found.row("all give 0 USD (human mode)").distances["ks"].value == pytest.approx(
        0.519, abs=5e-4
    )


def test_the_same_seed_gives_the_same_json(donations: Reference) -> None:
    one, two = (
        compare_samples([humans(donations, 60)], donations, settings=QUICK).to_dict()
        for _ in range(2)
    )
    assert json.dumps(one) == json.dumps(two)


def test_too_few_personas_give_a_reason_instead_of_an_interval(donations: Reference) -> None:
    ks = row_of(Sample.of("few", [0.0, 1.0, 2.0]), donations).distances["ks"]
    assert ks.interval is None
    assert ks.upper is None
    assert ks.interval_reason == "sample has 3 personas; an interval needs at least 30"


def test_many_dialogues_of_few_personas_are_few(donations: Reference) -> None:
    sample = Sample.of("two", np.zeros(400), personas=["a", "b"] * 200)
    assert row_of(sample, donations).distances["ks"].interval is None


def test_dialogues_of_one_persona_widen_the_interval(donations: Reference) -> None:
    rng = np.random.default_rng(4)
    values = np.repeat(rng.choice([0.0, 0.5, 1.0, 2.0], 50), 8)
    people = np.repeat(np.arange(50), 8)
    alone = Sample.of("alone", values)
    together = Sample.of("together", values, personas=people.tolist())
    found = compare_samples([alone, together], donations, settings=QUICK)
    width = [
        row.distances["wasserstein"].interval[1] - row.distances["wasserstein"].interval[0]  # type: ignore[index]
        for row in found.rows[:2]
    ]
    assert width[1] > 1.3 * width[0]


def test_a_constant_sample_is_told(donations: Reference) -> None:
    notes = row_of(Sample.of("c", np.ones(50)), donations).notes
    assert notes == ("constant: every dialogue gave 1",)


def test_values_outside_the_support_are_counted_and_take_part(donations: Reference) -> None:
    row = row_of(Sample.of("rich", [5.0] * 3 + [0.0] * 47), donations)
    assert row.outside == 3
    assert row.mean == pytest.approx(0.3)
    assert "3 values outside [0, 2] take part as they are" in row.notes


def test_holm_adjusts_over_the_sample_rows_only(donations: Reference) -> None:
    samples = [Sample.of(str(v), np.full(60, v)) for v in (0.0, 1.0, 2.0)]
    found = compare_samples(samples, donations, settings=QUICK)
    smallest = 1 / (QUICK.draws + 1)
    ks = [row.distances["ks"] for row in found.rows]
    assert [d.p_holm for d in ks[:3]] == pytest.approx([3 * smallest] * 3)
    assert all(d.p_holm is None for d in ks[3:])


def test_human_like_is_claimed_only_under_a_margin_named_beforehand(
    donations: Reference,
) -> None:
    sample = humans(donations, 900)
    claims = []
    for margins in (None, {"": 0.2}, {"ks": 0.001}):
        row = row_of(sample, donations, Settings(draws=400, margins=margins))
        claims.append(row.distances["ks"].equivalent)
    assert claims == [None, True, False]


def test_a_margin_on_an_unknown_distance_is_refused(donations: Reference) -> None:
    with pytest.raises(StatisticsError, match="names the distance “mmd”; this outcome has: d2, ks"):
        row_of(humans(donations, 40), donations, Settings(margins={"mmd": 0.1}))


def test_too_few_draws_are_refused() -> None:
    with pytest.raises(StatisticsError, match="draws 10 must be ≥ 200"):
        Settings(draws=10)


@pytest.mark.parametrize(
    ("values", "weights", "message"),
    [
        ([0.0, 1.0], [1.0, -1.0], "weight 2 is -1"),
        ([0.0, 1.0], [0.0, 0.0], "sum to 0"),
        ([0.0, 1.0], [1.0], "2 values but 1 weights"),
        ([], None, "empty"),
        ([0.0, float("nan")], None, "value 2 is nan"),
    ],
)
def test_unusable_values_and_weights_are_refused(
    values: list[float], weights: list[float] | None, message: str
) -> None:
    with pytest.raises(StatisticsError, match=message):
        Sample.of("s", values, weights=weights)


def test_a_large_sample_of_distinct_values_keeps_its_exact_distance(
    donations: Reference,
) -> None:
    from scipy import stats

    values = np.random.default_rng(5).random(50_000) * 2
    row = row_of(Sample.of("many", values), donations, Settings(draws=200, baselines="none"))
    exact = stats.wasserstein_distance(values, donations.values, None, donations.counts)
    assert row.distances["wasserstein"].value == pytest.approx(exact)


def test_many_personas_with_values_that_all_differ_have_a_contrast_with_the_constant() -> None:
    n = 5_000
    variable = Variable("gift", "amount", support=(0, 10))
    humans = Reference("humans", variable, np.arange(5.0), np.full(5, 40))
    values = np.random.default_rng(0).uniform(0, 4, n)
    sample = Sample.of("many", values, personas=[f"p{i}" for i in range(n)])
    row = compare_samples([sample], humans, settings=Settings(draws=200)).rows[0]
    assert row.against_constant is not None
    assert row.against_constant.n == n
    assert row.against_constant.interval is not None
    x = np.linspace(0, 4, 4001)[:-1] + 0.0005
    steps = (np.floor(x) + 1) / 5
    evenly, constant = (4 * np.mean((f - steps) ** 2) / 10 for f in (x / 4, x >= 2))
    assert row.against_constant.value == pytest.approx(evenly - constant, abs=0.002)


@pytest.mark.parametrize("shares", [(0.5, 0.3, 0.2), (0.6, 0.2, 0.2), (0.5, 0.25, 0.25)])
def test_p_is_below_5_percent_exactly_where_the_interval_leaves_out_0(
    donations: Reference, shares: tuple[float, float, float]
) -> None:
    stated = [list(zip((0.0, 0.5, 1.0), shares, strict=True))] * 60
    row = row_of(Sample.of_distributions("vs", stated, [f"p{i}" for i in range(60)]), donations)
    for distance in row.distances.values():
        assert distance.p is not None
        assert distance.interval is not None
        assert (distance.p < 0.05) == (distance.interval[0] > 0)


@pytest.mark.parametrize("sizes", [[100] + [1] * 40, [40] * 3 + [1] * 30, [1, 12] * 15])
def test_personas_of_unequal_size_are_as_many_as_weigh(
    donations: Reference, sizes: list[int]
) -> None:
    people = np.repeat(np.arange(len(sizes)), sizes)
    values = np.random.default_rng(6).choice([0.0, 0.5, 1.0], len(people))
    row = row_of(Sample.of("s", values, personas=people), donations)
    assert row.n_effective == pytest.approx(sum(sizes) ** 2 / sum(n**2 for n in sizes))
    for distance in row.distances.values():
        assert distance.interval is None
        assert distance.p is None


def test_the_floor_is_that_of_as_many_people_as_there_are_personas(donations: Reference) -> None:
    own = np.random.default_rng(7).choice(donations.values, 40, p=donations.shares)
    once = Sample.of("once", own)
    often = Sample.of("often", np.repeat(own, 10), personas=np.repeat(np.arange(40), 10))
    rows = compare_samples([once, often], donations, settings=QUICK).rows
    assert rows[1].n == 400
    assert rows[1].distances["ks"].floor == rows[0].distances["ks"].floor
    assert rows[1].distances["ks"].value == pytest.approx(rows[0].distances["ks"].value)


def test_baselines_that_are_not_sampled_have_no_p(donations: Reference) -> None:
    for row in compare_samples([humans(donations, 60)], donations, settings=QUICK).rows:
        sampled = row.kind == "sample" or row.name == "fresh humans"
        assert all((d.p is not None) == sampled for d in row.distances.values())


def test_fresh_humans_are_left_out_where_they_would_be_most_of_the_people(
    donations: Reference,
) -> None:
    found = compare_samples([humans(donations, 400)], donations, settings=QUICK)
    assert "fresh humans" not in [row.name for row in found.rows]
    assert found.notes == (
        "no row of fresh humans: 400 would be more than half of the 747 people, and would be "
        "compared with themselves",
    )


def test_a_constant_against_a_fair_die_is_exact_and_has_no_interval() -> None:
    die = load("fair-die")
    found = compare_samples([Sample.of("s", np.arange(60) % 6 + 1)], die, settings=QUICK)
    distance = found.row("all give 3.5 (reference median)").distances["ks"]
    assert distance.value == pytest.approx(0.5)
    assert (distance.interval, distance.p) == (None, None)


def test_distances_over_more_levels_than_personas_have_no_interval_but_for_the_others() -> None:
    levels = tuple(f"level {i}" for i in range(80))
    reference = Reference(
        "people", Variable("word", "choice", levels=levels), np.arange(80.0), np.full(80, 5)
    )
    sample = Sample.of("s", np.arange(60) % 80)
    row = compare_samples([sample], reference, settings=QUICK).rows[0]
    assert row.distances["d2"].interval is not None
    assert row.distances["tv"].interval is None
    assert "over 80 levels" in str(row.distances["tv"].interval_reason)


def test_what_is_said_of_two_personas_is_that_nothing_can_be_said(donations: Reference) -> None:
    found = compare_samples([Sample.of("vs", [0.0, 1.0])], donations, settings=QUICK)
    assert found.sentences == ("vs: nothing can be said from 2 effective personas (it takes 30).",)
    assert all(d.p is None for d in found.rows[0].distances.values())
