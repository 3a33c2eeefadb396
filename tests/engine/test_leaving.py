"""A speaker who leaves without a word: nobody hears anything, nobody takes it for a message."""

from __future__ import annotations

import asyncio
import dataclasses
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from simulate.engine import run
from simulate.measures.language import measure_dialogues
from simulate.models import ChatRequest, ScriptedModel
from simulate.runfile import Call, Dialogue, open_run
from simulate.runfile.run_progress import run_progress
from simulate.runfile.run_view import RunView
from simulate.scenario import Scenario
from simulate.stress.judge import verdict_messages
from simulate.tui.dialogue_data import read_transcript
from simulate.tui.widgets.chat_layout import ChatLayout
from tests.made_runs import exported
from tests.stress.bot import Bot
from tests.stress.inside import Inside

WITHOUT_A_WORD = "(leaves without a word)"
YESNO = {"kind": "yesno"}
OUTCOMES = {
    "glad": {**YESNO, "asked": {"speaker": "ada", "question": "Glad?"}},
    "proud": {**YESNO, "asked": {"speaker": "bot", "question": "Proud?"}},
    "sold": {**YESNO, "judged": {"question": "Did they buy?"}},
}


def scenario(method: str = "vs", *, first: str = "bot", sends: str = "as-written") -> Scenario:
    return Scenario.model_validate(
        {
            "scenario": "talk",
            "speakers": {
                "bot": {"plays": "assistant"},
                "ada": {"plays": "user", "method": method, "sends": sends},
            },
            "turns": {"maximum": 3, "may_end": ["ada"], "first": first},
            "outcomes": OUTCOMES,
        }
    )


def leaves(request: ChatRequest) -> Any:
    """Answer as somebody who is spoken to once, and then leaves."""
    if request.schema is None:
        asked = request.messages[-1]["content"]
        return "[end]" if "end with" in asked else "Hello."
    item = request.schema["properties"].get("responses", {}).get("items", {}).get("properties", {})
    if "text" in item:
        gone = [{"text": t, "ends": True, "probability": 0.5} for t in ("", "*waves* [END]")]
        return {"responses": gone}
    if item:
        return {"responses": [{"value": v, "probability": 0.5} for v in ("yes", "no")]}
    return {"value": "yes"}


def left(folder: Path, talk: Scenario, **options: Any) -> tuple[Dialogue, list[Call]]:
    """Run one dialogue; return it, and its calls, as they are read back."""
    path = folder / "a.db"
    asyncio.run(run(talk, n=1, model=ScriptedModel(leaves), out=path, **options))
    with open_run(path) as file:
        dialogue = next(iter(file.read()))
        assert dialogue.error is None
        return dialogue, list(file.calls(dialogue.id))


@pytest.mark.parametrize("method", ["vs", "direct"])
def test_a_leave_without_a_word_ends_the_dialogue_and_is_read_back(
    tmp_path: Path, method: str
) -> None:
    dialogue, _ = left(tmp_path, scenario(method))
    hello, gone = dialogue.turns
    assert (hello.said, hello.shown) == ("Hello.", "Hello.")
    assert (gone.text, gone.messages, gone.ends) == ("", (), True)
    assert (gone.said, gone.shown) == (None, WITHOUT_A_WORD)
    assert set(dialogue.outcomes) == set(OUTCOMES)


def test_nobody_hears_it_and_whoever_left_remembers_that(tmp_path: Path) -> None:
    _, calls = left(tmp_path, scenario())
    prompts = {call.outcome: call.prompt for call in calls if call.outcome}
    ada = [(m["role"], m["content"]) for m in prompts["glad"]]
    assert ada[-3:-1] == [("user", "Hello."), ("assistant", WITHOUT_A_WORD)]
    bot = [m for m in prompts["proud"] if m["role"] != "system"]
    assert [m["role"] for m in bot[-2:]] == ["assistant", "user"]
    assert bot[-2]["content"] == "Hello."
    assert "\nada leaves without a word\n" in prompts["sold"][-1]["content"]
    for messages in (ada, [(m["role"], m["content"]) for m in bot]):
        assert all(content for _, content in messages)
        roles = [role for role, _ in messages if role != "system"]
        assert all(one != other for one, other in pairwise(roles))


def test_it_is_exported_as_no_message_and_shown_as_what_it_is(tmp_path: Path) -> None:
    dialogue, _ = left(tmp_path, scenario())
    [line] = exported(tmp_path / "a.db")
    gone = line["turns"][1]
    assert (gone["text"], gone["messages"], gone["ends"]) == ("", [], True)
    assert [c["text"] for c in gone["candidates"]] == ["", ""]
    with open_run(tmp_path / "a.db") as file:
        assert run_progress(file, file.totals()).latest[0].text == WITHOUT_A_WORD
    view = RunView(tmp_path / "a.db")
    transcript = read_transcript(view, 0)
    view.close()
    assert transcript is not None
    lines = ChatLayout(transcript).item(transcript.turns[1], 80, selected=True, open_=True)
    shown = ["".join(text for text, _ in line) for line in lines]
    assert sum(WITHOUT_A_WORD in line for line in shown) == 3  # the turn, and two candidates
    [message] = verdict_messages(dialogue.turns, "?", ["yes"])
    assert '"leaves": "without a word"' in message["content"]


def test_it_is_no_utterance(tmp_path: Path) -> None:
    dialogue, _ = left(tmp_path, scenario())
    talk = [(turn.speaker, turn.text) for turn in dialogue.turns]
    found = measure_dialogues([talk], ["ada", "both"])
    assert (found["ada.turns"], found["ada.words_per_turn"]) == ([None], [None])
    assert found["both.turns"] == [1.0]


def test_an_empty_message_that_is_sent_on_purpose_stays_a_message(tmp_path: Path) -> None:
    def bye(request: ChatRequest) -> Any:
        found = leaves(request)
        if request.schema is not None and "text" in str(request.schema):
            found["responses"][0]["text"] = found["responses"][1]["text"] = "Bye."
        return found

    path = tmp_path / "a.db"
    asyncio.run(run(scenario(sends="empty"), n=1, model=ScriptedModel(bye), out=path))
    with open_run(path) as file:
        turn = next(iter(file.read())).turns[1]
    assert (turn.text, turn.messages, turn.said) == ("", ("",), "")


@pytest.mark.parametrize("remembers", [True, False])
def test_a_leave_as_the_first_turn_asks_nothing_of_a_target(
    tmp_path: Path, remembers: bool
) -> None:
    talk = scenario(first="ada").model_dump(mode="json", exclude_unset=True)
    talk["speakers"]["bot"] = {"plays": "target"}
    del talk["outcomes"]["proud"]
    target = Inside(Bot(), remembers=remembers)
    dialogue, _ = left(tmp_path, Scenario.model_validate(talk), target=target)
    assert [(turn.speaker, turn.said) for turn in dialogue.turns] == [("ada", None)]
    assert target.messages == 1  # the probe's


def test_a_dialogue_that_ended_so_is_gone_on_with_from_its_outcomes(tmp_path: Path) -> None:
    talk = scenario()

    def dies_after_talk(request: ChatRequest) -> Any:
        if "Glad?" in request.messages[-1]["content"]:
            raise KeyboardInterrupt
        return leaves(request)

    path = tmp_path / "a.db"
    with pytest.raises(KeyboardInterrupt):
        asyncio.run(run(talk, n=1, model=ScriptedModel(dies_after_talk), out=path))
    asyncio.run(run(talk, n=1, model=ScriptedModel(leaves), out=path, resume=True))
    with open_run(path) as file:
        [dialogue] = file.read()
    assert (len(dialogue.turns), dialogue.turns[1].said) == (2, None)
    assert dialogue.status == "completed"
    assert dataclasses.replace(dialogue.turns[1], messages=("",)).said == ""
