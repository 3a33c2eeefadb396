from __future__ import annotations

import itertools
import math
from dataclasses import replace

import pytest

from simulate.runfile import Verdict
from simulate.stress.rates import ANY, failure_rows, log_weight, rates, verdict_of
from tests.stress.dialogues import dialogue, dialogues


def test_the_rate_is_the_share_of_failed_dialogues() -> None:
    found = rates(dialogues(3, of=20))
    assert found.any.drawn.failed.value == pytest.approx(0.15)
    assert [(r.check, r.drawn.failed.hits) for r in found.checks] == [("polite", 3)]


def test_undecided_dialogues_are_neither_passes_nor_fails() -> None:
    some = [*dialogues(1, of=4), dialogue(4, "abstain"), dialogue(5, "error")]
    tally = rates(some).checks[0].drawn
    assert (tally.failed.value, tally.failed.n) == (0.25, 4)
    assert (tally.abstained, tally.errors) == (1, 1)
    assert tally.bounds == (1 / 6, 3 / 6)


def test_any_check_fails_with_one_and_passes_with_all() -> None:
    assert verdict_of(dialogue(0, verdicts={"a": "pass", "b": "fail", "c": "error"})) == "fail"
    assert verdict_of(dialogue(0, verdicts={"a": "pass", "b": "pass"})) == "pass"
    assert verdict_of(dialogue(0, verdicts={"a": "pass", "b": "abstain"})) == "abstain"
    assert verdict_of(dialogue(0, None)) is None


def test_a_dialogue_without_a_verdict_takes_part_in_no_rate_and_is_counted_by_fault() -> None:
    some = [*dialogues(1, of=2), dialogue(2, None, fault="judge"), dialogue(3, None, fault="judge")]
    found = rates(some)
    assert (found.dialogues, found.any.drawn.failed.n) == (4, 2)
    assert found.faults == {"judge": 2}


def test_a_target_that_does_not_respond_fails_that_check_only() -> None:
    some = [dialogue(0, verdicts={"responds": "fail"}, fault="target"), *dialogues(0, of=3)]
    found = rates(some)
    by_name = {rate.check: rate.drawn.failed for rate in found.checks}
    assert (by_name["responds"].hits, by_name["responds"].n) == (1, 1)
    assert (by_name["polite"].hits, by_name["polite"].n) == (0, 3)
    assert found.faults == {"target": 1}
    assert found.any.drawn.failed.value == 0.25


def test_dialogues_with_a_simulators_fault_are_left_out_of_the_second_rate() -> None:
    some = [*dialogues(1, of=4), dialogue(4, "fail", simulator=["in character"])]
    found = rates(some)
    assert found.any.drawn.failed.value == pytest.approx(0.4)
    assert found.any_without_simulator_faults.drawn.failed.value == pytest.approx(0.25)
    assert (found.simulator_faults, found.simulator_checks) == (1, {"in character": 1})


def test_dialogues_from_the_tail_have_a_rate_of_their_own() -> None:
    some = [*dialogues(1, of=4), dialogue(4, "fail", tail=True), dialogue(5, tail=True)]
    rate = rates(some).any
    assert rate.drawn.failed.value == pytest.approx(2 / 6)
    assert rate.stated_weighted.value == pytest.approx(0.25)
    assert rate.tail.failed.value == 0.5


def test_what_failed_before_the_first_turn_from_the_tail_is_in_the_stated_weighted_rate() -> None:
    logs, failed = (math.log(4 / 3), -math.inf), {"polite": 1}
    some = [dialogue(0, "fail", tail=True, log_weights=logs, failed_after=failed)]
    some += [dialogue(1, tail=True, log_weights=logs)]
    some += [dialogue(i, log_weights=(math.log(4 / 3),) * 2) for i in range(2, 5)]
    weighted = rates(some).any.stated_weighted
    assert weighted.n == 4
    assert weighted.value == pytest.approx((4 / 3) / (4 / 3 + 3 * (4 / 3) ** 2))


@pytest.mark.parametrize("left_out", ["by a fault of the simulated user", "as it was not finished"])
def test_where_dialogues_are_left_out_whole_dialogues_are_weighed(left_out: str) -> None:
    logs = (math.log(0.5), math.log(1.8))
    some = [dialogue(0, "fail", log_weights=logs, failed_after={"polite": 1})]
    some += [dialogue(i, log_weights=(0.0, 0.0)) for i in range(1, 10)]
    if left_out == "as it was not finished":
        some.append(dialogue(10, verdicts={"responds": "fail"}, fault="target"))
    else:
        some.append(dialogue(10, "fail", simulator=["in character"]))
    found = rates(some)
    finished = left_out != "as it was not finished"
    rate = found.any_without_simulator_faults if finished else found.checks[0]
    assert rate.stated_weighted.value == pytest.approx(0.9 / 9.9)


def test_at_failures_of_a_check_that_cannot_always_tell_whole_dialogues_are_weighed() -> None:
    # “give” is stated as .2 and “track” as .8, and each is drawn with .5, twice. “Done” without the
    # call fails, but where nothing was tracked no call is on record, and nobody can tell.
    stated = {"give": 0.2, "track": 0.8}
    paths = list(itertools.product(stated, repeat=2)) * 25
    some = []
    for number, path in enumerate(paths):
        verdict: Verdict = "pass" if path[0] == path[1] == "track" else "fail"
        some.append(
            dialogue(
                number,
                verdicts={"deed": verdict if "track" in path else "abstain"},
                log_weights=[math.log(stated[said] / 0.5) for said in path],
                failed_after={"deed": 1 + path.index("give")} if verdict == "fail" else {},
            )
        )
    found = rates(some)
    for rate in (found.any, *found.checks):
        assert rate.stated_weighted.value == pytest.approx(0.32 / 0.96)


def test_a_person_who_is_drawn_twice_from_a_table_is_one_person() -> None:
    twice = [replace(d, root=f"p{i // 2}") for i, d in enumerate(dialogues(3, of=20))]
    assert (rates(twice).personas, failure_rows(twice).cluster_count) == (10, 10)


def test_no_dialogue_has_no_rate() -> None:
    found = rates([])
    assert found.any.drawn.failed.value is None
    assert found.any.drawn.bounds is None
    assert found.any.stated_weighted.value is None
    assert found.checks == ()


def test_the_stated_weighted_rate_weighs_dialogues_back_up_to_their_failure() -> None:
    logs = (math.log(0.5), math.log(1.8))
    some = [dialogue(0, "fail", log_weights=logs, failed_after={"polite": 1})]
    some += [dialogue(i, log_weights=(0.0, 0.0)) for i in range(1, 10)]
    assert rates(some).any.stated_weighted.value == pytest.approx(0.5 / 9.5)


def test_a_rate_is_named_by_its_check() -> None:
    assert rates(dialogues(1, of=2)).any.check == ANY


def test_the_weight_of_a_failure_ends_where_it_is_certain() -> None:
    found = dialogue(0, "fail", log_weights=(0.1, -0.4, 0.7), failed_after={"polite": 2})
    assert log_weight(found, ["polite"]) == pytest.approx(-0.3)
    assert log_weight(found) == pytest.approx(0.4)


def test_the_earliest_of_several_failures_decides() -> None:
    found = dialogue(0, log_weights=(0.1, -0.4, 0.7), failed_after={"a": 2, "b": 1})
    assert log_weight(found, ["a", "b", "c"]) == pytest.approx(0.1)


def test_a_failure_before_the_users_first_turn_weighs_as_stated() -> None:
    found = dialogue(0, log_weights=(0.1, -0.4), failed_after={"a": 0})
    assert log_weight(found, ["a"]) == 0


def test_a_check_that_did_not_apply_is_in_no_rate_of_it_and_passes_among_any() -> None:
    some = [replace(each, not_applied=("polite",)) for each in dialogues(0, of=3)]
    tally = rates([*dialogues(1, of=2), *some]).checks[0].drawn
    assert (tally.failed.n, tally.failed.hits, tally.not_applied) == (2, 1, 3)
