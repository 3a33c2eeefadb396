"""Log-probabilities of the first token: over both ways, in process, and where there are none."""

from __future__ import annotations

import asyncio
import math
from typing import Any

import pytest

from simulate.errors import EndpointError, RequestRefusedError
from simulate.models import ChatReply, ChatRequest, ScriptedModel
from simulate.models.api import RESPONSES
from simulate.models.embedded import EmbeddedModel
from simulate.models.first_token import LEAST, likeliest_tokens
from tests.endpoint import Endpoint, Serve, completion, refusal
from tests.models.conftest import PLAIN, Ask

WANTED = ChatRequest(PLAIN.messages, max_tokens=1, top_logprobs=20)


def tokens(*pairs: tuple[Any, Any]) -> dict[str, Any]:
    """Return a choice with the likeliest first tokens, as the protocol has it."""
    top = [{"token": token, "logprob": log, "bytes": None} for token, log in pairs]
    first = {"token": "A", "logprob": -1.0, "bytes": [65], "top_logprobs": top}
    return {"logprobs": {"content": [first]}}


def answered(*pairs: tuple[Any, Any]) -> dict[str, Any]:
    """Return a completion of one token, with the likeliest ones."""
    body = completion("A", finish_reason="length")
    body["choices"][0] |= tokens(*pairs)
    return body


def test_they_are_asked_for_and_read_over_both_ways(serve: Serve, ask: Ask) -> None:
    endpoint: Endpoint = serve(lambda body, n: answered(("B", -2.5), ("A", -0.5), (" A", -3.0)))
    (reply,) = ask(endpoint, WANTED)
    assert reply.top_logprobs == {"A": -0.5, "B": -2.5, " A": -3.0}
    assert next(iter(reply.top_logprobs)) == "A"
    assert (endpoint.bodies[0]["logprobs"], endpoint.bodies[0]["top_logprobs"]) == (True, 20)
    assert endpoint.bodies[0]["max_tokens"] == 1


def test_nothing_is_asked_for_and_nothing_kept_where_none_are_wanted(
    serve: Serve, ask: Ask
) -> None:
    endpoint: Endpoint = serve(lambda body, n: answered(("A", -0.5)))
    with_none = ask(endpoint, ChatRequest(PLAIN.messages, max_tokens=1))
    assert with_none[0].top_logprobs is None
    assert not {"logprobs", "top_logprobs"} & endpoint.bodies[0].keys()


def test_an_endpoint_that_leaves_them_out_gives_a_reply_without(serve: Serve, ask: Ask) -> None:
    (reply,) = ask(serve(lambda body, n: completion("A")), WANTED)
    assert (reply.text, reply.top_logprobs) == ("A", None)


@pytest.mark.parametrize(
    ("says", "param"),
    [
        ("logprobs are not supported with this model", "logprobs"),
        ("Unsupported parameter: 'top_logprobs'", "top_logprobs"),
        ("You are not allowed to request logprobs from this model", None),
        ("This model does not support log probabilities.", None),
    ],
)
def test_an_endpoint_that_refuses_them_is_one_clear_line_and_not_asked_without(
    says: str, param: str | None, serve: Serve, ask: Ask
) -> None:
    endpoint: Endpoint = serve(lambda body, n: refusal(says, param=param))
    with pytest.raises(EndpointError, match=r"returns no log-probabilities .*take another method"):
        ask(endpoint, WANTED)
    assert len(endpoint.bodies) == 1


def test_an_endpoint_that_gives_fewer_says_so_itself(serve: Serve, ask: Ask) -> None:
    says = "top_logprobs must be less than or equal to 5"
    with pytest.raises(RequestRefusedError, match=says):
        ask(serve(lambda body, n: refusal(says, param="top_logprobs")), WANTED)


def test_the_responses_api_is_not_asked(serve: Serve, ask: Ask) -> None:
    endpoint: Endpoint = serve()
    with pytest.raises(EndpointError, match=r"no log-probabilities .*\(through the Responses API"):
        ask(endpoint, WANTED, api=RESPONSES)
    assert endpoint.bodies == []


def test_tokens_that_are_written_alike_are_added_up() -> None:
    found = likeliest_tokens(tokens(("A", math.log(0.2)), ("B", math.log(0.5)), ("A", -1.5)))
    assert found is not None
    assert list(found) == ["B", "A"]
    assert math.exp(found["A"]) == pytest.approx(0.2 + math.exp(-1.5))


def test_a_probability_of_nothing_or_above_one_is_a_number_that_json_holds() -> None:
    found = likeliest_tokens(tokens(("A", 1e-7), ("B", -math.inf), ("C", -1e9), ("B", -math.inf)))
    assert found == {"A": 0.0, "B": pytest.approx(LEAST + math.log(2)), "C": LEAST}


@pytest.mark.parametrize(
    "choice",
    [
        {},
        {"logprobs": None},
        {"logprobs": []},
        {"logprobs": {"content": None}},
        {"logprobs": {"content": []}},
        tokens(),
        tokens((None, -1.0)),
        tokens(("A", None)),
        tokens(("A", "low")),
        tokens(("A", math.nan)),
        tokens(("A", 0.5), ("B", -2.0)),
        tokens(("A", math.inf)),
        {"logprobs": {"content": [{"top_logprobs": [1, 2]}]}},
        {"logprobs": {"content": [{"top_logprobs": 5}]}},
    ],
)
def test_what_is_no_list_of_tokens_is_none(choice: Any) -> None:
    assert likeliest_tokens(choice) is None


def completed(model: ScriptedModel | EmbeddedModel, request: ChatRequest) -> ChatReply:
    async def go() -> ChatReply:
        try:
            return await model.complete(request)
        finally:
            await model.aclose()

    return asyncio.run(go())


def test_a_scripted_model_has_those_that_are_written_down() -> None:
    reply = completed(ScriptedModel([{"B": -0.1, "A": -2.0}]), WANTED)
    assert (reply.text, reply.top_logprobs) == ("B", {"B": -0.1, "A": -2.0})
    assert completed(ScriptedModel(["A"]), WANTED).top_logprobs is None


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_the_embedded_model_gives_its_own() -> None:
    question = "Do you like tea?\n\nA: yes\nB: no\n\nWrite the letter of your answer."
    request = ChatRequest(
        [{"role": "user", "content": question}], max_tokens=1, temperature=1.0, top_logprobs=20
    )
    reply = completed(EmbeddedModel(slots=1, context=512), request)
    assert reply.top_logprobs is not None
    assert len(reply.top_logprobs) == 20
    assert {"A", "B"} <= reply.top_logprobs.keys()
    assert sum(map(math.exp, reply.top_logprobs.values())) < 1
