import asyncio
import json
from typing import Any

import pytest

from simulate.errors import ContentFilteredError
from simulate.models import ChatRequest, Noticed
from simulate.models.completion import Completion, read_completion
from simulate.models.journal import Journal
from tests.endpoint import Serve, completion
from tests.models.conftest import PLAIN, Ask
from tests.models.test_openai_compatible import FULL
from tests.ways import Way

ANSWER = '{"value": 0.5}'
CALL = {"id": "1", "type": "function", "function": {"name": "answer", "arguments": ANSWER}}
TOOLS = ChatRequest(PLAIN.messages, tools=[{"type": "function", "function": {"name": "look"}}])


def read(content: Any, request: ChatRequest = PLAIN, /, **message: Any) -> Completion:
    return read_completion(completion(content, message=message), request)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("Hello.", "Hello."),
        ("Okay. <think>Hm.</think>Hello.", "Okay. Hello."),
        ("Hello.<|im_end|>", "Hello."),
        ("I <think> so.", "I <think> so."),
        ([{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo."}], "Hello."),
        ([{"type": "output_text", "text": "Hello.", "annotations": []}], "Hello."),
        (["Hel", "lo."], "Hello."),
        ([{"text": "Hello."}], "Hello."),
        ({"type": "text", "text": "Hello."}, "Hello."),
        ([{"type": "thinking", "thinking": [{"text": "Hm"}]}, "Hello."], "Hello."),
        ([{"type": "reasoning", "text": "Hm."}, {"type": "text", "text": "Hello."}], "Hello."),
        ([{"type": "image_url", "text": "x"}, {"type": "text", "text": "Hello."}], "Hello."),
    ],
)
def test_the_text_of_a_message_is_what_was_said(content: Any, text: str) -> None:
    found = read(content)
    assert (found.text, found.stop, found.place) == (text, "stop", None)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (ANSWER, ANSWER),
        ({"value": 0.5}, ANSWER),
        ([{"text": "a", "probability": 1}], '[{"text": "a", "probability": 1}]'),
        ([{"type": "text", "text": ANSWER}], ANSWER),
        ([{"text": ANSWER}], ANSWER),
        (0.5, "0.5"),
        ("<think>{}</think>" + ANSWER, ANSWER),
        ('{"text": "I <think> so </think> now"}', '{"text": "I <think> so </think> now"}'),
    ],
)
def test_json_may_come_as_what_it_stands_for(content: Any, text: str) -> None:
    assert read(content, FULL).text == text


@pytest.mark.parametrize("content", [7, {"value": 1}, [{"type": "text"}], [[1]]])
def test_a_content_that_is_no_text_is_no_chat_completion(content: Any) -> None:
    with pytest.raises((LookupError, TypeError, AttributeError)):
        read(content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, {"refusal": "I cannot help."}),
        ("Well,", {"refusal": "I cannot help."}),
        ([{"type": "refusal", "refusal": "I cannot help."}], {}),
    ],
)
def test_a_refusal_holds_the_reply_back(content: Any, message: Any) -> None:
    with pytest.raises(ContentFilteredError, match="cannot help"):
        read(content, **message)


@pytest.mark.parametrize(
    "message",
    [
        {"tool_calls": [CALL]},
        {"function_call": {"name": "answer", "arguments": ANSWER}},
        {"function_call": {"name": "answer", "arguments": {"value": 0.5}}},
    ],
)
def test_an_answer_may_stand_in_a_tool_call_that_nobody_offered(message: Any) -> None:
    found = read(None, FULL, **message)
    assert (found.text, found.place) == (ANSWER, "a tool call")


def test_of_two_tool_calls_none_is_the_answer() -> None:
    assert read(None, FULL, tool_calls=[CALL, CALL]).text == ""


def test_a_call_of_an_offered_tool_is_no_answer() -> None:
    found = read(None, TOOLS, tool_calls=[CALL])
    assert (found.text, found.tool_calls, found.stop) == ("", (CALL,), "stop")


@pytest.mark.parametrize("place", ["reasoning_content", "reasoning"])
def test_an_answer_may_stand_where_reasoning_belongs(place: str) -> None:
    found = read(None, FULL, **{place: ANSWER})
    assert (found.text, found.place, found.stop) == (ANSWER, f"`{place}`", "stop")


@pytest.mark.parametrize(
    "reasoning",
    [
        "They may give a dollar.",
        f"I could answer {ANSWER}.",
        f"{ANSWER} or rather {{}}",
        '{"draft": 1}',
        "[1]",
        "[" * 100_000,
    ],
)
@pytest.mark.parametrize("request_", [PLAIN, FULL], ids=["plain", "json"])
def test_reasoning_never_becomes_a_reply(reasoning: str, request_: ChatRequest) -> None:
    found = read(None, request_, reasoning_content=reasoning)
    assert (found.text, found.stop) == ("", "reasoning")


@pytest.mark.parametrize("content", ["<think>Hm", "<think>Hm</think>", "[THINK]Hm[/THINK]\n"])
def test_a_text_that_is_nothing_but_reasoning_is_no_reply(content: str) -> None:
    assert read(content).stop == "reasoning"


def test_plain_json_in_reasoning_is_no_reply_where_a_text_was_asked_for() -> None:
    assert read(None, PLAIN, reasoning_content=ANSWER).text == ""


@pytest.mark.parametrize(
    "why",
    [
        {"promptFeedback": {"blockReason": "SAFETY"}},
        {
            "prompt_filter_results": [
                {"content_filter_results": {"hate": {}, "SAFETY": {"filtered": True}}}
            ]
        },
    ],
)
def test_an_answer_without_choices_may_say_that_the_prompt_was_held_back(why: Any) -> None:
    with pytest.raises(ContentFilteredError, match=r"prompt back .*SAFETY"):
        read_completion({"choices": [], **why}, PLAIN)


def test_a_text_in_place_of_a_message_is_read() -> None:
    data = {"choices": [{"text": "Hello.", "finish_reason": "stop"}]}
    assert read_completion(data, PLAIN).text == "Hello."


@pytest.mark.parametrize("message", [{}, {"message": None}])
def test_an_answer_without_a_message_says_why_by_its_ending(message: Any) -> None:
    def ended(finish: str) -> str:
        data = {"choices": [{"finish_reason": finish, **message}]}
        return read_completion(data, PLAIN).stop

    assert ended("length") == "length"
    with pytest.raises(ContentFilteredError, match="PROHIBITED_CONTENT"):
        ended("content_filter: PROHIBITED_CONTENT")
    with pytest.raises(LookupError):
        ended("stop")


@pytest.mark.parametrize("error", [None, "", {}, {"code": None, "message": ""}])
def test_an_error_with_nothing_in_it_is_none(error: Any) -> None:
    data = {"choices": [{"text": "Hello.", "error": error}], "error": error}
    assert read_completion(data, PLAIN).text == "Hello."


def test_white_space_after_reasoning_is_no_reply() -> None:
    assert read("\n\n", reasoning_content="Hm").stop == "reasoning"


def test_the_name_of_a_model_stays_on_its_line() -> None:
    data = {"choices": [{"text": "Hello."}], "model": "m\n::error::x\x1b[31m\u202e"}
    assert read_completion(data, PLAIN).served == r"m\n::error::x\x1b[31m\u202e"


def test_a_piece_of_a_stream_is_no_answer() -> None:
    with pytest.raises(KeyError):
        read_completion({"choices": [{"delta": {"content": "Hel"}}]}, PLAIN)


def test_answers_in_a_tool_call_are_told_once(serve: Serve, way: Way) -> None:
    endpoint = serve(lambda body, n: completion(None, message={"tool_calls": [CALL]}))
    told: list[Noticed] = []

    async def go() -> list[str]:
        model = way("mock", endpoint.url)
        model.share(model.connection.limit, Journal(on_noticed=told.append))
        texts = [(await model.complete(FULL)).text for _ in range(2)]
        await model.aclose()
        return texts

    assert [json.loads(text) for text in asyncio.run(go())] == [{"value": 0.5}] * 2
    assert [(t.what, "a tool call" in t.told) for t in told] == [("answers in a tool call", True)]


def test_a_reply_that_is_only_reasoned_about_says_so(serve: Serve, ask: Ask) -> None:
    thought = completion(None, finish_reason="length", message={"reasoning_content": "Hm, what"})
    [reply] = ask(serve(lambda body, n: thought))
    assert (reply.text, reply.finish) == ("", "reasoning")
