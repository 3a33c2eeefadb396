from __future__ import annotations

import numpy as np
import pytest

from simulate.errors import StatisticsError
from simulate.runfile import Verdict
from simulate.statistics.pairing import sign_flip_p
from simulate.stress.records import Observed
from simulate.stress.versions import pairing
from tests.stress.dialogues import dialogue


def versions(
    both: int, new_only: int, baseline_only: int, neither: int
) -> tuple[list[Observed], list[Observed]]:
    counts = (both, new_only, baseline_only, neither)
    outcomes: tuple[tuple[Verdict, Verdict], ...] = (
        ("fail", "fail"),
        ("fail", "pass"),
        ("pass", "fail"),
        ("pass", "pass"),
    )
    kinds = [pair for pair, count in zip(outcomes, counts, strict=True) for _ in range(count)]
    new = [dialogue(i, verdict) for i, (verdict, _) in enumerate(kinds)]
    return new, [dialogue(i, verdict) for i, (_, verdict) in enumerate(kinds)]


def test_more_failures_in_pairs_are_worse() -> None:
    found = pairing(*versions(3, 20, 4, 73)).any
    assert found.conclusion == "worse"
    assert found.difference == pytest.approx(0.16)
    assert found.interval is not None
    assert 0 < found.interval[0] < 0.16 < found.interval[1]
    assert found.more is None
    assert "worse than the baseline: +16.0 points" in found.sentence
    assert "Holm" not in found.sentence


def test_the_p_of_a_single_check_says_that_it_is_corrected() -> None:
    (found,) = pairing(*versions(3, 8, 4, 85)).checks
    assert ", p = .267 by Holm;" in found.sentence


def test_fewer_failures_in_pairs_are_better() -> None:
    assert pairing(*versions(3, 4, 20, 73)).any.conclusion == "better"


def test_a_difference_that_could_be_luck_says_how_many_more_pairs_would_tell() -> None:
    found = pairing(*versions(3, 8, 4, 85)).any
    assert found.conclusion == "cannot tell"
    # Connor 1987: (1.96 √.12 + .8416 √(.12 − .04²))² / .04²
    assert found.more == pytest.approx(585 - 100, abs=2)
    assert f"about {found.more} more would" in found.sentence


def test_equal_versions_say_that_no_number_of_pairs_would_tell() -> None:
    found = pairing(*versions(3, 5, 5, 87)).any
    assert (found.conclusion, found.more) == ("cannot tell", None)
    assert "no number of pairs would" in found.sentence


def test_without_a_discordant_pair_the_interval_has_a_width() -> None:
    found = pairing(*versions(3, 0, 0, 97)).any
    assert found.interval is not None
    assert found.interval[0] < -0.01
    assert found.interval[1] > 0.01


def test_dialogues_without_their_half_are_counted_by_reason() -> None:
    new, old = versions(1, 2, 3, 10)
    new[4] = dialogue(4, None, fault="infrastructure")
    old = old[:-1]
    found = pairing(new, old)
    assert found.unpaired == {"new: infrastructure": 1, "baseline: missing": 1}
    assert found.pairs == 14


def test_undecided_verdicts_leave_a_pair_out_of_that_check() -> None:
    new, old = versions(1, 2, 3, 10)
    new[0] = dialogue(0, "abstain")
    found = pairing(new, old).checks[0]
    assert (found.n, found.undecided) == (15, 1)


def test_checks_are_adjusted_over_the_checks_that_both_have() -> None:
    new = [dialogue(i, verdicts={"a": "fail" if i < 9 else "pass", "b": "pass", "c": "pass"})
           for i in range(40)]  # fmt: skip
    old = [dialogue(i, verdicts={"a": "pass", "b": "pass"}) for i in range(40)]
    found = pairing(new, old)
    assert [c.check for c in found.checks] == ["a", "b"]
    assert found.only_one == ("c",)
    assert found.checks[0].p_holm == pytest.approx(2 * sign_flip_p([1] * 9))


def test_pairs_of_different_cells_are_an_error() -> None:
    new, old = versions(1, 1, 1, 1)
    with pytest.raises(StatisticsError, match="compare one cell"):
        pairing([*new, new[0]], old)


def test_no_pair_cannot_tell() -> None:
    found = pairing([], []).any
    assert (found.n, found.p, found.difference) == (0, None, None)
    assert "no pair is decided" in found.sentence


@pytest.mark.parametrize(("worse", "better"), [(0.02, 0.0), (0.05, 0.01), (0.05, 0.05)])
def test_the_interval_covers_and_the_test_keeps_its_level(worse: float, better: float) -> None:
    rng = np.random.default_rng(2)
    held, found_worse = [], []
    for _ in range(150):
        factor = np.repeat(rng.choice([0.2, 1.8], size=50), 3)
        u = rng.random(150)
        new_only = u < worse * factor
        baseline_only = ~new_only & (u < (worse + better) * factor)
        new, old = (
            [
                dialogue(i, "fail" if f else "pass", persona=str(i // 3), replicate=i % 3)
                for i, f in enumerate(fails.tolist())
            ]
            for fails in (new_only, baseline_only)
        )
        found = pairing(new, old).any
        assert found.interval is not None
        held.append(found.interval[0] <= worse - better <= found.interval[1])
        found_worse.append(found.conclusion != "cannot tell")
    assert np.mean(held) > 0.91
    if worse == better:
        assert np.mean(found_worse) < 0.1
