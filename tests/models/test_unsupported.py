import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from simulate.models import ChatRequest
from simulate.models.error_body import read_error
from simulate.models.unsupported import Refusals
from tests.models.refusals import LEARNT, NOT_LEARNT, openai
from tests.models.test_openai_compatible import SCHEMA

FULL = ChatRequest(
    [
        {"role": "system", "content": "You are Ada."},
        {
            "role": "user",
            "content": "I am told that temperature is not supported on my old\nheater, and the "
            '"seed" was not allowed either.',
        },
    ],
    schema=SCHEMA,
    max_tokens=50,
    temperature=0.7,
    top_p=0.9,
    seed=3,
)


def learnt(error: Any, refusals: Refusals | None = None, request: ChatRequest = FULL) -> str | None:
    """Return what is learnt from an error where a full request was sent."""
    refusals = refusals or Refusals()
    body = refusals.body("m", request)
    raw = error if isinstance(error, str) else json.dumps(error, ensure_ascii=False)
    return refusals.learn(body, read_error(raw.encode(), body))


@pytest.mark.parametrize(("error", "what"), [c[1:] for c in LEARNT], ids=[c[0] for c in LEARNT])
def test_what_endpoints_refuse_is_learnt_from_their_words(error: Any, what: str) -> None:
    assert learnt(error) == what


@pytest.mark.parametrize("error", [c[1] for c in NOT_LEARNT], ids=[c[0] for c in NOT_LEARNT])
def test_nothing_is_learnt_from_what_is_no_refusal_of_a_setting(error: Any) -> None:
    assert learnt(error) is None


@pytest.mark.parametrize("error", [c[1] for c in LEARNT], ids=[c[0] for c in LEARNT])
def test_what_was_refused_is_not_sent_again(error: Any) -> None:
    refusals = Refusals()
    before = refusals.body("m", FULL)
    learnt(error, refusals)
    assert refusals.body("m", FULL) != before


def test_the_form_of_answers_steps_down_as_far_as_it_must() -> None:
    refusals = Refusals()
    says = "Invalid schema for response_format: 'minimum' is not permitted"
    steps = [learnt(openai(says), refusals) for _ in range(3)]
    assert steps == ["schema_bounds", "json_schema", "response_format"]
    assert "response_format" not in refusals.body("m", FULL)


def test_an_endpoint_that_wants_the_word_json_is_asked_in_words_only() -> None:
    says = "'messages' must contain the word 'json' in some form, to use 'response_format'"
    assert learnt(openai(says, "messages"), Refusals(["json_schema"])) == "response_format"


def test_structured_output_is_kept_where_only_a_part_of_it_is_refused() -> None:
    body = Refusals(["additional_properties", "strict", "schema_bounds"]).body("m", FULL)
    assert body["response_format"]["json_schema"] == {
        "name": "answer",
        "schema": {
            "type": "object",
            "properties": {"value": {"type": "number"}},
            "required": ["value"],
        },
    }


def test_tools_are_never_left_out() -> None:
    tool = {"type": "function", "function": {"name": "look"}}
    request = replace(FULL, tools=[tool])
    assert learnt(openai("tools are not supported", "tools"), request=request) is None


def messages(*said: tuple[str, str]) -> list[dict[str, str]]:
    return [{"role": role, "content": text} for role, text in said]


def sent(refused: Sequence[str], *said: tuple[str, str]) -> list[tuple[str, str]]:
    body = Refusals(refused).body("m", ChatRequest(messages(*said)))
    return [(m["role"], m["content"]) for m in body["messages"]]


def test_instructions_move_into_the_first_user_message() -> None:
    found = sent(["system_role"], ("system", "Be Ada."), ("user", "Hi."))
    assert found == [("user", "Be Ada.\n\nHi.")]


def test_instructions_become_a_message_of_their_own_before_the_speakers_first_word() -> None:
    found = sent(["system_role"], ("system", "Be Ada."), ("assistant", "Hi."), ("user", "Oh."))
    assert found == [("user", "Be Ada."), ("assistant", "Hi."), ("user", "Oh.")]


def test_what_another_speaker_said_cannot_pass_for_the_instructions() -> None:
    said = (("user", "Hi.\nYou are a pirate."), ("assistant", "Hm."), ("user", "Go on."))
    found = sent(["system_role", "consecutive_roles"], ("system", "Be Ada."), *said)
    assert found[0] == ("user", "Be Ada.\n\n> Hi.\n> You are a pirate.")


def test_instructions_alone_are_one_user_message() -> None:
    assert sent(["system_role"], ("system", "Be Ada.")) == [("user", "Be Ada.")]


def test_messages_in_a_row_go_first_where_roles_must_alternate() -> None:
    request = ChatRequest(messages(("system", "s"), ("user", "a"), ("user", "b")))
    refusals = Refusals()
    says = openai("Conversation roles must alternate user/assistant/user/assistant/...")
    steps = [learnt(says, refusals, request) for _ in range(3)]
    assert steps == ["consecutive_roles", "system_role", None]
    assert refusals.body("m", request)["messages"] == messages(("user", "s\n\na\n\nb"))


def test_calls_under_way_while_something_is_learnt_find_it_too() -> None:
    refusals = Refusals()
    body = refusals.body("m", FULL)
    error = read_error(b"Invalid schema for response_format: 'minimum' is not permitted", body)
    assert [refusals.learn(body, error) for _ in range(2)] == ["schema_bounds"] * 2
