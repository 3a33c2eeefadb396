import asyncio
import contextlib
import socket
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from aiohttp import web

from simulate.errors import (
    EndpointError,
    ModelError,
    ProtocolError,
    RequestRefusedError,
)
from simulate.models import ChatReply, ChatRequest, Learnt
from simulate.models.http import LONGEST_BODY
from simulate.models.journal import Journal
from tests.endpoint import Behaviour, Body, Serve, completion, refusal, reset, stalled
from tests.models.conftest import PLAIN, Ask
from tests.ways import over_wire

SCHEMA = {
    "type": "object",
    "properties": {"value": {"type": "number", "minimum": 0, "maximum": 1}},
    "required": ["value"],
    "additionalProperties": False,
}
FULL = ChatRequest(
    [{"role": "user", "content": "Hi"}],
    schema=SCHEMA,
    max_tokens=50,
    temperature=0.7,
    top_p=0.9,
    seed=3,
)


def first(answer: Callable[[], Any], times: int = 1) -> Behaviour:
    """Give an answer to the first requests, and the usual one from then on."""
    return lambda body, number: answer() if number < times else None


def test_a_reply_has_text_and_usage(serve: Serve, ask: Ask) -> None:
    [reply] = ask(serve(lambda body, n: "Hello."))
    assert reply.text == "Hello."
    assert reply.usage.prompt_tokens == 100
    assert reply.usage.cached_tokens == 60
    assert reply.usage.completion_tokens == 20
    assert (reply.finish, reply.attempts) == ("stop", 1)


@pytest.mark.parametrize(
    ("said", "kept"), [("gpt-4.1-2025", "gpt-4.1-2025"), (None, None), (7, None)]
)
def test_the_model_that_served_is_what_the_endpoint_says(
    serve: Serve, said: object, kept: str | None, ask: Ask
) -> None:
    [reply] = ask(serve(lambda body, n: completion("Hi.", model=said)))
    assert reply.served_model == kept


@pytest.mark.parametrize(
    ("said", "kept"), [("fp_44709d6fcb", "fp_44709d6fcb"), (None, None), (7, None)]
)
def test_the_fingerprint_is_what_the_endpoint_says(
    serve: Serve, said: object, kept: str | None, ask: Ask
) -> None:
    [reply] = ask(serve(lambda body, n: completion("Hi.", system_fingerprint=said)))
    assert reply.fingerprint == kept


def test_names_that_an_endpoint_gives_are_short_and_hold_no_secret(serve: Serve, ask: Ask) -> None:
    key = "sk-" + "0123456789" * 4
    said = {"model": "x" * 190 + key, "system_fingerprint": f"fp {key}"}
    [reply] = ask(serve(lambda body, n: completion("Hi.", **said)), api_key=key)
    assert reply.fingerprint == "fp [redacted]"
    assert reply.served_model is not None
    assert len(reply.served_model) <= 200
    assert "sk-" not in reply.served_model


def test_every_setting_is_sent(serve: Serve, ask: Ask) -> None:
    endpoint = serve()
    ask(endpoint, FULL)
    body = endpoint.bodies[0]
    assert {k: body[k] for k in ("temperature", "top_p", "seed", "max_tokens")} == {
        "temperature": 0.7,
        "top_p": 0.9,
        "seed": 3,
        "max_tokens": 50,
    }
    assert body["response_format"]["json_schema"]["schema"] == SCHEMA


def test_the_key_is_sent_as_a_bearer_token(serve: Serve, ask: Ask) -> None:
    endpoint = serve()
    ask(endpoint, api_key="sk-test")
    assert endpoint.headers[0]["Authorization"] == "Bearer sk-test"


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503])
def test_a_passing_fault_is_tried_again(serve: Serve, status: int, ask: Ask) -> None:
    endpoint = serve(first(lambda: web.Response(status=status, text="<html>busy</html>")))
    [reply] = ask(endpoint)
    assert reply.attempts == 2


def test_credentials_in_the_url_go_before_the_key(serve: Serve) -> None:
    endpoint = serve()

    async def go() -> None:
        url = endpoint.url.replace("//", "//ada:pw@") + "?api-version=1"
        model = over_wire("mock", url, "sk-test")
        await model.complete(PLAIN)
        await model.aclose()

    asyncio.run(go())
    assert endpoint.headers[0]["Authorization"].startswith("Basic ")


def test_a_connection_that_is_reset_is_tried_again(serve: Serve, ask: Ask) -> None:
    [reply] = ask(serve(lambda body, n: reset if n == 0 else None))
    assert reply.attempts == 2


def test_a_body_that_breaks_off_is_tried_again(serve: Serve, ask: Ask) -> None:
    def half() -> web.Response:
        response = web.Response(body=b'{"choices": [{"mess', content_type="application/json")
        response.headers["Content-Length"] = "500"
        response.force_close()
        return response

    [reply] = ask(serve(first(half)), timeout_s=1.0)
    assert reply.attempts == 2


def test_an_answer_that_trickles_in_is_given_up_and_tried_again(serve: Serve, ask: Ask) -> None:
    async def trickle(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            for _ in range(60):
                await response.write(b"\n")
                await asyncio.sleep(0.05)
        return response

    endpoint = serve(lambda body, n: trickle if n == 0 else "Hello.")
    [reply] = ask(endpoint, timeout_s=0.3, backoff_s=0.01)
    assert (reply.text, reply.attempts) == ("Hello.", 2)


def test_a_long_header_is_borne(serve: Serve, ask: Ask) -> None:
    long = {"Content-Security-Policy": "a" * 20_000}
    [reply] = ask(serve(lambda body, n: web.json_response(completion("Hello."), headers=long)))
    assert reply.text == "Hello."


def test_a_stalled_answer_is_given_up_and_tried_again(serve: Serve, ask: Ask) -> None:
    endpoint = serve(lambda body, n: stalled(3) if n == 0 else None)
    [reply] = ask(endpoint, timeout_s=0.3)
    assert reply.attempts == 2


def test_retries_are_bounded(serve: Serve, ask: Ask) -> None:
    endpoint = serve(lambda body, n: None if n == 0 else web.Response(status=500))
    with pytest.raises(ModelError, match=r"HTTP 500 .* given up after 3 attempts"):
        ask(endpoint, PLAIN, PLAIN, retries=2)
    assert len(endpoint.bodies) == 4


def test_an_endpoint_that_never_served_is_given_up_sooner(serve: Serve, ask: Ask) -> None:
    endpoint = serve(lambda body, n: web.Response(status=502))
    with pytest.raises(EndpointError, match="502"):
        ask(endpoint)
    assert len(endpoint.bodies) == 3


def test_an_unreachable_endpoint_is_an_endpoint_error() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    async def go() -> None:
        model = over_wire("mock", f"http://127.0.0.1:{port}/v1")
        try:
            await model.complete(PLAIN)
        finally:
            await model.aclose()

    with pytest.raises(EndpointError, match="cannot connect"):
        asyncio.run(go())


@pytest.mark.parametrize(
    ("status", "why"), [(401, "refuses the key"), (403, "refuses the key"), (404, "no such model")]
)
def test_a_wrong_key_or_model_serves_nobody(serve: Serve, status: int, why: str, ask: Ask) -> None:
    endpoint = serve(lambda body, n: refusal("no", status))
    with pytest.raises(EndpointError, match=why):
        ask(endpoint)
    assert len(endpoint.bodies) == 1


def test_a_prompt_too_large_for_the_endpoint_fails_only_this_request(
    serve: Serve, ask: Ask
) -> None:
    with pytest.raises(RequestRefusedError, match="413"):
        ask(serve(lambda body, n: refusal("Payload too large", 413)))


def test_a_refusal_about_nothing_that_can_be_left_out_is_told(serve: Serve, ask: Ask) -> None:
    with pytest.raises(RequestRefusedError, match="context is too long"):
        ask(serve(lambda body, n: refusal("context is too long")))


def refuses(*settings: str, says: str = "Unsupported parameter: '{}'") -> Behaviour:
    """Return a behaviour that refuses bodies with one of these settings."""

    def behaviour(body: Body, number: int) -> Any:
        for setting in settings:
            if setting in body:
                return refusal(says.format(setting), param=setting)
        return None

    return behaviour


@pytest.mark.parametrize("setting", ["temperature", "top_p", "seed"])
def test_a_refused_setting_is_not_sent_again(serve: Serve, setting: str, ask: Ask) -> None:
    endpoint = serve(refuses(setting))
    ask(endpoint, FULL, FULL)
    assert [setting in body for body in endpoint.bodies] == [True, False, False]


def test_max_tokens_is_renamed_where_it_is_refused(serve: Serve, ask: Ask) -> None:
    says = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
    endpoint = serve(refuses("max_tokens", says=says))
    ask(endpoint, FULL)
    assert endpoint.bodies[-1]["max_completion_tokens"] == 50
    assert "max_tokens" not in endpoint.bodies[-1]


def test_several_refusals_are_learnt_one_by_one(serve: Serve, ask: Ask) -> None:
    endpoint = serve(refuses("temperature", "top_p", "seed", "max_tokens"))
    ask(endpoint, FULL, FULL)
    assert len(endpoint.bodies) == 6
    assert set(endpoint.bodies[-1]) == {
        "model",
        "messages",
        "stream",
        "response_format",
        "max_completion_tokens",
    }


def test_an_endpoint_that_streams_where_nothing_is_said_of_it_is_told_not_to(
    serve: Serve, ask: Ask
) -> None:
    def behaviour(body: Body, number: int) -> Any:
        return web.Response(text="data: {}") if body.get("stream", True) else "Hello."

    [reply] = ask(serve(behaviour))
    assert reply.text == "Hello."


def test_structured_output_steps_down_to_what_the_endpoint_takes(serve: Serve, ask: Ask) -> None:
    def behaviour(body: Body, number: int) -> Any:
        form = body.get("response_format")
        if form and form["type"] == "json_schema":
            if "minimum" in str(form):
                return refusal("Invalid schema: 'minimum' is not permitted")
            return refusal("response_format of type json_schema is not supported")
        if form:
            return refusal("response_format is not supported")
        return None

    endpoint = serve(behaviour)
    ask(endpoint, FULL, FULL)
    sent = [b.get("response_format", {}).get("type") for b in endpoint.bodies]
    assert sent == ["json_schema", "json_schema", "json_object", None, None]


def test_messages_are_merged_where_roles_must_alternate(serve: Serve, ask: Ask) -> None:
    def behaviour(body: Body, number: int) -> Any:
        roles = [m["role"] for m in body["messages"]]
        if any(a == b for a, b in pairwise(roles)):
            return refusal("Conversation roles must alternate user/assistant/user/assistant")
        return None

    endpoint = serve(behaviour)
    two = ChatRequest([{"role": "user", "content": "a"}, {"role": "user", "content": "b"}])
    ask(endpoint, two)
    assert endpoint.bodies[-1]["messages"] == [{"role": "user", "content": "a\n\nb"}]


def two_user_messages(number: int) -> ChatRequest:
    return ChatRequest([{"role": "user", "content": t} for t in (f"a{number}", "b")])


@pytest.mark.parametrize(
    "message",
    [
        "deepseek-reasoner does not support successive user or assistant messages.",
        'roles must alternate between "user" and "assistant", but found multiple "user" in a row',
    ],
)
def test_calls_under_way_while_alternation_is_learnt_are_sent_again(
    serve: Serve, message: str
) -> None:
    def behaviour(body: Body, number: int) -> Any:
        roles = [m["role"] for m in body["messages"]]
        return refusal(message) if any(a == b for a, b in pairwise(roles)) else None

    endpoint = serve(behaviour, delay_s=0.02)

    async def go() -> list[ChatReply]:
        model = over_wire("mock", endpoint.url)
        await model.complete(PLAIN)
        replies = await asyncio.gather(*(model.complete(two_user_messages(i)) for i in range(4)))
        await model.aclose()
        return replies

    assert len(asyncio.run(go())) == 4


def test_what_is_learnt_is_told_with_the_endpoints_words(serve: Serve) -> None:
    endpoint = serve(refuses("temperature"))
    told: list[Learnt] = []

    async def go() -> None:
        model = over_wire("mock", endpoint.url)
        model.share(model.connection.limit, Journal(told.append))
        await model.complete(FULL)
        await model.aclose()

    asyncio.run(go())
    assert [t.what for t in told] == ["temperature"]
    assert "Unsupported parameter" in told[0].told


def test_many_calls_at_once_learn_a_refusal_once(serve: Serve) -> None:
    endpoint = serve(refuses("temperature"), delay_s=0.01)

    async def go() -> None:
        model = over_wire("mock", endpoint.url)
        await asyncio.gather(*(model.complete(FULL) for _ in range(20)))
        await model.aclose()

    asyncio.run(go())
    assert sum("temperature" in body for body in endpoint.bodies) == 1


def test_what_an_earlier_part_of_the_run_learnt_is_not_sent(serve: Serve) -> None:
    endpoint = serve(refuses("temperature"))

    async def go() -> None:
        model = over_wire("mock", endpoint.url)
        journal = Journal()
        journal.take_over({model.name: ["temperature"]})
        model.share(model.connection.limit, journal)
        await model.complete(FULL)
        await model.aclose()

    asyncio.run(go())
    assert len(endpoint.bodies) == 1


def test_the_token_limit_is_told_apart(serve: Serve, ask: Ask) -> None:
    [reply] = ask(serve(lambda body, n: completion("Hel", finish_reason="length")))
    assert reply.finish == "length"


@pytest.mark.parametrize(
    "body",
    [
        "<html>hello</html>",
        "{}",
        '{"choices": []}',
        '{"choices": [{}]}',
        '{"choices": [{"message": null}]}',
        "[1]",
        "null",
        "",
    ],
)
def test_a_body_that_is_not_the_protocol_is_quoted(serve: Serve, body: str, ask: Ask) -> None:
    endpoint = serve(lambda b, n: web.Response(text=body, content_type="text/html"))
    with pytest.raises(EndpointError, match="not a chat completion") as caught:
        ask(endpoint)
    assert body[:200] in str(caught.value)


def test_at_most_two_hundred_characters_of_a_strange_body_are_quoted(
    serve: Serve, ask: Ask
) -> None:
    endpoint = serve(lambda b, n: web.Response(text="x" * 5000))
    with pytest.raises(EndpointError) as caught:
        ask(endpoint)
    assert "x" * 200 in str(caught.value)
    assert "x" * 201 not in str(caught.value)


def test_invalid_utf_8_is_not_the_protocol(serve: Serve, ask: Ask) -> None:
    endpoint = serve(lambda b, n: web.Response(body=b'{"choices": "\xff\xfe"}'))
    with pytest.raises(EndpointError, match="not a chat completion"):
        ask(endpoint)


def test_an_endless_body_is_not_read_to_its_end(serve: Serve, ask: Ask) -> None:
    endpoint = serve(lambda b, n: web.Response(body=b" " * (LONGEST_BODY + 1)))
    with pytest.raises(ProtocolError, match="longer than"):
        ask(endpoint)
