import threading
from pathlib import Path
from typing import Any

import pytest

from simulate.errors import TargetReplyError, TargetSilentError, TargetSpecError, TargetTimeoutError
from simulate.targets import Session, ToolCall, open_target, read_target
from tests.targets import bots
from tests.targets.talking import config, finding, in_session, talk, talk_at_once


def named(function: str) -> dict[str, Any]:
    return {"function": f"tests.targets.bots:{function}"}


def test_a_function_of_the_message_alone_answers() -> None:
    [reply] = talk("python", "Hi", **named("plain"))
    assert reply.messages == ("You said Hi",)


def test_a_function_has_a_dict_of_its_own_for_each_session() -> None:
    talk_at_once("python", 20, lambda name, n: f"{name} {n + 1}", **named("counting"))


def test_an_async_function_may_send_several_messages() -> None:
    [reply] = talk("python", "Hi", **named("later"))
    assert reply.messages == ("Hi", "one")


def test_a_dict_says_messages_tool_calls_and_the_end() -> None:
    [reply] = talk("python", **named("rich"))
    assert reply.messages == ("A", "B")
    assert reply.tool_calls == (ToolCall("look", {"at": 1}, after=2),)
    assert reply.ends


async def whole(session: Session) -> list[Any]:
    return [
        (await session.greeting()).text,
        (await session.reply("tea")).text,
        await session.state(),
    ]


def test_the_attributes_of_a_function_set_up_greet_tell_and_tear_down() -> None:
    bots.torn_down.clear()
    assert in_session(whole, "python", **named("whole")) == [
        "Order 17?",
        "17 tea",
        {"id": "one", "order": 17},
    ]
    assert bots.torn_down == ["one"]


def test_a_class_is_made_once_a_session() -> None:
    assert in_session(whole, "python", **named("Shop")) == ["Welcome!", "one: 1", {"cart": ["tea"]}]


def test_a_class_may_be_called_and_awaited() -> None:
    assert in_session(whole, "python", **named("Later")) == ["Welcome!", "later 1", ["tea"]]


@pytest.mark.parametrize(
    ("function", "text"),
    [
        ("made", "made Hi"),
        ("partly", "Hi\n\npart"),
        ("partly_made", "made Hi"),
        ("decorated", "Hi\n\none"),
        ("Later.fixed", "fixed Hi"),
        ("Later.classed", "Later Hi"),
    ],
)
def test_whatever_can_be_called_and_awaited_answers(function: str, text: str) -> None:
    [reply] = talk("python", **named(function))
    assert reply.text == text


@pytest.mark.parametrize(
    ("function", "told"),
    [
        ("generates", "it yields; return its texts, such as a list of them"),
        ("fails", "it raised TimeoutError: “no time\\nfor Hi”"),
        ("fails_later", "it raised KeyError: “'Hi'”"),
        ("exits", "it raised SystemExit: “3”"),
        ("Unfinished", "its constructor raised ValueError: “no shop”"),
        ("number", "what it returned is a number, not a text, a list of texts or an object: “7”"),
        ("odd_call", "its tool calls cannot be written as plain JSON data: Object of type object"),
        ("foreign", "what it returned has none of messages, reply, tool_calls and ends"),
    ],
)
def test_what_a_function_does_wrong_is_a_finding(function: str, told: str) -> None:
    assert told in finding(TargetReplyError, "python", **named(function))


def test_a_function_that_returns_nothing_is_silent() -> None:
    finding(TargetSilentError, "python", **named("silent"))


def test_a_sync_function_whose_time_is_over_is_left_alone_and_counted() -> None:
    bots.released.clear()
    told = finding(TargetTimeoutError, "python", **named("stuck"), timeout_s=0.1)
    assert "is not over after 0.1 s; nothing had come; its thread goes on, as do 1 of" in told
    bots.released.set()
    for thread in threading.enumerate():
        if thread.name == "target one":
            thread.join(5)


def test_an_async_function_whose_time_is_over_is_stopped() -> None:
    told = finding(TargetTimeoutError, "python", **named("stuck_later"), timeout_s=0.1)
    assert told.endswith("is not over after 0.1 s; nothing had come")


def test_hostile_text_can_be_stored() -> None:
    [reply] = talk("python", **named("hostile"))
    assert reply.text == "a\ufffd\ufffd\x1b[2J"


def test_a_state_that_is_not_plain_data_is_a_finding() -> None:
    with pytest.raises(TargetReplyError, match="its state cannot be written as plain JSON data"):
        in_session(lambda session: session.state(), "python", **named("odd_state"))


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ("python:no_such_module_here:f", "cannot be imported from here: ModuleNotFoundError"),
        ("python:tests.targets.bots:gone", "there is no “gone” in “tests.targets.bots”"),
        ("python:tests.targets.bots:not_callable", "is int, which cannot be called"),
        ("python:tests.targets.bots:Later.method", "is a method of the objects of “Later”; name"),
    ],
)
def test_a_function_that_is_not_there_is_named(spec: str, told: str) -> None:
    with pytest.raises(TargetSpecError, match=told):
        open_target(read_target(spec))


def test_a_module_of_the_current_directory_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bot_of_this_directory.py").write_text("def f(message): return 'here'")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", [])
    [reply] = talk("python", function="bot_of_this_directory:f")
    assert reply.text == "here"


def test_a_module_that_fails_to_load_is_told_with_its_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bot_that_exits.py").write_text("raise SystemExit(3)")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(TargetSpecError, match="SystemExit: “3”"):
        open_target(config("python", function="bot_that_exits:f"))
