from collections.abc import Iterator
from pathlib import Path

import pytest

from simulate.runfile.run_view import RunView
from simulate.tui.dialogue_data import (
    Transcript,
    calls_of,
    outcome_draw,
    read_transcript,
    shown_value,
)
from simulate.tui.dialogue_text import calls_text, dialogue_markdown
from simulate.tui.export_actions import free_path, without_remote_fonts


@pytest.fixture
def view(small_run: Path) -> Iterator[RunView]:
    opened = RunView(small_run)
    yield opened
    opened.close()


def of(view: RunView, dialogue: int) -> Transcript:
    found = read_transcript(view, dialogue)
    assert found is not None
    return found


def test_a_user_turn_has_its_candidates_and_the_drawn_one_is_what_was_said(view: RunView) -> None:
    turn = of(view, 1).turns[1]
    assert of(view, 1).plays(turn) == "user"
    assert turn.draw is not None
    assert turn.draw.candidate.text == turn.text
    assert turn.draw.distribution.weights.sum() == pytest.approx(1)


def test_a_turn_of_an_assistant_draws_nothing(view: RunView) -> None:
    assert of(view, 1).turns[0].draw is None


def test_a_turn_says_what_its_calls_took(view: RunView) -> None:
    transcript = of(view, 1)
    took = transcript.took_for(transcript.turns[1])
    assert took.calls == 1
    assert took.prompt_tokens > took.completion_tokens > 0


def test_an_outcome_has_its_value_unit_and_candidates(view: RunView) -> None:
    transcript = of(view, 1)
    outcome = transcript.outcomes[0]
    assert (outcome.name, transcript.units["donation"]) == ("donation", "USD")
    assert transcript.shown(outcome).endswith(" USD")
    draw = outcome_draw(outcome)
    assert draw is not None
    assert len(draw.distribution) == 5


def test_a_dialogue_that_is_not_in_the_plan_has_no_transcript(view: RunView) -> None:
    assert read_transcript(view, 99) is None


def test_the_calls_of_a_turn_hold_the_exact_prompt_and_the_raw_text(view: RunView) -> None:
    calls = calls_of(view, 1, turn=3)
    transcript = of(view, 1)
    assert len(calls) == 1
    assert any(transcript.turns[2].text in m["content"] for m in calls[0].prompt)
    assert calls[0].reply is not None
    assert "responses" in calls[0].reply.text


def test_the_calls_that_came_to_nothing_are_those_of_a_failure(view: RunView) -> None:
    failed = view.reader.failures()[0].first
    calls = calls_of(view, failed)
    assert [call.problem is not None for call in calls] == [True] * len(calls)
    assert calls_of(view, 0) == []


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "missing"), (True, "yes"), (False, "no"), (0.5, "0.5"), (2.0, "2"), ("low", "low")],
)
def test_a_value_is_shown_as_people_write_it(value: object, shown: str) -> None:
    assert shown_value(value) == shown


def test_markdown_holds_every_turn_and_marks_the_drawn_candidate(view: RunView) -> None:
    transcript = of(view, 1)
    text = dialogue_markdown(transcript, "donation.db")
    assert text.startswith("# Dialogue 1 of donation.db\n")
    assert text.count("| ▶ |") == 5
    assert all(f"(turn {turn.index})" in text for turn in transcript.turns)
    assert "**Outcome donation**" in text


def test_model_text_is_no_markdown(hostile_run: Path) -> None:
    view = RunView(hostile_run)
    text = dialogue_markdown(of(view, 1), "hostile.db")
    view.close()
    assert "\\[bold red\\]" in text
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_calls_are_written_with_prompt_raw_text_and_problem(view: RunView) -> None:
    text = calls_text(calls_of(view, view.reader.failures()[0].first))
    assert "── call 1 of 3" in text
    assert "[system]\n" in text
    assert "[what the model wrote]\nSure! Here" in text
    assert "[why it could not be used]\nthere is no JSON" in text


def test_a_file_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    assert free_path(tmp_path, "a b", ".svg").name == "a-b.svg"
    (tmp_path / "a-b.svg").touch()
    assert free_path(tmp_path, "a b", ".svg").name == "a-b-2.svg"


def test_an_svg_fetches_no_fonts() -> None:
    svg = '<style>@font-face { src: url("https://x/y.woff2"); }\n.a { fill: red }</style>'
    assert without_remote_fonts(svg) == "<style>.a { fill: red }</style>"
