"""The methods: how a speaker's reply distribution is obtained.

A method is a generator. It yields an `Ask` (the messages that follow the conversation so far, and
the form of the answer), is sent the model's text, and in the end returns a reply distribution:

    steps = METHODS["vs"](MethodSpec(name="vs", k=5), Task(person="Ada"))
    ask = next(steps)              # put ask.messages after the history, call any model
    steps.send(text)               # StopIteration.value is the ReplyDistribution

No method knows a model, a clock or a random number, so each can be tested from recorded answers.
A text that cannot be read is asked for again, with the reason, up to `TRIES` times in all; then
the `ParseError` goes to the caller. `steps.throw(ParseError(…))` says that no whole text came.

============  ==========================================  ============================  =======
method        what a call asks for                        weights                       calls
============  ==========================================  ============================  =======
`direct`      one reply                                   1                             1
`cot`         reasoning, then one reply                   1                             1
`sequence`    a list of k replies                         1/k                           1
`multi`       one reply, then another, k times            1/k                           k
`vs`          k replies with their probabilities          stated, normalised            1
`vs-cot`      reasoning, then as `vs`                     stated, normalised            1
`vs-multi`    a part of the k replies, as `vs`            stated, normalised over all   rounds
============  ==========================================  ============================  =======

Source: Zhang et al. 2025, Verbalized Sampling, arXiv 2510.01171, sections 4 and 5, which compare
these seven. Their prompts are not copied here.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar, get_args

from simulate.errors import EmptyDistributionError, ParseError
from simulate.verbalized import prompts
from simulate.verbalized.distribution import Candidate, Parse, ReplyDistribution
from simulate.verbalized.parse import (
    Stated,
    parse_answer,
    parse_candidates,
    parse_reasoned,
    parse_reply,
)
from simulate.verbalized.schema import answer_schema, reasoned_schema, responses_schema
from simulate.verbalized.spec import MethodName, MethodSpec, Task

__all__ = [
    "METHODS",
    "TRIES",
    "Ask",
    "Message",
    "MethodName",
    "MethodSpec",
    "Steps",
    "StepsOf",
    "Task",
    "asked",
    "judgement",
]

Message = dict[str, str]
"""A chat message: `role` (system, user or assistant) and `content`."""

OPEN_LIST = 8
"""How many candidates a list of no fixed length is given room for."""

TRIES = 3
"""How often a reply is asked for in all before what was written counts as unreadable."""


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
StepsOf = Generator[Ask, str, T]
"""The calls that something needs, and in the end what is read from their answers."""
Steps = StepsOf[ReplyDistribution]


def asked(ask: Ask, read: Callable[[str], T]) -> StepsOf[T]:
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


def _requests(spec: MethodSpec, task: Task) -> list[str]:
    """Fill in the prompt of each call; all at once, so that a fault in one shows before any."""
    batches = spec.batches()
    return [
        prompts.request(spec, task, k=k, round=i, rounds=len(batches))
        for i, k in enumerate(batches, start=1)
    ]


def _said(role: str, content: str) -> tuple[Message, ...]:
    return ({"role": role, "content": content},) if content else ()


def _one(ask: tuple[Message, ...], task: Task) -> Generator[Ask, str, tuple[Candidate, Parse, str]]:
    """Ask for one reply or answer; return it with the text that it was read from."""
    read = task.read

    def reading(text: str) -> tuple[Candidate, Parse, str]:
        if read is None:
            return *parse_reply(text, may_end=task.may_end), text
        return *parse_answer(text, read), text

    schema = None if read is None else answer_schema(task.value_schema)
    return (yield from asked(Ask(ask, schema), reading))


def direct(spec: MethodSpec, task: Task) -> Steps:
    """Ask for one reply, as a chat does; the distribution is that one reply."""
    (request,) = _requests(spec, task)
    candidate, parse, _ = yield from _one(_said("user", request), task)
    return ReplyDistribution.single(candidate, parse)


def judgement(
    prompt: tuple[Message, ...],
    value_schema: Mapping[str, Any],
    read: Callable[[object], str],
) -> Steps:
    """Ask for one value with a prompt of the caller's own, such as a judge's."""
    task = Task(value_schema=value_schema, read=read)
    candidate, parse, _ = yield from _one(prompt, task)
    return ReplyDistribution.single(candidate, parse)


def cot(spec: MethodSpec, task: Task) -> Steps:
    """Ask for reasoning and then one reply, in one call; the distribution is that one reply."""
    (request,) = _requests(spec, task)
    schema = reasoned_schema(task.value_schema, may_end=task.may_end)
    candidate, parse = yield from asked(
        Ask(_said("user", request), schema, replies=2),
        lambda text: parse_reasoned(text, read=task.read, may_end=task.may_end),
    )
    return ReplyDistribution.single(candidate, parse)


def multi(spec: MethodSpec, task: Task) -> Steps:
    """Ask k times over, each time for another reply, with the earlier ones in sight."""
    messages: tuple[Message, ...] = ()
    candidates: list[Candidate] = []
    parse: Parse = "clean"
    for request in _requests(spec, task):
        messages += _said("user", request)
        candidate, parsed, text = yield from _one(messages, task)
        messages += _said("assistant", text)
        candidates.append(candidate)
        parse = "repaired" if parsed == "repaired" else parse
    return ReplyDistribution.equally_weighted(tuple(candidates), parse)


def listed(spec: MethodSpec, task: Task) -> Steps:
    """Ask for lists of candidates: `sequence`, `vs`, `vs-cot` and `vs-multi`.

    They differ in their prompt, in whether a candidate has a number, in whether reasoning comes
    first, and in the number of calls. The lists of several calls make one distribution: their
    numbers are normalised together, and candidates of equal text are kept apart.

    Raises:
        EmptyDistributionError: the list is empty time after time; with tail prompting the
            message advises a larger threshold.
    """
    wording = spec.worded if spec.states else None
    reasoning = spec.name == "vs-cot"
    messages: tuple[Message, ...] = ()
    found = Stated()
    for k, request in zip(spec.batches(), _requests(spec, task), strict=True):
        number = None if k == "auto" else k
        schema = responses_schema(
            number, wording, value=task.value_schema, may_end=task.may_end, reasoning=reasoning
        )

        def reading(text: str, number: int | None = number) -> tuple[Stated, str]:
            stated = parse_candidates(
                text,
                wording=wording,
                k=number,
                key="text" if task.read is None else "value",
                read=task.read,
                may_end=task.may_end,
                reasoning=reasoning,
            )
            return stated, text

        messages += _said("user", request)
        ask = Ask(messages, schema, replies=(number or OPEN_LIST) + reasoning)
        try:
            batch, text = yield from asked(ask, reading)
        except EmptyDistributionError as error:
            if spec.below is None:
                raise
            raise EmptyDistributionError(
                f"{error}; it was asked for candidates below {spec.below:g}, and of a threshold "
                "that low models often find none: choose a larger `below`, such as "
                f"{min(1.0, max(0.1, spec.below * 2)):g}"
            ) from None
        messages += _said("assistant", text)
        found = found.and_then(batch)
    return found.weighed(wording)


METHODS: dict[MethodName, Callable[[MethodSpec, Task], Steps]] = {
    "direct": direct,
    "cot": cot,
    "sequence": listed,
    "multi": multi,
    "vs": listed,
    "vs-cot": listed,
    "vs-multi": listed,
}
"""Each method by its name."""

if set(METHODS) != set(get_args(MethodName)):  # pragma: no cover
    raise AssertionError("METHODS and MethodName must list the same methods")
