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
from simulate.targets import Session, Target, ToolCall
from simulate.targets.inbox import LARGEST_INBOX, Inbox
from tests.targets.service import Service, says, socket
from tests.targets.talking import finding, in_session, talk, with_target

Serve = Callable[..., Service]
Socket = web.WebSocketResponse


async def echo(at: Socket, text: str) -> None:
    await at.send_json({"text": f"You said {json.loads(text)['message']}"})


def answers(*messages: Any, wait_s: float = 0) -> Callable[[Socket, str], Any]:
    async def answer(at: Socket, text: str) -> None:
        for message in messages:
            await asyncio.sleep(wait_s)
            await (at.send_str(message) if isinstance(message, str) else at.send_json(message))

    return answer


def test_each_message_of_the_target_is_a_turn_by_default(service: Serve) -> None:
    bot = service(chat=socket(echo))
    replies = talk("websocket", "A", "B", url=f"{bot.socket_url}/chat")
    assert [r.messages for r in replies] == [("You said A",), ("You said B",)]


def test_a_turn_may_end_where_a_message_says_so(service: Serve) -> None:
    parts = ({"text": "A"}, {"typing": True}, {"text": "B"}, {"done": True})
    [reply] = talk(
        "websocket",
        url=f"{service(chat=socket(answers(*parts))).socket_url}/chat",
        turn_ends="$.done",
    )
    assert reply.messages == ("A", "B")


def test_a_turn_may_end_when_the_target_is_quiet(service: Serve) -> None:
    bot = service(chat=socket(answers({"text": "A"}, {"text": "B"}, wait_s=0.05)))
    [reply] = talk("websocket", url=f"{bot.socket_url}/chat", quiet_s=0.3)
    assert reply.messages == ("A", "B")
    assert 0.09 < reply.latency_s < 0.35


def test_tool_calls_and_the_end_are_reported(service: Serve) -> None:
    parts = ({"call": {"name": "look"}}, {"text": "Bye.", "over": True})
    [reply] = talk(
        "websocket",
        url=f"{service(chat=socket(answers(*parts))).socket_url}/chat",
        tool_calls="$.call",
        ends="$.over",
        quiet_s=1,
    )
    assert reply.tool_calls == (ToolCall("look"),)
    assert reply.messages == ("Bye.",)
    assert reply.ends


def test_the_opening_is_sent_first_and_messages_as_the_file_says(service: Serve) -> None:
    seen: list[str] = []

    async def note(at: Socket, text: str) -> None:
        seen.append(text)
        if text.startswith("say "):
            await at.send_str("Yes.")

    [reply] = talk(
        "websocket",
        "Hi",
        url=f"{service(chat=socket(note)).socket_url}/chat",
        opening={"hello": "{{ session }}"},
        send="say {{ message }}",
        reply="$",
    )
    assert seen == ['{"hello": "one"}', "say Hi"]
    assert reply.text == "Yes."


def test_a_target_may_speak_first(service: Serve) -> None:
    bot = service(chat=socket(echo, first=('{"text": "Welcome!"}',)))

    async def both(session: Session) -> list[str]:
        return [(await session.greeting()).text, (await session.reply("A")).text]

    said = in_session(both, "websocket", url=f"{bot.socket_url}/chat", greeting=True)
    assert said == ["Welcome!", "You said A"]


def test_what_is_said_unasked_stands_before_the_next_turn(service: Serve) -> None:
    bot = service(chat=socket(echo, first=('{"text": "Welcome!"}',)))

    async def late(session: Session) -> tuple[str, ...]:
        await asyncio.sleep(0.2)
        return (await session.reply("A")).messages

    said = in_session(late, "websocket", url=f"{bot.socket_url}/chat")
    assert said == ("Welcome!", "You said A")


def test_the_state_is_asked_for(service: Serve) -> None:
    bot = service(chat=socket(answers({"cart": ["tea"]})))
    state = in_session(
        lambda session: session.state(),
        "websocket",
        url=f"{bot.socket_url}/chat",
        state={"ask": "state"},
    )
    assert state == {"cart": ["tea"]}


def test_a_target_that_never_ends_its_turn_is_timed_out_and_stopped(service: Serve) -> None:
    bot = service(chat=socket(answers({"text": "Once"})))

    async def twice(session: Session) -> str:
        with pytest.raises(TargetTimeoutError) as caught:
            await session.reply("A")
        with pytest.raises(TargetError, match="is over since a turn of it failed"):
            await session.reply("B")
        return str(caught.value)

    told = in_session(
        twice, "websocket", url=f"{bot.socket_url}/chat", turn_ends="$.done", timeout_s=0.3
    )
    assert "its turn is not over after 0.3 s; 4 characters had come, ending: “Once”" in told


def test_a_connection_closed_amid_a_turn_is_a_finding(service: Serve) -> None:
    async def close(at: Socket, text: str) -> None:
        await at.send_json({"text": "Once"})
        await at.close(code=1011, message=b"out of memory")

    told = finding(
        TargetReplyError,
        "websocket",
        url=f"{service(chat=socket(close)).socket_url}/chat",
        turn_ends="$.done",
    )
    assert "closed the connection (code 1011, “out of memory”) amid its turn" in told
    assert "4 characters had come, ending: “Once”" in told


def test_a_connection_that_breaks_is_a_finding(service: Serve) -> None:
    async def abort(request: web.Request) -> web.StreamResponse:
        response = web.WebSocketResponse()
        await response.prepare(request)
        await response.receive()
        assert request.transport is not None
        request.transport.abort()
        return response

    told = finding(TargetReplyError, "websocket", url=f"{service(c=abort).socket_url}/c")
    assert "broke the connection" in told
    assert "nothing had come" in told


def test_a_proper_close_after_the_text_ends_the_conversation(service: Serve) -> None:
    async def close(at: Socket, text: str) -> None:
        await at.send_json({"text": "Bye."})
        await at.close()

    [reply] = talk("websocket", url=f"{service(chat=socket(close)).socket_url}/chat", quiet_s=5)
    assert (reply.text, reply.ends) == ("Bye.", True)


def test_a_wrong_path_shows_what_came_instead(service: Serve) -> None:
    bot = service(chat=socket(answers({"txt": "A"})))
    told = finding(TargetReplyError, "websocket", url=f"{bot.socket_url}/chat")
    assert 'reply “$.text” finds nothing in what came: “{"txt": "A"}”' in told


def test_a_message_that_is_not_json_is_quoted(service: Serve) -> None:
    bot = service(chat=socket(answers("\x1b[2Jhello")))
    told = finding(TargetReplyError, "websocket", url=f"{bot.socket_url}/chat")
    assert "a message is not JSON (Expecting value): “\\x1b[2Jhello”" in told


def test_silence_is_a_finding(service: Serve) -> None:
    bot = service(chat=socket(answers({"text": ""})))
    finding(TargetSilentError, "websocket", url=f"{bot.socket_url}/chat")


def test_an_enormous_message_is_refused(service: Serve) -> None:
    bot = service(chat=socket(answers({"text": "a" * 50_000_000})))
    told = finding(TargetReplyError, "websocket", url=f"{bot.socket_url}/chat")
    assert "the connection" in told


def test_a_service_that_is_no_websocket_is_told_by_its_status(service: Serve) -> None:
    told = finding(
        TargetReplyError, "websocket", url=f"{service(c=says({}, status=403)).socket_url}/c"
    )
    assert "answers HTTP 403 where a WebSocket should begin" in told


def test_a_service_that_is_down_is_unreachable() -> None:
    finding(TargetUnreachableError, "websocket", url="ws://127.0.0.1:1/chat")


def test_sessions_at_once_do_not_mix(service: Serve) -> None:
    async def many(target: Target) -> None:
        async def one(name: str) -> None:
            session = await target.open(name)
            for n in range(3):
                assert (await session.reply(f"{name}-{n}")).text == f"You said {name}-{n}"

        await asyncio.gather(*(one(f"s{n}") for n in range(20)))

    with_target(many, "websocket", url=f"{service(chat=socket(echo)).socket_url}/chat")


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
    service: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOT_TOKEN", "geheim-0123456789")

    async def refuse(request: web.Request) -> web.StreamResponse:
        return web.Response(status=403, reason="x" * 190 + request.headers["X-Key"])

    told = finding(
        TargetReplyError,
        "websocket",
        url=f"{service(chat=refuse).socket_url}/chat",
        headers={"X-Key": "{{ env.BOT_TOKEN }}"},
    )
    assert "geheim" not in told


def test_empty_messages_without_end_fill_no_memory() -> None:
    inbox = Inbox()
    assert sum(inbox.put("") for _ in range(LARGEST_INBOX)) < LARGEST_INBOX // 50
    assert inbox.closed is not None
