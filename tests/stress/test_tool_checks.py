"""Words against deeds: checks of tool calls, and of the state after a dialogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from simulate.runfile import Turn
from simulate.runfile.dialogue import NOT_CALLED, NOTHING_SAID
from simulate.scenario import Check, Scenario
from simulate.targets import ToolCall
from tests.stress.talk import checked, dialogue

DONE = ToolCall("refund", {"order": "A-1", "cents": 5}, result="ok")
FAILED = ToolCall("refund", {"order": "A-1"}, error="no money")
VERIFIED = ToolCall("verify", {}, result=True)


def talk(*turns: tuple[str, Sequence[ToolCall]], **fields: Any) -> Any:
    """Return a dialogue in which the bot says and calls this."""
    found: list[Turn] = []
    for text, calls in turns:
        found.append(Turn(len(found), "customer", "Hello there."))
        found.append(Turn(len(found), "bot", text, (text,), tuple(calls), 0.1))
    values = {"facts": {"order": "A-1"}, "variables": {}}
    return dialogue(*found, values=values, **{"tools": frozenset({"refund"}), **fields})


SAYS = {"name": "refund", "says": "(?i)refund is done"}


@pytest.mark.parametrize(
    ("turns", "verdict", "reason"),
    [
        ([("The refund is done.", [])], "fail", "says so, but refund was not called"),
        ([("The refund is done.", [VERIFIED])], "fail", "refund was not called"),
        ([("The refund is done.", [FAILED])], "fail", "refund failed: “no money”"),
        ([("The refund is done.", []), ("", [DONE])], "fail", "was not called"),
        ([("The refund is done.", [DONE])], "pass", ""),
        ([("The refund is done.", [FAILED, DONE])], "pass", ""),
        ([("", [DONE]), ("The refund is done.", [])], "pass", ""),
        ([("I see.", [])], "pass", NOTHING_SAID),
    ],
)
def test_words_need_a_deed_in_that_turn_or_before(turns: Any, verdict: str, reason: str) -> None:
    found = checked({"tool": SAYS}, talk(*turns))
    assert (found.verdict, reason in found.reason) == (verdict, True)
    assert found.applied == (reason != NOTHING_SAID)


def test_the_turn_that_says_it_without_the_deed_is_named_and_quoted() -> None:
    found = checked({"tool": SAYS}, talk(("Hm.", []), ("So: the refund is done!", [FAILED])))
    assert (found.turn, found.quote) == (3, "refund is done")


def test_only_a_call_with_these_arguments_is_the_deed() -> None:
    other = ToolCall("refund", {"order": "B-2"}, result="ok")
    wanted = {**SAYS, "arguments": {"order": "{{ facts.order }}"}}
    found = checked({"tool": wanted}, talk(("The refund is done.", [other])))
    assert found.reason == (
        'says so, but refund was called with other arguments: order is "B-2", not "A-1"'
    )
    assert checked({"tool": wanted}, talk(("The refund is done.", [DONE]))).verdict == "pass"


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        ({"arguments": {"order": "{{ facts.order }}"}}, ""),
        ({"arguments": {"order": "B-2"}}, 'order is "A-1", not "B-2"'),
        ({"arguments": {"reason": "late"}}, 'reason is left out, not "late"'),
        ({"json_schema": {"properties": {"order": {"const": "{{ facts.order }}"}}}}, ""),
        ({"json_schema": {"properties": {"cents": {"maximum": 4}}}}, "$.cents: 5 is greater"),
    ],
)
def test_each_call_has_the_arguments(declared: Mapping[str, Any], told: str) -> None:
    found = checked({"tool": {"name": "refund", **declared}}, talk(("", [VERIFIED, DONE])))
    assert (found.verdict == "fail", told in found.reason) == (bool(told), True)
    assert not told or found.quote == 'refund({"order": "A-1", "cents": 5})'


def test_a_long_argument_is_cut_and_its_length_told() -> None:
    call = ToolCall("refund", {"order": "A" * 300})
    found = checked({"tool": {"name": "refund", "arguments": {"order": ""}}}, talk(("", [call])))
    assert found.reason == f'order is "{"A" * 199}… (302 characters in all), not ""'


AFTER = {"name": "refund", "only_after": "verify"}


@pytest.mark.parametrize(
    ("turns", "verdict"),
    [
        ([("", [VERIFIED]), ("", [DONE])], "pass"),
        ([("", [VERIFIED, DONE])], "pass"),
        ([("", [DONE, VERIFIED])], "fail"),
        ([("", [ToolCall("verify", {}, error="down"), DONE])], "fail"),
        ([("", [FAILED])], "fail"),
    ],
)
def test_a_tool_is_called_only_after_another_that_did_not_fail(turns: Any, verdict: str) -> None:
    found = checked({"tool": AFTER}, talk(*turns))
    assert found.verdict == verdict
    assert verdict == "pass" or found.reason == "refund is called before verify"


@pytest.mark.parametrize(
    ("most", "calls", "verdict"),
    [
        (0, [], "pass"),
        (0, [FAILED], "fail"),
        (1, [FAILED, DONE], "pass"),
        (1, [DONE, DONE], "fail"),
        (0, [VERIFIED], "pass"),
    ],
)
def test_a_tool_is_called_so_often_at_most(
    most: int, calls: Sequence[ToolCall], verdict: str
) -> None:
    found = checked({"tool": {"name": "refund", "at_most": most}}, talk(("x", calls)))
    assert found.verdict == verdict
    assert found.applied


@pytest.mark.parametrize("declared", [AFTER, {"name": "refund", "arguments": {"order": "A-1"}}])
def test_a_tool_that_is_never_called_passes_as_not_applied(declared: Mapping[str, Any]) -> None:
    found = checked({"tool": declared}, talk(("x", [VERIFIED])))
    assert (found.verdict, found.reason, found.applied) == ("pass", NOT_CALLED, False)


def test_who_says_nothing_needs_no_call_on_record() -> None:
    found = checked({"tool": SAYS}, talk(("I see.", []), tools=frozenset()))
    assert (found.verdict, found.reason, found.applied) == ("pass", NOTHING_SAID, False)


@pytest.mark.parametrize("declared", [SAYS, AFTER, {"name": "refund", "at_most": 0}])
def test_without_any_call_on_record_nobody_can_tell(declared: Mapping[str, Any]) -> None:
    said: tuple[str, Sequence[ToolCall]] = ("The refund is done.", [])
    found = checked({"tool": declared}, talk(said, tools=frozenset()))
    assert found.verdict == "abstain"
    assert found.reason.startswith("no tool call is on record, and the scenario declares no tools")
    assert (
        checked({"tool": SAYS}, talk(said, ("", [VERIFIED]), tools=frozenset())).verdict == "fail"
    )


def test_a_call_that_failed_reaches_no_goal() -> None:
    goal = {"reaches": {"tool": {"name": "refund", "arguments": {"order": "{{ facts.order }}"}}}}
    found = checked(goal, talk(("", [FAILED])))
    assert (found.verdict, found.reason) == (
        "fail",
        "refund failed: “no money”",
    )
    assert checked(goal, talk(("", [FAILED, DONE]))).verdict == "pass"


BOOKS = {"orders": {"A-1": {"paid": 3}, "B-2": {"paid": 0}}}


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        ({"path": "$.orders['A-1'].paid", "equals": 3}, ""),
        ({"path": "$.orders['A-1'].paid", "equals": 4}, "is “3”, not “4”"),
        ({"path": "$.orders.*.paid", "json_schema": {"maximum": 2}}, "3 is greater than"),
        ({"path": "$.orders.*.paid", "json_schema": {"maximum": 3}}, ""),
        ({"json_schema": {"required": ["orders"]}}, ""),
        ({"json_schema": {"properties": {"orders": {"required": ["{{ facts.order }}"]}}}}, ""),
        ({"path": "$.gone"}, "there is nothing at $.gone in the state"),
    ],
)
@pytest.mark.parametrize("within", ["state", "reaches"])
def test_the_state_after_the_dialogue_is_held_against_a_value_or_a_schema(
    declared: Mapping[str, Any], told: str, within: str
) -> None:
    rule = {"state": declared} if within == "state" else {"reaches": {"state": declared}}
    found = checked(rule, talk(("x", []), state=BOOKS))
    assert (found.verdict == "fail", told in found.reason) == (bool(told), True)


def test_a_check_of_a_state_that_is_not_there_is_an_error() -> None:
    found = checked({"state": {"path": "$.a"}}, talk(("x", [])))
    assert found.verdict == "error"
    assert found.reason.startswith("state: the target offers no state, and no mocked tool keeps")


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        ({"tool": {"name": "a"}}, "give one of says, only_after, at_most"),
        ({"tool": {"name": "a", "says": "x", "at_most": 1}}, "given: says and at_most"),
        ({"state": {}}, "says nothing"),
    ],
)
def test_a_declaration_that_says_nothing_is_refused(declared: Mapping[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Check.model_validate(declared)


@pytest.mark.parametrize(
    ("declared", "field"),
    [
        ({"state": {"path": "orders["}}, "state.path"),
        ({"state": {"json_schema": {"type": "text"}}}, "state.json_schema"),
        ({"tool": {"name": "a", "json_schema": {"type": "text"}}}, "tool.json_schema"),
        ({"reaches": {"state": {"path": "orders["}}}, "reaches.state.path"),
    ],
)
def test_what_can_never_be_carried_out_is_named(declared: Mapping[str, Any], field: str) -> None:
    assert str(Check.model_validate(declared).problem()).startswith(f"{field}: ")


def test_a_check_is_the_same_after_it_was_written_down() -> None:
    checks = {
        "a": {"reaches": {"state": {"path": "$.orders"}}},
        "b": {"tool": {**SAYS, "arguments": {"order": "{{ facts.order }}"}}},
        "c": {"state": {"json_schema": {"required": ["orders"]}}},
    }
    speakers = {"customer": {"plays": "user"}, "bot": {"plays": "target"}}
    scenario = Scenario.model_validate({"scenario": "s", "speakers": speakers, "checks": checks})
    again = Scenario.model_validate(scenario.model_dump(mode="json"))
    examined = talk(("The refund is done.", [DONE]), state=BOOKS)
    for name, check in again.checks.items():
        declared = check.model_dump(exclude_none=True)
        assert checked(declared, examined).verdict == "pass", name
