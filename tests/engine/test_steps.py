"""Dialogues as steps: given, say, show, ask; on a scripted model that tells what it was shown."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from simulate.engine import run
from simulate.errors import EndpointError, InputError
from simulate.models import ChatRequest, ScriptedModel
from simulate.runfile import Dialogue, open_run
from simulate.scenario import Scenario
from tests.made_runs import exported, gone_at

ASKED = {"kind": "amount", "support": [0, 100]}


def scenario(steps: list[dict[str, Any]], **changes: Any) -> Scenario:
    data: dict[str, Any] = {
        "scenario": "steps",
        "speakers": {
            "bot": {"plays": "assistant", "instructions": "You are the bot."},
            "ada": {"plays": "user", "instructions": "You are Ada.", "method": {"name": "vs"}},
        },
        "turns": {"maximum": 2},
        "outcomes": {
            "before": {**ASKED, "asked": {"speaker": "ada", "question": "Before?"}},
            "amid": {**ASKED, "asked": {"speaker": "ada", "question": "Amid?"}},
            "after": {**ASKED, "asked": {"speaker": "ada", "question": "After?"}},
        },
        "steps": steps,
        **changes,
    }
    return Scenario.model_validate(data)


def answers(request: ChatRequest) -> Any:
    """Answer an outcome with the number of messages before its question."""
    before = len(request.messages) - 1
    if request.schema is None:
        return f"Reply after {before}."
    if "value" in str(request.schema):
        return {"responses": [{"value": before, "probability": 0.5}]}
    return {"responses": [{"text": f"Said after {before}.", "probability": 1}]}


def played(path: Path, steps: list[dict[str, Any]], **options: Any) -> Dialogue:
    changes = options.pop("changes", {})
    settings = {"n": 1, "model": ScriptedModel(answers), "out": path, **options}
    result = asyncio.run(run(scenario(steps, **changes), **settings))
    assert result.failed == 0
    with open_run(path) as file:
        return file.dialogue(0)


def values(dialogue: Dialogue) -> dict[str, Any]:
    return {name: outcome.value for name, outcome in dialogue.outcomes.items()}


MIXED: list[dict[str, Any]] = [
    {"ask": ["before"]},
    {"say": 1},
    {"show": {"to": "ada", "text": "A letter for {{ speaker }}."}},
    {"ask": ["amid"]},
    {"say": "all"},
]


def test_outcomes_are_asked_at_their_place(tmp_path: Path) -> None:
    dialogue = played(tmp_path / "a.db", MIXED)
    # Before: the instructions. Amid: with two turns and the letter. After: with four turns more.
    assert values(dialogue) == {"before": 1, "amid": 4, "after": 8}
    assert len(dialogue.turns) == 6


def test_only_the_speaker_it_is_shown_to_sees_what_is_shown(tmp_path: Path) -> None:
    played(tmp_path / "a.db", MIXED)
    with open_run(tmp_path / "a.db") as file:
        prompts = {
            (c.speaker, c.turn): [m["content"] for m in c.prompt] for c in file.calls(0) if c.turn
        }
    assert "A letter for ada." in prompts["ada", 3]
    assert "A letter for ada." not in prompts["ada", 1]
    assert "A letter for ada." not in prompts["bot", 2]


def test_the_prompts_on_file_are_those_that_were_sent(tmp_path: Path) -> None:
    sent: list[list[str]] = []

    def noting(request: ChatRequest) -> Any:
        sent.append([m["content"] for m in request.messages])
        return answers(request)

    played(tmp_path / "a.db", MIXED, model=ScriptedModel(noting))
    with open_run(tmp_path / "a.db") as file:
        assert [[m["content"] for m in call.prompt] for call in file.calls(0)] == sent


def test_a_dialogue_can_do_without_a_talk(tmp_path: Path) -> None:
    dialogue = played(tmp_path / "a.db", [{"ask": ["after", "before"]}])
    assert dialogue.turns == ()
    assert values(dialogue) == {"before": 1, "amid": 1, "after": 1}


def test_a_dialogue_can_begin_with_turns_that_are_given(tmp_path: Path) -> None:
    given = [
        {"speaker": "bot", "text": "Will you give?"},
        {"speaker": "ada", "text": "I, {{ speaker }}, may."},
    ]
    path = tmp_path / "a.db"
    dialogue = played(path, [{"given": given}, {"say": 1}])
    assert [(t.speaker, t.given) for t in dialogue.turns] == [
        ("bot", True),
        ("ada", True),
        ("bot", False),
        ("ada", False),
    ]
    assert dialogue.turns[1].text == "I, ada, may."
    (line,) = exported(path)
    assert line["turns"][0]["given"] is True
    assert "given" not in line["turns"][2]
    with open_run(path) as file:
        first = next(iter(file.calls(0)))
    assert [m["content"] for m in first.prompt][-2:] == ["Will you give?", "I, ada, may."]


@pytest.mark.parametrize("at", range(1, 10))
def test_a_run_that_is_interrupted_anywhere_goes_on_as_if_nothing_had_happened(
    tmp_path: Path, at: int
) -> None:
    given = [{"speaker": "bot", "text": "Will you give?"}]
    steps: list[dict[str, Any]] = [{"given": given}, *MIXED]
    with pytest.raises(EndpointError):
        played(tmp_path / "a.db", steps, model=gone_at(at, answers), concurrency=1)
    if (tmp_path / "a.db").exists():
        played(tmp_path / "a.db", steps, resume=True)
    else:
        assert at == 1
        played(tmp_path / "a.db", steps)
    played(tmp_path / "b.db", steps)
    with open_run(tmp_path / "a.db") as one, open_run(tmp_path / "b.db") as other:
        prompts = [[c.prompt for c in file.calls(0)] for file in (one, other)]
    assert exported(tmp_path / "a.db") == exported(tmp_path / "b.db")
    assert prompts[0] == prompts[1]


def test_a_scenario_without_steps_has_a_talk_and_then_its_outcomes() -> None:
    first, second = scenario([]).cells()[0].steps
    assert (first.say, second.asked) == (2, ["before", "amid", "after"])


@pytest.mark.parametrize(
    ("steps", "why"),
    [
        ([{}], "give exactly one of given, say, show, ask; given: none"),
        ([{"say": 1, "ask": ["after"]}], "given: say and ask"),
        ([{"say": 0}], "greater than or equal to 1"),
        ([{"ask": ["never"]}], "steps.0.ask: there is no outcome “never”"),
        ([{"ask": ["after"]}, {"ask": ["after"]}], "outcome “after” is asked for twice"),
        ([{"show": {"to": "eve", "text": "x"}}], "steps.0: there is no speaker “eve”"),
        ([{"say": 1}, {"given": "persona"}], "put it first"),
    ],
)
def test_steps_that_make_no_sense_are_refused(steps: list[dict[str, Any]], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        scenario(steps)


def test_nothing_can_be_put_into_the_mouth_of_a_target() -> None:
    speakers = {"bot": {"plays": "target"}, "ada": {"plays": "user"}}
    given = [{"given": [{"speaker": "bot", "text": "Hello."}]}]
    with pytest.raises(ValidationError, match="“bot” plays target"):
        scenario(given, speakers=speakers)


TASK: dict[str, Any] = {
    "scenario": "task",
    "speakers": {"ada": {"plays": "user", "method": {"name": "vs"}}},
    "turns": {"maximum": 1, "opening": "How much?"},
    "outcomes": {"sum": {**ASKED, "answered": {}}},
}


@pytest.mark.parametrize(
    ("steps", "why"),
    [
        ([{"ask": ["sum"]}, {"say": 1}], "“sum” is read from the turn: ask for it after `say`"),
        ([{"given": [{"speaker": "ada", "text": "4"}]}, {"say": 1}], "steps.0.given: one speaker"),
        ([{"say": 1}, {"say": 1}], "steps.1.say: one speaker answers once"),
        ([{"ask": ["sum"]}], "ask for it after `say`"),
    ],
)
def test_the_steps_of_a_task_are_its_one_turn_and_what_follows(
    steps: list[dict[str, Any]], why: str
) -> None:
    with pytest.raises(ValidationError, match=why):
        Scenario.model_validate({**TASK, "steps": steps})


def test_a_dialogue_that_ends_with_a_talk_is_not_completed_before_it(tmp_path: Path) -> None:
    steps: list[dict[str, Any]] = [{"ask": ["before", "amid", "after"]}, {"say": "all"}]
    with pytest.raises(EndpointError):
        played(tmp_path / "a.db", steps, model=gone_at(4, answers))
    with open_run(tmp_path / "a.db") as file:
        assert file.dialogue(0).status == "running"
    assert len(played(tmp_path / "a.db", steps, resume=True).turns) == 4


def test_the_prompt_of_an_outcome_holds_only_what_was_shown_before_it(tmp_path: Path) -> None:
    steps: list[dict[str, Any]] = [
        {"ask": ["before"]},
        {"show": {"to": "ada", "text": "A letter."}},
        {"say": 1},
    ]
    played(tmp_path / "a.db", steps)
    with open_run(tmp_path / "a.db") as file:
        first = next(iter(file.calls(0)))
    assert "A letter." not in [m["content"] for m in first.prompt]


def test_what_is_shown_must_not_be_empty(tmp_path: Path) -> None:
    steps: list[dict[str, Any]] = [
        {"show": {"to": "ada", "text": "{{ variables.nothing }}"}},
        {"say": 1},
    ]
    scenario_ = scenario(steps, variables={"nothing": " "})
    with pytest.raises(InputError, match=r"steps\.0: renders to an empty text"):
        asyncio.run(run(scenario_, n=1, model=ScriptedModel(answers), out=tmp_path / "a.db"))


@pytest.mark.parametrize(
    ("steps", "why"),
    [
        ([{"say": 1}] * 101, "at most 100"),
        ([{"say": 600}, {"say": 600}], "at most 1,000 turns of each"),
        ([{"say": True}], "say"),
    ],
)
def test_a_dialogue_has_bounds(steps: list[dict[str, Any]], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        scenario(steps)
