"""Checks end in time, whatever a stranger's scenario declares and a target says."""

import asyncio
from typing import Any, cast

import pytest

from simulate.population import Persona
from simulate.runfile import CheckVerdict, Examined, Turn
from simulate.scenario import Check, Speaker
from simulate.stress.checks.result import LONGEST_QUOTE, Look
from simulate.stress.checks.running import carry_out
from tests.yardstick import within

SPEAKERS = {"ada": Speaker(plays="user"), "bot": Speaker(plays="target")}


def carried_out(text: str, state: Any = None, **declared: Any) -> CheckVerdict:
    turns = [Turn(0, "ada", "Hi.", ("Hi.",)), Turn(1, "bot", text, (text,))]
    persona = {"persona": {"id": "p", "prose": ""}, "variables": {}}
    seen = Examined("k", Persona("p"), 0, SPEAKERS, turns, state=state, values=persona)

    async def nobody(*_: Any) -> Any:
        raise AssertionError("no judge is asked")

    with within(200):
        look = Look("c", Check.model_validate(declared), seen, cast(Any, nobody))
        return asyncio.run(carry_out(look))


def doubling(depth: int) -> dict[str, Any]:
    steps = {f"a{i}": {"allOf": [{"$ref": f"#/$defs/a{i + 1}"}] * 2} for i in range(depth)}
    return {"$ref": "#/$defs/a0", "$defs": {**steps, f"a{depth}": {}}}


@pytest.mark.parametrize(
    ("schema", "text", "told"),
    [
        (doubling(40), "1", "takes more than 1 s on one message"),
        ({"$ref": "#"}, "1", "nested too deeply, or without end"),
        ({"items": {"type": "string"}}, f"[{'1,' * 1_000_000}1]", "takes more than 1 s"),
        ({"$ref": "http://127.0.0.1:1/s"}, "1", "which it lacks"),
        ({"$ref": "file:///etc/passwd"}, "1", "which it lacks"),
        ({"patternProperties": {"((a|aa)+)+b": {}}}, f'{{"{"a" * 5000}": 1}}', ""),
        ({"multipleOf": 0.1}, "1" + "0" * 4000, "a number is too large"),
    ],
)
def test_a_schema_ends_in_time_and_fetches_nothing(schema: Any, text: str, told: str) -> None:
    found = carried_out(text, json_schema=schema)
    assert found.verdict == ("error" if told else found.verdict)
    assert told in found.reason


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ({"$schema": []}, "is not of type"),
        ({"pattern": "((a{1000}){1000}){1000}"}, "repeats too often"),
        ({"properties": {"a": {"patternProperties": {"(": {}}}}}, "not a regular expression"),
        ({"enum": list(range(10_000))}, "more than 2,000 values"),
        ({"unevaluatedProperties": False}, "is not supported here"),
    ],
)
def test_a_schema_that_cannot_be_bounded_is_refused(schema: Any, told: str) -> None:
    found = Check.model_validate({"json_schema": schema}).problem()
    assert found is not None
    assert told in found


@pytest.mark.parametrize(
    ("schema", "text", "verdict"),
    [
        ({"patternProperties": {"^x": {"type": "string"}}}, '{"xa": 1}', "fail"),
        ({"patternProperties": {"^x": {}}, "additionalProperties": False}, '{"y": 1}', "fail"),
        ({"patternProperties": {"^x": {}}, "additionalProperties": False}, '{"x": 1}', "pass"),
        (
            {"patternProperties": {"^x": {}}, "additionalProperties": {"type": "null"}},
            '{"y":1}',
            "fail",
        ),
        ({"additionalProperties": False}, '{"y": 1}', "fail"),
        ({"uniqueItems": True}, "[1, true, [1], {}]", "pass"),
        ({"uniqueItems": True}, '[{"a": 1}, {"a": 1.0}]', "fail"),
        ({}, "NaN", "fail"),
    ],
)
def test_a_bounded_schema_says_what_json_schema_says(schema: Any, text: str, verdict: str) -> None:
    assert carried_out(text, json_schema=schema).verdict == verdict


@pytest.mark.parametrize(
    "declared",
    [
        {"contains": ["zzz"]},
        {"lacks": ["zzz"]},
        {"length": {"most": 10, "unit": "words"}},
        {
            "leaks": {
                "secrets": ["hunter2222"],
                "prompt": ["one two three four five six seven eight"],
            }
        },
        {"matches": "zzz"},
        {"language": "en"},
    ],
)
def test_a_turn_of_many_megabytes_holds_no_check_and_fills_no_verdict(declared: Any) -> None:
    found = carried_out("lorem ipsum dolor sit amet 12345 " * 300_000, **declared)
    assert len(found.quote) <= LONGEST_QUOTE


@pytest.mark.parametrize(
    "text",
    ["+49 30 1234567 ", "1-", "0123456789", "DE89 3704 0044 0532 0130 00 ", "4111 1111 ", "("],
)
def test_a_turn_full_of_numbers_holds_no_check(text: str) -> None:
    carried_out(text * 50_000, pii=["email", "phone", "card", "iban", "ssn", "ip"])


def test_a_path_into_the_state_ends_in_time() -> None:
    state: Any = 1
    for _ in range(60):
        state = [state]
    path = "$" + "[*,*]" * 50
    found = carried_out("Yes.", state, reaches={"state": {"path": path}})
    assert found.verdict == "error"
    assert "cannot be searched within 1 s" in found.reason
