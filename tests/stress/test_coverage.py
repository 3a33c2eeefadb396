from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from simulate.runfile import Verdict
from simulate.stress.statistics.behaviours import Behaviours
from simulate.stress.statistics.coverage import chao, coverage, sample_coverage
from simulate.stress.statistics.saturation import saturation
from tests.stress.dialogues import dialogue


def shown(
    types: Sequence[Sequence[int]],
    personas: Sequence[str] | None = None,
    verdicts: Sequence[Verdict] | None = None,
) -> Behaviours:
    """Dialogues that show these types, the last turn of a failed one being the reason."""
    numbers: dict[int, int] = {}
    coded = tuple(tuple(numbers.setdefault(t, len(numbers)) for t in some) for some in types)
    some = tuple(
        dialogue(
            i,
            verdicts[i] if verdicts else "pass",
            persona=personas[i] if personas else None,
            failed_after={"polite": len(types[i])},
        )
        for i in range(len(types))
    )
    return Behaviours(some, coded, tuple(str(t) for t in numbers), "test", 0.5)


def _fails(of: int, *at: int) -> list[Verdict]:
    return ["fail" if i in at else "pass" for i in range(of)]


def drawn(rng: np.random.Generator, weights: np.ndarray, n: int, turns: int) -> list[list[int]]:
    found: list[list[int]] = rng.choice(len(weights), size=(n, turns), p=weights).tolist()
    return found


def test_types_are_counted_by_the_personas_that_show_them() -> None:
    found = coverage(shown([[1, 1, 2], [1, 3], [1, 2], [4]]))
    assert (found.dialogues, found.turns, found.types) == (4, 8, 4)
    assert (found.once, found.twice) == (2, 1)
    assert found.shown[0].turns == 4
    assert (found.shown[0].example, found.shown[0].dialogues) == ("1", 3)


def test_the_share_of_new_types_leaves_one_persona_out() -> None:
    found = coverage(shown([[1, 1, 2], [1, 3], [1, 2], [4]]))
    assert found.missing == pytest.approx((0 + 1 / 2 + 0 + 1) / 4)
    assert found.new_chance.value == pytest.approx(2 / 4)


def test_dialogues_of_one_persona_vouch_for_nothing_new() -> None:
    found = coverage(shown([[1], [1], [2], [2]], ["a", "a", "b", "b"]))
    assert (found.once, found.missing) == (2, 1)


def test_chaos_number_is_that_of_its_formula() -> None:
    assert chao(20, 6, 4, 50, 90)[0] == pytest.approx(20 + 49 / 50 * 6 * 5 / (2 * 5))


def test_chaos_interval_holds_the_estimate_and_not_less_than_was_seen() -> None:
    value, interval = chao(20, 6, 4, 50, 90)
    assert value is not None
    assert interval is not None
    assert 20 < interval[0] < value < interval[1]


def test_without_types_seen_once_all_were_seen() -> None:
    assert chao(20, 0, 4, 50, 900)[0] == 20
    assert sample_coverage(0, 4, 50, 900) == 1


def test_sample_coverage_is_that_of_its_formula() -> None:
    assert sample_coverage(6, 4, 50, 90) == pytest.approx(1 - 6 / 90 * 294 / (294 + 8))
    assert sample_coverage(6, 0, 50, 90) == pytest.approx(1 - 6 / 90 * 245 / 247)


def test_types_seen_once_only_leave_nothing_covered() -> None:
    assert sample_coverage(50, 0, 50, 50) == pytest.approx(0, abs=0.01)


def test_nothing_said_covers_nothing() -> None:
    found = coverage(shown([]))
    assert (found.richness, found.sample_coverage, found.missing) == (None, None, None)
    assert found.new_chance.value is None


def test_one_dialogue_says_nothing_of_the_next() -> None:
    found = coverage(shown([[1, 2]]))
    assert (found.missing, found.missing_upper, found.richness_interval) == (None, None, None)


def test_the_share_of_new_types_is_unbiased_and_its_bound_holds() -> None:
    rng = np.random.default_rng(0)
    weights = 1 / np.arange(1, 121)
    weights /= weights.sum()
    missing, truth, held = [], [], []
    for _ in range(150):
        types = drawn(rng, weights, 120, 4)
        found = coverage(shown(types))
        unseen = np.setdiff1d(np.arange(120), np.unique(types))
        # What the next dialogue shows: the share of new ones among its different types.
        some = [set(t) for t in drawn(rng, weights, 200, 4)]
        real = float(np.mean([len(t & set(unseen.tolist())) / len(t) for t in some]))
        assert found.missing is not None
        assert found.missing_upper is not None
        missing.append(found.missing)
        truth.append(real)
        held.append(real <= found.missing_upper)
    assert np.mean(missing) == pytest.approx(np.mean(truth), abs=0.004)
    assert np.mean(held) > 0.95


def test_chaos_interval_covers_where_types_are_alike() -> None:
    rng = np.random.default_rng(0)
    held = []
    for _ in range(200):
        found = coverage(shown(drawn(rng, np.full(60, 1 / 60), 30, 3)))
        assert found.richness_interval is not None
        held.append(found.richness_interval[0] <= 60 <= found.richness_interval[1])
    assert np.mean(held) > 0.9


def test_few_dialogues_are_never_saturated() -> None:
    found = saturation(shown([[1]] * 40))
    assert not found.saturated
    assert "below 5 % is wanted" in found.reason


def test_dialogues_that_show_the_same_again_and_again_are_saturated() -> None:
    found = saturation(shown([[1, 2]] * 80))
    assert found.saturated
    assert (found.missing, found.since_new_failure) == (0, 80)


def test_one_look_below_is_not_enough() -> None:
    assert not saturation(shown([[1, 2]] * 55)).saturated
    assert "10 dialogues ago" in saturation(shown([[1, 2]] * 59)).reason


def test_a_new_kind_of_failure_puts_saturation_off() -> None:
    verdicts = _fails(80, 50)
    found = saturation(shown([[1, 2]] * 80, verdicts=verdicts))
    assert not found.saturated
    assert (found.since_new_failure, found.kinds) == (29, 2)
    assert "a new kind of failure came 29 dialogues ago" in found.reason


def test_a_failure_after_another_behaviour_is_a_new_kind() -> None:
    verdicts = _fails(80, 0, 70)
    again = saturation(shown([[1, 2]] * 80, verdicts=verdicts))
    other = saturation(shown([[1, 2]] * 70 + [[2, 1]] * 10, verdicts=verdicts))
    assert (again.since_new_failure, other.since_new_failure) == (79, 9)


def first_stop(types: list[list[int]]) -> int | None:
    looks = (n for n in range(10, len(types) + 1, 10) if saturation(shown(types[:n])).saturated)
    return next(looks, None)


@pytest.mark.parametrize("power", [0.5, 1.0, 1.5])
def test_stopping_is_rarely_premature(power: float) -> None:
    rng = np.random.default_rng(1)
    weights = 1 / np.arange(1, 41) ** power
    weights /= weights.sum()
    premature = 0
    for _ in range(15):
        types = drawn(rng, weights, 400, 4)
        stop = first_stop(types)
        assert stop is not None
        unseen = np.setdiff1d(np.arange(40), np.unique(types[:stop]))
        premature += weights[unseen].sum() > 0.05
    assert premature <= 1


@pytest.mark.slow
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("kinds", [30, 100, 300])
@pytest.mark.parametrize("power", [0.0, 0.5, 1.0, 1.5])
def test_stopping_is_premature_in_less_than_one_case_in_twenty(kinds: int, power: float) -> None:
    rng = np.random.default_rng(2)
    weights = 1 / np.arange(1, kinds + 1) ** power
    weights /= weights.sum()
    premature = []
    for _ in range(60):
        types = drawn(rng, weights, 900, 4)
        stop = first_stop(types)
        if stop is not None:
            unseen = np.setdiff1d(np.arange(kinds), np.unique(types[:stop]))
            premature.append(weights[unseen].sum() > 0.05)
    assert np.mean(premature) <= 0.05
