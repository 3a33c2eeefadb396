import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

from simulate.errors import (
    TargetError,
    TargetReplyError,
    TargetSilentError,
    TargetTimeoutError,
    TargetUnreachableError,
)
from simulate.targets import Session, ToolCall
from simulate.targets.inbox import LARGEST_INBOX, Inbox
from tests.targets.service import Handler, Serve, Talk, says, socket
from tests.targets.talking import finding, in_session, talk, talk_at_once

Chat = Callable[[Handler], str]
Socket = web.WebSocketResponse


async def echo(at: Socket, text: str) -> None:
    await at.send_json({"text": f"You said {json.loads(text)['message']}"})


def answers(*messages: Any, wait_s: float = 0) -> Callable[[Socket, str], Any]:
    async def answer(at: Socket, text: str) -> None:
        for message in messages:
            await asyncio.sleep(wait_s)
            await (at.send_str(message) if isinstance(message, str) else at.send_json(message))

    return answer


def test_each_message_of_the_target_is_a_turn_by_default(socket_chat: Chat) -> None:
    url = socket_chat(socket(echo))
    replies = talk("websocket", "A", "B", url=url)
    assert [r.messages for r in replies] == [("You said A",), ("You said B",)]


def test_a_turn_may_end_where_a_message_says_so(socket_chat: Chat) -> None:
    parts = ({"text": "A"}, {"typing": True}, {"text": "B"}, {"done": True})
    [reply] = talk("websocket", url=socket_chat(socket(answers(*parts))), turn_ends="$.done")
    assert reply.messages == ("A", "B")


def test_a_turn_may_end_when_the_target_is_quiet(socket_chat: Chat) -> None:
    url = socket_chat(socket(answers({"text": "A"}, {"text": "B"}, wait_s=0.05)))
    [reply] = talk("websocket", url=url, quiet_s=0.3)
    assert reply.messages == ("A", "B")
    assert reply.latency_s > 0.09


def test_tool_calls_and_the_end_are_reported(socket_chat: Chat) -> None:
    parts = ({"call": {"name": "look"}}, {"text": "Bye.", "over": True})
    [reply] = talk(
        "websocket",
        url=socket_chat(socket(answers(*parts))),
        tool_calls="$.call",
        ends="$.over",
        quiet_s=1,
    )
    assert reply.tool_calls == (ToolCall("look"),)
    assert reply.messages == ("Bye.",)
    assert reply.ends


def test_the_opening_is_sent_first_and_messages_as_the_file_says(socket_chat: Chat) -> None:
    seen: list[str] = []

    async def note(at: Socket, text: str) -> None:
        seen.append(text)
        if text.startswith("say "):
            await at.send_str("Yes.")

    [reply] = talk(
        "websocket",
        "Hi",
        url=socket_chat(socket(note)),
        opening={"hello": "{{ session }}"},
        send="say {{ message }}",
        reply="$",
    )
    assert seen == ['{"hello": "one"}', "say Hi"]
    assert reply.text == "Yes."


def test_a_target_may_speak_first(socket_chat: Chat) -> None:
    url = socket_chat(socket(echo, first=('{"text": "Welcome!"}',)))

    async def both(session: Session) -> list[str]:
        return [(await session.greeting()).text, (await session.reply("A")).text]

    said = in_session(both, "websocket", url=url, greeting=True)
    assert said == ["Welcome!", "You said A"]


def test_what_is_said_unasked_stands_before_the_next_turn(socket_chat: Chat) -> None:
    url = socket_chat(socket(echo, first=('{"text": "Welcome!"}',)))

    async def late(session: Session) -> tuple[str, ...]:
        await asyncio.sleep(0.2)
        return (await session.reply("A")).messages

    said = in_session(late, "websocket", url=url)
    assert said == ("Welcome!", "You said A")


def test_the_state_is_asked_for(socket_chat: Chat) -> None:
    url = socket_chat(socket(answers({"cart": ["tea"]})))
    state = in_session(
        lambda session: session.state(), "websocket", url=url, state={"ask": "state"}
    )
    assert state == {"cart": ["tea"]}


def test_a_target_that_never_ends_its_turn_is_timed_out_and_stopped(socket_chat: Chat) -> None:
    url = socket_chat(socket(answers({"text": "Once"})))

    async def twice(session: Session) -> str:
        with pytest.raises(TargetTimeoutError) as caught:
            await session.reply("A")
        with pytest.raises(TargetError, match="is over since a turn of it failed"):
            await session.reply("B")
        return str(caught.value)

    told = in_session(twice, "websocket", url=url, turn_ends="$.done", timeout_s=0.3)
    assert "its turn is not over after 0.3 s; 4 characters had come, ending: “Once”" in told


def test_a_connection_that_breaks_is_a_finding(socket_chat: Chat) -> None:
    async def abort(request: web.Request) -> web.StreamResponse:
        response = web.WebSocketResponse()
        await response.prepare(request)
        await response.receive()
        assert request.transport is not None
        request.transport.abort()
        return response

    told = finding(TargetReplyError, "websocket", url=socket_chat(abort))
    assert "broke the connection" in told
    assert "nothing had come" in told


def test_a_proper_close_after_the_text_ends_the_conversation(socket_chat: Chat) -> None:
    async def close(at: Socket, text: str) -> None:
        await at.send_json({"text": "Bye."})
        await at.close()

    [reply] = talk("websocket", url=socket_chat(socket(close)), quiet_s=5)
    assert (reply.text, reply.ends) == ("Bye.", True)


async def close(at: Socket, text: str) -> None:
    await at.send_json({"text": "Once"})
    await at.close(code=1011, message=b"out of memory")


@pytest.mark.parametrize(
    ("handler", "fields", "told"),
    [
        (answers({"txt": "A"}), {}, 'reply “$.text” finds nothing in what came: “{"txt": "A"}”'),
        (answers("\x1b[2Jhello"), {}, "a message is not JSON (Expecting value): “\\x1b[2Jhello”"),
        (
            close,
            {"turn_ends": "$.done"},
            "closed the connection (code 1011, “out of memory”) amid its turn; 4 characters had "
            "come, ending: “Once”",
        ),
    ],
    ids=["path", "json", "closed"],
)
def test_an_answer_that_is_no_turn_is_quoted(
    socket_chat: Chat, handler: Talk, fields: dict[str, Any], told: str
) -> None:
    url = socket_chat(socket(handler))
    assert told in finding(TargetReplyError, "websocket", url=url, **fields)


def test_an_enormous_message_is_refused(socket_chat: Chat) -> None:
    url = socket_chat(socket(answers({"text": "a" * 50_000_000})))
    assert "the connection" in finding(TargetReplyError, "websocket", url=url)


def test_silence_is_a_finding(socket_chat: Chat) -> None:
    url = socket_chat(socket(answers({"text": ""})))
    finding(TargetSilentError, "websocket", url=url)


def test_a_service_that_is_no_websocket_is_told_by_its_status(socket_chat: Chat) -> None:
    told = finding(TargetReplyError, "websocket", url=socket_chat(says({}, status=403)))
    assert "answers HTTP 403 where a WebSocket should begin" in told


def test_a_service_that_is_down_is_unreachable() -> None:
    finding(TargetUnreachableError, "websocket", url="ws://127.0.0.1:1/chat")


def test_sessions_at_once_do_not_mix(socket_chat: Chat) -> None:
    url = socket_chat(socket(echo))
    talk_at_once("websocket", 20, lambda name, n: f"You said {name}-{n}", url=url)


def test_the_opening_follows_no_redirect(service: Serve) -> None:
    elsewhere = service(chat=socket(echo))
    headers = {"X-Shop": "mine"}
    moved = service(chat=says({}, 302, Location=f"{elsewhere.url}/chat"))
    told = finding(
        TargetUnreachableError, "websocket", url=f"{moved.socket_url}/chat", headers=headers
    )
    assert "redirects are not followed" in told
    assert elsewhere.requests == []


def test_a_secret_at_the_end_of_a_long_reason_is_hidden_whole(
    socket_chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOT_TOKEN", "geheim-0123456789")

    async def refuse(request: web.Request) -> web.StreamResponse:
        return web.Response(status=403, reason="x" * 190 + request.headers["X-Key"])

    told = finding(
        TargetReplyError,
        "websocket",
        url=socket_chat(refuse),
        headers={"X-Key": "{{ env.BOT_TOKEN }}"},
    )
    assert "geheim" not in told


def test_empty_messages_without_end_fill_no_memory() -> None:
    inbox = Inbox()
    assert sum(inbox.put("") for _ in range(LARGEST_INBOX)) < LARGEST_INBOX // 50
    assert inbox.closed is not None
