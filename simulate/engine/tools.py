"""The tools of one dialogue: what its mocks answer, and what they know.

Nothing here raises for what a target, or a template, does wrong: it is the error of one call, which
the target is told and which stands on file with it. What is answered depends on the calls so far
alone, so that it is rebuilt from those on file where a dialogue goes on.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from simulate.errors import InputError, TargetReplyError, clipped, quote
from simulate.files.json_reading import plain_json
from simulate.files.json_schemas import wrong_in
from simulate.files.own_code import OwnCodeError, called, imported
from simulate.files.patterns import PatternTooSlowError
from simulate.files.template_data import filled_data
from simulate.files.templates import evaluate, render
from simulate.scenario import Scenario
from simulate.scenario.computed import braced
from simulate.scenario.tools import Tool, ToolAnswer, undeclared
from simulate.targets import Session, TargetReply, ToolCall

MOST_ROUNDS = 10
"""How often a target may call tools before it speaks."""
MOST_CALLS = 100
"""Of one round."""
LONGEST = 1_000_000
"""Characters of a result, and of the state, as JSON."""
_PARTS = re.compile(r"\.(?![^{]*\}\})")
"""A dot between the parts of a place, and not within a `{{ … }}`."""


Results = Callable[[Sequence[ToolCall]], Awaitable[TargetReply]]
"""The method of a session that takes what tools answered."""


class ToolFailedError(Exception):
    """A tool answers with an error."""


class ToolBox:
    """The tools of one dialogue.

    Args:
        scenario: declares them.
        values: what its templates see; see `template_values`.
        u: returns the random number in [0, 1) of a choice: what is chosen, and which call it is.

    Attributes:
        state: what they know: plain JSON data.
        calls: those that were answered, in order.

    Raises:
        InputError: the state that they begin with cannot be rendered.
    """

    def __init__(
        self,
        scenario: Scenario,
        values: Mapping[str, object],
        u: Callable[[str, int], float],
    ) -> None:
        self.tools = scenario.tools
        begins = filled_data(scenario.tool_state, values, "tool_state")
        self.state: Any = _plain(begins, "tool_state")
        self.calls: list[ToolCall] = []
        self._values = values
        self._u = u

    async def answer(self, call: ToolCall, on_file: ToolCall | None = None) -> ToolCall:
        """Return a call with its result or its error, and take note of both.

        Args:
            call: what the target calls.
            on_file: the same call as it was answered before; nobody waits then, and no code runs.
        """
        field = f"tools.{call.name}"
        error, result = None, None
        try:
            result = await self._result(call, field, on_file)
        except ToolFailedError as failed:
            error = str(failed)
        except (InputError, PatternTooSlowError) as failed:
            error = clipped(str(failed), 400)
        answered = replace(call, result=result, error=error)
        self.calls.append(answered)
        return answered

    @property
    def knows(self) -> bool:
        """Whether there is a state: the scenario says one, or a call has set it."""
        return bool(self.state)

    @property
    def offered(self) -> list[dict[str, Any]]:
        """The tools that a model can be offered: those whose parameters are said."""
        return [tool.offered(name) for name, tool in self.tools.items() if tool.parameters]

    def mocks(self, name: str) -> bool:
        """Tell whether it is said what a tool answers."""
        return name in self.tools and self.tools[name].mocked

    async def recall(self, calls: Sequence[ToolCall]) -> None:
        """Take note of calls that were answered before, as they stand on file."""
        for call in calls:
            if call.answered:
                await self.answer(call, call)

    async def _result(self, call: ToolCall, field: str, on_file: ToolCall | None) -> Any:
        tool = self.tools.get(call.name)
        if tool is None:
            raise ToolFailedError(undeclared(call.name, self.tools))
        if tool.parameters and (wrong := wrong_in(dict(call.arguments), tool.parameters)):
            where, how = wrong
            raise ToolFailedError(f"the arguments break the tool's parameters: {where}: {how}")
        seen = {
            **self._values,
            "arguments": dict(call.arguments),
            "state": self.state,
            "calls": [each.to_dict() for each in self.calls],
        }
        place, answer = self._chosen(tool, call.name, field, seen)
        if answer.after_s and on_file is None:
            await asyncio.sleep(answer.after_s)
        if tool.python is not None and answer is tool:
            result = await self._of_code(tool.python, field, seen, on_file)
        else:
            returned = filled_data(answer.returns, seen, f"{place}.returns")
            result = _plain(returned, f"{place}.returns")
        self._set(answer.sets, {**seen, "result": result}, f"{place}.sets")
        if answer.fails is not None:
            raise ToolFailedError(render(answer.fails, seen, f"{place}.fails"))
        return "null" if result is None else result

    def _chosen(
        self, tool: Tool, name: str, field: str, seen: Mapping[str, Any]
    ) -> tuple[str, ToolAnswer]:
        """Return which answer counts, after its field."""
        nth = 1 + sum(call.name == name for call in self.calls)
        for i, answer in enumerate(tool.answers):
            place = f"{field}.answers.{i}"
            if answer.nth not in (None, nth):
                continue
            if answer.when is not None and not evaluate(braced(answer.when), seen, place):
                continue
            if answer.chance is not None and self._u(f"tool:{name}:{i}", nth) >= answer.chance:
                continue
            return place, answer
        return field, tool

    async def _of_code(
        self, named: str, field: str, seen: Mapping[str, Any], on_file: ToolCall | None
    ) -> Any:
        if on_file is not None:
            if on_file.error is not None:
                raise ToolFailedError(on_file.error)
            return on_file.result
        try:
            own = json.loads(json.dumps(seen, default=str))  # nothing that it changes is ours
            said = await called(imported(named, field), own["arguments"], own)
        except OwnCodeError as error:
            raise ToolFailedError(f"{field}.python: {error}") from None
        return _plain(said, f"{field}.python")

    def _set(self, sets: Mapping[str, Any], seen: Mapping[str, Any], field: str) -> None:
        """Change the state: all of it, or nothing where a template fails."""
        if not sets:
            return
        state = _plain(self.state, field)
        for place, value in sets.items():
            *above, last = (render(part, seen, field) for part in _PARTS.split(place))
            at = state
            for part in above:
                at = at.setdefault(part, {})
                if not isinstance(at, dict):
                    raise InputError(f"{field}: {quote(place)}: {quote(part, 40)} is no object")
            at[last] = filled_data(value, seen, f"{field}.{place}")
        self.state = _plain(state, field)


def tools_of(
    scenario: Scenario, values: Mapping[str, object], u: Callable[[str, int], float]
) -> ToolBox | None:
    """Return the tools of a dialogue; None where its scenario declares none. See `ToolBox`."""
    return ToolBox(scenario, values, u) if scenario.tools else None


async def served(
    session: Session,
    reply: TargetReply,
    tools: ToolBox,
    name: str,
    on_file: Sequence[ToolCall] = (),
) -> TargetReply:
    """Answer the calls of a reply, and those of what follows, until the target speaks without.

    Calls whose result is known, and those of a session that takes none, are only reported.

    Args:
        session: with the target.
        reply: the beginning of its turn.
        tools: of the dialogue.
        name: the target's, for messages.
        on_file: the calls of this turn as they were answered before.

    Returns:
        The whole turn: all messages, and all calls with their results, in order. Its latency is
        the target's, without what the tools took.

    Raises:
        TargetError: no usable answer came, or it calls on and on.
    """
    messages: list[str] = []
    calls: list[ToolCall] = []
    latency_s = 0.0
    known = list(on_file)
    results: Results | None = getattr(session, "results", None)
    takes = results is not None and getattr(session, "takes_results", True)
    for left in reversed(range(MOST_ROUNDS + 1)):
        before = len(messages)
        messages += reply.messages
        latency_s += reply.latency_s
        asked = [call for call in reply.tool_calls if not call.answered]
        if not takes and (waits := [c.name for c in asked if tools.mocks(c.name)]):
            raise TargetReplyError(
                f"target {name}: calls {quote(waits[0], 64)}, which the scenario answers, and is "
                "told no results: say in its target file how it takes them, or leave out what "
                f"tools.{clipped(waits[0], 64)} answers"
            )
        if (many := len(reply.tool_calls)) > MOST_CALLS:
            raise TargetReplyError(
                f"target {name}: calls {many:,} tools at once; at most {MOST_CALLS}"
            )
        done = []
        for call in reply.tool_calls:
            if call.answered or not takes:
                done.append(replace(call, after=before + call.after))
            else:  # it waits for the result, with all that it said
                same = known and (known[0].name, known[0].arguments) == (call.name, call.arguments)
                found = await tools.answer(call, known[0] if same else None)
                done.append(replace(found, after=len(messages)))
            known = known[1:]
        calls += done
        if results is None or not (takes and asked) or reply.ends:
            return replace(
                reply, messages=tuple(messages), tool_calls=tuple(calls), latency_s=latency_s
            )
        if left:
            reply = await results(done)
    raise TargetReplyError(
        f"target {name}: still calls tools after {MOST_ROUNDS} rounds of results, the last one "
        f"{quote(calls[-1].name, 64)}; a turn ends when it speaks without a call"
    )


def _plain(data: Any, field: str) -> Any:
    """Return a copy of JSON data, which nobody else changes.

    Raises:
        InputError: they are no JSON data, or too long.
    """
    try:
        plain = plain_json(data)
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"{field}: is no plain JSON data: {error}") from None
    if len(json.dumps(plain)) > LONGEST:
        raise InputError(f"{field}: is longer than {LONGEST:,} characters as JSON")
    return plain
