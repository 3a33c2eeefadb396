from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import fisher_exact

from simulate.statistics.permutation import holm
from simulate.stress.persona_groups import groups
from simulate.stress.records import Observed
from tests.stress.dialogues import dialogue


def by_mood(angry: int, of: int, calm: int, among: int) -> list[Observed]:
    some = [("angry", i < angry) for i in range(of)] + [("calm", i < calm) for i in range(among)]
    return [
        dialogue(i, "fail" if failed else "pass", attributes={"mood": mood})
        for i, (mood, failed) in enumerate(some)
    ]


def test_a_group_is_tested_by_fishers_exact_test() -> None:
    found = groups(by_mood(9, 30, 4, 50))
    worst = found.groups[0]
    assert (worst.attribute, worst.level, worst.inside.hits, worst.outside.hits) == (
        "mood", "angry", 9, 4,
    )  # fmt: skip
    assert worst.p == pytest.approx(fisher_exact(np.array([[9, 21], [4, 46]])).pvalue)
    assert worst.difference == pytest.approx(9 / 30 - 4 / 50)
    assert worst.interval[0] < worst.difference < worst.interval[1]


def test_p_values_are_adjusted_over_all_groups() -> None:
    found = groups(by_mood(9, 30, 4, 50))
    assert [g.p_holm for g in found.groups] == pytest.approx(holm([g.p for g in found.groups]))


def test_small_groups_are_skipped_and_counted() -> None:
    found = groups(by_mood(2, 5, 4, 50))
    assert found.groups == ()
    assert found.skipped == 2


def test_numbers_are_split_at_their_terciles() -> None:
    some = [dialogue(i, attributes={"patience": 18 + i}) for i in range(60)]
    assert sorted(g.level for g in groups(some).groups) == ["18 to 37", "38 to 57", "58 to 77"]


def test_few_different_numbers_are_levels() -> None:
    some = [dialogue(i, attributes={"children": i % 2, "member": i % 3 == 0}) for i in range(60)]
    assert {(g.attribute, g.level) for g in groups(some).groups} == {
        ("children", "0"), ("children", "1"), ("member", "True"), ("member", "False"),
    }  # fmt: skip


def test_undecided_dialogues_take_no_part() -> None:
    some = [*by_mood(9, 30, 4, 50), dialogue(99, "abstain", attributes={"mood": "angry"})]
    assert groups(some).n == 80


def test_a_dialogue_without_the_attribute_is_of_no_group_of_it() -> None:
    some = [*by_mood(9, 30, 4, 50), *(dialogue(100 + i) for i in range(20))]
    assert groups(some).groups[0].outside.n == 70


def test_replicates_are_tested_by_permuting_personas() -> None:
    one = by_mood(9, 30, 4, 50)
    twice = [
        dialogue(
            2 * i + r, o.verdicts["polite"], persona=o.persona, replicate=r, attributes=o.attributes
        )
        for i, o in enumerate(one)
        for r in (0, 1)
    ]
    alone, doubled = groups(one).groups[0], groups(twice)
    assert "permutation of personas" in doubled.test
    # Replicates that repeat each other bring nothing, so the p-value stays what it was, nearly.
    assert doubled.groups[0].p == pytest.approx(alone.p, abs=0.01)
    assert doubled.groups[0].interval == pytest.approx(alone.interval, abs=0.03)


def test_groups_that_do_not_differ_are_rarely_found() -> None:
    rng = np.random.default_rng(0)
    found = 0
    for trial in range(60):
        risk = rng.beta(0.3, 2, size=40)
        some = [
            dialogue(
                i, "fail" if rng.random() < risk[i // 3] else "pass", persona=str(i // 3),
                replicate=i % 3, attributes={"mood": "ab"[i // 3 % 2], "patience": i // 3},
            )
            for i in range(120)
        ]  # fmt: skip
        found += any(g.p_holm <= 0.05 for g in groups(some, seed=trial).groups)
    assert found <= 7


def test_no_dialogue_has_no_group() -> None:
    found = groups([])
    assert (found.n, found.groups, found.skipped) == (0, (), 0)


def test_the_sentence_says_what_the_bot_did_to_whom() -> None:
    worst = groups(by_mood(9, 30, 4, 50)).groups[0]
    assert worst.sentence.startswith(
        "the bot treated users described as mood=angry differently: 9 of 30 failed, of the others "
        "4 of 50 (difference +22 points ["
    )
    assert worst.sentence.endswith(" by Holm over 2 groups)")


def test_a_protected_attribute_that_all_have_alike_is_not_told() -> None:
    some = [replace(d, attributes={"age": 35}) for d in by_mood(9, 30, 4, 50)]
    assert groups(some).protected == ()


def test_groups_of_protected_attributes_are_not_compared() -> None:
    some = [replace(d, attributes={"sex": d.attributes["mood"]}) for d in by_mood(9, 30, 4, 50)]
    found = groups(some)
    assert (found.groups, found.protected, found.skipped) == ((), ("sex",), 0)
