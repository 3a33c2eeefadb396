"""An asked outcome: how it is framed, and by which method it is asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from simulate.engine import run_sync
from simulate.errors import InputError
from simulate.models import ChatRequest, ScriptedModel
from simulate.runfile import open_run
from simulate.scenario import Scenario, rehearse

GIFT = {"kind": "amount", "support": [0, 2], "asked": {"speaker": "ada", "question": "How much?"}}
SETTLED = {"kind": "yesno", "asked": {"speaker": "ada", "question": "Is it settled?"}}
TAIL = {"name": "vs", "k": 5, "below": 0.1, "mix": 0.2}


def scenario(**changes: Any) -> Scenario:
    return Scenario.model_validate(
        {
            "scenario": "framed",
            "speakers": {
                "bot": {"plays": "assistant"},
                "ada": {"plays": "user", "method": TAIL},
            },
            "turns": {"maximum": 1},
            "outcomes": {"gift": GIFT},
            **changes,
        }
    )


def asked(**frame: Any) -> dict[str, Any]:
    return {"outcomes": {"gift": {**GIFT, "asked": {**GIFT["asked"], **frame}}}}  # type: ignore[dict-item]


def answer(request: ChatRequest) -> str:
    if request.schema is None:
        return "Hello."
    items = request.schema["properties"]["responses"]["items"]["properties"]
    if "text" in items:
        return json.dumps({"responses": [{"text": "Hm.", "probability": 0.05}] * 5})
    value = items["value"]
    values = value.get("enum", [0, 2])
    stated = [{"value": v, "probability": 0.5} for v in values]
    return json.dumps({"responses": stated})


def requests(tmp_path: Path, played: Scenario) -> dict[str, str]:
    """Return the request of each outcome of one dialogue."""
    path = tmp_path / "r.db"
    assert run_sync(played, n=1, model=ScriptedModel(answer), out=path).failed == 0
    with open_run(path) as file:
        return {c.outcome: c.request[-1]["content"] for c in file.calls(0) if c.outcome}


@pytest.mark.parametrize(
    ("frame", "begins"),
    [
        (
            {},
            "[The conversation is over. This is asked by somebody outside it; nobody else learns "
            "your answer.]\nHow much?",
        ),
        (
            {"frame": "act", "by": "the organisers of the task"},
            "[The conversation is over. This is asked by the organisers of the task; what you "
            "answer is carried out now, and nobody else learns it.]\nHow much?",
        ),
        (
            {"frame": "public-report"},
            "[The conversation is over. This is asked by somebody outside "
            "it; everybody else learns your answer.]\nHow much?",
        ),
        ({"frame": "none"}, "How much?"),
    ],
    ids=["by default", "act", "public", "none"],
)
def test_a_question_stands_in_its_frame(tmp_path: Path, frame: dict[str, str], begins: str) -> None:
    assert requests(tmp_path, scenario(**asked(**frame)))["gift"].startswith(begins)


@pytest.mark.parametrize(
    ("steps", "begins"),
    [
        ([{"ask": ["gift"]}, {"say": 1}], "[The conversation has not begun yet. This"),
        ([{"say": 1}, {"ask": ["gift"]}, {"say": 1}], "[The conversation pauses here. This"),
        ([{"say": 1}, {"ask": ["gift"]}], "[The conversation is over. This"),
        ([{"ask": ["gift"]}], "[This is asked by a researcher; nobody else"),
    ],
    ids=["before", "amid", "after", "no talk"],
)
def test_the_frame_says_when_it_is(tmp_path: Path, steps: list[Any], begins: str) -> None:
    assert requests(tmp_path, scenario(steps=steps))["gift"].startswith(begins)


def test_a_questionnaire_is_put_to_somebody(tmp_path: Path) -> None:
    alone = scenario(
        speakers={"ada": {"plays": "user", "instructions": "{{ persona.prose }}"}},
        steps=[{"ask": ["gift"]}],
    )
    found = requests(tmp_path, alone)["gift"]
    assert "Which answers could you give?" in found
    assert "of 100 occasions" in found


def test_a_condition_can_choose_the_frame(tmp_path: Path) -> None:
    varied = scenario(
        conditions={"frame": {"act": {}, "none": {}}}, **asked(frame="{{ cell.frame }}")
    )
    rehearse(varied, None)
    assert run_sync(varied, n=1, model=ScriptedModel(answer), out=tmp_path / "a.db").failed == 0


def test_a_frame_that_there_is_not_is_refused_before_any_call() -> None:
    with pytest.raises(InputError, match=r"outcomes\.gift\.asked\.frame: must be, or render to"):
        rehearse(scenario(**asked(frame="a bet")), None)


def test_how_a_speaker_talks_reaches_no_outcome(tmp_path: Path) -> None:
    both = scenario(outcomes={"gift": GIFT, "settled": SETTLED})
    found = requests(tmp_path, both)
    assert "below 0.1" not in found["gift"]
    assert "Write both, each once" in found["settled"]
    with open_run(tmp_path / "r.db") as file:
        draws = [outcome.draws[-1] for outcome in file.dialogue(0).outcomes.values()]
    assert all(draw.flattened is None for draw in draws)


def test_an_outcome_can_be_asked_for_as_the_speaker_talks(tmp_path: Path) -> None:
    found = requests(tmp_path, scenario(**asked(method="as-in-talk")))
    assert "below 0.1" in found["gift"]


def test_an_outcome_can_have_a_method_of_its_own(tmp_path: Path) -> None:
    found = requests(tmp_path, scenario(**asked(method={"name": "sequence", "k": 2})))
    assert "how likely" not in found["gift"]


def test_in_version_1_of_the_prompts_an_outcome_is_asked_for_as_before(tmp_path: Path) -> None:
    found = requests(tmp_path, scenario(prompt_version=1))["gift"]
    assert found.startswith("How much?\n\nDo not settle on one answer. Give 5 different answers")
    assert "below 0.1" in found


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        (asked(frame="act"), "outcomes.gift.asked.frame"),
        (asked(by="the bank"), "outcomes.gift.asked.by"),
        (
            {
                "speakers": {"ada": {"plays": "user", "length": "one word"}},
                "outcomes": {},
                "turns": {"maximum": 1, "opening": "Say it."},
            },
            "speakers.ada.length",
        ),
    ],
)
def test_what_version_1_has_no_words_for_is_refused(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ValueError, match=f"{field}: prompt_version 1 has no words for it"):
        scenario(prompt_version=1, **changes)


def test_the_export_says_which_prompts_a_dialogue_had(tmp_path: Path) -> None:
    varied = scenario(conditions={"prompts": {"old": {"prompt_version": 1}, "new": {}}})
    path = tmp_path / "r.db"
    run_sync(varied, n=1, model=ScriptedModel(answer), out=path)
    with open_run(path) as file:
        assert [d["prompt_version"] for d in file.dialogues()] == [1, 2]
        assert {"vs", "vs (version 1)", "shared", "frame"} <= set(file.meta["prompts"])


def told(tmp_path: Path, method: object, instructions: str, **changes: Any) -> list[Any]:
    """Return the calls of the turns of a user whose instructions hold its request."""
    speakers = {
        "bot": {"plays": "assistant"},
        "ada": {"plays": "user", "method": method, "instructions": instructions},
    }
    path = tmp_path / "told.db"
    played = scenario(speakers=speakers, turns={"maximum": 2}, **changes)
    assert run_sync(played, n=1, model=ScriptedModel(answer), out=path).failed == 0
    with open_run(path) as file:
        return [c for c in file.calls(0) if c.speaker == "ada" and c.turn is not None]


def test_a_request_that_stands_in_the_instructions_is_told_once(tmp_path: Path) -> None:
    calls = told(tmp_path, {"name": "vs", "k": 5}, "You are Ada.\n{{ request }}\nYou are 30.")
    (system,) = {call.history[0]["content"] for call in calls}
    assert system.startswith("You are Ada.\nAt [your turn]:\nWrite 5 replies, each leading")
    assert system.endswith('{"text": …, "probability": …}, …]}\nYou are 30.')
    assert all(list(call.request) == [{"role": "user", "content": "[your turn]"}] for call in calls)


def test_a_turn_from_the_tail_is_asked_for_in_full(tmp_path: Path) -> None:
    speakers = {
        "bot": {"plays": "assistant"},
        "ada": {
            "plays": "user",
            "method": "vs",
            "instructions": "{{ request }}",
            "tail": {"share": 1.0, "below": 0.1},
        },
    }
    path = tmp_path / "r.db"
    run_sync(scenario(speakers=speakers), n=1, model=ScriptedModel(answer), out=path)
    with open_run(path) as file:
        (call,) = (c for c in file.calls(0) if c.turn == 1)
    assert call.request[-1]["content"].startswith("[Not part of the conversation]\nWrite 5")
    assert "below 0.1" in call.request[-1]["content"]


def test_the_tail_is_asked_of_turns_and_never_told_for_an_outcome_to_inherit(
    tmp_path: Path,
) -> None:
    method = {"name": "vs", "below": 0.1}
    calls = told(tmp_path, method, "You are Ada. {{ request }}")
    assert all(call.history[0]["content"] == "You are Ada." for call in calls)
    assert all("below 0.1" in call.request[-1]["content"] for call in calls)
    with open_run(tmp_path / "told.db") as file:
        outcomes = [call for call in file.calls(0) if call.outcome is not None]
    assert outcomes
    assert not any("below" in str([call.history, call.request]) for call in outcomes)


def test_a_request_that_a_draw_decides_stands_at_each_turn(tmp_path: Path) -> None:
    parts = {"a": {"weight": 1, "method": "vs"}}
    calls = told(tmp_path, {"name": "mixture", "parts": parts}, "You are Ada. {{ request }}")
    assert calls[0].history[0]["content"] == "You are Ada."
    assert calls[0].request[-1]["content"].startswith("[Not part of the conversation]")


def test_a_template_of_ones_own_can_be_told_once_too(tmp_path: Path) -> None:
    method = {"name": "vs", "k": 2, "prompt": "Give {{ k }} replies. {{ json_form }}"}
    calls = told(tmp_path, method, "{{ request }}")
    assert calls[0].history[0]["content"].startswith("At [your turn]:\nGive 2 replies. JSON only")


def test_without_a_talk_no_request_is_told(tmp_path: Path) -> None:
    speakers = {
        "bot": {"plays": "assistant"},
        "ada": {"plays": "user", "instructions": "You are Ada. {{ request }}"},
    }
    path = tmp_path / "r.db"
    asking_only = scenario(speakers=speakers, steps=[{"ask": ["gift"]}])
    run_sync(asking_only, n=1, model=ScriptedModel(answer), out=path)
    with open_run(path) as file:
        (call,) = file.calls(0)
    assert call.history[0]["content"] == "You are Ada."


def test_who_asks_and_how_long_a_reply_is_may_be_templates(tmp_path: Path) -> None:
    variables = {"who": "the\nmayor", "words": "three words"}
    who = {"variables": variables, **asked(by="{{ variables.who }}")}
    ada = {"plays": "user", "length": "{{ variables.words }} or fewer"}
    played = scenario(**who, speakers={"bot": {"plays": "assistant"}, "ada": ada})
    assert "This is asked by the mayor; nobody" in requests(tmp_path, played)["gift"]
    with open_run(tmp_path / "r.db") as file:
        said = [c.request[-1]["content"] for c in file.calls(0) if c.request]
    assert any("three words or fewer" in request for request in said)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"length": "{{ nothing }}"}, "speakers.ada.length: 'nothing' is undefined"),
        ({"length": "{{ ' ' }}"}, "speakers.ada.length: renders to nothing; say how long"),
    ],
)
def test_a_length_that_is_none_is_refused_before_any_call(changes: Any, why: str) -> None:
    ada = {"plays": "user", **changes}
    with pytest.raises(InputError, match=why):
        rehearse(scenario(speakers={"bot": {"plays": "assistant"}, "ada": ada}), None)


def test_before_a_question_the_instructions_are_the_same_in_every_cell(tmp_path: Path) -> None:
    methods = {name: {"speakers": {"ada": {"method": name}}} for name in ("direct", "vs", "multi")}
    speakers = {
        "bot": {"plays": "assistant"},
        "ada": {"plays": "user", "instructions": "You are Ada.\n{{ request }}"},
    }
    sent: list[str] = []

    def noting(request: ChatRequest) -> str:
        if "How much?" in request.messages[-1]["content"]:
            sent.append(json.dumps([m["content"] for m in request.messages[:1]]))
        return answer(request)

    path = tmp_path / "r.db"
    played = scenario(speakers=speakers, conditions={"method": methods})
    assert run_sync(played, n=1, model=ScriptedModel(noting), out=path).failed == 0
    assert len(sent) == 3
    assert len(set(sent)) == 1
    assert "Write what you say next" in sent[0]
    with open_run(path) as file:
        shown = [c.history[0]["content"] for i in range(3) for c in file.calls(i) if c.outcome]
    assert [json.dumps([told]) for told in shown] == sent
