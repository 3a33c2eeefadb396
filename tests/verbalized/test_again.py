"""What a model is told of an answer that cannot be used, which stands one message above."""

from __future__ import annotations

from difflib import SequenceMatcher

import pytest

from simulate.engine.sampling import NO_WHOLE_REPLY
from simulate.errors import ParseError
from simulate.verbalized import METHODS, Ask, MethodSpec, Task
from tests.verbalized.odd_answers import REFUSED

MOST = 60
"""Characters of a single value that the message may be about."""
LONG = "Yes, gladly: I have two children of my own, and there is nothing that I would rather do."


def asked_again(answer: str | ParseError, method: str = "vs") -> Ask:
    steps = METHODS[method](MethodSpec(name=method), Task(person="the persuadee"))
    next(steps)
    again = steps.throw(answer) if isinstance(answer, ParseError) else steps.send(answer)
    assert isinstance(again, Ask)
    return again


def shared(text: str, other: str) -> str:
    """Return the longest piece that two texts share."""
    matcher = SequenceMatcher(None, text, other, autojunk=False)
    found = matcher.find_longest_match()
    return text[found.a : found.a + found.size]


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_wrong_is_said_without_the_answer(name: str) -> None:
    answer = REFUSED[name].replace("Yes, gladly.", LONG)
    again = asked_again(answer)
    assert again.messages[-2]["content"] == (answer or "(nothing)")
    assert len(shared(again.messages[-1]["content"], answer)) <= MOST


def test_a_reply_in_which_somebody_else_speaks_is_not_quoted_either() -> None:
    with_reasoning = f"<think>{LONG}</think>"
    assert len(shared(asked_again(with_reasoning, "direct").messages[-1]["content"], LONG)) < 10


@pytest.mark.parametrize(
    ("finish", "advice"), [("length", "shorter"), ("reasoning", "reason less")]
)
def test_after_no_whole_answer_less_is_asked_for(finish: str, advice: str) -> None:
    rule, told = NO_WHOLE_REPLY[finish]
    again = asked_again(ParseError(rule.format(300), told=told))
    assert [m["role"] for m in again.messages] == ["user", "assistant", "user"]
    assert advice in again.messages[-1]["content"]
    assert "300 tokens" in (again.problem or "")
