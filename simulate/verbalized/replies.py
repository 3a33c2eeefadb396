"""What the methods share: the prompt of each call, and how replies and lists are asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Literal

from simulate.errors import EmptyDistributionError, InputError
from simulate.files.templates import render, variables_of
from simulate.verbalized.asking import Ask, Message, Steps, StepsOf, asked
from simulate.verbalized.candidate import Candidate, Parse
from simulate.verbalized.distribution import ReplyDistribution
from simulate.verbalized.parse import (
    END_MARK,
    Stated,
    parse_answer,
    parse_candidates,
    parse_reply,
)
from simulate.verbalized.schema import answer_schema, responses_schema
from simulate.verbalized.spec import METHODS, MethodSpec, Task
from simulate.verbalized.wording import Wording

OPEN_LIST = 8
"""How many candidates a list of no fixed length is given room for."""


def request(
    spec: MethodSpec, task: Task, *, k: int | Literal["auto"], round: int = 1, rounds: int = 1
) -> str:
    """Fill in the prompt of one call of a method; an empty text means that nothing need be said.

    Raises:
        InputError: a user's template that cannot be rendered, or that does not say how many
            candidates it wants where a number of them is set.
    """
    return _filled_in(
        spec.template,
        spec.name,
        METHODS[spec.name].lists,
        k,
        spec.worded,
        spec.below,
        task.person,
        task.question,
        task.form,
        task.may_end,
        round,
        rounds,
    )


@lru_cache(maxsize=1024)
def _filled_in(
    template: str,
    name: str,
    lists: bool,
    k: int | str,
    wording: Wording,
    below: float | None,
    person: str | None,
    question: str | None,
    form: str | None,
    may_end: bool,
    round: int,
    rounds: int,
) -> str:
    """Fill a prompt in; most turns of a run ask with the same words."""
    title = f"prompt of method {name}"
    values = {
        "person": person,
        "question": question,
        "form": form,
        "k": k,
        "round": round,
        "rounds": rounds,
        "field": wording.field,
        "likeliness": wording.request,
        "example": wording.example,
        "below": below,
        "may_end": may_end,
        "end_mark": END_MARK,
    }
    request = render(template, values, title)
    if lists and k != "auto" and "k" not in variables_of(template, title):
        raise InputError(
            f"{title}: the template does not use the variable k, so it cannot ask for {k} "
            "candidates; write {{ k }} where the number belongs"
        )
    return request


def requests(spec: MethodSpec, task: Task) -> list[str]:
    """Fill in the prompt of each call; all at once, so that a fault in one shows before any."""
    batches = spec.batches()
    return [
        request(spec, task, k=k, round=i, rounds=len(batches))
        for i, k in enumerate(batches, start=1)
    ]


def said(role: str, content: str) -> tuple[Message, ...]:
    """Return a message; none where there is nothing to say."""
    return ({"role": role, "content": content},) if content else ()


def one(ask: tuple[Message, ...], task: Task) -> StepsOf[tuple[Candidate, Parse, str]]:
    """Ask for one reply or answer; return it with the text that it was read from."""
    read = task.read

    def reading(text: str) -> tuple[Candidate, Parse, str]:
        if read is None:
            return *parse_reply(text, may_end=task.may_end, names=task.names), text
        return *parse_answer(text, read), text

    schema = None if read is None else answer_schema(task.value_schema)
    return (yield from asked(Ask(ask, schema), reading))


def judgement(
    prompt: tuple[Message, ...],
    value_schema: Mapping[str, Any],
    read: Callable[[object], str],
) -> Steps:
    """Ask for one value with a prompt of the caller's own, such as a judge's."""
    task = Task(value_schema=value_schema, read=read)
    candidate, parse, _ = yield from one(prompt, task)
    return ReplyDistribution.single(candidate, parse)


def listed(spec: MethodSpec, task: Task, *, reasoning: bool = False) -> Steps:
    """Ask for lists of candidates, in as many calls as the method has.

    The lists of several calls make one distribution: their numbers are normalised together, and
    candidates of equal text are kept apart.

    Raises:
        EmptyDistributionError: the list is empty time after time; with tail prompting the
            message advises a larger threshold.
    """
    wording = spec.worded if spec.states else None
    messages: tuple[Message, ...] = ()
    found = Stated()
    distribution: ReplyDistribution | None = None
    for k, request in zip(spec.batches(), requests(spec, task), strict=True):
        number = None if k == "auto" else k
        schema = responses_schema(
            number, wording, value=task.value_schema, may_end=task.may_end, reasoning=reasoning
        )

        def reading(
            text: str, number: int | None = number, before: Stated = found
        ) -> tuple[Stated, ReplyDistribution, str]:
            stated = parse_candidates(
                text,
                wording=wording,
                k=number,
                key="text" if task.read is None else "value",
                read=task.read,
                may_end=task.may_end,
                reasoning=reasoning,
                names=task.names,
            )
            # Each round must be readable by itself, and its numbers mean the same as those before.
            weighed = stated.weighed(wording)
            if before.candidates:
                stated = before.and_then(stated)
                weighed = stated.weighed(wording)
            return stated, weighed, text

        messages += said("user", request)
        ask = Ask(messages, schema, replies=(number or OPEN_LIST) + reasoning)
        try:
            found, distribution, text = yield from asked(ask, reading)
        except EmptyDistributionError as error:
            if spec.below is None:
                raise
            raise EmptyDistributionError(
                f"{error}; it was asked for candidates below {spec.below:g}, and of a threshold "
                "that low models often find none: choose a larger `below`, such as "
                f"{min(1.0, max(0.1, spec.below * 2)):g}"
            ) from None
        messages += said("assistant", text)
    if distribution is None:
        raise AssertionError("unreachable: a method makes at least one call")
    return distribution
