from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from simulate.statistics.components import Components, components
from simulate.statistics.rows import Floats, Rows

Counts = NDArray[np.int64]


def found_in(rows: Rows, **design: object) -> Components:
    return components(rows, np.random.default_rng(0), **design)  # type: ignore[arg-type]


def variances(found: Components) -> list[float]:
    return [part.variance for part in found.parts.values()]


def test_balanced_reruns_give_the_classic_mean_squares() -> None:
    values = np.random.default_rng(3).normal(size=(12, 3)) + np.arange(12)[:, None]
    found = found_in(Rows.of(values.ravel(), clusters=np.repeat(np.arange(12), 3)))
    between = 3 * values.mean(axis=1).var(ddof=1)
    within = values.var(axis=1, ddof=1).mean()
    assert list(found.parts) == ["personas", "reruns"]
    assert variances(found) == pytest.approx([(between - within) / 3, within])
    assert sum(part.share for part in found.parts.values()) == pytest.approx(1)


def test_personas_and_reruns_are_half_the_mean_squared_differences_of_two_dialogues() -> None:
    people = [[0.0, 1.0], [2.0, 2.5, 4.0], [1.0], [3.0, 3.0]]
    owner = [i for i, values in enumerate(people) for _ in values]
    found = found_in(Rows.of([v for values in people for v in values], clusters=owner))
    apart = [
        np.mean([(a - b) ** 2 / 2 for a in one for b in other])
        for one, other in itertools.combinations(people, 2)
    ]
    alike = [
        np.mean([(a - b) ** 2 / 2 for a, b in itertools.combinations(values, 2)])
        for values in people
        if len(values) > 1
    ]
    assert found.parts["reruns"].variance == pytest.approx(np.mean(alike))
    assert sum(variances(found)) == pytest.approx(np.mean(apart))
    assert (found.personas, found.repeated) == (4, 3)


def test_every_sample_of_a_small_world_together_gives_the_true_components() -> None:
    worlds = np.array([[0, 1], [1, 3]])  # two kinds of persona, two equally likely values
    totals = np.zeros(2)
    reruns = (1, 2, 3)
    chances = itertools.product(
        itertools.product(worlds, repeat=3), itertools.product((0, 1), repeat=sum(reruns))
    )
    owner = np.repeat(np.arange(3), reruns)
    count = 0
    for kinds, picks in chances:
        values = [float(kinds[i][pick]) for i, pick in zip(owner, picks, strict=True)]
        if len(set(values)) == 1:
            count += 1
            continue  # no variance: both components are 0
        totals += variances(found_in(Rows.of(values, clusters=owner)))
        count += 1
    # Persona means are .5 and 2; within them the variances are .25 and 1.
    assert totals / count == pytest.approx([0.5625, 0.625])


def drawn(rng: np.random.Generator, counts: Counts) -> tuple[Floats, Counts, Counts]:
    """Return values, cells and personas; counts are (cells, personas) reruns."""
    cells, personas = counts.shape
    cell, persona = np.divmod(np.repeat(np.arange(cells * personas), counts.ravel()), personas)
    own = -np.log(1 - rng.random(counts.shape[1]))
    mixed = rng.normal(0, 0.5, counts.shape)
    values = own[persona] + mixed[cell, persona] + cell / 2 + rng.uniform(0, 12**0.5, len(cell))
    return values, cell, persona


@pytest.mark.parametrize("unequal", [False, True], ids=["balanced", "unbalanced"])
def test_components_of_crossed_cells_are_unbiased(unequal: bool) -> None:
    rng = np.random.default_rng(4)
    sums, trials = [], 2000
    counts = rng.integers(1, 5, (3, 12)) if unequal else np.full((3, 12), 2)
    counts[:, :2] = 2
    for _ in range(trials):
        values, cell, persona = drawn(rng, counts)
        rows = Rows.of(values, clusters=persona, strata=cell)
        sums.append(variances(found_in(rows, blocks=[[0, 1, 2]])))
    errors = np.std(sums, axis=0) / trials**0.5
    assert np.all(np.abs(np.mean(sums, axis=0) - [1, 0.25, 0.25, 1]) < 3.5 * errors)


@pytest.mark.parametrize("unequal", [False, True], ids=["balanced", "unbalanced"])
def test_random_numbers_that_cells_share_are_no_part_of_a_persona(unequal: bool) -> None:
    rng = np.random.default_rng(12)
    sums, trials = [], 2000
    counts = rng.integers(1, 4, (2, 12)) if unequal else np.full((2, 12), 2)
    counts[:, :2] = 2
    within = np.concatenate([np.arange(n) for n in counts.ravel()])
    for _ in range(trials):
        values, cell, persona = drawn(rng, counts)
        values += 2 * rng.normal(size=(12, 4))[persona, within]
        rows = Rows.of(values, clusters=persona, strata=cell)
        sums.append(variances(found_in(rows, blocks=[[0, 1]])))
    errors = np.std(sums, axis=0) / trials**0.5
    assert np.all(np.abs(np.mean(sums, axis=0) - [1, 0.125, 0.25, 5]) < 3.5 * errors)


def test_with_one_run_each_personas_and_cells_are_told_apart_and_reruns_are_not() -> None:
    rng = np.random.default_rng(5)
    values, cell, persona = drawn(rng, np.ones((3, 2000), dtype=np.int64))
    found = found_in(Rows.of(values, clusters=persona, strata=cell), blocks=[[0, 1, 2]])
    assert list(found.parts) == [
        "personas with their random numbers",
        "levels",
        "personas × levels and reruns",
    ]
    assert variances(found) == pytest.approx([1, 0.25, 1.25], abs=0.2)
    assert not found.identified


def test_components_of_two_conditions_are_means_over_the_other_ones_levels() -> None:
    rng = np.random.default_rng(6)
    one, other = (drawn(rng, np.full((2, 20), 2)) for _ in range(2))
    cell = np.concatenate([one[1], other[1] + 2])
    rows = Rows.of(
        np.concatenate([one[0], other[0]]),
        clusters=np.concatenate([one[2], other[2]]),
        strata=cell,
    )
    alone = [
        variances(found_in(Rows.of(v, clusters=p, strata=c), blocks=[[0, 1]]))
        for v, c, p in (one, other)
    ]
    both = found_in(rows, blocks=[[0, 1], [2, 3]])
    assert variances(both) == pytest.approx(np.mean(alone, axis=0))


def test_one_run_of_each_persona_identifies_only_their_sum() -> None:
    found = found_in(Rows.of([0.0, 1.0, 2.0]))
    assert {name: part.share for name, part in found.parts.items()} == {"personas and reruns": 1}
    assert variances(found) == pytest.approx([1.0])
    assert found.repeated == 0


def test_what_a_distribution_states_is_part_of_the_reruns() -> None:
    # Everybody states 0 or 1 with the same chances each time: all the variance is stated.
    rows = Rows.of(
        [0, 1] * 6,
        shares=[0.3, 0.7] * 6,
        row=np.repeat(np.arange(6), 2),
        clusters=[0, 0, 1, 1, 2, 2],
    )
    found = found_in(rows)
    assert variances(found) == pytest.approx([0, 0.21])
    assert found.stated is not None
    assert (found.stated.variance, found.stated.share) == pytest.approx((0.21, 1))
    assert found.candidates == 2


def test_drawing_one_value_of_each_distribution_changes_no_expectation() -> None:
    rng = np.random.default_rng(7)
    personas, reruns, trials = 15, 2, 2000
    chance = np.clip(rng.beta(1, 2, (personas, 1)) + rng.normal(0, 0.1, (personas, 2)), 0, 1)
    n = personas * reruns
    owner = np.repeat(np.arange(personas), reruns)
    shares = np.stack([1 - chance.ravel(), chance.ravel()], axis=1).ravel()
    row = np.repeat(np.arange(n), 2)
    stated = found_in(Rows.of([0, 1] * n, shares=shares, row=row, clusters=owner))
    picked = [
        variances(found_in(Rows.of((rng.random(n) < chance.ravel()).astype(float), clusters=owner)))
        for _ in range(trials)
    ]
    errors = np.std(picked, axis=0) / trials**0.5
    assert np.all(np.abs(np.mean(picked, axis=0) - variances(stated)) < 3.5 * errors)


def test_levels_without_a_mean_sum_their_indicators_components() -> None:
    rng = np.random.default_rng(8)
    codes, owner = rng.integers(0, 3, 40), np.repeat(np.arange(20), 2)
    found = found_in(Rows.of(codes, clusters=owner), levels=3)
    each = [
        variances(found_in(Rows.of((codes == level).astype(float), clusters=owner)))
        for level in range(3)
    ]
    assert variances(found) == pytest.approx(np.sum(each, axis=0))


def test_an_estimate_below_0_is_returned_and_its_share_is_0() -> None:
    found = found_in(Rows.of([0.0, 1.0] * 4, clusters=[0, 0, 1, 1, 2, 2, 3, 3]))
    assert found.parts["personas"].variance == pytest.approx(-0.25)
    assert found.parts["personas"].share == 0
    assert found.parts["reruns"].share == 1


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (Rows.of([0.0, 1.0], clusters=[0, 0]), "needs two personas, there are 1"),
        (Rows.of([]), "no persona has a value"),
        (Rows.of([0.1 + 0.2, 0.3, 0.3], clusters=[0, 0, 1]), "all values are equal"),
        (Rows.of([0.0] * 4, clusters=[0, 0, 1, 1]), "all values are equal"),
    ],
)
def test_where_there_is_no_variance_to_share_the_reason_is_given(rows: Rows, reason: str) -> None:
    found = found_in(rows)
    assert (found.parts, found.stated, found.reason) == ({}, None, reason)


def test_a_persona_that_one_cell_lacks_is_left_out() -> None:
    rows = Rows.of([0, 1, 2, 0, 1], clusters=[0, 1, 2, 0, 1], strata=[0, 0, 0, 1, 1])
    assert found_in(rows, blocks=[[0, 1]]).personas == 2


def test_intervals_need_fifty_personas_that_were_run_again() -> None:
    rng = np.random.default_rng(9)
    for personas, given in ((49, False), (50, True)):
        values = rng.normal(size=personas).repeat(2) + rng.normal(size=2 * personas)
        found = found_in(Rows.of(values, clusters=np.arange(personas).repeat(2)))
        assert [part.interval is not None for part in found.parts.values()] == [given, given]


def test_intervals_of_both_parts_mirror_each_other_and_hold_their_share() -> None:
    rng = np.random.default_rng(10)
    values = rng.normal(size=60).repeat(2) + rng.normal(size=120)
    one, other = found_in(Rows.of(values, clusters=np.arange(60).repeat(2))).parts.values()
    assert one.interval is not None
    assert other.interval == pytest.approx((1 - one.interval[1], 1 - one.interval[0]))
    assert one.interval[0] < one.share < one.interval[1]


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("personas", "correlation"), [(50, 0.1), (50, 0.3), (50, 0.7), (100, 0.1), (100, 0.7)]
)
@pytest.mark.parametrize("heaped", [True, False], ids=["donations", "yes or no"])
def test_intervals_of_shares_cover_92_percent_of_the_time(
    personas: int, correlation: float, heaped: bool
) -> None:
    rng = np.random.default_rng(11)
    values, chances = [0, 0.1, 0.5, 1, 2], [0.45, 0.1, 0.2, 0.15, 0.1]
    if not heaped:
        values, chances = [0, 1], [0.8, 0.2]
    covered, given, trials, owner = 0, 0, 600, np.arange(personas).repeat(3)
    for _ in range(trials):
        own = rng.choice(values, personas, p=chances).repeat(3)
        codes = rng.choice(values, 3 * personas, p=chances)
        codes = np.where(rng.random(3 * personas) < correlation**0.5, own, codes)
        rows = Rows.of(codes, clusters=owner)
        interval = components(rows, rng, draws=199).parts["personas"].interval
        if interval is not None:
            given += 1
            covered += interval[0] <= correlation <= interval[1]
    assert given >= 0.9 * trials
    assert covered / given >= 0.92 - 0.02  # 600 trials have a standard error of 1.1 %
