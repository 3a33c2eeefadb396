from __future__ import annotations

import random

import pytest

from simulate.measures.embeddings import OfflineEmbedder
from simulate.measures.vectors import LexicalEmbedder
from simulate.stress.records import Observed
from simulate.stress.statistics import clusters as room
from simulate.stress.statistics.clusters import clusters
from tests.stress.dialogues import dialogue

LEXICAL = LexicalEmbedder()
REFUND = (
    "I want my money back for this order",
    "Give me my money back for this order please",
    "I want money back for the order",
)
PERSON = ("Can I talk to a real person", "Let me talk to a real person now")


def failed(number: int, *said: str) -> Observed:
    return dialogue(number, "fail", said=said)


def some_failures() -> list[Observed]:
    texts = [*REFUND, *PERSON]
    return [failed(i, text) for i, text in enumerate(texts)] + [dialogue(9, said=[REFUND[0]])]


def test_failures_are_grouped_by_what_the_user_did() -> None:
    found = clusters(some_failures(), LEXICAL)
    assert [c.dialogues for c in found.clusters] == [("d0", "d1", "d2"), ("d3", "d4")]
    assert [c.share for c in found.clusters] == pytest.approx([0.6, 0.4])
    assert found.failed == 5
    assert found.vectors == LEXICAL.name


def test_the_typical_member_is_the_one_nearest_to_all_others() -> None:
    first = clusters(some_failures(), LEXICAL).clusters[0]
    assert first.typical in first.dialogues
    assert first.text == REFUND[int(first.typical[1:])]


def test_clusters_do_not_depend_on_the_order_of_arrival() -> None:
    some = [failed(i, [*REFUND, *PERSON][i % 5]) for i in range(20)]
    assert clusters(some, LEXICAL) == clusters(random.Random(1).sample(some, k=20), LEXICAL)


def test_only_the_turns_before_the_failure_count() -> None:
    later = dialogue(0, "fail", said=[*PERSON, *REFUND], failed_after={"polite": 2})
    found = clusters([later, failed(1, *PERSON)], LEXICAL)
    assert len(found.clusters) == 1
    assert found.clusters[0].text == "\n".join(PERSON)


def test_failures_before_which_nothing_was_said_are_one_cluster() -> None:
    found = clusters([failed(0), failed(1, "", " "), failed(2, *PERSON)], LEXICAL)
    assert (found.clusters[0].size, found.clusters[0].text) == (2, "")


def test_a_cluster_tells_which_checks_fail() -> None:
    one = dialogue(0, verdicts={"a": "fail", "b": "fail", "c": "pass"}, said=PERSON)
    two = dialogue(1, verdicts={"a": "pass", "b": "fail"}, said=PERSON)
    assert clusters([one, two], LEXICAL).clusters[0].checks == {"b": 2, "a": 1}


def test_no_failure_has_no_cluster() -> None:
    assert clusters([dialogue(0)], LEXICAL).clusters == ()


def test_of_very_many_failures_the_rest_joins_what_a_part_gave(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(room, "MOST_CLUSTERED", 12)
    some = [failed(i, [*REFUND, *PERSON][i % 5]) for i in range(60)]
    some.append(failed(60, "xylophone quartz"))
    some.append(failed(61, "zebra umbrella"))
    sizes = [c.size for c in clusters(some, LEXICAL).clusters]
    assert sizes[:2] == [36, 24]
    assert sum(sizes) == 62


def test_with_the_extra_meaning_joins_what_wording_does_not(offline: OfflineEmbedder) -> None:
    some = [
        failed(0, "How do I get my money back?"),
        failed(1, "Can I get a refund please?"),
        failed(2, "Can I take ibuprofen with this medicine?"),
    ]
    assert [c.size for c in clusters(some, offline).clusters] == [2, 1]
