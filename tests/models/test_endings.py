from typing import Any

import pytest

from simulate.errors import (
    ContentFilteredError,
    EndpointError,
    ModelError,
    ProtocolError,
    ReplyTruncatedError,
)
from simulate.models.endings import stop_reason
from simulate.models.failures import PassingFaultError
from simulate.models.redaction import keep_secret
from tests.endpoint import Serve, completion
from tests.models.conftest import Ask


@pytest.mark.parametrize(
    "finish",
    [
        *(None, "", "null", "stop", "STOP", "Stop ", "FinishReason.STOP", "FINISH_REASON_STOP"),
        *("eos", "eos_token", "eosFound", "stop_sequence", "end_turn", "END_TURN", "completed"),
        *("tool_calls", "tool-calls", "function_call", "tool_use", "COMPLETE"),
        {"type": "stop", "matched": 2},
    ],
)
def test_a_good_ending_is_a_stop(finish: Any) -> None:
    assert stop_reason(finish) == "stop"


@pytest.mark.parametrize(
    "finish",
    ["length", "max_tokens", "MAX_TOKENS", "FinishReason.MAX_TOKENS", "max_output_tokens"],
)
def test_the_token_limit_is_a_length(finish: str) -> None:
    assert stop_reason(finish) == "length"


@pytest.mark.parametrize("finish", ["model_context_window_exceeded", "context_length_exceeded"])
def test_a_reply_that_the_context_cuts_off_is_told_with_its_own_name(finish: str) -> None:
    with pytest.raises(ReplyTruncatedError, match=finish):
        stop_reason(finish)


@pytest.mark.parametrize(
    "finish",
    [
        *("content_filter", "content_filter: RECITATION", "content-filter", "SAFETY", "RECITATION"),
        *(
            "PROHIBITED_CONTENT",
            "BLOCKLIST",
            "blacklist",
            "SPII",
            "IMAGE_SAFETY",
            "sensitive",
            "refusal",
        ),
        *("guardrail_intervened", "content_filtered", "moderation", "ERROR_TOXIC", "MODEL_ARMOR"),
    ],
)
def test_a_word_of_safety_holds_the_reply_back(finish: str) -> None:
    with pytest.raises(ContentFilteredError, match=finish):
        stop_reason(finish)


@pytest.mark.parametrize(
    "finish",
    [
        *("error", "ERROR", "network_error", "abort", "insufficient_system_resource", "unknown"),
        *("OTHER", "FINISH_REASON_UNSPECIFIED", "malformed_model_output", "cancelled", "failed"),
        {"type": "abort", "message": "out of memory"},
    ],
)
def test_what_went_wrong_at_the_endpoint_may_pass(finish: Any) -> None:
    with pytest.raises(PassingFaultError, match="broke off"):
        stop_reason(finish)


@pytest.mark.parametrize("finish", ["repetition", "pause_turn", "LANGUAGE", "stopped?", 7, []])
def test_any_other_ending_fails_the_reply_with_its_name(finish: Any) -> None:
    with pytest.raises(ProtocolError, match="may be half a reply") as caught:
        stop_reason(finish)
    assert str(finish).strip("[]") in str(caught.value)


def test_the_name_of_an_ending_is_shown_shortened_and_harmless() -> None:
    with pytest.raises(ProtocolError) as caught:
        stop_reason("\x1b[31m" + "x" * 5000)
    assert len(str(caught.value)) < 500
    assert "\x1b" not in str(caught.value)


def test_a_key_that_stands_in_an_ending_is_not_shown() -> None:
    keep_secret(["sk-secret-key"])
    with pytest.raises(ProtocolError, match="redacted"):
        stop_reason("no sk-secret-key")


def test_half_a_reply_is_asked_for_again(serve: Serve, ask: Ask) -> None:
    half = completion("Hel", finish_reason="network_error")
    [reply] = ask(serve(lambda body, n: half if n == 0 else "Hello."))
    assert (reply.text, reply.attempts) == ("Hello.", 2)


def test_half_a_reply_that_stays_one_is_never_used(serve: Serve, ask: Ask) -> None:
    half = completion("Hel", finish_reason="insufficient_system_resource")
    with pytest.raises(ModelError, match="insufficient_system_resource") as caught:
        ask(serve(lambda body, n: half), retries=2)
    assert not isinstance(caught.value, EndpointError)  # somebody is there


def test_an_unknown_ending_is_not_tried_again(serve: Serve, ask: Ask) -> None:
    endpoint = serve(lambda body, n: completion("Hel", finish_reason="repetition"))
    with pytest.raises(ProtocolError, match="repetition"):
        ask(endpoint)
    assert len(endpoint.bodies) == 1
