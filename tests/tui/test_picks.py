"""What was drawn before a reply is shown beside it, on every view."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from simulate.engine import run
from simulate.models import ChatRequest, ScriptedModel
from simulate.runfile.run_view import RunView
from simulate.scenario import Scenario
from simulate.tui.dialogue_data import Transcript, read_transcript
from simulate.tui.dialogue_text import dialogue_markdown
from simulate.tui.headless import transcript_data
from simulate.tui.widgets.chat_layout import ChatLayout
from tests.verbalized.recorded import stated

ACTS = (("ask [b]why[/b]", 0.5), ("go", 0.5))


@pytest.fixture
def transcript(tmp_path: Path) -> Transcript:
    def answers(request: ChatRequest) -> Any:
        if request.schema is None:
            return "Hello."
        return stated(*ACTS, key="value") if "responses" in str(request.schema) else {"value": "a"}

    ada = {"plays": "user", "method": {"name": "vs-act", "k": 2}}
    turns = {"maximum": 1, "opening": "Hi."}
    asked = {"speaker": "ada", "question": "Which one?", "method": "as-in-talk"}
    outcome = {"kind": "choice", "levels": ["a", "b"], "asked": asked}
    data = {"scenario": "acting", "speakers": {"ada": ada}, "turns": turns}
    data["outcomes"] = {"which": outcome}
    path = tmp_path / "a.db"
    model = ScriptedModel(answers)
    asyncio.run(run(Scenario.model_validate(data), n=1, model=model, out=path))
    view = RunView(path)
    try:
        found = read_transcript(view, 0)
    finally:
        view.close()
    assert found is not None
    return found


def lines(transcript: Transcript, open_: bool) -> list[str]:
    shown = ChatLayout(transcript).item(transcript.turns[0], 90, False, open_)
    return ["".join(text for text, _ in line) for line in shown]


def test_a_turn_names_its_act_and_no_distribution_of_one_reply(transcript: Transcript) -> None:
    act = transcript.turns[0].picks[0].candidate.text
    head = lines(transcript, open_=False)[0]
    assert f"· act: {act}" in head
    assert "drawn from 1" not in head


def test_an_open_turn_lists_the_acts_with_their_probabilities(transcript: Transcript) -> None:
    shown = "\n".join(lines(transcript, open_=True))
    assert "effective size 2.0" in shown
    assert "weight" in shown
    assert all(act in shown for act, _ in ACTS)


def test_markdown_and_json_have_the_acts_too(transcript: Transcript) -> None:
    assert "| drawn | stated | weight | act |" in dialogue_markdown(transcript, "a.db")
    turn = transcript_data(transcript, ["which"])["turns"][0]
    [act] = turn["draws"]
    assert (act["what"], [c["text"] for c in act["candidates"]]) == ("act", [a for a, _ in ACTS])
    assert turn["effective_size"] == pytest.approx(2)


def test_an_outcome_shows_the_act_that_its_answer_was_drawn_after(transcript: Transcript) -> None:
    [outcome] = transcript.outcomes
    shown = ChatLayout(transcript).item(outcome, 90, False, True)
    assert all(act in str(shown) for act, _ in ACTS)
    assert dialogue_markdown(transcript, "a.db").count("| drawn | stated | weight | act |") == 2
    [act] = transcript_data(transcript, ["which"])["outcomes"]["which"]["draws"]
    assert act["what"] == "act"
