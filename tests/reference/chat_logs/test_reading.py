"""Chat logs are recognised by their content, and what cannot be used is counted."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from simulate.errors import ReferenceDataError
from simulate.reference.chat_logs import ChatLogs, LoggedDialogue, otel, turns_of
from simulate.reference.chat_logs.messages import Message
from simulate.targets import ToolCall

TALK = {"messages": [{"role": "user", "content": "Hello."}, {"role": "bot", "content": "Hi."}]}
CALL = {"id": "c1", "type": "function", "function": {"name": "find", "arguments": '{"n": 1}'}}
OTEL_CALL = {"type": "tool_call", "id": "c1", "name": "find", "arguments": {"n": 1}}
ANSWERED = ToolCall("find", {"n": 1}, "c1", {"found": True})


def written(folder: Path, *lines: Any, name: str = "log.jsonl") -> Path:
    path = folder / name
    texts = (each if isinstance(each, str) else json.dumps(each) for each in lines)
    path.write_text("\n".join(texts), "utf-8")
    return path


def said(dialogue: LoggedDialogue) -> list[tuple[str, str]]:
    turns = turns_of(dialogue.messages, lambda role: role)
    return [(turn.speaker, "|".join(turn.messages)) for turn in turns]


def left_out(logs: ChatLogs) -> list[tuple[int, str, int]]:
    return [(each.first, each.why.partition(" (")[0], each.n) for each in logs.left_out]


def span(
    number: int, asked: Sequence[Any], answered: Sequence[Any], **known: Any
) -> dict[str, Any]:
    """Return a span of OTLP that has a call's messages as JSON texts."""
    texts = {
        "gen_ai.operation.name": "chat",
        "gen_ai.input.messages": json.dumps(asked),
        "gen_ai.output.messages": json.dumps(answered),
        **known,
    }
    return {
        "traceId": f"t{number}",
        "spanId": f"s{number}",
        "startTimeUnixNano": str(number * 10**9),
        "attributes": [{"key": k, "value": {"stringValue": v}} for k, v in texts.items()],
    }


def part(role: str, *contents: str | dict[str, Any]) -> dict[str, Any]:
    parts = [{"type": "text", "content": c} if isinstance(c, str) else c for c in contents]
    return {"role": role, "parts": parts}


def test_openai_messages_have_their_tool_calls_with_what_the_tools_answered(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        {
            "messages": [
                {"role": "system", "content": "Be kind."},
                {"role": "user", "content": "Where is it?"},
                {"role": "assistant", "content": None, "tool_calls": [CALL]},
                {"role": "tool", "tool_call_id": "c1", "content": '{"found": true}'},
                {"role": "assistant", "content": "It is here."},
            ],
            "metadata": {"locale": "de", "user_id": "u1", "conversation_id": "c9", "odd": [1]},
        },
    )
    (found,) = ChatLogs([path])
    assert said(found) == [("user", "Where is it?"), ("assistant", "It is here.")]
    assert turns_of(found.messages, str)[1].tool_calls == [ANSWERED]
    assert (found.conversation, found.person) == ("c9", "u1")
    assert found.attributes == {"locale": "de"}


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (
            [{"type": "text", "text": "Look:"}, {"type": "image_url", "image_url": {}}],
            "Look:|[image]",
        ),
        ([{"type": "input_text", "text": "One"}, {"type": "input_audio"}], "One|[audio]"),
        ([{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "Yes."}], "Yes."),
        ([{"type": "refusal", "refusal": "No."}], "No."),
    ],
)
def test_content_may_be_parts_and_what_is_no_text_is_told(
    tmp_path: Path, content: Any, text: str
) -> None:
    (found,) = ChatLogs([written(tmp_path, {"messages": [{"role": "user", "content": content}]})])
    assert said(found) == [("user", text)]


def test_items_of_the_responses_api_are_messages_too(tmp_path: Path) -> None:
    items = [
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Go."}]},
        {"type": "reasoning", "summary": []},
        {"type": "function_call", "call_id": "c1", "name": "find", "arguments": '{"n": 1}'},
        {"type": "function_call_output", "call_id": "c1", "output": '{"found": true}'},
    ]
    (found,) = ChatLogs([written(tmp_path, {"messages": items})])
    assert turns_of(found.messages, str)[1].tool_calls == [ANSWERED]


@pytest.mark.parametrize("indent", [None, 1])
def test_a_json_array_of_dialogues_is_read_item_by_item(tmp_path: Path, indent: int | None) -> None:
    path = written(tmp_path, json.dumps([TALK, TALK], indent=indent))
    assert [said(each) for each in ChatLogs([path])] == [[("user", "Hello."), ("bot", "Hi.")]] * 2


@pytest.mark.parametrize("indent", [None, 1])
def test_a_list_of_messages_alone_is_one_dialogue(tmp_path: Path, indent: int | None) -> None:
    path = written(tmp_path, json.dumps(TALK["messages"], indent=indent))
    assert [said(each) for each in ChatLogs([path])] == [[("user", "Hello."), ("bot", "Hi.")]]


def test_spans_of_one_conversation_say_each_message_once(tmp_path: Path) -> None:
    one, two = part("user", "Hello."), part("user", "Where is it?")
    hi, found, last = (
        part("assistant", "Hi."),
        part("assistant", OTEL_CALL),
        part("assistant", "Here."),
    )
    answer = part("tool", {"type": "tool_call_response", "id": "c1", "response": {"found": True}})
    conversation = {"gen_ai.conversation.id": "c9", "user.id": "u1"}
    spans = [
        span(3, [one, hi, two, found, answer], [last], **conversation),
        span(1, [part("system", "Be kind."), one], [hi], **conversation),
        span(2, [one, hi, two], [found], **conversation),
        span(0, [one], [last], **conversation | {"gen_ai.operation.name": "invoke_agent"}),
    ]
    batch = {"resourceSpans": [{"resource": {}, "scopeSpans": [{"spans": spans}]}]}
    (dialogue,) = ChatLogs([written(tmp_path, json.dumps(batch, indent=1))])
    assert said(dialogue) == [
        ("user", "Hello."),
        ("assistant", "Hi."),
        ("user", "Where is it?"),
        ("assistant", "Here."),
    ]
    assert turns_of(dialogue.messages, str)[3].tool_calls == [ANSWERED]
    assert (dialogue.conversation, dialogue.person) == ("c9", "u1")


def test_spans_without_a_conversation_are_joined_by_their_trace(tmp_path: Path) -> None:
    """As the SDK's console exporter writes them, a span a line, with the older events."""
    lines = [
        {
            "context": {"trace_id": f"0x{trace}", "span_id": f"0x{number}"},
            "start_time": f"2024-05-01T00:00:0{number}.000000Z",
            "attributes": {},
            "events": [
                {"attributes": {"gen_ai.prompt": json.dumps([{"role": "user", "content": asks}])}},
                {"attributes": {"gen_ai.completion": f"On {asks}"}},
            ],
        }
        for number, (trace, asks) in enumerate([("a", "x"), ("b", "y"), ("a", "z")])
    ]
    found = list(ChatLogs([written(tmp_path, *lines)]))
    assert [said(each) for each in found] == [
        [("user", "x"), ("assistant", "On x"), ("user", "z"), ("assistant", "On z")],
        [("user", "y"), ("assistant", "On y")],
    ]


def test_messages_may_be_attributes_with_numbers(tmp_path: Path) -> None:
    known = {
        "gen_ai.prompt.1.content": "Where?",
        "gen_ai.prompt.1.role": "user",
        "gen_ai.prompt.0.content": "Be kind.",
        "gen_ai.prompt.0.role": "system",
        "gen_ai.completion.0.content": "Here.",
    }
    (found,) = ChatLogs([written(tmp_path, {"span_id": "1", "trace_id": "2", "attributes": known})])
    assert said(found) == [("user", "Where?"), ("assistant", "Here.")]


def test_a_convokit_corpus_is_joined_with_what_is_known_of_its_speakers(tmp_path: Path) -> None:
    utterances = [
        {"id": i, "conversation_id": "c", "speaker": who, "text": text, "timestamp": time}
        for i, (who, text, time) in enumerate([("ann", "Second.", 2), ("helper", "First.", 1)])
    ]
    written(tmp_path, *utterances, name="utterances.jsonl")
    people = {"helper": {"meta": {"role": "bot"}}, "ann": {"meta": {"role": "user", "age": 30}}}
    (tmp_path / "speakers.json").write_text(json.dumps(people))
    (tmp_path / "conversations.json").write_text(json.dumps({"c": {"meta": {"page": "x"}}}))
    (found,) = ChatLogs([tmp_path])
    assert said(found) == [("bot", "First."), ("user", "Second.")]
    assert found.people["user"] == ("ann", {"age": 30})
    assert found.attributes == {"page": "x"}


def test_a_dialogue_of_our_export_keeps_its_calls_and_who_the_user_is(tmp_path: Path) -> None:
    turns = [
        {"speaker": "customer", "text": "Where?"},
        {"speaker": "bot", "text": "Here.", "tool_calls": [ANSWERED.to_dict()], "ends": True},
    ]
    who = {"id": "p1", "attributes": {"mood": "calm"}}
    path = written(tmp_path, {"dialogue": "d1", "persona": who, "turns": turns})
    (found,) = ChatLogs([path])
    last = turns_of(found.messages, str)[1]
    assert (last.tool_calls, last.ends) == ([ANSWERED], True)
    assert (found.conversation, found.person, found.attributes) == ("d1", "p1", {"mood": "calm"})


def test_what_cannot_be_used_is_counted_and_the_rest_goes_on(tmp_path: Path) -> None:
    logs = ChatLogs(
        [
            written(
                tmp_path,
                {"id": "a", **TALK},
                "{broken",
                {"turns": [{"speaker": "a", "text": "b"}]},
                {"id": "a", **TALK},
                {"nothing": 1},
                "[1, 2",
                {"messages": [{"content": "whose?"}]},
                '{"messages": [{"role": "user", "content": "\\ud800"}]}',
                '{"messages": [], "n": 1e999}',
                {"id": "b", **TALK},
            )
        ]
    )
    assert [each.place.line for each in logs] == [1, 10]
    assert left_out(logs) == [
        (2, "is no JSON", 4),
        (3, "is of another format", 1),
        (4, "is a conversation that came before, by its id", 1),
        (5, "is no dialogue in a known format", 1),
        (7, "has a message without a role", 1),
    ]


def test_an_array_that_breaks_off_has_the_items_before(tmp_path: Path) -> None:
    logs = ChatLogs([written(tmp_path, json.dumps([TALK, TALK], indent=1)[:-30])])
    assert len(list(logs)) == 1
    assert left_out(logs) == [(14, "is no JSON, and nothing behind it is read", 1)]


def test_bytes_that_are_no_utf8_are_one_line(tmp_path: Path) -> None:
    path = written(tmp_path, TALK)
    path.write_bytes(path.read_bytes() + b"\n\xff\xfe\n\n" + path.read_bytes())
    logs = ChatLogs([path])
    assert len(list(logs)) == 2
    assert left_out(logs) == [(2, "is not in UTF-8", 1)]


@pytest.mark.parametrize(("data", "why"), [(b"\xff\xfe{\0}\0", "UTF-16"), (None, "cannot be read")])
def test_a_file_that_cannot_be_read_at_all_is_an_error(
    tmp_path: Path, data: bytes | None, why: str
) -> None:
    path = tmp_path / "log.jsonl"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(ReferenceDataError, match=why):
        list(ChatLogs([path]))


def test_a_pipe_is_an_error_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "log.jsonl")
    with pytest.raises(ReferenceDataError, match="is a pipe or a device"):
        list(ChatLogs([tmp_path / "log.jsonl"]))


@pytest.mark.parametrize(
    "odd",
    [
        {"key": "gen_ai.operation.name", "value": {"arrayValue": {"values": []}}},
        {"key": "gen_ai.input.messages", "value": {"arrayValue": [1]}},
        {"key": "gen_ai.input.messages", "value": {"kvlistValue": "x"}},
    ],
)
def test_an_attribute_of_a_span_may_be_of_any_shape(tmp_path: Path, odd: dict[str, Any]) -> None:
    value = span(1, [], [part("assistant", "Hello.")])
    value["attributes"] = [odd, *(a for a in value["attributes"] if a["key"] != odd["key"])]
    (talk,) = ChatLogs([written(tmp_path, value)])
    assert said(talk) == [("assistant", "Hello.")]


def test_each_message_of_a_conversation_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[Message] = []
    plain = otel._same

    def same(message: Message) -> Any:
        looked.append(message)
        return plain(message)

    monkeypatch.setattr(otel, "_same", same)
    calls = [
        otel._Call(n, False, (Message("user", (f"q{n}",)),), (Message("assistant", (f"a{n}",)),))
        for n in range(100)
    ]
    assert len(otel.joined(calls)) == 200
    assert len(looked) == 200
