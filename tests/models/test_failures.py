import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulate.errors import ContentFilteredError, EndpointError, QuotaReachedError
from simulate.models.failures import PassingFaultError, RefusedError, Response, failure
from simulate.models.redaction import keep_secret
from tests.models.refusals import openai, openrouter, vllm
from tests.yardstick import within

SENT = {"messages": [{"role": "user", "content": "They flagged my account: no credit, bad policy"}]}


def answer(status: int, error: Any, headers: dict[str, str] | None = None) -> Response:
    raw = error if isinstance(error, str) else json.dumps(error, ensure_ascii=False)
    return Response(status, "", headers or {}, raw.encode(), "http://a/v1/chat/completions")


def means(status: int, error: Any, headers: dict[str, str] | None = None) -> Exception:
    keep_secret(["sk-very-secret"])
    return failure(answer(status, error, headers), "m", sent=SENT)


HELD_BACK = [
    (
        403,
        {
            "error": {
                "code": 403,
                "message": "x requires moderation on OpenRouter. Your input was flagged for "
                "hate. No credits were charged.",
                "metadata": {"reasons": ["hate"], "flagged_input": "my account ..."},
            }
        },
    ),
    (400, openai("The response was filtered due to the prompt", code="content_filter")),
    (400, openai("x", code="BadRequest", innererror={"code": "ResponsibleAIPolicyViolation"})),
    (400, openai("The prompt could not be submitted: PROHIBITED_CONTENT")),
    (400, openai("Output blocked by content filtering policy")),
    (400, openai("Input data may contain inappropriate content.", code="data_inspection_failed")),
    (400, {"error": {"code": "1301", "message": "系统检测到输入或生成内容可能包含不安全内容"}}),
    (400, openai("Content Exists Risk")),
    (400, openai("Your request was rejected", code="moderation_blocked")),
    (400, openai("Invalid prompt: your prompt was flagged", code="invalid_prompt")),
    (403, {"error": "Content violates usage guidelines. Failed check: SAFETY_CHECK_TYPE_BIO"}),
    (403, {"error": "Content violates usage guidelines. Team: x, API key ID: y, Failed check: z"}),
    (421, openai("Moderation Block", "The request was rejected: considered high risk", "421")),
    (500, openai("litellm.ContentPolicyViolationError", code="content_policy_violation")),
    (200, {"base_resp": {"status_code": 1026, "status_msg": "input new_sensitive"}}),
]


@pytest.mark.parametrize(("status", "error"), HELD_BACK)
def test_what_is_held_back_is_about_one_request_and_never_about_the_key(
    status: int, error: Any
) -> None:
    found = means(status, error)
    assert isinstance(found, ContentFilteredError)
    assert f"HTTP {status}" in str(found)


UNPAID = [
    (402, openai("This request requires more credits, or fewer max_tokens")),
    (402, "Payment Required"),
    (400, openai("Your credit balance is too low to access the Anthropic API.")),
    (429, openai("You exceeded your current quota", code="insufficient_quota")),
    (402, openai("Insufficient Balance", code="invalid_request_error")),
    (400, openai("Billing hard limit has been reached", code="billing_hard_limit_reached")),
    (403, openai("Access denied: please make sure your account is in good standing", "Arrearage")),
    (429, {"error": {"code": "1113", "message": "余额不足或无可用资源包,请充值。"}}),
    (429, {"error": {"type": "exceeded_current_quota_error", "message": "see your plan"}}),
    (200, {"base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}}),
    (403, {"error": {"message": "Key limit exceeded (total limit).", "code": 403}}),
    (403, {"error": "Your team has used all available credits or reached its spending limit"}),
    (
        400,
        openai("You have reached your specified API usage limits. You will regain access later."),
    ),
    (403, openai("Out of call volume quota. Quota will be replenished in 3 days.")),
    (429, {"error": {"code": 429, "message": "You exceeded your current quota"}}),
]


@pytest.mark.parametrize(("status", "error"), UNPAID)
def test_what_wants_to_be_paid_stops_the_run_and_says_how_to_go_on(status: int, error: Any) -> None:
    found = means(status, error)
    assert isinstance(found, QuotaReachedError)
    assert "then resume the run" in str(found)


def gemini(quota: str) -> Any:
    details = [
        {"@type": "x/QuotaFailure", "violations": [{"quotaId": quota}]},
        {"@type": "x/RetryInfo", "retryDelay": "27s"},
    ]
    message = "You exceeded your current quota, please check your plan and billing details."
    return [{"error": {"code": 429, "message": message, "details": details}}]


def test_a_quota_of_a_minute_is_waited_for_and_one_of_a_day_is_not() -> None:
    minute = means(429, gemini("GenerateRequestsPerMinutePerProjectPerModel-FreeTier"))
    assert isinstance(minute, PassingFaultError)
    assert minute.wait_s == 27
    day = means(429, gemini("GenerateRequestsPerDayPerProjectPerModel-FreeTier"))
    assert isinstance(day, QuotaReachedError)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (424, {"error": "Request failed during generation: x", "error_type": "generation"}),
        (499, [{"error": {"code": 499, "message": "The operation was cancelled."}}]),
        (460, ""),
        (421, ""),
    ],
)
def test_one_request_that_was_broken_off_ends_no_run(status: int, error: Any) -> None:
    assert isinstance(means(status, error), PassingFaultError)


PRESSED = [
    (429, openai("Rate limit reached", code="rate_limit_exceeded")),
    (503, {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}),
    (503, {"error": "Model x is currently loading", "estimated_time": 20.0}),
    (529, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}),
    (500, openai("The engine is currently overloaded, please try again later")),
    (498, openai("capacity_exceeded")),
    (400, openai("Rate limit exceeded", code="rate_limit_exceeded")),
    (200, {"error": {"code": 429, "message": "Provider returned error"}}),
]


@pytest.mark.parametrize(("status", "error"), PRESSED)
def test_an_endpoint_that_is_busy_or_not_ready_yet_is_there(status: int, error: Any) -> None:
    found = means(status, error)
    assert isinstance(found, PassingFaultError)
    assert found.pressed


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, openai("Failed to generate JSON", code="json_validate_failed")),
        (400, openai("Failed to generate JSON. See 'failed_generation' for more details.")),
        (400, openai("Failed to call a function", code="tool_use_failed", failed_generation="x")),
        (400, openrouter(openai("x", code="json_validate_failed"))),
    ],
)
def test_a_sample_that_failed_is_drawn_again(status: int, error: Any) -> None:
    found = means(status, error)
    assert isinstance(found, PassingFaultError)
    assert found.answered


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (500, {"error": {"code": 500, "message": "Jinja Exception: System role not supported"}}),
        (500, {"error": 'Error rendering prompt with jinja template: "roles must alternate"'}),
        (422, {"error": "Template error: Conversation roles must alternate user/assistant"}),
        (400, vllm("System role not supported")),
        (500, openai("x", "seed", "unsupported_parameter")),
        (500, {"error": {"code": 500, "message": "Grammar error: Unimplemented keys"}}),
        (500, {"error": {"code": 500, "message": "JSON schema conversion failed: x"}}),
        (400, openai("Unsupported parameter: 'seed'")),
    ],
)
def test_a_refusal_is_one_whatever_its_status(status: int, error: Any) -> None:
    assert isinstance(means(status, error), RefusedError)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, openai("Incorrect API key provided")),
        (403, openai("Your account was suspended for violating our usage policies")),
        (403, "Forbidden"),
        (400, openai("API key not valid. Please pass a valid API key.")),
        (400, openai("Invalid model: x")),
        (400, openai("x is not a valid model ID")),
        (400, [{"error": {"code": 400, "message": "API key not valid.", "status": "INVALID"}}]),
        (404, openai("The model does not exist", code="model_not_found")),
        (404, openai("DeploymentNotFound")),
        (405, ""),
        (200, {"error": {"message": "No auth", "type": "authentication_error"}}),
    ],
)
def test_where_no_request_can_succeed_the_run_ends(status: int, error: Any) -> None:
    assert isinstance(means(status, error), EndpointError)


@pytest.mark.parametrize("status", [400, 403, 429])
def test_the_persons_own_words_are_no_verdict_of_the_endpoint(status: int) -> None:
    found = means(status, openai("Cannot read “They flagged my account: no credit, bad policy”"))
    assert not isinstance(found, ContentFilteredError | QuotaReachedError)


@pytest.mark.parametrize("status", [301, 307, 308])
def test_a_redirect_says_where_to_and_shows_no_secret(status: int) -> None:
    to = "https://me:sk-very-secret@new.example/v2/chat/completions?key=sk-very-secret"
    found = means(status, "", {"location": to})
    assert isinstance(found, EndpointError)
    assert "https://new.example/v2”" in str(found)
    assert "change the model's URL" in str(found)
    assert "secret" not in str(found)


def test_a_redirect_within_the_host_is_told_as_a_whole_url() -> None:
    assert "http://a/v2/v1”" in str(means(308, "", {"location": "/v2/v1/chat/completions"}))


def test_success_without_a_body_may_pass() -> None:
    found = means(204, "")
    assert isinstance(found, PassingFaultError)
    assert "nothing in it" in str(found)


def test_the_providers_own_words_are_told() -> None:
    assert "Unsupported: seed" in str(means(400, openrouter(openai("Unsupported: seed"))))


def test_a_long_reason_phrase_is_cut() -> None:
    response = Response(500, "A" * 300, {}, b"", "http://a/v1/chat/completions")
    assert str(failure(response, "m")) == f"HTTP 500 {'A' * 200}"


def test_no_message_shows_a_key() -> None:
    for status in (200, 400, 401, 404, 429, 500):
        told = str(means(status, openai("bad key sk-very-secret", code="insufficient_quota")))
        assert "sk-very-secret" not in told


@pytest.mark.parametrize(
    "body",
    [
        "[" * 100_000,
        '{"error":' * 50_000,
        '{"error": ' + json.dumps("{" * 500_000) + "}",
        json.dumps({"detail": [{"loc": ["body", "seed"], "msg": "not"}] * 20_000}),
        "not supported " * 100_000,
        "input_value=" * 100_000,
        "'messages': [" * 100_000,
        "retry in " * 100_000,
        json.dumps({"error": "only user" * 50_000}),
        "\\u0041" * 200_000,
    ],
)
def test_a_hostile_body_is_read_in_no_time(body: str) -> None:
    with within(200):
        means(500, body, {"retry-after": "9" * 10_000})
        means(400, body)


NAMES = ["error", "errors", "message", "code", "param", "detail", "raw", "loc", "status", "x"]
TEXTS = st.text() | st.sampled_from(NAMES)
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
BODIES = st.recursive(
    VALUES,
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(NAMES), inner) | inner.map(json.dumps)
    ),
)


@given(st.integers(200, 599), BODIES)
def test_whatever_comes_means_something_that_is_told_shortly(status: int, body: Any) -> None:
    assert len(str(means(status, body))) < 4_000
