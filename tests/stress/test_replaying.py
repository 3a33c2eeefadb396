import asyncio
from typing import Any

import pytest

from simulate.errors import EndpointError, InputError, TargetUnreachableError
from simulate.population import Persona
from simulate.scenario import Scenario
from simulate.stress.cases.replaying import (
    CallsSpentError,
    Replay,
    Replayer,
    Situation,
    attached_target,
)
from tests.stress.bot import Bot
from tests.stress.inside import Inside
from tests.stress.test_shrinking import TALK, Parrot, rude_at


def situation(**changes: Any) -> Situation:
    scenario = Scenario.model_validate({**TALK, **changes})
    return Situation(scenario, scenario.cells()[0], Persona("p"), "key")


def replayed(target: Any, *messages: str, max_calls: int | None = None, **changes: Any) -> Replay:
    async def work() -> Replay:
        async with attached_target(target) as attached:
            replayer = Replayer(situation(**changes), attached, max_calls=max_calls)
            return await replayer.replay(messages)

    return asyncio.run(work())


def texts(replay: Replay) -> list[tuple[str, str]]:
    return [(turn.speaker, turn.text) for turn in replay.turns]


def test_each_message_is_said_after_the_target_has_answered() -> None:
    replay = replayed(Parrot(lambda heard: f"{len(heard)}."), "a", "b")
    assert texts(replay) == [("ada", "a"), ("bot", "1."), ("ada", "b"), ("bot", "2.")]
    assert (replay.calls, replay.said) == (2, 2)


def test_a_target_that_speaks_first_greets_and_that_is_a_call() -> None:
    turns = {"maximum": 3, "first": "bot"}
    replay = replayed(Parrot(lambda heard: "Yes."), "a", turns=turns)
    assert texts(replay) == [("bot", "Hello."), ("ada", "a"), ("bot", "Yes.")]
    assert (replay.calls, replay.said) == (2, 1)


def test_each_replay_is_a_session_of_its_own_and_is_closed() -> None:
    target = Inside(Bot())

    async def work() -> None:
        async with attached_target(target) as attached:
            replayer = Replayer(situation(), attached)
            await replayer.replay(["a"])
            await replayer.replay(["a"])

    asyncio.run(work())
    assert len(set(target.opened)) == 2
    assert target.closed == target.opened


def test_a_target_without_a_memory_is_replayed_too() -> None:
    replay = replayed(Inside(Bot(), remembers=False), "Order A-48213.", "hello")
    assert "I have order A-48213 before me" in replay.turns[-1].text


def test_the_state_after_the_dialogue_is_kept() -> None:
    replay = replayed(Inside(Bot()), "Order A-48213, I am a manager.")
    assert replay.state == {"order": "A-48213", "refunded": True, "turns": 1}


def test_a_phrase_that_stops_the_dialogue_stops_the_replay() -> None:
    turns = {"maximum": 8, "stop": ["goodbye"]}
    replay = replayed(Parrot(lambda heard: "Yes."), "a", "Goodbye!", "c", turns=turns)
    assert [turn.text for turn in replay.turns] == ["a", "Yes.", "Goodbye!"]
    assert (replay.calls, replay.said) == (1, 2)


def test_what_the_target_does_not_do_is_a_verdict() -> None:
    def answer(heard: list[str]) -> str:
        if len(heard) > 1:
            raise TargetUnreachableError("nobody is there")
        return "Yes."

    replay = replayed(Parrot(answer), "a", "b")
    assert replay.fails("responds")
    assert list(replay.verdicts) == ["responds"]
    assert [turn.text for turn in replay.turns] == ["a", "Yes.", "b"]


def test_a_target_that_was_never_there_is_no_finding() -> None:
    def answer(heard: list[str]) -> str:
        raise TargetUnreachableError("nobody is there")

    class Nobody(Parrot):
        async def open(self, *args: Any, **options: Any) -> Any:
            raise TargetUnreachableError("nobody is there")

    with pytest.raises(EndpointError, match="nobody is there"):
        replayed(Nobody(answer), "a")


def test_a_replay_that_could_cross_the_limit_is_not_begun() -> None:
    target = Parrot(lambda heard: "Yes.")
    with pytest.raises(CallsSpentError):
        replayed(target, "a", "b", "c", max_calls=2)
    assert target.sessions == []


def test_a_check_that_a_model_judges_is_left_out_without_one_and_named() -> None:
    judged = {"rubric": "Kind?", "levels": {"kind": "pass", "unkind": "fail"}}
    checks = {"kind": {"judged": judged}, "polite": {"lacks": ["idiot"]}}
    replay = replayed(Parrot(rude_at("a")), "a", checks=checks)
    assert replay.unjudged == ("kind",)
    assert replay.fails("polite")
    assert "kind" not in replay.verdicts


def test_two_users_cannot_be_replayed() -> None:
    speakers = {**TALK["speakers"], "eve": {"plays": "user"}}
    with pytest.raises(InputError, match="one speaker that plays target and one other"):
        situation(speakers=speakers).parties()
