"""Verdicts in the terminal UI: which dialogues fail, and what each check says and why."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulate.runfile import CheckVerdict
from simulate.runfile.dialogue import DID_NOT_APPLY
from simulate.runfile.dialogue_list import Order
from simulate.runfile.run_view import RunView
from simulate.stress.api import stress_test
from simulate.tui.dialogue_data import Transcript, calls_of, read_transcript
from simulate.tui.dialogue_text import dialogue_markdown
from simulate.tui.headless import transcript_data
from simulate.tui.widgets.chat_layout import ChatLayout, Item
from simulate.tui.widgets.columns import dialogue_columns
from tests.stress.bot import Bot
from tests.stress.customer import customer
from tests.stress.inside import Inside

PLANTED = Path(__file__).parent.parent / "stress" / "planted.yaml"


@pytest.fixture(scope="module")
def stressed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("stressed") / "a.db"
    test = stress_test(PLANTED, target=Inside(Bot()), model=customer(), n=30, seed=1, out=path)
    asyncio.run(test)
    return path


@pytest.fixture
def view(stressed: Path) -> Iterator[RunView]:
    opened = RunView(stressed)
    yield opened
    opened.close()


def failing(view: RunView) -> Transcript:
    found = read_transcript(view, view.ids(Order("fails>0"))[0])
    assert found is not None
    return found


def test_the_filters_find_dialogues_by_what_fails_in_them(view: RunView) -> None:
    rows = view.dialogues(range(30))
    assert list(view.ids(Order("fails>0"))) == [row.id for row in rows if row.fails]
    for name in view.reader.scenario.checks:
        fails = {
            d.id
            for d in view.reader.read()
            if (name, "fail") in [(v.check, v.verdict) for v in d.verdicts]
        }
        assert set(view.ids(Order(f"check:{name}"))) == fails
        assert set(view.ids(Order(f"check!={name}"))) == set(range(30)) - fails


def test_a_column_counts_the_checks_that_fail_only_where_there_are_checks(
    view: RunView, small_run: Path
) -> None:
    assert "fails" in [column.key for column in dialogue_columns(view, view.dialogues([0]))]
    other = RunView(small_run)
    try:
        assert "fails" not in [c.key for c in dialogue_columns(other, other.dialogues([0]))]
    finally:
        other.close()


def test_verdicts_stand_below_the_dialogue_with_failures_first(view: RunView) -> None:
    verdicts = [said.verdict for said in failing(view).checks]
    assert verdicts == sorted(verdicts, key=lambda verdict: verdict != "fail")
    assert verdicts[0] == "fail"


def lines_of(transcript: Transcript, item: Item) -> list[str]:
    lines = ChatLayout(transcript).item(item, 80, False, False)
    return ["".join(text for text, _ in line) for line in lines]


def test_a_failure_says_why_and_quotes_what_was_said(view: RunView) -> None:
    transcript = failing(view)
    said = transcript.checks[0]
    shown = "\n".join(lines_of(transcript, said))
    assert f"✗ {said.check}" in shown
    assert said.reason in shown
    assert said.quote in shown


def test_a_check_that_passes_is_one_line(view: RunView) -> None:
    transcript = failing(view)
    passing = next(said for said in transcript.checks if said.verdict == "pass")
    [line] = lines_of(transcript, passing)
    assert f"✓ {passing.check}" in line


def test_a_turn_of_the_target_shows_the_tools_that_it_called(view: RunView) -> None:
    transcripts = [read_transcript(view, number) or failing(view) for number in range(30)]
    transcript, turn = next((t, turn) for t in transcripts for turn in t.turns if turn.tool_calls)
    assert any('calls refund {"order": "A-48213"}' in line for line in lines_of(transcript, turn))


def test_the_calls_of_a_dialogue_that_came_to_nothing_are_not_those_of_its_checks(
    view: RunView,
) -> None:
    assert calls_of(view, failing(view).row.id) == []


def test_verdicts_are_in_the_markdown_and_the_json_of_a_dialogue(view: RunView) -> None:
    transcript = failing(view)
    name = transcript.checks[0].check
    assert f"**Check {name.replace('-', chr(92) + '-')}** fail" in dialogue_markdown(
        transcript, "a"
    )
    assert transcript_data(transcript, ())["checks"][0]["verdict"] == "fail"


def test_a_check_that_did_not_apply_has_a_mark_of_its_own(view: RunView) -> None:
    found = read_transcript(view, view.ids(Order())[0])
    assert found is not None
    passed = CheckVerdict("hands over", "pass", "target", reason=DID_NOT_APPLY)
    drawn = ChatLayout(found).item(passed, 80, False, False)
    text = "".join(piece[0] for piece in drawn[0])
    assert "– hands over" in text
    assert "did not apply" in text
    assert "✓" not in text
