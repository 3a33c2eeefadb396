from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from simulate.errors import StatisticsError
from simulate.runfile import Verdict
from simulate.statistics.importance import weighted_rate
from simulate.statistics.proportions import Proportion, proportion
from simulate.statistics.rows import Rows
from simulate.stress.analysis import Analysis, Version
from simulate.stress.gate import gate, gates_of
from simulate.stress.records import Observed
from simulate.stress.versions import pairing
from tests.stress.dialogues import dialogue


def share(hits: int, n: int) -> Proportion:
    return proportion(Rows.of(np.arange(n) < hits))


def test_whether_a_rate_of_several_dialogues_a_person_passes_is_plain_json() -> None:
    rows = Rows.of(np.isin(np.arange(60), [0, 1, 6, 9]), clusters=np.arange(60) // 3)
    assert json.loads(json.dumps(gate(proportion(rows), 0.5).passed)) is True


def test_a_rate_whose_upper_end_is_too_high_fails_and_says_how_many_dialogues_it_takes() -> None:
    found = gate(share(0, 50), 0.05)
    assert not found.passed
    assert "the interval's upper end exceeds 5 %" in found.sentence
    assert "It takes 73 dialogues of different personas if none fails" in found.sentence


def test_enough_dialogues_without_a_failure_pass() -> None:
    assert gate(share(0, 73), 0.05).passed
    assert not gate(share(0, 72), 0.05).passed


def test_the_point_gate_looks_at_the_rate_only() -> None:
    assert gate(share(1, 50), 0.05, "point").passed
    assert not gate(share(3, 50), 0.05, "point").passed


def test_a_rate_above_the_most_says_that_no_number_does_at_this_rate() -> None:
    found = gate(share(10, 50), 0.05)
    assert found.needed_at_rate is None
    assert "at this rate no number does" in found.sentence


def test_nothing_may_fail_can_only_be_gated_by_point() -> None:
    found = gate(share(0, 50), 0.0)
    assert not found.passed
    assert "gate by point" in found.sentence
    assert gate(share(0, 50), 0.0, "point").passed


def test_no_rate_fails_the_gate() -> None:
    found = gate(share(0, 0), 0.05)
    assert not found.passed
    assert "no dialogue is decided" in found.sentence


def test_a_refused_stated_weighted_rate_fails_the_gate_with_its_reason() -> None:
    found = gate(weighted_rate(Rows.of([1, 0], log_weights=[0.0, math.nan])), 0.05)
    assert not found.passed
    assert "no weight leads back" in found.sentence


def test_dialogues_drawn_flatter_are_worth_fewer_so_that_more_are_needed() -> None:
    logs = np.random.default_rng(0).normal(0, 0.35, 75)
    flat = weighted_rate(Rows.of(np.zeros(75), log_weights=logs))
    found = gate(flat, 0.05)
    assert not found.passed
    assert flat.effective_n is not None
    assert found.needed_without_failure == math.ceil(73 * 75 / flat.effective_n)
    assert f"It takes {found.needed_without_failure} dialogues" in found.sentence


def test_it_is_said_which_rate_was_held_against_the_most() -> None:
    assert "the failure rate as drawn is 0 %" in gate(share(0, 73), 0.05).sentence
    stated = weighted_rate(Rows.of(np.zeros(80)))
    assert "the stated-weighted failure rate is 0 %" in gate(stated, 0.05).sentence


def test_a_most_outside_its_range_is_an_error() -> None:
    with pytest.raises(StatisticsError, match=r"must lie in \[0, 1\], got 5"):
        gate(share(0, 50), 5)


def test_a_check_that_is_worse_fails_the_gate_though_another_got_better() -> None:
    def side(short: Verdict, polite: Verdict) -> list[Observed]:
        return [dialogue(i, verdicts={"short": short, "polite": polite}) for i in range(30)]

    found = pairing(side("fail", "pass"), side("pass", "fail"))
    analysis = Analysis(Path("a.db"), "", "", 0, {}, (), (Version("", found),), 0.95)
    gates = gates_of(analysis, None)
    assert found.any.conclusion == "cannot tell"
    assert not gates.passed
    assert ["short: worse" in sentence for sentence in gates.worse] == [True]
