"""OpenAI's Responses API, over both ways: what is sent, and what each state of an answer means."""

import json
from typing import Any

import pytest

from simulate.errors import (
    ContentFilteredError,
    ModelError,
    ProtocolError,
    RequestRefusedError,
)
from simulate.models import ChatReply, ChatRequest
from simulate.models.api import RESPONSES
from tests.endpoint import Body, Serve, message, refusal, response
from tests.models.conftest import Ask
from tests.models.test_openai_compatible import FULL, SCHEMA

TALK = ChatRequest(
    [{"role": "system", "content": "You are Ada."}, {"role": "user", "content": "Hi"}],
    schema=SCHEMA,
    max_tokens=50,
    temperature=0.7,
    seed=3,
)
CALL = {"type": "function_call", "call_id": "1", "name": "look", "arguments": '{"value": 1}'}
LOOK = {"type": "function", "function": {"name": "look", "parameters": {}}}


def cut_off(reason: str) -> Body:
    details = {"reason": reason}
    return response(message("Hel"), status="incomplete", incomplete_details=details)


def failed(code: str, told: str) -> Body:
    return response(status="failed", error={"code": code, "message": told})


def answered(ask: Ask, serve: Serve, answer: Any, request: ChatRequest = FULL) -> ChatReply:
    [reply] = ask(serve(lambda body, n: answer), request, api=RESPONSES, retries=1)
    return reply


def plain(ask: Ask, serve: Serve, answer: Any) -> ChatReply:
    return answered(ask, serve, answer, ChatRequest([{"role": "user", "content": "Hi"}]))


def test_a_request_says_the_same_in_the_words_of_the_api(serve: Serve, ask: Ask) -> None:
    endpoint = serve()
    [reply] = ask(endpoint, TALK, api=RESPONSES)
    assert endpoint.bodies == [
        {
            "model": "mock",
            "input": TALK.messages,
            "stream": False,
            "max_output_tokens": 50,
            "temperature": 0.7,
            "text": {
                "format": {
                    "type": "json_schema",
                    "name": "answer",
                    "strict": True,
                    "schema": SCHEMA,
                }
            },
            "store": False,
        }
    ]
    assert json.loads(reply.text).keys() == {"value"}
    assert (reply.usage.prompt_tokens, reply.usage.cached_tokens) == (100, 60)
    assert (reply.usage.completion_tokens, reply.served_model) == (20, "mock")


def test_tools_are_offered_and_called(serve: Serve, ask: Ask) -> None:
    request = ChatRequest([{"role": "user", "content": "Hi"}], tools=[LOOK])
    endpoint = serve(lambda body, n: response(CALL))
    [reply] = ask(endpoint, request, api=RESPONSES)
    assert endpoint.bodies[0]["tools"] == [{"type": "function", "name": "look", "parameters": {}}]
    assert reply.tool_calls[0]["function"] == {"name": "look", "arguments": '{"value": 1}'}


def test_the_text_is_that_of_the_messages_and_no_commentary(serve: Serve, ask: Ask) -> None:
    thought = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}]}
    aside = message("I will think.", phase="commentary")
    answer = response(thought, aside, message("Hel"), message("lo.", phase="final_answer"))
    assert plain(ask, serve, answer).text == "Hel\n\nlo."


def test_an_answer_cut_off_at_the_limit_is_told_apart(serve: Serve, ask: Ask) -> None:
    assert plain(ask, serve, cut_off("max_output_tokens")).finish == "length"


def test_an_answer_that_only_reasons_up_to_the_limit_says_so(serve: Serve, ask: Ask) -> None:
    thought = {"type": "reasoning", "content": [{"type": "reasoning_text", "text": "Hm."}]}
    why = {"reason": "max_output_tokens"}
    cut = response(thought, status="incomplete", incomplete_details=why)
    assert plain(ask, serve, cut).finish == "reasoning"


@pytest.mark.parametrize(
    ("answer", "error", "told"),
    [
        (
            response(
                message("Hel"), status="incomplete", incomplete_details={"reason": "content_filter"}
            ),
            ContentFilteredError,
            "content_filter",
        ),
        (
            response(message("", content=[{"type": "refusal", "refusal": "I cannot help."}])),
            ContentFilteredError,
            "cannot help",
        ),
        (
            response(
                status="failed", error={"code": "invalid_prompt", "message": "It was flagged."}
            ),
            ContentFilteredError,
            "flagged",
        ),
        (response(message("Hel"), status="in_progress"), ProtocolError, "in_progress"),
        (response(message("Hel"), status="incomplete"), ProtocolError, "incomplete"),
        (response(message("Hel", status="incomplete")), ProtocolError, "incomplete"),
        (response(message("Hel"), status="cancelled"), ModelError, "cancelled"),
        (failed("server_error", "It broke."), ModelError, "It broke"),
        ({"output": None}, ModelError, "not a chat completion"),
    ],
)
def test_an_answer_that_did_not_come_to_its_end_is_no_reply(
    serve: Serve, ask: Ask, answer: Any, error: type[Exception], told: str
) -> None:
    with pytest.raises(error, match=told):
        plain(ask, serve, answer)


def test_a_failure_that_passes_is_tried_again(serve: Serve, ask: Ask) -> None:
    broken = failed("server_error", "It broke.")
    endpoint = serve(lambda body, n: broken if n == 0 else "Hello.")
    [reply] = ask(endpoint, api=RESPONSES)
    assert (reply.text, reply.attempts) == ("Hello.", 2)


@pytest.mark.parametrize(
    ("param", "says", "left"),
    [
        (
            "temperature",
            "Unsupported parameter: 'temperature' is not supported with this model.",
            {"model", "input", "max_output_tokens", "top_p", "text", "store", "stream"},
        ),
        (
            "max_output_tokens",
            "Unsupported parameter: 'max_output_tokens' is not supported with this model.",
            {"model", "input", "temperature", "top_p", "text", "store", "stream"},
        ),
        (
            "text.format",
            "Invalid parameter: 'text.format' of type 'json_schema' is not supported.",
            {
                "model",
                "input",
                "max_output_tokens",
                "temperature",
                "top_p",
                "text",
                "store",
                "stream",
            },
        ),
    ],
)
def test_what_is_refused_is_learnt(
    serve: Serve, ask: Ask, param: str, says: str, left: set[str]
) -> None:
    def behaviour(body: Body, number: int) -> Any:
        refused = body.get("text", {}).get("format", {}).get("type") == "json_schema"
        if refused if param == "text.format" else param in body:
            return refusal(says, param=param, code="unsupported_parameter")
        return None

    endpoint = serve(behaviour)
    ask(endpoint, FULL, FULL, api=RESPONSES)
    assert endpoint.bodies[-1].keys() == left
    assert endpoint.bodies[-1] == endpoint.bodies[-2]
    if param == "text.format":
        assert endpoint.bodies[-1]["text"] == {"format": {"type": "json_object"}}


def test_a_limit_that_is_too_small_is_not_left_out(serve: Serve, ask: Ask) -> None:
    says = "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16."
    endpoint = serve(
        lambda b, n: refusal(says, param="max_output_tokens", code="integer_below_min_value")
    )
    with pytest.raises(RequestRefusedError, match=">= 16"):
        ask(endpoint, FULL, api=RESPONSES)
