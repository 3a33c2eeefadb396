"""Tokens that all sessions share, cookies of one session, forms, and what templates see."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from simulate.errors import TargetError, TargetReplyError, TargetSpecError
from simulate.targets import Said, Target, read_target
from simulate.targets.session import OpenSession, OpenTarget
from tests.targets.service import Handler, Serve, Service, echo, in_turn, raw, says, socket
from tests.targets.talking import config, finding, talk, with_target


class Issuer:
    """Issues tokens, and lets nobody in without the newest."""

    def __init__(self, expires_in: Any = 3600) -> None:
        self.issued = 0
        self._expires_in = expires_in
        self.valid: set[str] = set()

    async def token(self, request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0.02)
        self.issued += 1
        self.valid = {f"geheim-{self.issued}"}
        more = {} if self._expires_in is None else {"expires_in": self._expires_in}
        return web.json_response({"access_token": f"geheim-{self.issued}", **more})

    async def chat(self, request: web.Request) -> web.StreamResponse:
        given = request.headers["Authorization"].removeprefix("Bearer ")
        if given not in self.valid:
            return web.json_response({"error": "expired"}, status=401)
        return web.json_response({"reply": f"Your key is {given}."})


def guarded(bot: Service, **token: Any) -> dict[str, Any]:
    return {
        "url": f"{bot.url}/chat",
        "headers": {"Authorization": "Bearer {{ token }}"},
        "token": {"url": f"{bot.url}/token", "body": {"grant_type": "client_credentials"}, **token},
    }


def test_sessions_share_one_token_which_is_hidden(service: Serve) -> None:
    issuer = Issuer()
    bot = service(token=issuer.token, chat=issuer.chat)

    async def both(target: Target) -> list[str]:
        sessions = [await target.open(name) for name in "abc"]
        return [r.text for r in await asyncio.gather(*(s.reply("Hi") for s in sessions))]

    assert with_target(both, "http", **guarded(bot)) == ["Your key is [redacted]."] * 3
    assert issuer.issued == 1


def test_a_token_is_renewed_before_it_is_over(service: Serve) -> None:
    issuer = Issuer(expires_in=1e-6)
    bot = service(token=issuer.token, chat=issuer.chat)
    assert [r.attempts for r in talk("http", "A", "B", **guarded(bot))] == [1, 1]
    assert issuer.issued == 2


def test_a_refused_token_is_renewed_once_and_the_message_sent_again(service: Serve) -> None:
    issuer = Issuer(expires_in=None)
    bot = service(token=issuer.token, chat=issuer.chat)

    async def revoked(target: Target) -> int:
        session = await target.open("one")
        await session.reply("A")
        issuer.valid.clear()
        return (await session.reply("B")).attempts

    assert with_target(revoked, "http", **guarded(bot)) == 2
    assert issuer.issued == 2
    broken = service(token=issuer.token, chat=says({"error": "no"}, status=401))
    assert "answers HTTP 401" in finding(TargetReplyError, "http", **guarded(broken))
    assert broken.requests.count("POST /chat") == 2


def test_a_websocket_that_refuses_a_token_is_opened_with_a_new_one(service: Serve) -> None:
    issuer = Issuer()

    async def answer(ws: web.WebSocketResponse, text: str) -> None:
        await ws.send_json({"text": "Yes."})

    async def guarding(request: web.Request) -> web.StreamResponse:
        if (await issuer.chat(request)).status == 401:
            return web.Response(status=401)
        return await socket(answer)(request)

    bot = service(token=issuer.token, talk=guarding)

    async def revoked(target: Target) -> str:
        await target.open("one")
        issuer.valid.clear()
        return (await (await target.open("two")).reply("B")).text

    fields = guarded(bot) | {"url": f"{bot.socket_url}/talk"}
    assert with_target(revoked, "websocket", **fields) == "Yes."
    assert issuer.issued == 2


@pytest.mark.parametrize(
    ("handler", "told"),
    [
        (says({}, status=503), "token: answers HTTP 503 Service Unavailable"),
        (raw(b"<html>"), "the answer to token is not JSON"),
        (says({"token": 1}), "token.value “$.access_token” finds no text in the answer to token"),
    ],
)
def test_a_token_that_cannot_be_had_is_told(service: Serve, handler: Handler, told: str) -> None:
    bot = service(token=handler, chat=echo)
    assert told in finding(TargetReplyError, "http", **guarded(bot))


@pytest.mark.parametrize(
    "answer", [b'{"jwt": "very-secret-1"}', b"very-secret-1", b'["very-secret-1"]']
)
def test_a_token_where_the_file_does_not_look_for_it_stays_hidden(
    service: Serve, answer: bytes
) -> None:
    bot = service(token=raw(answer), chat=echo)
    assert "secret" not in finding(TargetReplyError, "http", **guarded(bot))


def test_a_form_holds_what_the_body_says(service: Serve) -> None:
    bot = service(chat=says({"reply": "A"}))
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    body = {"text": "{{ message }}", "n": 1, "to": ["a b", True], "no": None}
    talk("http", "ä&b", url=f"{bot.url}/chat", headers=headers, body=body)
    assert bot.bodies == ["text=%C3%A4%26b&n=1&to=a+b&to=true"]


def test_a_session_keeps_its_own_cookies_where_the_file_says_so(service: Serve) -> None:
    async def welcome(request: web.Request) -> web.StreamResponse:
        response = web.Response(text=f'<input name="csrf" value="t-{request.query["for"]}-0123">')
        response.set_cookie("sid", request.query["for"])
        return response

    async def chat(request: web.Request) -> web.StreamResponse:
        form = dict(await request.post())
        return web.json_response({"reply": " ".join([request.cookies["sid"], str(form["t"])])})

    bot = service(login=welcome, chat=chat)
    fields: dict[str, Any] = {
        "url": f"{bot.url}/chat",
        "headers": {"Content-Type": "application/x-www-form-urlencoded"},
        "body": {"t": "{{ form }}"},
        "cookies": True,
        "set_up": {
            "url": f"{bot.url}/login?for={{{{ session }}}}",
            "method": "GET",
            "capture": {"form": 'text:name="csrf" value="(.+?)"'},
        },
    }

    async def both(target: Target) -> list[str]:
        sessions = [await target.open(name) for name in "ab"]
        return [(await session.reply("Hi")).text for session in sessions]

    assert with_target(both, "http", **fields) == ["a t-a-0123", "b t-b-0123"]


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("csrf", "$.csrf"),
        ("form", "header:X-XSRF"),
        ("form", "header:X-CSRF-Token"),
        ("login", "cookie:sid"),
    ],
)
def test_what_lets_a_session_in_is_hidden_where_it_is_said_back(
    service: Serve, name: str, source: str
) -> None:
    async def chat(request: web.Request) -> web.StreamResponse:
        value = "s3cr3t-of-one-session"
        headers = {"X-XSRF": value, "X-CSRF-Token": value}
        answer = {"reply": f"It is {value}.", "csrf": value}
        response = web.json_response(answer, headers=headers)
        response.set_cookie("sid", value)
        return response

    bot = service(chat=chat)
    (reply,) = talk("http", url=f"{bot.url}/chat", capture={name: source})
    assert reply.text == "It is [redacted]."


def test_a_turn_of_the_history_is_written_as_the_file_says(service: Serve) -> None:
    bot = service(chat=says({"reply": "Yes."}))
    role = "{{ 'model' if role == 'assistant' else role }}"
    fields = {
        "history": "full",
        "history_item": {"role": role, "parts": [{"text": "{{ content }}"}], "n": "{{ index }}"},
        "body": {"contents": "{{ history }}"},
    }
    talk("http", "A", "B", url=f"{bot.url}/chat", **fields)
    assert bot.bodies[-1]["contents"] == [
        {"role": "user", "parts": [{"text": "A"}], "n": 0},
        {"role": "model", "parts": [{"text": "Yes."}], "n": 1},
        {"role": "user", "parts": [{"text": "B"}], "n": 2},
    ]


def test_an_answered_call_is_written_as_the_file_says_which_sees_the_session_too(
    service: Serve,
) -> None:
    bot = service(chat=says({"calls": [{"name": "price"}]}), more=says({"reply": "4 €"}))
    fields = {
        "tool_calls": "$.calls[*]",
        "call_item": {"of": "{{ session }}", "name": "{{ name }}", "content": "{{ content }}"},
        "tool_results": {"url": f"{bot.url}/more", "body": {"outputs": "{{ calls }}"}},
    }

    async def answered(target: Target) -> None:
        session = await target.open("one")
        assert isinstance(session, OpenSession)
        (call,) = (await session.reply("A")).tool_calls
        await session.results([replace(call, result=4)])

    with_target(answered, "http", url=f"{bot.url}/chat", **fields)
    assert bot.bodies[-1]["outputs"] == [{"of": "one", "name": "price", "content": "4"}]


def test_templates_see_what_of_the_dialogue_they_name(service: Serve) -> None:
    bot = service(chat=says({"reply": "Yes."}))
    body = {"who": "{{ persona.name }}", "q": "{{ message | urlencode }}"}

    async def ask(target: Target) -> frozenset[str]:
        assert isinstance(target, OpenTarget)
        values: Mapping[str, Any] = {"persona": {"name": "Ada"}}
        await (await target.open("one", values=values)).reply("a b")
        return target.reads

    assert with_target(ask, "http", url=f"{bot.url}/chat", body=body) == {"persona"}
    assert bot.bodies == [{"who": "Ada", "q": "a%20b"}]


def test_a_captured_url_is_followed_on_the_hosts_of_the_file_only(service: Serve) -> None:
    bot = service(
        chat=in_turn(
            says({}, status=202, Location="/jobs/7"),
            says({}, status=202, Location="http://h.example/"),
        ),
        jobs=says({"reply": "A"}),
    )
    fields = {
        "url": f"{bot.url}/chat",
        "capture": {"job": "header:Location"},
        "follow_up": {"url": "{{ job }}?wait=1", "method": "GET"},
    }
    told = finding(TargetError, "http", "A", "B", **fields)
    assert "the target names “http://h.example/?wait=1”, which leads to another host" in told
    assert bot.requests[1] == "GET /jobs/7?wait=1"


@pytest.mark.parametrize("elsewhere", ["https://127.0.0.1/", "http://127.0.0.1:9/"])
def test_a_captured_url_of_another_scheme_or_port_is_not_followed(
    service: Serve, elsewhere: str
) -> None:
    bot = service(chat=says({}, status=202, Location=elsewhere))
    fields = {
        "url": f"{bot.url}/chat",
        "capture": {"job": "header:Location"},
        "follow_up": {"url": "{{ job }}", "method": "GET"},
    }
    assert f"only {bot.url} may be asked" in finding(TargetError, "http", **fields)


@pytest.mark.parametrize(
    "url", ["https://{{ host }}/", "https://api.{{ message }}", "https://a:{{ '/' ~ host }}/"]
)
def test_nobody_who_talks_has_a_say_in_the_host_of_a_request(url: str) -> None:
    follow_up = {"url": url, "headers": {"Authorization": "Bearer {{ env.KEY }}"}}
    with pytest.raises(ValueError, match=r"the host is told by “(host|message)”"):
        config("http", url="http://a.example/", capture={"host": "$.h"}, follow_up=follow_up)


def test_what_follows_an_address_of_the_environment_is_no_part_of_its_host(
    service: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOT_URL", "http://localhost")
    told = finding(TargetError, "http", url="{{ env.BOT_URL }}{{ message }}")
    assert "the host is told by “message”" in told


@pytest.mark.parametrize("expires_in", [-1, 0, 10**299, "abc", True, "nan", [], {}])
def test_a_token_whose_end_is_not_told_sensibly_is_not_asked_for_each_time(
    service: Serve, expires_in: Any
) -> None:
    issuer = Issuer(expires_in)
    bot = service(token=issuer.token, chat=issuer.chat)
    talk("http", "A", "B", **guarded(bot))
    assert issuer.issued == 1


def test_where_a_target_is_called_is_known_where_the_environment_says_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BOT_URL", "http://127.0.0.1:9")

    async def look(target: Target) -> list[str]:
        assert isinstance(target, OpenTarget)
        return target.urls

    assert with_target(look, "http", url="{{ env.BOT_URL }}/chat") == ["http://127.0.0.1:9/chat"]


def test_a_websocket_is_read_set_up_and_captured_from_alike(service: Serve) -> None:
    async def answer(ws: web.WebSocketResponse, text: str) -> None:
        said = json.loads(text)
        for data in (
            {"type": "thought", "text": "Hm."},
            {"type": "text", "text": f"{said['m']} {said['t']}", "id": 5, "buttons": ["Yes"]},
            {"type": "end"},
        ):
            await ws.send_json(data)

    bot = service(start=says({"url": "/talk/7"}), talk=socket(answer))
    [first, second] = talk(
        "websocket",
        "A",
        "B",
        url="{{ url }}",
        set_up={"url": f"{bot.url}/start", "capture": {"url": "$.url"}},
        send={"m": "{{ message }}", "t": "{{ thread | default(0) }}"},
        where='$.type == "text"',
        turn_ends='$.type == "end"',
        shows={"buttons": "$.buttons"},
        capture={"thread": "$.id"},
    )
    assert first.messages == ("A 0\n[buttons: Yes]",)
    assert second.messages == ("B 5\n[buttons: Yes]",)


OLDER: dict[str, Any] = {
    "timeout_s": 60.0,
    "concurrency": 8,
    "url": "http://h/chat",
    "method": "POST",
    "headers": {},
    "body": None,
    "history": "session",
    "set_up": {"url": "http://h/start", "method": "POST", "headers": {}, "body": None},
    "session_id": "$.id",
    "tear_down": None,
    "state": None,
    "greeting": "none",
    "tool_calls": None,
    "ends": None,
}
"""What run files hold that were written before a turn could be several requests."""


@pytest.mark.parametrize(
    ("older", "now"),
    [
        ({"kind": "http", "reply": "$.a"}, {"accept": "json", "reply": "$.a"}),
        ({"kind": "http", "set_up": None, "session_id": None}, {"set_up": []}),
        (
            {"kind": "sse", "text": "$.t", "events": [], "message_ends": [], "done": "[DONE]"},
            {"kind": "http", "accept": "sse", "reply": "$.t", "done": None},
        ),
    ],
)
def test_a_target_of_an_older_run_file_is_read(older: dict[str, Any], now: dict[str, Any]) -> None:
    made = config(**OLDER | older).model_dump()
    assert {name: made[name] for name in now} == now
    if made["set_up"]:
        assert made["set_up"][0]["capture"] == {"session": "$.id"}
    assert config(**made).model_dump() == made


def test_a_resumed_history_keeps_calls_for_a_template(service: Serve) -> None:
    bot = service(chat=says({"reply": "C"}))

    async def resume(target: Target) -> None:
        history = [Said("user", "A"), Said("target", "B")]
        await (await target.open("one", history=history)).reply("C")

    with_target(resume, "http", url=f"{bot.url}/chat", history="full", history_item="{{ content }}")
    assert bot.bodies == [{"messages": ["A", "B", "C"]}]


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("where: $.a ==", "bot.yaml:3: where: not a condition (a filter expression of RFC 9535)"),
        ("where: '$.a == 1], [0'", "bot.yaml:3: where: not a condition"),
        ("capture: {id: 'text:x'}", "bot.yaml:3: capture.id: has no group"),
        ("capture: {id: 'header:'}", "bot.yaml:3: capture.id: header: names nothing"),
        ("capture: {message: $.x}", "“message” stands for something else in templates"),
        ("body: '{{ thread }}'", "names the variable “thread”; a template here sees session, "),
        ("body: '{{ token }}'", "bot.yaml:3: body: names the variable “token”"),
        ("follow_up:\n  url: http://h\n  until: $.[", "bot.yaml:5: follow_up.until: not a condi"),
        ("set_up:\n- url: http://h\n  every_s: 0", "bot.yaml:5: set_up.0.every_s: must be great"),
        (
            "follow_up: {url: 'http://h/{{ a }}'}\ncapture: {b: $.b}",
            "env.NAME, calls, cell, persona, tools, variables and b",
        ),
        ("token: {url: 'http://h', body: {client_secret: abc}}", "body.client_secret: a secret"),
        ("token: {url: 'http://h/{{ session }}'}", "a template here sees env.NAME"),
        ("done: $.[", "bot.yaml:3: done: not a condition"),
    ],
)  # fmt: skip
def test_a_file_that_breaks_a_rule_is_told_by_line(tmp_path: Path, field: str, told: str) -> None:
    (tmp_path / "bot.yaml").write_text(f"kind: http\nurl: http://h\n{field}\n")
    with pytest.raises(TargetSpecError) as caught:
        read_target("bot.yaml", beside=tmp_path)
    assert told in str(caught.value)
