"""Play recorded answers to a method, without any model."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Sequence
from typing import Any

from simulate.errors import ParseError
from simulate.verbalized import (
    METHODS,
    Ask,
    MethodSpec,
    Pick,
    RecordedDraw,
    ReplyDistribution,
    Task,
    recorded,
)

BY_NAME = [n for n in METHODS if n != "mixture" and METHODS[n].unfit(None) is None]
"""The methods that need no options and can be used for a reply."""
PERSON = Task(person="the guest")
BARE = Task()


def read_amount(raw: object) -> str:
    """Read an amount from 0 to 2, as an outcome does."""
    try:
        number = float(str(raw))
    except ValueError:
        raise ParseError(f"{raw!r} is not a number") from None
    if not 0 <= number <= 2:
        raise ParseError(f"{number:g} is outside the support")
    return repr(number)


QUESTION = Task(
    person="the guest",
    question="How much do you give?",
    form="a number from 0 to 2, in USD",
    value_schema={"type": "number", "minimum": 0, "maximum": 2},
    read=read_amount,
)


def play(
    spec: MethodSpec, task: Task, answers: Sequence[Any]
) -> tuple[ReplyDistribution, list[Ask]]:
    """Answer each ask of a method in turn; an answer that is no text is written as JSON.

    Returns:
        The distribution and what was asked, one ask for each answer.
    """
    distribution, asks, _ = play_drawing(spec, task, answers)
    return distribution, asks


def play_drawing(
    spec: MethodSpec, task: Task, answers: Sequence[Any], u: float = 0.0
) -> tuple[ReplyDistribution, list[Ask], list[RecordedDraw]]:
    """Answer each ask of a method in turn, and draw by `u` what it draws before the reply.

    Returns:
        The distribution, what was asked, and what was drawn before.
    """
    steps = METHODS[spec.name](spec, task)
    left = deque(a if isinstance(a, str) else json.dumps(a) for a in answers)
    asks: list[Ask] = []
    picks: list[RecordedDraw] = []
    try:
        step = next(steps)
        while True:
            if isinstance(step, Pick):
                picks.append(recorded(step.distribution, step.settings, step.what, u))
                step = steps.send(picks[-1])
            else:
                asks.append(step)
                assert left, "the method asked for more than was recorded"
                step = steps.send(left.popleft())
    except StopIteration as done:
        assert not left, "the method asked for less than was recorded"
        distribution: ReplyDistribution = done.value
        return distribution, asks, picks


def first_ask(spec: MethodSpec, task: Task) -> Ask:
    """Return the first call that a method asks for."""
    ask = next(METHODS[spec.name](spec, task))
    assert isinstance(ask, Ask)
    return ask


def stated(*pairs: tuple[object, float], key: str = "text", field: str = "probability") -> Any:
    """Return a distribution as a model states it."""
    return {"responses": [{key: text, field: number} for text, number in pairs]}
