"""What typical and tail users say."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from simulate.comparison.typical import TypicalAndTail, typical_outcomes, typical_replies
from simulate.comparison.typical.distance import LEXICAL
from simulate.comparison.typical.replies import FEW, Reply, pooled_replies, represented, split
from simulate.comparison.typical.result import Example
from simulate.errors import StatisticsError
from simulate.report.document_html import to_html
from simulate.report.document_markdown import to_markdown
from simulate.report.typical_document import typical_document
from simulate.runfile import open_run
from simulate.runfile.listed_replies import Listed
from tests.comparison.test_protected_strata import CELLS, STRATA
from tests.comparison.test_summary_designs import PEOPLE
from tests.made_runs import MakeRun

POOL = [
    Listed(4, "Yes, gladly.", 0.75, drawn=True),
    Listed(4, "No.", 0.25, drawn=False),
    Listed(7, "yes gladly", 0.5, drawn=False),
    Listed(7, "I never give to charities", 0.46, drawn=True),
    Listed(7, "no", 0.04, drawn=False),
]


def replies_of(run: Path, turn: int | None = None, *cells: str) -> TypicalAndTail:
    with open_run(run) as file:
        return typical_replies(file, turn, cells)


def outcomes_of(run: Path, *cells: str) -> TypicalAndTail:
    with open_run(run) as file:
        return typical_outcomes(file, "donation", cells)


def reply(text: str, weight: float) -> Reply:
    return Reply(text, weight, 0, frozenset(), Example(0, 1, drawn=False))


def test_equal_replies_are_one_and_each_dialogue_has_the_same_weight() -> None:
    found = pooled_replies(POOL, 3)
    assert [each.text for each in found] == ["Yes, gladly.", "I never give to charities", "No."]
    assert [each.weight for each in found] == pytest.approx([0.625, 0.23, 0.145])
    assert [each.drawn for each in found] == [1, 1, 0]
    assert found[0].dialogues == {4, 7}
    assert (found[0].example, found[2].example) == (Example(4, 3, True), Example(4, 3, False))


def test_the_tail_is_the_least_probable_replies_up_to_a_tenth() -> None:
    replies = [reply("a", 0.6), reply("b", 0.3), reply("c", 0.06), reply("d", 0.04)]
    typical, tail = split(replies)
    assert ([r.text for r in typical], [r.text for r in tail]) == (["a", "b"], ["c", "d"])


def test_the_least_probable_of_frequent_replies_is_the_tail_and_one_reply_has_none() -> None:
    typical, tail = split([reply("a", 0.6), reply("b", 0.4)])
    assert ([r.text for r in typical], [r.text for r in tail]) == (["a"], ["b"])
    assert split([reply("a", 1.0)])[1] == []


def test_what_stands_for_a_part_holds_all_of_its_weight() -> None:
    texts = ["I give one dollar", "I give two dollars", "I give a dollar", "who are you", "bye"]
    part = represented([reply(text, 0.2) for text in texts], LEXICAL)
    assert sum(each.weight for each in part.shown) == pytest.approx(part.weight)
    assert sum(each.replies for each in part.shown) == 5
    assert part.shown[0].replies == 3


def test_where_few_replies_differ_none_stands_for_another() -> None:
    part = represented([reply(f"reply {word}", 0.2) for word in "abcde"], LEXICAL, FEW)
    assert [each.replies for each in part.shown] == [1] * 5
    assert part.say == "say things like"
    assert replace(part, replies=3, shown=part.shown[:3]).say == "say"


def test_typical_and_tail_hold_all_the_weight_of_a_turn(small_run: Path) -> None:
    found = replies_of(small_run, 3, "vs")
    assert found.typical.weight + found.tail.weight == pytest.approx(1)
    assert (found.turn, found.about, found.turns) == (3, "turn 3 (persuadee)", (1, 3, 5, 7))
    where = "At turn 3 (persuadee, 2nd of up to 4 turns) typical users in cell vs say "
    assert found.sentences[0].startswith(where)
    for each in (*found.typical.shown, *found.tail.shown):
        with open_run(small_run) as run:
            turn = run.dialogue(each.example.dialogue).turns[each.example.turn]
        listed = turn.distribution.candidates if turn.distribution else ()
        assert each.text in [c.text for c in listed]


def test_by_default_the_cell_is_one_that_states_distributions(small_run: Path) -> None:
    assert replies_of(small_run).cell == "vs"
    with open_run(small_run) as run:
        of_direct = next(d.id for d in run.read() if d.cell.label == "direct")
        assert typical_replies(run, 1, dialogue=of_direct).cell == "direct"


def test_the_turn_of_a_partner_leads_to_the_next_one_of_a_user(small_run: Path) -> None:
    assert [replies_of(small_run, turn).turn for turn in (0, 2, 99)] == [1, 3, 7]


def test_users_without_distributions_count_by_what_they_said(make_run: MakeRun) -> None:
    found = replies_of(make_run({"vs": [0.0] * 4}, text="Fine."))
    assert [(each.text, each.weight, each.drawn) for each in found.typical.shown] == [
        ("Fine.", 1.0, 4)
    ]
    assert found.tail.shown == ()


def test_values_of_an_outcome_are_typical_or_in_the_tail_by_their_share(
    make_run: MakeRun,
) -> None:
    run = make_run({"vs": [*[0.0] * 12, *[1.0] * 7, 2.0, None, "failed"]})
    found = outcomes_of(run, "vs")
    shares = [(each.value, each.weight) for each in found.typical.shown]
    assert shares == [("0", 0.6), ("1", pytest.approx(0.35))]
    assert [(each.value, each.weight) for each in found.tail.shown] == [("2", 0.05)]
    assert (found.dialogues, found.of) == (20, 21)
    assert found.sentences[1] == (
        "In the tail, the least probable 5.0%: 2 USD (5.0%), after “Hello there. How are you?”."
    )


@pytest.mark.parametrize("answers", [[], ["failed"] * 3], ids=["none", "failed"])
def test_nothing_said_is_said_in_a_sentence(make_run: MakeRun, answers: list[str]) -> None:
    run = make_run({"vs": answers, "direct": ["failed"]})
    for found in (replies_of(run, None, "vs"), outcomes_of(run, "vs")):
        assert "Nothing has been said about" in found.sentences[0]
        assert typical_document(found).sections == ()


def test_protected_strata_count_as_one_cell_without_humans_of_each(make_run: MakeRun) -> None:
    run = make_run({cell: [0.0, 1.0] for cell in CELLS}, population=PEOPLE, fields=STRATA)
    assert outcomes_of(run).cells == ("vs", "direct")
    with pytest.raises(
        StatisticsError, match=r"there is no cell “vs.Female”; there are: vs, direct"
    ):
        outcomes_of(run, "vs+Female")


def test_the_same_dialogues_are_read_whenever_it_is_asked(
    small_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulate.comparison.typical.replies.MOST_DIALOGUES", 3)
    first, again = replies_of(small_run, 1), replies_of(small_run, 1)
    assert first == again
    assert (first.dialogues, "which are hashes" in " ".join(first.notes)) == (3, True)


def test_the_json_says_what_stands_for_what(small_run: Path) -> None:
    found = json.loads(json.dumps(replies_of(small_run, 1).to_dict()))
    assert {"about", "turn", "cell", "dialogues", "of", "typical", "tail", "sentences"} <= set(
        found
    )
    assert set(found["typical"]["shown"][0]) == {
        *("text", "weight", "drawn", "dialogues", "replies", "spread", "example", "value"),
    }


def test_a_page_and_markdown_hold_hostile_replies_as_text(make_run: MakeRun) -> None:
    hostile = "\x1b[31m<script>alert(1)</script>\u202e| a |\n# b"
    document = typical_document(replies_of(make_run({"vs": [0.0]}, text=hostile)))
    assert not {"<script>", "\x1b", "\u202e"} & set(re.findall("<script>|.", to_html(document)))
    assert "\n# b" not in to_markdown(document)
