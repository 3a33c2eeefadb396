"""How the talks of a run ended, and lines of replies that are somebody else's."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

from simulate.engine import run
from simulate.models import ChatRequest, ScriptedModel
from simulate.runfile import open_run
from simulate.runfile.talk_endings import (
    Ending,
    SpeakerLines,
    endings_told,
    speaker_lines,
    talk_endings,
)
from simulate.scenario import Scenario
from simulate.targets import TargetReply
from tests.conftest import AsJson, Command
from tests.stress.bot import Bot
from tests.stress.inside import Inside

WAYS = {
    "byelaws": "The byelaws say so.",
    "bye": "Bye-bye!",
    "label": "Hm.\n\n> Ada: And what do I say?\n*The ticket-clerk* (aside): No.",
}


def talk(**fields: Any) -> Scenario:
    return Scenario.model_validate(
        {
            "scenario": "talk",
            "speakers": {
                "ticket-clerk": {"plays": "assistant", "instructions": "{{ cell.way }}"},
                "ada": {"plays": "user", "patience": "{{ variables.patience }}"},
            },
            "turns": {"maximum": 2, "stop": ["bye"], "may_end": ["ada"]},
            "variables": {"patience": 9},
            "conditions": {"way": {way: {} for way in WAYS}},
            "outcomes": {"glad": {"kind": "yesno", "asked": {"speaker": "ada", "question": "?"}}},
            **fields,
        }
    )


def answer(request: ChatRequest) -> Any:
    way = request.messages[0]["content"]
    if request.schema is not None:
        properties = request.schema["properties"]
        if "text" in properties.get("responses", {}).get("items", {}).get("properties", {}):
            return {"responses": [{"text": "Ok.", "probability": 1, "ends": False}] * 5}
        return {"responses": [{"value": v, "probability": 0.5} for v in ("yes", "no")]}
    return WAYS.get(way, "Ok.")


def made(folder: Path, scenario: Scenario, model: Any = answer, **options: Any) -> Path:
    path = folder / "talk.db"
    asyncio.run(run(scenario, n=3, model=ScriptedModel(model), out=path, **options))
    return path


def test_a_phrase_ends_a_talk_only_as_a_whole_word_and_the_summary_says_how_all_ended(
    tmp_path: Path, as_json: AsJson, command: Command
) -> None:
    path = made(tmp_path, talk())
    found = as_json("summary", path)
    assert found["endings"]["byelaws"] == [{"how": "maximum", "dialogues": 3, "turns": 4.0}]
    assert found["endings"]["bye"] == [{"how": "stop phrase", "dialogues": 3, "turns": 1.0}]
    _, out, _ = command("summary", path)
    assert "bye: stop phrase 3 of 3 (median turn 1)" in out


def test_who_has_no_patience_left_has_left(tmp_path: Path) -> None:
    scenario = talk(variables={"patience": 1}, turns={"maximum": 4, "stop": ["bye"]})
    with open_run(made(tmp_path, scenario)) as file:
        assert talk_endings(file)["byelaws"] == (Ending("left", 3, 3.0),)


def test_who_says_so_has_left(tmp_path: Path) -> None:
    def leaves(request: ChatRequest) -> Any:
        return "Ok. [END]" if request.schema is None else answer(request)

    speakers = {"ada": {"plays": "user", "method": "direct"}, "clerk": {"plays": "assistant"}}
    scenario = talk(speakers=speakers, turns={"maximum": 2, "may_end": ["ada"]})
    with open_run(made(tmp_path, scenario, leaves)) as file:
        assert endings_told(file)[0] == "byelaws: left 3 of 3 (median turn 1)"


def test_a_dialogue_that_failed_is_counted_beside_the_others(tmp_path: Path) -> None:
    def silent(request: ChatRequest) -> Any:
        return "" if request.messages[0]["content"] == "bye" else answer(request)

    with open_run(made(tmp_path, talk(), silent)) as file:
        assert talk_endings(file)["bye"] == (Ending("failed", 3, 0.0),)


def test_a_target_that_hangs_up_has_ended_the_talk(tmp_path: Path) -> None:
    class HangsUp(Inside):
        def answered(self, session: str, message: str) -> TargetReply:
            return replace(super().answered(session, message), ends=True)

    speakers = {"ada": {"plays": "user"}, "bot": {"plays": "target"}}
    scenario = talk(speakers=speakers, turns={"maximum": 2, "first": "ada"})
    path = made(tmp_path, scenario, target=HangsUp(Bot()))
    with open_run(path) as file:
        assert talk_endings(file)["bye"] == (Ending("target ended", 3, 2.0),)


def test_a_questionnaire_has_no_endings(tmp_path: Path) -> None:
    with open_run(made(tmp_path, talk(steps=[{"ask": ["glad"]}]))) as file:
        assert talk_endings(file) == {}


def test_lines_that_begin_with_a_speakers_name_are_counted_and_told(
    tmp_path: Path, as_json: AsJson
) -> None:
    path = made(tmp_path, talk())
    with open_run(path) as file:
        assert speaker_lines(file) == SpeakerLines(lines=12, turns=6, refused=0)
    (note,) = as_json("summary", path)["notes"]
    assert note.startswith("12 lines in 6 turns begin with a speaker's name")
