"""Play recorded answers to a method, without any model."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from simulate.errors import ParseError
from simulate.verbalized import METHODS, Ask, MethodSpec, ReplyDistribution, Task

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
    steps = METHODS[spec.name](spec, task)
    asks = [next(steps)]
    for number, answer in enumerate(answers, start=1):
        text = answer if isinstance(answer, str) else json.dumps(answer)
        try:
            asks.append(steps.send(text))
        except StopIteration as done:
            assert number == len(answers), "the method asked for less than was recorded"
            distribution: ReplyDistribution = done.value
            return distribution, asks
    raise AssertionError("the method asked for more than was recorded")


def stated(*pairs: tuple[object, float], key: str = "text", field: str = "probability") -> Any:
    """Return a distribution as a model states it."""
    return {"responses": [{key: text, field: number} for text, number in pairs]}
