import asyncio
import socket
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
from simulate.targets import Said, Session, Target, ToolCall, open_target, session
from tests.targets.service import Handler, Serve, cut, echo, in_turn, never, raw, says
from tests.targets.talking import config, finding, in_session, talk, talk_at_once, with_target

Chat = Callable[[Handler], str]


def test_a_message_goes_out_and_the_reply_comes_back(chat: Chat) -> None:
    [reply] = talk("http", "Hello?", url=chat(echo))
    assert reply.messages == ("one: Hello?",)
    assert reply.latency_s > 0
    assert (reply.ends, reply.attempts) == (False, 1)


@pytest.mark.parametrize(
    ("answer", "fields", "messages", "calls"),
    [
        ({"reply": ["A", " ", "B"]}, {}, ("A", "B"), ()),
        ({"out": [{"text": "A"}, {"text": "B"}]}, {"reply": "$.out[*].text"}, ("A", "B"), ()),
        ({"calls": [{"name": "wait"}]}, {"tool_calls": "$.calls[*]"}, (), (ToolCall("wait"),)),
    ],
)
def test_a_turn_may_be_several_messages_or_tool_calls_alone(
    chat: Chat, answer: Any, fields: dict[str, Any], messages: Any, calls: Any
) -> None:
    [reply] = talk("http", url=chat(says(answer)), **fields)
    assert (reply.messages, reply.tool_calls) == (messages, calls)
    assert reply.text == "\n\n".join(messages)


def test_tool_calls_are_reported_beside_the_text(chat: Chat) -> None:
    call = {"name": "refund", "arguments": {"order": 7}}
    spelled = {"type": "function", "function": {"name": "look", "arguments": '{"at": "it"}'}}
    answer = {"reply": "Done.", "calls": [call, spelled], "over": True}
    [reply] = talk("http", url=chat(says(answer)), tool_calls="$.calls", ends="$.over")
    assert reply.tool_calls == (
        ToolCall("refund", {"order": 7}, after=1),
        ToolCall("look", {"at": "it"}, after=1),
    )
    assert reply.ends


def test_the_whole_history_is_sent_to_a_target_that_does_not_remember(service: Serve) -> None:
    bot = service(chat=says({"reply": "Yes."}))
    target = open_target(config("http", url=f"{bot.url}/chat", history="full"))
    assert not target.remembers
    talk("http", "One", "Two", url=f"{bot.url}/chat", history="full")
    assert bot.bodies[-1] == {
        "messages": [
            {"role": "user", "content": "One"},
            {"role": "assistant", "content": "Yes."},
            {"role": "user", "content": "Two"},
        ]
    }


def test_a_resumed_history_stands_before_the_new_message(service: Serve) -> None:
    bot = service(chat=says({"reply": "Yes."}))

    async def resume(target: Target) -> None:
        session = await target.open("one", history=[Said("user", "A"), Said("target", "B")])
        await session.reply("C")

    with_target(resume, "http", url=f"{bot.url}/chat", history="full")
    assert [m["content"] for m in bot.bodies[0]["messages"]] == ["A", "B", "C"]


def test_a_session_is_set_up_used_asked_for_its_state_and_torn_down(service: Serve) -> None:
    bot = service(
        start=says({"id": 17, "reply": "Welcome!"}),
        chat=echo,
        state=says({"cart": ["tea"]}),
        end=says({}),
    )

    async def whole(session: Session) -> Any:
        first = await session.greeting()
        reply = await session.reply("Tea")
        return first.text, reply.text, await session.state()

    said = in_session(
        whole,
        "http",
        url=f"{bot.url}/chat",
        set_up={"url": f"{bot.url}/start", "body": {"for": "{{ session }}"}},
        session_id="$.id",
        greeting="set_up",
        state={"url": f"{bot.url}/state/{{{{ session }}}}", "method": "GET"},
        tear_down={"url": f"{bot.url}/end/{{{{ session }}}}", "method": "DELETE"},
    )
    assert said == ("Welcome!", "17: Tea", {"cart": ["tea"]})
    assert bot.requests == ["POST /start", "POST /chat", "GET /state/17", "DELETE /end/17"]
    assert bot.bodies[0] == {"for": "one"}


def test_a_target_that_is_asked_for_a_greeting_is_sent_an_empty_message(service: Serve) -> None:
    bot = service(chat=says({"reply": "Welcome!"}))
    greeting = in_session(
        lambda session: session.greeting(), "http", url=f"{bot.url}/chat", greeting="request"
    )
    assert greeting.text == "Welcome!"
    assert bot.bodies == [{"session": "one", "message": ""}]


def test_a_greeting_that_the_file_does_not_name_is_an_error(chat: Chat) -> None:
    with pytest.raises(TargetSilentError, match="does not speak first; set greeting"):
        in_session(lambda s: s.greeting(), "http", url=chat(echo))


def test_templates_fill_url_headers_and_body_each_in_its_own_way(
    service: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOT_TOKEN", "geheim-123")
    bot = service(chat=says({"reply": "Yes."}))
    talk(
        "http",
        'a/b?"ä',
        url=f"{bot.url}/chat/{{{{ message }}}}?s={{{{ session }}}}",
        headers={"Authorization": "Bearer {{ env.BOT_TOKEN }}"},
        body={"all": "{{ history }}", "n": 1, "text": "Said: {{ message }}", "list": ["{{ 1 }}"]},
    )
    assert bot.requests == ["POST /chat/a%2Fb%3F%22%C3%A4?s=one"]
    assert bot.headers[0]["Authorization"] == "Bearer geheim-123"
    assert bot.bodies[0] == {
        "all": [{"role": "user", "content": 'a/b?"ä'}],
        "n": 1,
        "text": 'Said: a/b?"ä',
        "list": [1],
    }


def test_an_environment_variable_may_be_the_address(
    service: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = service(chat=echo)
    monkeypatch.setenv("BOT_URL", bot.url)
    [reply] = talk("http", url="{{ env.BOT_URL }}/chat")
    assert reply.text == "one: Hi"


def test_a_text_body_goes_as_it_is_under_its_own_content_type(service: Serve) -> None:
    bot = service(chat=raw(b"Ja, bitte.", "text/plain"))
    [reply] = talk(
        "http",
        url=f"{bot.url}/chat",
        headers={"Content-Type": "text/plain"},
        body="{{ message }}",
        reply="$",
    )
    assert (bot.bodies[0], reply.text) == ("Hi", "Ja, bitte.")


def test_a_header_may_hold_no_line_break(chat: Chat) -> None:
    told = finding(
        TargetError,
        "http",
        "a\r\nX-Evil: 1",
        url=chat(echo),
        headers={"X-Message": "{{ message }}"},
    )
    assert "headers.X-Message: holds a line break" in told


def test_a_wrong_path_shows_what_came_instead(service: Serve) -> None:
    bot = service(chat=says({"answer": "Yes."}))
    told = finding(TargetReplyError, "http", url=f"{bot.url}/chat")
    assert told == (
        f"target {bot.url}/chat: reply “$.reply” finds nothing in what came: "
        '“{"answer": "Yes."}” (HTTP 200 OK); set reply to where the text stands'
    )


BUSY = says({}, status=503, **{"Retry-After": "0"})


@pytest.mark.parametrize(
    ("handler", "told", "requests"),
    [
        (
            says({"reply": 7}),
            'reply “$.reply” holds a number where a text must stand: “{"reply": 7}”',
            1,
        ),
        (raw(b"<html>"), "the body is not JSON (Expecting value): “<html>” (HTTP 200 OK)", 1),
        (raw(b"[" * 200_000), "is not JSON", 1),
        (cut, "the connection broke amid the turn", 1),
        (
            says({"error": "\x1b[2Jbroken"}, status=500),
            'answers HTTP 500 Internal Server Error: “{"error"',
            1,
        ),
        (
            says({}, status=302, Location="/other"),
            "answers HTTP 302 Found to “/other”; redirects are not followed",
            1,
        ),
        (BUSY, "answers HTTP 503 Service Unavailable 4 times", 4),
    ],
    ids=["number", "html", "nested", "cut", "error", "redirect", "busy"],
)
def test_an_answer_that_is_no_reply_is_quoted_and_only_a_busy_target_asked_again(
    service: Serve, handler: Handler, told: str, requests: int
) -> None:
    bot = service(chat=handler, other=echo)
    found = finding(TargetReplyError, "http", url=f"{bot.url}/chat")
    assert told in found
    assert "\x1b" not in found
    assert len(bot.requests) == requests


@pytest.mark.parametrize("answer", [{"reply": ""}, {"reply": None}, {"reply": [" ", ""]}])
def test_silence_is_a_finding(chat: Chat, answer: Any) -> None:
    told = finding(TargetSilentError, "http", url=chat(says(answer)))
    assert "answers with nothing" in told


def test_a_message_turned_away_with_retry_after_is_sent_again(chat: Chat) -> None:
    busy = says({}, status=429, **{"Retry-After": "0.05"})
    [reply] = talk("http", url=chat(in_turn(busy, busy, echo)))
    assert (reply.text, reply.attempts) == ("one: Hi", 3)


def test_a_wait_beyond_the_time_limit_is_not_begun(service: Serve) -> None:
    bot = service(chat=says({}, status=429, **{"Retry-After": "30"}))
    finding(TargetReplyError, "http", url=f"{bot.url}/chat", timeout_s=5)  # and no timeout


def test_a_target_that_does_not_answer_is_timed_out(chat: Chat) -> None:
    told = finding(TargetTimeoutError, "http", url=chat(never), timeout_s=0.2)
    assert "its turn is not over after 0.2 s; nothing had come" in told


def test_a_target_that_is_down_is_unreachable() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    told = finding(TargetUnreachableError, "http", url=f"http://127.0.0.1:{port}/chat")
    assert "cannot connect" in told


def test_invalid_utf8_and_nul_become_replacement_characters(service: Serve) -> None:
    bot = service(chat=raw(b'{"reply": "a\xff\\u0000\\ud800\x7f"}'))
    [reply] = talk("http", url=f"{bot.url}/chat")
    assert reply.text == "a\ufffd\ufffd\ufffd\x7f"


def test_an_enormous_body_is_refused(chat: Chat) -> None:
    told = finding(TargetReplyError, "http", url=chat(raw(b"a" * 50_000_000)))
    assert "the body is longer than 16,777,216 bytes" in told


def test_a_state_nested_too_deeply_to_be_walked_is_refused(service: Serve) -> None:
    bot = service(chat=echo, state=raw(b"[" * 500 + b"]" * 500))
    with pytest.raises(TargetReplyError, match="nested more than 100 levels deep"):
        in_session(
            lambda session: session.state(),
            "http",
            url=f"{bot.url}/chat",
            state={"url": f"{bot.url}/state"},
        )


def test_a_server_that_does_not_speak_http_is_a_finding() -> None:
    async def talk_to_it() -> None:
        async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"SSH-2.0-OpenSSH_9.6\r\n")
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(greet, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server:
            target = open_target(config("http", url=f"http://127.0.0.1:{port}/chat"))
            session = await target.open("one")
            with pytest.raises(TargetReplyError, match="the connection broke amid the turn") as e:
                await session.reply("Hi")
            assert "\n" not in str(e.value)
            await target.aclose()

    asyncio.run(talk_to_it())


def test_a_session_id_that_is_missing_is_told_with_what_came(service: Serve) -> None:
    bot = service(start=says({"session": "x"}), chat=echo)
    told = finding(
        TargetReplyError,
        "http",
        url=f"{bot.url}/chat",
        set_up={"url": f"{bot.url}/start"},
        session_id="$.id",
    )
    assert 'capture session “$.id” finds nothing in the answer to set_up: “{"session"' in told


def test_a_session_in_use_elsewhere_is_told_and_left_alone(service: Serve) -> None:
    bot = service(start=says({"error": "busy"}, status=409), end=says({}))
    told = finding(
        TargetReplyError,
        "http",
        url=f"{bot.url}/chat",
        set_up={"url": f"{bot.url}/start"},
        tear_down={"url": f"{bot.url}/end"},
    )
    assert "set_up: answers HTTP 409 Conflict, so the session is in use already" in told
    assert bot.requests == ["POST /start"]


def test_two_dialogues_cannot_share_a_session(chat: Chat) -> None:
    async def twice(target: Target) -> None:
        first = await target.open("same")
        with pytest.raises(TargetError, match="session “same” is already open"):
            await target.open("same")
        await first.aclose()
        await (await target.open("same")).aclose()

    with_target(twice, "http", url=chat(echo))


def test_a_session_takes_one_message_at_a_time(chat: Chat) -> None:
    async def both(session: Session) -> None:
        async with asyncio.TaskGroup() as group:
            first = group.create_task(session.reply("A"))
            await asyncio.sleep(0)
            with pytest.raises(TargetError, match="its turn is not over"):
                await session.reply("B")
        assert first.result().text == "one: A"

    in_session(both, "http", url=chat(echo))


def test_sessions_at_once_do_not_mix(chat: Chat) -> None:
    async def late(request: web.Request) -> web.StreamResponse:
        body = await request.json()
        await asyncio.sleep(0.02 if body["session"].endswith("3") else 0)
        return await echo(request)

    talk_at_once("http", 30, lambda name, n: f"{name}: {name}-{n}", url=chat(late))


def test_a_secret_that_is_echoed_back_is_hidden(
    service: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOT_TOKEN", 'ge"heim-123')

    async def leak(request: web.Request) -> web.StreamResponse:
        return web.json_response({"headers": dict(request.headers)}, status=401)

    async def leak_state(request: web.Request) -> web.StreamResponse:
        return web.json_response({"key": [request.headers["X-Key"]]})

    bot = service(chat=leak, state=leak_state)
    headers = {"X-Key": "{{ env.BOT_TOKEN }}"}
    told = finding(TargetReplyError, "http", url=f"{bot.url}/chat", headers=headers)
    assert "[redacted]" in told
    assert "heim-123" not in told
    state = in_session(
        lambda session: session.state(),
        "http",
        url=f"{bot.url}/chat",
        state={"url": f"{bot.url}/state", "headers": headers},
    )
    assert state == {"key": ["[redacted]"]}


def test_closing_is_bounded_in_time_and_never_fails(
    service: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "CLOSING_S", 0.3)
    bot = service(chat=echo, end=never)

    async def close(target: Target) -> None:
        session = await target.open("one")
        await session.aclose()
        await session.aclose()

    with_target(close, "http", url=f"{bot.url}/chat", tear_down={"url": f"{bot.url}/end"})


def test_credentials_that_are_said_back_as_they_were_sent_are_hidden(
    service: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def leak(request: web.Request) -> web.StreamResponse:
        return web.json_response({"reply": request.headers["Authorization"]})

    bot = service(chat=leak)
    monkeypatch.setenv("BOT", bot.url.replace("http://", "http://me:geheim-123@"))
    (reply,) = talk("http", url="{{ env.BOT }}/chat")
    assert reply.text == "Basic [redacted]"


@pytest.mark.parametrize(
    ("number", "told"),
    [
        ("1e999", "a number must be finite, got “1e999”"),
        ("9" * 301, "a number must have at most 300 digits"),
    ],
)
def test_a_number_that_no_run_file_can_hold_is_a_finding(
    service: Serve, number: str, told: str
) -> None:
    body = f'{{"reply": "x", "c": [{{"name": "t", "arguments": {{"a": {number}}}}}]}}'
    bot = service(chat=raw(body.encode()))
    text = finding(TargetReplyError, "http", url=f"{bot.url}/chat", tool_calls="$.c")
    assert f"the body is not JSON ({told}" in text
