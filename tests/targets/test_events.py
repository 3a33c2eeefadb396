import asyncio
import contextlib
import json
from itertools import pairwise
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st

from simulate.errors import TargetError
from simulate.targets.answers import Answers
from simulate.targets.captures import Captures
from simulate.targets.events import Event, EventParser, LineParser
from simulate.targets.reading import Reading
from simulate.targets.redaction import Label
from simulate.targets.turn_buffer import AT_A_STRETCH_S, Heard
from tests.targets.service import Serve, socket, streams
from tests.targets.talking import talk


def parse(*chunks: bytes) -> list[Event]:
    parser = EventParser()
    return [event for chunk in chunks for event in parser.feed(chunk)]


def test_an_event_has_a_name_and_lines_of_data() -> None:
    assert parse(b"event: piece\ndata: a\ndata:b\n\n") == [Event("piece", "a\nb")]


def test_comments_ids_and_waits_are_passed_over() -> None:
    assert parse(b": ping\nid: 1\nretry: 5\nwhat\ndata: a\n\n: ping\n\n") == [Event("message", "a")]


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_each_line_end_of_the_standard_is_read(end: bytes) -> None:
    assert parse(end.join([b"data: a", b"", b"data: b", b"", b""])) == [
        Event("message", "a"),
        Event("message", "b"),
    ]


def test_an_event_that_is_not_finished_does_not_count() -> None:
    assert parse(b"data: a\n\ndata: b\n") == [Event("message", "a")]


def test_an_event_with_a_name_only_counts() -> None:
    assert parse(b"event: done\n\n") == [Event("done", "")]


def test_a_byte_order_mark_is_passed_over_and_bad_bytes_are_replaced() -> None:
    assert parse("\ufeffdata: ä".encode() + b"\xff\n\n") == [Event("message", "ä\ufffd")]


@given(st.lists(st.integers(0, 60)))
def test_it_does_not_matter_where_the_stream_is_cut(cuts: list[int]) -> None:
    whole = "\ufeff:x\r\nevent: a\r\ndata: äö\r\n\r\rdata: 1\ndata: 2\r\n\ndata:\n\n".encode()
    edges = [0, *sorted(c for c in cuts if c < len(whole)), len(whole)]
    pieces = [whole[a:b] for a, b in pairwise(edges)]
    assert parse(*pieces) == parse(whole)
    assert parse(whole) == [Event("a", "äö"), Event("message", "1\n2"), Event("message", "")]


@given(st.lists(st.integers(0, 60)))
def test_lines_do_not_depend_on_where_the_stream_is_cut_either(cuts: list[int]) -> None:
    whole = '\ufeff{}\r\n\r\n[1]\r"ä\u2028b"\n \n"last"'.encode()
    edges = [0, *sorted(c for c in cuts if c < len(whole)), len(whole)]
    parser = LineParser()
    events = [event for a, b in pairwise(edges) for event in parser.feed(whole[a:b])]
    events += parser.end()
    assert [event.data for event in events] == ["{}", "[1]", '"ä\u2028b"', '"last"']
    assert parser.events == 4


KEYS = st.sampled_from(["text", "b", "c", "e", "w", "name", "arguments", "id"])
ATOMS = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(width=16)
JSON = st.recursive(
    ATOMS,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(KEYS, below, max_size=4),
    max_leaves=8,
)


@settings(max_examples=60)
@given(st.lists(JSON, min_size=1, max_size=3), st.booleans())
def test_whatever_json_comes_is_a_turn_or_a_finding(answers: list[Any], pieces: bool) -> None:
    label = Label("bot")
    shows = {"buttons": "$..b"}
    read = Answers(label, "$..text", "$.w || $.text", "$.b == 1", shows, "$..c", "$.e")
    heard = Heard(label, until=0.0)
    captures = Captures({"thread": "$.id", "session": "$.id"}, label)
    reading = Reading(read, heard, captures, pieces=pieces)
    with contextlib.suppress(TargetError):
        for data in answers:
            reading.take(data)
        reading.over()
        captures.over({"thread", "session"}, "it", "")
        reply = heard.reply()
        assert all(text.strip() for text in reply.messages)
        assert all(call.after <= len(reply.messages) for call in reply.tool_calls)
        json.dumps([call.to_dict() for call in reply.tool_calls])


@pytest.mark.parametrize(("since_s", "others"), [(2 * AT_A_STRETCH_S, 1), (0.0, 0)])
def test_others_have_their_turn_once_enough_was_read_at_a_stretch(
    since_s: float, others: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ran() -> int:
        seen: list[int] = []
        monkeypatch.setattr("simulate.targets.turn_buffer.time.perf_counter", lambda: since_s)
        heard = Heard(Label("bot"), 0.0, sent=0.0, _paused=0.0)
        asyncio.get_running_loop().call_soon(seen.append, 1)
        await heard.pause()
        return len(seen)

    assert asyncio.run(ran()) == others


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_each_event_and_message_of_a_turn_may_be_the_last_of_a_stretch(
    kind: str, service: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    paused: list[Heard] = []

    async def pause(heard: Heard) -> None:
        paused.append(heard)

    async def flood(there: web.WebSocketResponse, _: str) -> None:
        for n in range(50):
            await there.send_json({"text": "x", "over": n == 49})

    monkeypatch.setattr(Heard, "pause", pause)
    bot = service(sse=streams(b'data: {"text": "x"}\n\n' * 50), ws=socket(flood))
    if kind == "http":
        talk("http", url=f"{bot.url}/sse", accept="sse", reply="$.text")
    else:
        talk("websocket", url=f"{bot.socket_url}/ws", turn_ends="$.over")
    assert len(paused) >= 49
