import asyncio
from pathlib import Path
from typing import Any

import pytest

from simulate.errors import (
    TargetReplyError,
    TargetSilentError,
    TargetSpecError,
    TargetTimeoutError,
    TargetUnreachableError,
)
from simulate.targets import Said, Target, ToolCall, open_target
from tests.endpoint import Serve, completion, refusal
from tests.targets.talking import config, finding, talk, with_target

TOOLS = [{"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}]


def test_the_conversation_is_kept_and_sent_whole(serve: Serve) -> None:
    endpoint = serve(lambda body, n: f"Answer {n}.")
    replies = talk("model", "One", "Two", model=endpoint.spec, system="Be kind.")
    assert [r.text for r in replies] == ["Answer 0.", "Answer 1."]
    assert [m["content"] for m in endpoint.bodies[1]["messages"]] == [
        "Be kind.",
        "One",
        "Answer 0.",
        "Two",
    ]


def test_the_instructions_are_its_system_prompt_by_default(serve: Serve) -> None:
    endpoint = serve(lambda body, n: "Yes.")

    async def instructed(target: Target) -> None:
        assert not target.remembers
        session = await target.open(
            "one", instructions="Sell tea.", history=[Said("target", "A"), Said("user", "B")]
        )
        await session.reply("C")

    with_target(instructed, "model", model=endpoint.spec)
    assert [m["role"] for m in endpoint.bodies[0]["messages"]] == [
        "system",
        "assistant",
        "user",
        "user",
    ]


def test_tools_are_offered_and_their_calls_reported(serve: Serve) -> None:
    call = {"id": "1", "type": "function", "function": {"name": "look", "arguments": '{"at": 1}'}}
    endpoint = serve(lambda body, n: completion(None, message={"tool_calls": [call]}))
    [reply] = talk("model", model=endpoint.spec, tools=TOOLS, temperature=0)
    assert (reply.messages, reply.tool_calls) == ((), (ToolCall("look", {"at": 1}, "1"),))
    assert endpoint.bodies[0]["tools"] == TOOLS


def test_arguments_that_are_not_json_are_a_finding(serve: Serve) -> None:
    call = {"function": {"name": "look", "arguments": "{at: 1"}}
    endpoint = serve(lambda body, n: completion("A", message={"tool_calls": [call]}))
    told = finding(TargetReplyError, "model", model=endpoint.spec, tools=TOOLS)
    assert "the arguments of look is not JSON" in told or "the arguments of look are" in told


def test_an_empty_reply_is_silence(serve: Serve) -> None:
    finding(TargetSilentError, "model", model=serve(lambda body, n: completion("")).spec)


def test_a_refused_request_and_an_endpoint_that_is_down_are_findings(serve: Serve) -> None:
    endpoint = serve(lambda body, n: refusal("not this one"))
    assert "not this one" in finding(TargetReplyError, "model", model=endpoint.spec)
    finding(TargetUnreachableError, "model", model="mock@http://127.0.0.1:1/v1")


def test_the_first_turns_do_not_wait_for_each_other(serve: Serve) -> None:
    endpoint = serve(lambda body, n: "Yes.", delay_s=0.3)

    async def at_once(target: Target) -> None:
        sessions = [await target.open(f"s{n}") for n in range(6)]
        await asyncio.gather(*(session.reply("Hi") for session in sessions))

    with_target(at_once, "model", model=endpoint.spec, temperature=0)
    assert endpoint.most_at_once == 6


def test_a_slow_model_is_timed_out(serve: Serve) -> None:
    finding(TargetTimeoutError, "model", model=serve(delay_s=5).spec, timeout_s=0.2)


def test_a_key_that_is_echoed_back_is_hidden(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-geheim-123")
    endpoint = serve(lambda body, n: refusal("bad key sk-geheim-123", status=401))
    told = finding(TargetUnreachableError, "model", model=endpoint.spec)
    assert "[redacted]" in told


def test_any_model_spec_is_a_target(tmp_path: Path) -> None:
    (tmp_path / "answers.yaml").write_text("- Hello.\n")
    target: Any = None
    with pytest.raises(TargetSpecError, match="the scripted model takes no tools"):
        target = open_target(config("model", model="scripted:x.yaml", tools=TOOLS))
    assert target is None


def test_a_model_spec_that_means_nothing_is_told() -> None:
    with pytest.raises(TargetSpecError, match="is not a SPEC"):
        open_target(config("model", model="a b c"))
