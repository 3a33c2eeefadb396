"""Turns of several requests: what is captured, and what is asked for again until it is there."""

import json
from typing import Any

import pytest

from simulate.errors import TargetError, TargetReplyError, TargetTimeoutError
from simulate.targets import Target
from simulate.targets.exchange import Exchange
from simulate.targets.session import OpenTarget
from tests.targets.service import Serve, Service, event, in_turn, says, streams
from tests.targets.talking import finding, talk, with_target


def polled(bot: Service, **follow_up: Any) -> dict[str, Any]:
    """Return a target that starts a run and asks for it."""
    step = {"url": f"{bot.url}/runs/{{{{ run }}}}", "method": "GET", "every_s": 0.01, **follow_up}
    return {
        "url": f"{bot.url}/start",
        "capture": {"run": "$.id"},
        "follow_up": step,
        "reply": "$.text",
    }


DONE = says({"status": "completed", "text": "Yes."})
BUSY = says({"status": "queued"})


def test_a_run_is_asked_for_until_it_is_completed(service: Serve) -> None:
    bot = service(start=says({"id": "r 1"}), runs=in_turn(BUSY, BUSY, DONE))
    [reply] = talk("http", **polled(bot, until='$.status == "completed"'))
    assert reply.text == "Yes."
    assert bot.requests == ["POST /start", *["GET /runs/r%201"] * 3]


def test_an_answer_202_is_not_there_yet_by_itself(service: Serve) -> None:
    bot = service(start=says({"id": 7}, status=202), runs=in_turn(says({}, status=202), DONE))
    [reply] = talk("http", **polled(bot))
    assert (reply.text, reply.attempts) == ("Yes.", 1)


def test_what_the_service_says_to_wait_goes_before_the_file_even_none(service: Serve) -> None:
    soon = says({}, status=202, **{"Retry-After": "0"})
    bot = service(start=says({"id": 7}), runs=in_turn(soon, DONE))
    assert talk("http", **polled(bot, every_s=30, at_most_s=5))[0].text == "Yes."


def test_what_never_comes_is_told_with_the_last_answer(service: Serve) -> None:
    bot = service(start=says({"id": 7}), runs=BUSY)
    told = finding(
        TargetTimeoutError, "http", **polled(bot, until='$.status == "completed"', at_most_s=0.03)
    )
    assert 'follow_up: until “$.status == "completed"” does not hold after' in told
    assert 'the last answer: “{"status": "queued"}” (HTTP 200 OK)' in told


def test_a_failed_run_is_quoted(service: Serve) -> None:
    bot = service(start=says({"id": 7}), runs=says({"status": "failed", "why": "no credit"}))
    fields = polled(bot, until='$.status == "completed"')
    told = finding(TargetReplyError, "http", fails='$.status == "failed"', **fields)
    assert 'fails “$.status == "failed"” holds: “{"status": "failed", "why": "no credit"}”' in told


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("$.ids[*]", "b"),
        ("header:X-Thread", "h"),
        ("cookie:sid", "c"),
        (r'text:"name": "(\w+)"', "n"),
    ],
)
def test_a_value_is_captured_from_body_header_cookie_or_text(
    service: Serve, source: str, value: str
) -> None:
    first = {"ids": ["a", "b"], "name": "n", "reply": "Hi."}
    headers: dict[str, Any] = {"X-Thread": "h", "Set-Cookie": "sid=c"}
    bot = service(chat=says(first, **headers))
    body = {"thread": "{{ thread | default(none) }}"}
    talk("http", "A", "B", url=f"{bot.url}/chat", capture={"thread": source}, body=body)
    assert [each["thread"] for each in bot.bodies] == [None, value]


def test_a_capture_that_finds_nothing_is_told_unless_there_is_an_earlier_value(
    service: Serve,
) -> None:
    there, gone = says({"id": 1, "reply": "A"}), says({"reply": "A"})
    fields = {"capture": {"thread": "$.id"}, "body": {"id": "{{ thread | default(0) }}"}}
    bot = service(chat=in_turn(there, gone))
    talk("http", "A", "B", "C", url=f"{bot.url}/chat", **fields)
    assert [each["id"] for each in bot.bodies] == [0, 1, 1]
    told = finding(TargetReplyError, "http", url=f"{service(chat=gone).url}/chat", **fields)
    assert 'capture thread “$.id” finds nothing in the answer to turn: “{"reply": "A"}”' in told


def test_what_is_used_before_it_is_captured_is_told_with_what_to_write(service: Serve) -> None:
    bot = service(chat=says({"id": 1, "reply": "A"}))
    fields: dict[str, Any] = {"url": f"{bot.url}/chat", "capture": {"thread": "$.id"}}
    for body in ({"id": "{{ thread }}"}, {"id": "a {{ thread }}"}):
        told = finding(TargetError, "http", **fields, body=body)
        assert "body.id: thread is not captured yet: let an earlier request capture it" in told
        assert "or write {{ thread | default('') }}; the variables here are: " in told
        assert "thread" not in told.rpartition("are: ")[2]
    assert bot.bodies == []


def test_a_captured_session_takes_the_place_of_the_runs_own(service: Serve) -> None:
    bot = service(start=says({"id": 17}), more=says({}), chat=says({"reply": "A"}))
    set_up = [
        {"url": f"{bot.url}/start", "capture": {"session": "$.id"}},
        {"url": f"{bot.url}/more/{{{{ session }}}}"},
    ]
    talk("http", url=f"{bot.url}/chat/{{{{ session }}}}", set_up=set_up)
    assert bot.requests == ["POST /start", "POST /more/17", "POST /chat/17"]


def test_the_last_answer_may_be_a_stream_of_another_request(service: Serve) -> None:
    bot = service(
        start=says({"id": 7}), runs=streams(event({"text": "Hel"}), event({"text": "lo."}))
    )
    [reply] = talk("http", accept="sse", **polled(bot))
    assert reply.text == "Hello."


def test_lines_of_json_are_pieces_of_the_reply(service: Serve) -> None:
    lines = [b'{"text": "Hel', b'lo"}\r\n{"text": "."}\n\n', b'{"id": 3}']
    bot = service(chat=streams(*lines, content_type="application/octet-stream"))
    fields: dict[str, Any] = {"accept": "ndjson", "reply": "$.text", "capture": {"thread": "$.id"}}
    [reply] = talk("http", url=f"{bot.url}/chat", **fields)
    assert reply.messages == ("Hello.",)


def test_only_events_for_which_the_condition_holds_carry_text(service: Serve) -> None:
    bot = service(
        chat=streams(
            event({"type": "reasoning-delta", "delta": "Hm."}),
            event({"type": "sources", "delta": [{"page": 1}]}),
            b"data: no JSON\n\n",
            event({"type": "text-delta", "delta": "Yes."}),
        )
    )
    [reply] = talk(
        "http",
        url=f"{bot.url}/chat",
        accept="sse",
        reply="$.delta",
        where='$.type == "text-delta"',
    )
    assert reply.text == "Yes."


def test_buttons_and_images_are_told(service: Serve) -> None:
    answer = [
        {"text": "Is it?", "buttons": [{"title": "Yes"}, {"title": "No"}]},
        {"image": "https://h/cat.png"},
    ]
    shows = {"buttons": "$[*].buttons[*].title", "image": "$[*].image"}
    [reply] = talk(
        "http", url=f"{service(chat=says(answer)).url}/chat", reply="$[*].text", shows=shows
    )
    assert reply.messages == ("Is it?\n[buttons: Yes | No]\n[image: https://h/cat.png]",)


def test_each_request_and_answer_is_shown_without_secrets(
    service: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOT_TOKEN", "geheim-123")
    bot = service(start=says({"id": 7}), runs=in_turn(BUSY, DONE))
    seen: list[Exchange] = []

    async def look(target: Target) -> None:
        assert isinstance(target, OpenTarget)
        target.trace = seen.append
        await (await target.open("one")).reply("My key is geheim-123")

    fields = polled(bot, until='$.status == "completed"')
    with_target(look, "http", headers={"Authorization": "Bearer {{ env.BOT_TOKEN }}"}, **fields)
    assert [each.what for each in seen] == ["turn", "follow_up", "follow_up (2nd time)"]
    assert seen[0].captured == {"run": 7}
    assert seen[0].status == "HTTP 200 OK"
    assert json.loads(seen[0].body)["message"] == "My key is [redacted]"
    assert seen[0].headers["Authorization"] == "[redacted]"
    assert seen[2].answer == '{"status": "completed", "text": "Yes."}'
