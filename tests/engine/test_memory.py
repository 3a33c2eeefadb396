"""What an item sees of the earlier answers, and what the talk remembers of them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from simulate.engine import run
from simulate.errors import EndpointError
from simulate.models import ChatRequest, ScriptedModel
from simulate.runfile import Call, open_run
from simulate.scenario import Scenario
from tests.made_runs import exported, gone_at

ASKED = {"speaker": "ada", "frame": "private-report"}


def scenario(remembers: str, **changes: Any) -> Scenario:
    return Scenario.model_validate(
        {
            "scenario": "memory",
            "speakers": {
                "bot": {"plays": "assistant", "instructions": "You are the bot."},
                "ada": {"plays": "user", "instructions": "You are Ada.", "method": {"name": "vs"}},
            },
            "turns": {"maximum": 1},
            "batteries": {
                "mood": {
                    "levels": [1, 2, 3],
                    "asked": ASKED,
                    "items": {"glad": "Glad?", "calm": "Calm?", "rich": "Rich?"},
                    "order": "random",
                }
            },
            "outcomes": {
                "gift": {
                    "kind": "amount",
                    "support": [0, 2],
                    "asked": {**ASKED, "question": "Gift?"},
                }
            },
            "steps": [
                {"ask": {"outcomes": ["mood"], "remembers": remembers}},
                {"say": 1},
                {"ask": ["gift"]},
            ],
            **changes,
        }
    )


def answers(request: ChatRequest) -> Any:
    """Answer items with how much was said before, and say something else in a talk."""
    if request.schema is None:
        return "Hello."
    item = request.schema["properties"]["responses"]["items"]["properties"]
    if "text" in item:
        return {"responses": [{"text": "Hm.", "probability": 1}]}
    value = str(min(3, len(request.messages) // 2)) if "enum" in item["value"] else 1.5
    return {"responses": [{"value": value, "probability": 1}]}


def calls(path: Path, remembers: str, **options: Any) -> list[Call]:
    played = scenario(remembers, **options.pop("changes", {}))
    settings = {"n": 1, "model": ScriptedModel(answers), "out": path, **options}
    assert asyncio.run(run(played, **settings)).failed == 0
    with open_run(path) as file:
        return list(file.calls(0))


def before(call: Call) -> list[str]:
    """Return what stands before the request of a call, but for the instructions."""
    return [f"{m['role']}: {m['content']}" for m in call.history if m["role"] != "system"]


def test_no_item_sees_another_answer_unless_that_is_said(tmp_path: Path) -> None:
    found = calls(tmp_path / "a.db", "nothing")
    assert [before(call) for call in found if call.turn is None] == [
        [],
        [],
        [],
        ["user: Hello.", "assistant: Hm."],
    ]


def test_items_see_the_earlier_ones_and_a_frame_is_told_once(tmp_path: Path) -> None:
    found = calls(tmp_path / "a.db", "items")
    asked = [call for call in found if (call.outcome or "").startswith("mood")]
    first, second = (call.request[-1]["content"] for call in asked[:2])
    assert first.startswith("[")
    assert not second.startswith("[")
    seen = before(asked[2])
    assert [line.partition(":")[0] for line in seen] == ["user", "assistant"] * 2
    assert seen[0].startswith("user: [")
    assert seen[1:] == [
        "assistant: 1",
        f"user: {second.splitlines()[0]}",
        "assistant: 2",
    ]
    talk = next(call for call in found if call.speaker == "ada" and call.turn is not None)
    assert before(talk) == ["user: Hello."]
    assert before(found[-1]) == ["user: Hello.", "assistant: Hm."]


def test_the_talk_remembers_items_where_that_is_said_and_nobody_else_does(tmp_path: Path) -> None:
    found = calls(tmp_path / "a.db", "talk")
    bot, ada = (call for call in found if call.turn is not None)
    assert len(before(bot)) == 1
    assert len(before(ada)) == 7
    assert before(ada)[-1] == "user: Hello."
    assert len(before(found[-1])) == 8


@pytest.mark.parametrize("told", ["You are Ada.", "You are Ada. {{ request }}"])
@pytest.mark.parametrize("remembers", ["nothing", "items", "talk"])
def test_the_prompts_on_file_are_those_that_were_sent(
    tmp_path: Path, remembers: str, told: str
) -> None:
    sent: list[list[Any]] = []

    def noting(request: ChatRequest) -> Any:
        sent.append(list(request.messages))
        return answers(request)

    speakers = {
        "bot": {"plays": "assistant"},
        "ada": {"plays": "user", "instructions": told, "method": {"name": "vs"}},
    }
    settings = {"model": ScriptedModel(noting), "concurrency": 1}
    found = calls(tmp_path / "a.db", remembers, changes={"speakers": speakers}, **settings)
    assert [call.prompt for call in found] == sent


def test_a_run_that_is_interrupted_anywhere_sends_the_same_prompts(tmp_path: Path) -> None:
    steps: list[dict[str, Any]] = [
        {"ask": {"outcomes": ["mood"], "remembers": "talk"}},
        {"given": [{"speaker": "bot", "text": "Here is a letter."}]},
        {"say": 1},
        {"given": [{"speaker": "bot", "text": "And another."}]},
        {"ask": ["gift"]},
    ]
    whole = calls(tmp_path / "whole.db", "talk", changes={"steps": steps})
    for at in range(1, len(whole) + 1):
        path = tmp_path / f"{at}.db"
        gone = {"model": gone_at(at, answers), "concurrency": 1}
        with pytest.raises(EndpointError):
            calls(path, "talk", changes={"steps": steps}, **gone)
        found = calls(path, "talk", changes={"steps": steps}, resume=path.exists())
        assert [call.prompt for call in found] == [call.prompt for call in whole]
        assert exported(path) == exported(tmp_path / "whole.db")


def test_a_turn_that_is_given_amid_the_talk_is_heard_by_all_and_marked(tmp_path: Path) -> None:
    steps: list[dict[str, Any]] = [
        {"say": 1},
        {"given": [{"speaker": "bot", "text": "A fixed text for {{ cell.tone }}."}]},
        {"say": 1},
    ]
    changes = {"steps": steps, "batteries": {}, "conditions": {"tone": {"warm": {}}}}
    found = calls(tmp_path / "a.db", "nothing", changes=changes)
    (line,) = exported(tmp_path / "a.db")
    assert [(t["speaker"], t.get("given", False)) for t in line["turns"]] == [
        ("bot", False),
        ("ada", False),
        ("bot", True),
        ("ada", False),
        ("bot", False),
    ]
    last = next(c for c in found if c.turn == 3)
    assert before(last)[-1] == "user: A fixed text for warm."


def test_nothing_is_said_after_somebody_has_left(tmp_path: Path) -> None:
    steps: list[dict[str, Any]] = [{"say": 2}, {"given": [{"speaker": "bot", "text": "Wait!"}]}]
    changes = {"steps": steps, "batteries": {}, "turns": {"maximum": 2, "stop": ["Hm"]}}
    calls(tmp_path / "a.db", "nothing", changes=changes)
    (line,) = exported(tmp_path / "a.db")
    assert [t["text"] for t in line["turns"]] == ["Hello.", "Hm."]


def test_a_step_that_asks_nobody_has_nothing_to_remember() -> None:
    gift = {"kind": "yesno", "judged": {"question": "?"}}
    steps = [{"ask": {"outcomes": ["gift"], "remembers": "items"}}]
    with pytest.raises(ValidationError, match=r"steps.0.ask.remembers: nobody is asked"):
        scenario("nothing", outcomes={"gift": gift}, steps=steps)
