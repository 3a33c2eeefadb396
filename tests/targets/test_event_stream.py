import re
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

from simulate.errors import (
    TargetReplyError,
    TargetSilentError,
    TargetTimeoutError,
    TargetUnreachableError,
)
from simulate.targets import Session, ToolCall
from tests.targets.service import Handler, Serve, event, raw, says, streams
from tests.targets.talking import finding, in_session, talk

Chat = Callable[[Handler], str]


def test_the_pieces_of_the_stream_are_one_message(service: Serve) -> None:
    bot = service(
        chat=streams(event({"text": "Hel"}), 0.05, event({"text": "lo."}), event("[DONE]"))
    )
    [reply] = talk("sse", "Hi", url=f"{bot.url}/chat")
    assert reply.messages == ("Hello.",)
    assert reply.latency_s > 0.04
    assert bot.bodies == [{"session": "one", "message": "Hi"}]


def test_the_end_of_the_stream_ends_the_turn(chat: Chat) -> None:
    [reply] = talk("sse", url=chat(streams(event({"text": "A"}))))
    assert reply.text == "A"


def test_what_comes_after_the_end_of_the_turn_is_not_waited_for(service: Serve) -> None:
    bot = service(chat=streams(event({"text": "A"}), event("", "done"), 30.0))
    [reply] = talk("sse", url=f"{bot.url}/chat", done="done", timeout_s=5)
    assert reply.text == "A"


def test_chat_completion_chunks_are_read_by_a_path(service: Serve) -> None:
    def chunk(**delta: Any) -> bytes:
        return event({"choices": [{"delta": delta}]})

    bot = service(
        chat=streams(
            chunk(role="assistant"), chunk(content="A"), chunk(content="B"), event("[DONE]")
        )
    )
    [reply] = talk("sse", url=f"{bot.url}/chat", text="$.choices[0].delta.content", history="full")
    assert reply.text == "AB"


def test_data_that_is_the_text_itself_is_taken_as_it_is(service: Serve) -> None:
    bot = service(chat=streams(b"data: Two\ndata: lines\n\n", event("[DONE]")))
    [reply] = talk("sse", url=f"{bot.url}/chat", text="$")
    assert reply.text == "Two\nlines"


def test_events_may_part_messages_and_report_tool_calls(service: Serve) -> None:
    bot = service(
        chat=streams(
            event({"text": "A"}, "piece"),
            event({}, "end"),
            event({"call": {"name": "look", "arguments": {"at": 1}}}, "tool"),
            event("not json", "ping"),
            event({"text": "B", "over": True}, "piece"),
        )
    )
    [reply] = talk(
        "sse",
        url=f"{bot.url}/chat",
        events=["piece"],
        message_ends=["end"],
        tool_calls="$.call",
        ends="$.over",
    )
    assert reply.messages == ("A", "B")
    assert reply.tool_calls == (ToolCall("look", {"at": 1}, after=1),)
    assert reply.ends


def test_a_stream_that_never_ends_is_timed_out_and_its_end_quoted(service: Serve) -> None:
    bot = service(chat=streams(event({"text": "Once upon "}), event({"text": "a time"}), 30.0))
    told = finding(TargetTimeoutError, "sse", url=f"{bot.url}/chat", timeout_s=0.3)
    assert "is not over after 0.3 s; 16 characters had come, ending: “Once upon a time”" in told


def test_a_stream_of_comments_alone_is_timed_out(chat: Chat) -> None:
    beats: list[bytes | float] = [b": beat\n\n", 0.05] * 40
    told = finding(TargetTimeoutError, "sse", url=chat(streams(*beats)), timeout_s=0.3)
    assert "nothing had come" in told


ONCE = event({"text": "Once"})


@pytest.mark.parametrize(
    ("handler", "told"),
    [
        (
            streams(ONCE, None),
            "the connection broke amid the turn .*; 4 characters had come, ending: “Once”",
        ),
        (
            streams(event({"txt": "A"}), event("[DONE]")),
            r'reply “\$.text” finds nothing in what came: “{"txt": "A"}”.*; set reply to where the '
            "text stands",
        ),
        (
            streams(event("A")),
            r"the data of an event is not JSON \(Expecting value\): “A”",
        ),
        (
            streams(ONCE, event("out of memory", "error")),
            "sends an error event: “out of memory”; 4 characters had come",
        ),
        (
            says({"error": 1}),
            'answers with application/json and no server-sent event: “{"error": 1}”',
        ),
        (streams(*[event({"text": "a" * 1_000_000})] * 50), "is longer than 16,777,216"),
    ],
    ids=["cut", "path", "json", "error", "none", "enormous"],
)
def test_a_stream_that_is_no_turn_is_quoted(chat: Chat, handler: Handler, told: str) -> None:
    assert re.search(told, finding(TargetReplyError, "sse", url=chat(handler)))


def test_a_stream_without_text_is_silence(chat: Chat) -> None:
    finding(TargetSilentError, "sse", url=chat(streams(event("[DONE]"))))


def test_an_error_status_and_a_service_that_is_down_are_findings(service: Serve) -> None:
    bot = service()
    assert "HTTP 404 Not Found" in finding(TargetReplyError, "sse", url=f"{bot.url}/chat")
    finding(TargetUnreachableError, "sse", url="http://127.0.0.1:1/chat")


def test_a_greeting_may_stand_in_the_answer_to_the_set_up(service: Serve) -> None:
    bot = service(start=streams(event({"text": "Welcome!"})), chat=raw(b""))

    async def greet(session: Session) -> str:
        return (await session.greeting()).text

    said = in_session(
        greet, "sse", url=f"{bot.url}/chat", set_up={"url": f"{bot.url}/start"}, greeting="set_up"
    )
    assert said == "Welcome!"


def test_a_stream_that_never_pauses_ends_with_its_time(service: Serve) -> None:
    written = 0

    async def pours(request: web.Request) -> web.StreamResponse:
        nonlocal written
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        while True:
            await response.write(event({"text": ""}) * 1_000)
            written += 1_000

    bot = service(chat=pours)
    finding(TargetTimeoutError, "sse", url=f"{bot.url}/chat", timeout_s=0.2)
    assert written < 500_000  # of the 930,000 that a turn may have
