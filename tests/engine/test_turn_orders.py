"""Three and more who talk: whom a moderator calls on is drawn, and nobody starves in silence."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from simulate.engine import estimate, run
from simulate.errors import EndpointError
from simulate.models import ChatRequest, ScriptedModel
from simulate.runfile import open_run
from simulate.runfile.talk_endings import endings_told, talks_dict
from simulate.scenario import Scenario
from tests.made_runs import gone_at

SPEAKERS: dict[str, Any] = {
    "chair": {"plays": "user", "method": {"name": "vs", "k": 2}},
    "ada": {"plays": "user", "instructions": "You are Ada."},
    "ben": {"plays": "assistant"},
    "cy": {"plays": "user", "method": {"name": "vs", "k": 2}},
}


def scenario(**turns: Any) -> Scenario:
    return Scenario.model_validate({"scenario": "s", "speakers": SPEAKERS, "turns": turns})


def levels(request: ChatRequest) -> list[str]:
    found = json.dumps(request.schema).partition('"enum": ')[2].partition("]")[0]
    return json.loads(found + "]") if found else []


def answers(request: ChatRequest) -> Any:
    if request.schema is None:
        return f"Number {request.seed}."
    if whom := levels(request):
        stated = [{"value": name, "probability": 1 / (2 + i)} for i, name in enumerate(whom)]
        return {"responses": stated}
    texts = [f"Reply {request.seed}.{i}" for i in range(2)]
    return {"responses": [{"text": text, "probability": 0.5} for text in texts]}


def simulated(path: Path, turns: dict[str, Any], model: Any = None, **options: Any) -> list[Any]:
    given = {"n": 2, "model": model or ScriptedModel(answers), **options}
    asyncio.run(run(scenario(**turns), out=path, **given))
    with open_run(path) as file:
        return [{k: v for k, v in d.items() if k != "run"} for d in file.dialogues()]


MODERATED = {"order": "moderator", "moderator": "chair", "maximum": 2}


def test_whom_a_moderator_calls_on_is_a_recorded_draw_and_its_turn_is_asked_for_so(
    tmp_path: Path,
) -> None:
    for dialogue in simulated(tmp_path / "a.db", MODERATED):
        turns = dialogue["turns"]
        assert Counter(t["speaker"] for t in turns) == {"chair": 6, "ada": 2, "ben": 2, "cy": 2}
        for one, other in zip(turns[::2], turns[1::2], strict=True):
            assert one["speaker"] == "chair"
            for draw in one.get("draws", []):
                assert draw["what"] == "next"
                assert draw["candidates"][draw["chosen"]]["text"] == other["speaker"]
        assert sum("draws" in turn for turn in turns) >= 4
    with open_run(tmp_path / "a.db") as file:
        calls = list(file.calls(0))
        first, second = calls[:2]
        assert "Whom do you call on" in first.prompt[-1]["content"]
        called = file.dialogue(0).turns[0].called
        assert f"calling on {called} by name at its end" in second.prompt[-1]["content"]
        told = {call.speaker: call.prompt[0]["content"] for call in calls}
        assert "You say who speaks" in told["chair"]
        assert told["ada"].startswith("You are Ada.\n\n[How turns are taken]")
        assert "chair says who speaks next" in told["ada"]


@pytest.mark.parametrize("turns", [MODERATED, {"order": "addressed", "maximum": 2}])
def test_a_run_of_any_order_goes_on_as_if_it_had_not_stopped(
    tmp_path: Path, turns: dict[str, Any]
) -> None:
    whole = simulated(tmp_path / "a.db", turns)
    with pytest.raises(EndpointError):
        simulated(tmp_path / "b.db", turns, gone_at(9, answers), concurrency=1)
    assert simulated(tmp_path / "b.db", turns, resume=True) == whole


def test_of_all_turns_together_it_is_counted_and_told_who_had_none(tmp_path: Path) -> None:
    """Each addresses chair or ada, so that two of four never speak."""

    def addressing(request: ChatRequest) -> Any:
        me = request.messages[0]["content"].partition("You are called ")[2].split()[0]
        text = f"What do you say, {'ada' if me == 'chair' else 'chair'}?"
        if request.schema is None:
            return text
        return {"responses": [{"text": text, "probability": 1}] * 2}

    turns = {"order": "addressed", "maximum": 5, "counts": "all"}
    for each in simulated(tmp_path / "a.db", turns, ScriptedModel(addressing)):
        assert [t["speaker"] for t in each["turns"]] == ["chair", "ada", "chair", "ada", "chair"]
    with open_run(tmp_path / "a.db") as file:
        ended, turns_told = endings_told(file)
        assert ended == "all: maximum 2 of 2 (median turn 5)"
        assert turns_told == (
            "all: turns of chair 3, ada 2, ben 0, cy 0; said nothing, of 2 dialogues: ben in 2, "
            "cy in 2"
        )
        of_ben = talks_dict(file)["turns"]["all"]["ben"]
        assert of_ben == {"fewest": 0, "median": 0, "most": 0, "silent": 2}


def test_two_who_talk_count_their_turns_together(tmp_path: Path) -> None:
    two = {name: SPEAKERS[name] for name in ("ada", "ben")}
    data = {"scenario": "s", "speakers": two, "turns": {"maximum": 3, "counts": "all"}}
    told = Scenario.model_validate(data)
    asyncio.run(run(told, n=1, model=ScriptedModel(answers), out=tmp_path / "a.db"))
    with open_run(tmp_path / "a.db") as file:
        assert [turn.speaker for turn in file.dialogue(0).turns] == ["ada", "ben", "ada"]
        assert endings_told(file) == ["all: maximum 1 of 1 (median turn 3)"]


def test_what_a_run_takes_is_estimated_with_the_calls_of_the_moderator() -> None:
    found = asyncio.run(estimate(scenario(**MODERATED), n=3, model=ScriptedModel(answers)))
    # 6 turns of each side; the last time only one is left to call on
    assert 3 * 16 <= found.calls <= 3 * 18
    assert scenario(**MODERATED).cells()[0].most_turns == 12
