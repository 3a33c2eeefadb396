"""Answers that are no reply, over both ways to an endpoint; what each means is in test_failures."""

from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

from simulate.errors import (
    ContentFilteredError,
    EndpointError,
    ModelError,
    QuotaReachedError,
    RequestRefusedError,
)
from simulate.models import ChatRequest
from tests.endpoint import Body, Serve, completion, refusal
from tests.models.conftest import PLAIN, Ask
from tests.models.refusals import openai, openrouter

SYSTEM = ChatRequest(
    [{"role": "system", "content": "Be Ada."}, {"role": "user", "content": "Hi."}], temperature=0.7
)


def answer(error: Any, status: int = 400, **headers: str) -> web.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return web.json_response(error, status=status, headers=named)


def refuses_system(message: str, status: int) -> Callable[[Body, int], Any]:
    def behave(body: Body, number: int) -> Any:
        is_there = any(m["role"] == "system" for m in body["messages"])
        return refusal(message, status) if is_there else None

    return behave


@pytest.mark.parametrize("status", [400, 422, 500])
def test_refused_instructions_go_into_the_first_user_message(
    serve: Serve, status: int, ask: Ask
) -> None:
    endpoint = serve(refuses_system("Jinja Exception: System role not supported", status))
    ask(endpoint, SYSTEM, SYSTEM)
    said = [body["messages"] for body in endpoint.bodies[1:]]
    assert said == [[{"role": "user", "content": "Be Ada.\n\nHi."}]] * 2
    assert all(body["temperature"] == 0.7 for body in endpoint.bodies)


def test_a_provider_behind_the_endpoint_teaches_what_it_refuses(serve: Serve, ask: Ask) -> None:
    error = openrouter(openai("Unsupported", "temperature", "unsupported_parameter"))
    endpoint = serve(lambda body, n: answer(error) if "temperature" in body else None)
    ask(endpoint, SYSTEM)
    assert ["temperature" in body for body in endpoint.bodies] == [True, False]


@pytest.mark.parametrize("status", [421, 424, 460, 499])
def test_a_request_that_was_broken_off_is_made_again(serve: Serve, status: int, ask: Ask) -> None:
    broken = answer({"error": "Request failed during generation"}, status)
    [reply] = ask(serve(lambda body, n: broken if n == 0 else "Hello."), backoff_s=0.01)
    assert (reply.text, reply.attempts) == ("Hello.", 2)


def test_an_answer_held_back_without_a_message_is_not_asked_for_again(
    serve: Serve, ask: Ask
) -> None:
    held = {"choices": [{"finish_reason": "content_filter: PROHIBITED_CONTENT", "message": None}]}
    endpoint = serve(lambda body, n: held)
    with pytest.raises(ContentFilteredError, match="PROHIBITED_CONTENT"):
        ask(endpoint)
    assert len(endpoint.bodies) == 1


def test_the_words_of_a_person_teach_nothing(serve: Serve, ask: Ask) -> None:
    said = "My landlord says that temperature control is not supported in this old house."
    request = ChatRequest([{"role": "user", "content": said}], temperature=0.7)
    endpoint = serve(lambda body, n: refusal(f"Cannot process the input: {said}"))
    with pytest.raises(RequestRefusedError):
        ask(endpoint, request)
    assert len(endpoint.bodies) == 1


def test_a_sample_that_failed_is_drawn_again_and_ends_no_run(serve: Serve, ask: Ask) -> None:
    error = openai("Failed to generate JSON", code="json_validate_failed", failed_generation="{")
    endpoint = serve(lambda body, n: answer(error))
    with pytest.raises(ModelError, match="Failed to generate JSON") as caught:
        ask(endpoint, backoff_s=0.001, retries=4)
    assert not isinstance(caught.value, EndpointError)
    assert len(endpoint.bodies) == 5


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (403, openai("Your input was flagged by moderation"), ContentFilteredError),
        (400, openai("Your credit balance is too low"), QuotaReachedError),
        (429, openai("pay", code="insufficient_quota"), QuotaReachedError),
        (402, openai("Insufficient Balance"), QuotaReachedError),
        (200, {"error": {"code": 403, "message": "flagged by moderation"}}, ContentFilteredError),
        (200, {"error": {"code": 402, "message": "Insufficient credits"}}, QuotaReachedError),
        (200, {"error": {"code": 401, "message": "No auth"}}, EndpointError),
    ],
)
def test_a_failure_belongs_to_what_failed_and_is_not_tried_again(
    serve: Serve, status: int, error: Any, kind: type[Exception], ask: Ask
) -> None:
    endpoint = serve(lambda body, n: answer(error, status))
    with pytest.raises(kind):
        ask(endpoint)
    assert len(endpoint.bodies) == 1


@pytest.mark.parametrize(
    "error",
    [
        {"error": {"message": "Provider returned error", "code": 502}},
        {"error": "the upstream is gone", "choices": []},
        completion("", finish_reason="error") | {"error": {"message": "broken", "code": 500}},
        {"choices": [{"error": {"code": 502, "message": "x"}, "message": {"content": "Hal"}}]},
    ],
)
def test_an_error_with_status_200_is_an_error(serve: Serve, error: Any, ask: Ask) -> None:
    [reply] = ask(serve(lambda body, n: error if n == 0 else "Hello."), backoff_s=0.01)
    assert (reply.text, reply.attempts) == ("Hello.", 2)


@pytest.mark.parametrize("error", [None, {}, "", {"message": "", "code": 0}])
def test_an_empty_error_is_none(serve: Serve, error: Any, ask: Ask) -> None:
    [reply] = ask(serve(lambda body, n: completion("Hello.", error=error)))
    assert (reply.text, reply.attempts) == ("Hello.", 1)


@pytest.mark.parametrize(
    ("status", "message"),
    [(429, "slow down"), (503, "Loading model"), (529, "Overloaded"), (500, "overloaded")],
)
def test_an_endpoint_that_is_not_ready_at_the_start_is_waited_for(
    serve: Serve, status: int, message: str, ask: Ask
) -> None:
    endpoint = serve(lambda body, n: refusal(message, status) if n < 12 else None)
    [reply] = ask(endpoint, backoff_s=0.001, backoff_max_s=0.01)
    assert reply.attempts == 13


def test_an_endpoint_that_is_never_ready_ends_the_run_when_patience_does(
    serve: Serve, ask: Ask
) -> None:
    endpoint = serve(lambda body, n: refusal("Loading model", 503))
    with pytest.raises(EndpointError, match="Loading model"):
        ask(endpoint, backoff_s=0.01, backoff_max_s=0.05, total_timeout_s=0.5)
    assert len(endpoint.bodies) > 3


@pytest.mark.parametrize(
    "headers",
    [
        {"retry_after": "0.3"},
        {"retry_after_ms": "300"},
        {"x_ratelimit_reset_requests": "300ms"},
        {},
    ],
)
def test_a_time_to_wait_is_kept_wherever_it_is_said(
    serve: Serve, headers: dict[str, str], ask: Ask
) -> None:
    error = openai("Rate limit reached." + ("" if headers else " Please try again in 0.3s."))
    endpoint = serve(lambda body, n: answer(error, 429, **headers) if n == 0 else None)
    [reply] = ask(endpoint, backoff_s=0.001)
    assert reply.latency_s >= 0.3


def test_a_wait_beyond_all_patience_stops_the_run_at_once_and_says_how_long(
    serve: Serve, ask: Ask
) -> None:
    says = "Rate limit reached on tokens per day (TPD). Please try again in 7h12m."
    with pytest.raises(QuotaReachedError, match=r"asks to wait 7 hours .*; resume the run then"):
        ask(serve(lambda body, n: refusal(says, 429)))


def test_created_is_success(serve: Serve, ask: Ask) -> None:
    created = web.json_response(completion("Hello."), status=201)
    assert ask(serve(lambda body, n: created))[0].text == "Hello."


def test_no_content_is_none(serve: Serve, ask: Ask) -> None:
    endpoint = serve(lambda body, n: web.Response(status=204) if n == 0 else None)
    assert ask(endpoint, backoff_s=0.01)[0].attempts == 2


@pytest.mark.parametrize("status", [301, 307, 308])
def test_a_redirect_is_told_and_not_followed_with_the_key(
    serve: Serve, status: int, ask: Ask
) -> None:
    to = {"Location": "http://127.0.0.1:9/v2/chat/completions"}
    endpoint = serve(lambda body, n: web.Response(status=status, headers=to))
    with pytest.raises(EndpointError, match=rf"HTTP {status}.*“http://127\.0\.0\.1:9/v2”"):
        ask(endpoint, PLAIN, api_key="sk-test")
