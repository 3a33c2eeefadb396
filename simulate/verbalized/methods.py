"""The methods: how a speaker's reply distribution is obtained.

A method is a generator. It yields an `Ask` (the messages that follow the conversation so far, and
the form of the answer), is sent the model's text, and in the end returns a reply distribution:

    steps = reply_steps(MethodSpec(name="vs", k=5), Task(person="Ada"))
    ask = next(steps)              # put ask.messages after the history, call any model
    steps.send(text)               # StopIteration.value is the ReplyDistribution

No method knows a model, a clock or a random number, so each can be tested from recorded answers.
A text that cannot be read is asked for again, with the reason, up to `TRIES` times in all; then
the `ParseError` goes to the caller. `steps.throw(ParseError(…))` says that no whole text came.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from simulate.errors import ParseError
from simulate.verbalized import prompts
from simulate.verbalized.distribution import Draw, ReplyDistribution
from simulate.verbalized.parse import parse_answer, parse_distribution, parse_reply
from simulate.verbalized.schema import answer_schema, responses_schema
from simulate.verbalized.wording import WORDINGS, WordingName

__all__ = [
    "METHODS",
    "TRIES",
    "Ask",
    "Message",
    "MethodName",
    "MethodSpec",
    "Steps",
    "Task",
    "judgement",
]

Message = dict[str, str]
"""A chat message: `role` (system, user or assistant) and `content`."""

MethodName = Literal["direct", "vs"]

TRIES = 3
"""How often a reply is asked for in all before what was written counts as unreadable."""


class MethodSpec(BaseModel):
    """How a speaker's reply distribution is obtained and drawn from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: MethodName = "direct"
    """The method."""
    k: Annotated[int, Field(ge=1, le=100)] | Literal["auto"] = 5
    """How many candidates are asked for; `auto` lets the model decide."""
    draw: Draw = "probability"
    """The rule that picks a candidate."""
    wording: WordingName = "implicit"
    """How the model is asked to say how likely a candidate is."""
    below: Annotated[float, Field(gt=0, le=1)] | None = None
    """Tail prompting: ask only for candidates less likely than this."""
    prompt: str | None = None
    """A Jinja template in place of the shipped prompt; see `simulate/verbalized/prompts`."""

    @property
    def verbalizes(self) -> bool:
        """Whether the method gives a distribution, not only one reply."""
        return self.name != "direct"


@dataclass(frozen=True, slots=True)
class Task:
    """What is asked of a speaker: the next reply, or the answer to a question.

    Attributes:
        person: how the prompt names who speaks; None where there is no persona.
        question: the question; None asks for the next reply of the conversation.
        form: the form of an answer in words, such as “a number from 0 to 2, in USD”.
        value_schema: JSON Schema of one answer.
        read: brings a raw answer into its canonical spelling or raises ParseError.
        may_end: whether the next reply may end the conversation.
    """

    person: str | None = None
    question: str | None = None
    form: str | None = None
    value_schema: Mapping[str, Any] | None = None
    read: Callable[[object], str] | None = None
    may_end: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """One model call that a method needs.

    Attributes:
        messages: what follows the conversation so far; may be empty.
        schema: JSON Schema of the answer; None asks for plain text.
        replies: how many replies the answer holds, so that its length can be bounded.
        problem: why the answer before this one could not be used; None where it could.
    """

    messages: tuple[Message, ...] = ()
    schema: Mapping[str, Any] | None = field(default=None, hash=False)
    replies: int = 1
    problem: str | None = None

    def again(self, text: str | None, error: ParseError) -> Ask:
        """Return the same ask with the unreadable answer, if any, and what was wrong with it."""
        if text is None:
            return replace(self, problem=str(error))
        wrong = {"role": "assistant", "content": text[:2000] or "(nothing)"}
        request = {"role": "user", "content": prompts.again(str(error))}
        return replace(self, messages=(*self.messages, wrong, request), problem=str(error))


T = TypeVar("T")
Steps = Generator[Ask, str, ReplyDistribution]


def _asked(ask: Ask, read: Callable[[str], T]) -> Generator[Ask, str, T]:
    """Ask until the answer can be read, `TRIES` times in all.

    The driver throws a ParseError in where a text came but is known to be no whole answer, such
    as one that ran into the token limit.
    """
    current = ask
    for left in reversed(range(TRIES)):
        text: str | None = None
        try:
            text = yield current
            return read(text)
        except ParseError as error:
            if not left:
                raise
            current = ask.again(text, error)
    raise AssertionError("unreachable: the last try returns or raises")


def direct(spec: MethodSpec, task: Task) -> Steps:
    """Ask for one reply, as a chat does; the distribution is that one reply."""
    request = prompts.request(spec.prompt, "direct", spec, task)
    messages = ({"role": "user", "content": request},) if request else ()
    if task.read is None:
        ask = Ask(messages)
        candidate, parse = yield from _asked(
            ask, lambda text: parse_reply(text, may_end=task.may_end)
        )
    else:
        return (yield from judgement(messages, task.value_schema or {}, task.read))
    return ReplyDistribution.single(candidate, parse)


def judgement(
    prompt: tuple[Message, ...],
    value_schema: Mapping[str, Any],
    read: Callable[[object], str],
) -> Steps:
    """Ask for one value with a prompt of the caller's own, such as a judge's."""
    ask = Ask(prompt, answer_schema(value_schema))
    candidate, parse = yield from _asked(ask, lambda text: parse_answer(text, read))
    return ReplyDistribution.single(candidate, parse)


def vs(spec: MethodSpec, task: Task) -> Steps:
    """Verbalized Sampling: ask for k candidates with their probabilities in one call.

    Source: Zhang et al. 2025, Verbalized Sampling, arXiv 2510.01171, section 4.
    """
    wording = WORDINGS[spec.wording]
    k = None if spec.k == "auto" else spec.k
    request = prompts.request(spec.prompt, "vs", spec, task)
    schema = responses_schema(k, wording, value=task.value_schema, may_end=task.may_end)
    ask = Ask(({"role": "user", "content": request},), schema, replies=k or 8)
    return (
        yield from _asked(
            ask,
            lambda text: parse_distribution(
                text,
                wording=wording,
                k=k,
                key="text" if task.read is None else "value",
                read=task.read,
                may_end=task.may_end,
            ),
        )
    )


METHODS: dict[MethodName, Callable[[MethodSpec, Task], Steps]] = {"direct": direct, "vs": vs}
"""Each method by its name."""
