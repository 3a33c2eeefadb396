"""What mocks answer, and a dialogue whose target calls them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from simulate.engine import run
from simulate.engine.tools import ToolBox
from simulate.errors import InputError, ScenarioError
from simulate.models import ChatRequest, ScriptedModel
from simulate.runfile import open_run
from simulate.scenario import Scenario, load_scenario
from simulate.targets import Said, TargetReply, ToolCall
from simulate.targets.history import messages
from tests.made_runs import exported
from tests.stress.desk import STATE, TOOLS, Desk

VALUES = {"facts": {"order": "A-48213", "old": "B-00001"}, "persona": {}, "variables": {"x": 2}}


def declared(tools: Mapping[str, Any] = TOOLS, state: Mapping[str, Any] = STATE) -> Scenario:
    user = {
        "plays": "user",
        "facts": {"order": "A-48213", "old": "B-00001"},
        "method": {"name": "vs", "k": 2},
    }
    return Scenario.model_validate(
        {
            "scenario": "desk",
            "speakers": {"customer": user, "desk": {"plays": "target"}},
            "turns": {"first": "customer", "maximum": 6},
            "tools": tools,
            "tool_state": state,
        }
    )


def box(tools: Mapping[str, Any], state: Mapping[str, Any] | None = None) -> ToolBox:
    return ToolBox(declared(tools, state or {}), VALUES, lambda what, number: number / 10)


def answers(tools: ToolBox, name: str = "t", **arguments: Any) -> Any:
    """Call a tool; return its result, or its error as an exception."""
    call = asyncio.run(tools.answer(ToolCall(name, arguments)))
    return call.result if call.error is None else ValueError(call.error)


def test_a_result_keeps_the_type_of_a_single_expression() -> None:
    tools = box(
        {"t": {"returns": {"n": "{{ arguments.n + variables.x }}", "s": "{{ facts.old }}!"}}}
    )
    assert answers(tools, n=1) == {"n": 3, "s": "B-00001!"}


def test_a_tool_changes_the_state_that_the_next_call_sees() -> None:
    tools = box({"t": {"returns": "{{ state.n }}", "sets": {"n": "{{ state.n + 1 }}"}}}, {"n": 1})
    assert [answers(tools), answers(tools)] == [1, 2]
    assert tools.state == {"n": 3}


def test_a_place_below_the_state_may_be_a_template_with_dots_in_its_value() -> None:
    tools = box({"t": {"sets": {"orders.{{ arguments.o }}.paid": "{{ result }}"}}})
    answers(tools, o="a.b")
    assert tools.state == {"orders": {"a.b": {"paid": "ok"}}}


def test_a_result_is_a_copy_that_no_later_call_changes() -> None:
    tools = box(
        {"t": {"returns": "{{ state.o }}", "sets": {"o.n": "{{ arguments.n }}"}}}, {"o": {}}
    )
    first = answers(tools, n=1)
    answers(tools, n=2)
    assert first == {}


def test_the_first_answer_whose_conditions_hold_counts() -> None:
    tools = box(
        {
            "t": {
                "answers": [
                    {"when": "arguments.o != facts.order", "fails": "not {{ arguments.o }}"},
                    {"nth": 2, "returns": "second"},
                ],
                "returns": "{{ calls | length }}",
            }
        }
    )
    assert answers(tools, o="A-48213") == 0
    assert answers(tools, o="A-48213") == "second"
    assert str(answers(tools, o="X")) == "not X"
    assert answers(tools, o="A-48213") == 3


def test_chance_depends_on_the_number_of_the_call_alone() -> None:
    tools = box({"t": {"answers": [{"chance": 0.25, "fails": "down"}]}})
    assert [isinstance(answers(tools), ValueError) for _ in range(4)] == [True, True, False, False]


def test_a_tool_that_fails_may_have_done_it_all_the_same() -> None:
    tools = box({"t": {"fails": "timeout", "sets": {"done": True}}})
    assert str(answers(tools)) == "timeout"
    assert tools.state == {"done": True}


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ({"returns": "{{ state.orders[arguments.o] }}"}, {"o": "x"}, "tools.t.returns"),
        ({"sets": {"n.x": 1}}, {}, "“n” is no object"),
        ({"returns": "{{ 'a' * 9 }}"}, {}, "tools.t.returns"),
        ({"answers": [{"when": "arguments.n > 1"}]}, {"n": "a"}, "tools.t.answers.0"),
        ({"parameters": {"required": ["o"]}}, {}, "'o' is a required property"),
    ],
)
def test_what_goes_wrong_is_the_error_of_one_call_and_changes_nothing(
    tool: Mapping[str, Any], arguments: Mapping[str, Any], told: str
) -> None:
    tools = box({"t": tool}, {"n": 1, "orders": {}})
    found = str(answers(tools, **arguments))
    assert told in found
    assert "\n" not in found
    assert tools.state == {"n": 1, "orders": {}}


def test_a_number_that_no_run_file_can_hold_is_no_result() -> None:
    tools = box({"t": {"python": f"{__name__}:endless"}})
    assert "a number must have at most 300 digits" in str(answers(tools))


def endless(arguments: dict[str, Any], seen: dict[str, Any]) -> Any:
    return 10**400


def test_a_tool_that_is_not_declared_is_told_with_those_that_are() -> None:
    assert str(answers(box(TOOLS, STATE), "refund_all")) == (
        "no mock for “refund_all”; declared: verify, refund, cancel"
    )


def look_up(arguments: dict[str, Any], seen: dict[str, Any]) -> Any:
    """Look an order up."""
    seen["state"]["n"] = 9  # a copy
    if "o" not in arguments:
        raise LookupError("no order")
    return {"order": arguments["o"], "old": seen["facts"]["old"]}


def test_a_python_tool_sees_what_templates_see_and_its_state_is_set_by_templates() -> None:
    tools = box({"t": {"python": f"{__name__}:look_up", "sets": {"o": "{{ result.order }}"}}})
    assert answers(tools, o="x") == {"order": "x", "old": "B-00001"}
    assert tools.state == {"o": "x"}
    assert "it raised LookupError: “no order” (test_tools.py:" in str(answers(tools))


def test_a_recorded_python_call_is_not_made_again() -> None:
    tools = box({"t": {"python": "no.such:thing", "sets": {"o": "{{ result }}"}, "after_s": 60}})
    asyncio.run(tools.recall([ToolCall("t", {}, result=5), ToolCall("t", {}, error="down")]))
    assert tools.state == {"o": 5}
    assert [call.error for call in tools.calls] == [None, "down"]


@pytest.mark.parametrize(
    ("tool", "told"),
    [
        ({"returns": "{{ argument.o }}"}, "names the variable “argument”"),
        ({"returns": "{{ "}, "template line 1"),
        ({"parameters": {"type": "text"}}, "is no JSON Schema"),
        ({"when": "true"}, "stands in one of the answers"),
        ({"answers": [{"when": "{{ true }}"}]}, "leave out the braces"),
        ({"python": "a:b", "fails": "no"}, "leave them out"),
        ({"return": 1}, "extra"),
    ],
)
def test_a_declaration_that_cannot_work_is_refused(tool: Mapping[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        declared({"t": tool})


def test_a_scenario_file_may_not_name_code_of_a_tool_unless_it_is_trusted(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(
        "scenario: s\nspeakers: {a: {plays: user}, b: {plays: target}}\n"
        "tools: {t: {python: 'os:getcwd'}}\n"
    )
    for target in ("python:tests.targets.bots:echo", Inside(Desk())):
        with pytest.raises(InputError, match=r"tools.t.python: runs os:getcwd.*--allow-code"):
            asyncio.run(run(path, model="scripted:x", target=target, out=tmp_path / "a.db"))


def test_the_state_is_rehearsed_when_the_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(
        "scenario: s\nspeakers: {a: {plays: user}, b: {plays: target}}\n"
        "tool_state:\n  orders:\n    '{{ facts.ordr }}': 1\n"
    )
    with pytest.raises(ScenarioError, match=r"s.yaml:4: tool_state\.orders: facts has no"):
        load_scenario(path)


class Inside:
    """The desk within this process.

    Args:
        desk: its head.
        remembers: whether its sessions keep the conversation.
    """

    name = "desk"
    concurrency = 4

    def __init__(self, desk: Desk, *, remembers: bool = True, stop: Any = None) -> None:
        self.desk, self.remembers, self.stop = desk, remembers, stop
        self.replies = 0

    async def open(
        self, session: str, *, instructions: str = "", history: Sequence[Said] = ()
    ) -> InsideSession:
        return InsideSession(self, list(history))

    async def aclose(self) -> None:
        """Nothing is open."""


class InsideSession:
    def __init__(self, target: Inside, said: list[Said]) -> None:
        self.target, self.said = target, said

    async def greeting(self) -> TargetReply:
        raise AssertionError

    async def reply(self, message: str) -> TargetReply:
        self.said.append(Said("user", message))
        return self._next()

    async def results(self, calls: Sequence[ToolCall]) -> TargetReply:
        self.said[-1] = Said("target", self.said[-1].text, tuple(calls))
        return self._next()

    def _next(self) -> TargetReply:
        self.target.replies += 1
        if self.target.stop is not None and self.target.replies > 30:
            self.target.stop.set()
        text, calls = self.target.desk.next(messages(self.said))
        found = tuple(ToolCall(c["name"], c["arguments"]) for c in calls)
        self.said.append(Said("target", text, found))
        return TargetReply((text,) if text else (), found, 0.1)

    async def state(self) -> Any:
        return None

    async def aclose(self) -> None:
        """Nothing is open."""


SAYS = (
    "I want my money back for A-48213.",
    "My money for B-00001, please.",
    "Please cancel A-48213.",
    "Money back, quickly, A-48213!",
    "The parcel of A-48213 is lost: money back.",
)


def says(request: ChatRequest) -> Any:
    """Say one thing after the other, by how far the talk is."""
    turn = sum(m["role"] == "assistant" for m in request.messages)
    found = [SAYS[(turn + i) % len(SAYS)] for i in (0, 2)]
    return {"responses": [{"text": text, "probability": 0.5} for text in found]}


async def played(target: Any, out: Path, scenario: Scenario | None = None, **settings: Any) -> Any:
    options: dict[str, Any] = {"n": 4, "seed": 1, "concurrency": 2, **settings}
    model = ScriptedModel(says, name="customer")
    return await run(scenario or declared(), model=model, target=target, out=out, **options)


def test_a_turn_holds_all_rounds_in_order_with_results_and_the_state_is_on_file(
    tmp_path: Path,
) -> None:
    asyncio.run(played(Inside(Desk(["hasty"])), tmp_path / "a.db"))
    dialogues = exported(tmp_path / "a.db")
    turns = [t for d in dialogues for t in d["turns"] if t["speaker"] == "desk"]
    cancelled = next(t for t in turns if "cancelled" in t["text"])
    assert cancelled["messages"] == ["One moment.", "Your order is cancelled."]
    assert cancelled["tool_calls"] == [
        {
            "name": "verify",
            "arguments": {"order": "A-48213"},
            "result": {"verified": True},
            "after": 1,
        },
        {"name": "cancel", "arguments": {"order": "A-48213"}, "result": "ok", "after": 1},
    ]
    errors = {c.get("error") for t in turns for c in t.get("tool_calls", [])}
    assert errors == {None, "order B-00001 is older than thirty days"}
    assert any(d["state"]["orders"]["A-48213"].get("cancelled") for d in dialogues)


@pytest.mark.parametrize("remembers", [True, False])
def test_an_interrupted_dialogue_goes_on_with_the_state_of_its_tools(
    tmp_path: Path, remembers: bool
) -> None:
    tools = {
        **TOOLS,
        "verify": {"python": f"{__name__}:counted", "sets": {"seen": "{{ result }}"}},
    }
    scenario = declared(tools)

    async def in_parts() -> None:
        left, stops = 1, 0
        while left:
            stop = asyncio.Event()
            target = Inside(Desk(), remembers=remembers, stop=stop)
            result = await played(
                target, tmp_path / "parts.db", scenario, resume=stops > 0, stop=stop
            )
            left, stops = result.left, stops + 1
        assert stops > 1

    asyncio.run(played(Inside(Desk(), remembers=remembers), tmp_path / "whole.db", scenario))
    asyncio.run(in_parts())
    assert exported(tmp_path / "parts.db") == exported(tmp_path / "whole.db")


def counted(arguments: dict[str, Any], seen: dict[str, Any]) -> Any:
    """Say how many calls there were, which a call that is made twice would tell otherwise."""
    return len(seen["calls"])


class Endless(Desk):
    def next(self, messages: Sequence[Mapping[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
        if messages[0]["content"] == "Hello.":  # of the probe
            return "Yes?", []
        return "", [{"name": "verify", "arguments": {"order": "A-48213"}}]


def test_a_target_that_calls_on_and_on_is_stopped_after_ten_rounds(tmp_path: Path) -> None:
    target = Inside(Endless())
    asyncio.run(played(target, tmp_path / "a.db", n=1))
    assert target.replies == 1 + 11
    with open_run(tmp_path / "a.db") as file:
        [failure] = file.failures()
    assert failure.fault == "target"
    assert "still calls tools after 10 rounds of results, the last one “verify”" in failure.error


def test_a_target_that_takes_no_results_of_a_mock_is_told_so(tmp_path: Path) -> None:
    class Deaf(InsideSession):
        results = None  # type: ignore[assignment]

    class Reports(Inside):
        async def open(self, session: str, **_: Any) -> InsideSession:
            return Deaf(self, [])

    asyncio.run(played(Reports(Desk()), tmp_path / "a.db", n=1))
    with open_run(tmp_path / "a.db") as file:
        [failure] = file.failures()
    assert "which the scenario answers, and is told no results" in failure.error
    bare = declared({name: {"description": "known"} for name in TOOLS})
    asyncio.run(played(Reports(Desk()), tmp_path / "b.db", bare, n=1))
    [dialogue] = exported(tmp_path / "b.db")
    [first, *_] = [c for t in dialogue["turns"] for c in t.get("tool_calls", [])]
    assert first.keys() == {"name", "arguments"}


def test_the_time_of_a_tool_is_not_the_targets(tmp_path: Path) -> None:
    slow = {"verify": {"after_s": 0.05, "returns": 1}}
    began = time.perf_counter()
    asyncio.run(played(Inside(Desk()), tmp_path / "a.db", declared(slow), n=1))
    assert time.perf_counter() - began > 0.05
    with open_run(tmp_path / "a.db") as file:
        turn = next(t for d in file.read() for t in d.turns if t.tool_calls)
    assert turn.latency_s == pytest.approx(
        0.1 * (1 + len({c.after for c in turn.tool_calls})), abs=0.11
    )
