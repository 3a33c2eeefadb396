"""What the methods share: how replies and lists of them are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from simulate.errors import EmptyDistributionError
from simulate.verbalized.asking import Ask, Message, Steps, StepsOf, asked
from simulate.verbalized.candidate import Candidate, Parse
from simulate.verbalized.distribution import ReplyDistribution
from simulate.verbalized.parse import (
    Stated,
    parse_answer,
    parse_candidates,
    parse_reasoned,
    parse_reply,
)
from simulate.verbalized.prompts import LATEST, PromptVersion
from simulate.verbalized.requests import requests, said, schema_of_one
from simulate.verbalized.schema import REASONED, reasoned_schema, responses_schema
from simulate.verbalized.spec import MethodSpec
from simulate.verbalized.task import Task

OPEN_LIST = 8
"""How many candidates a list of no fixed length is given room for."""


def one(ask: tuple[Message, ...], task: Task) -> StepsOf[tuple[Candidate, Parse, str]]:
    """Ask for one reply or answer; return it with the text that it was read from."""
    read = task.read

    def reading(text: str) -> tuple[Candidate, Parse, str]:
        if read is None:
            return *parse_reply(
                text, may_end=task.may_end, names=task.names, in_talk=task.in_talk
            ), text
        return *parse_answer(text, read), text

    schema = schema_of_one(task)
    return (yield from asked(Ask(ask, schema, prompt_version=task.prompt_version), reading))


def one_by_one(prompts: Iterable[str], task: Task, *, remembering: bool) -> Steps:
    """Ask for one reply with each prompt; they weigh the same.

    Args:
        prompts: of the calls.
        task: what is asked for.
        remembering: whether a call sees the earlier prompts and replies.
    """
    messages: tuple[Message, ...] = ()
    candidates: list[Candidate] = []
    parse: Parse = "clean"
    for prompt in prompts:
        asking = messages + said("user", prompt)
        candidate, parsed, text = yield from one(asking, task)
        if remembering:
            messages = asking + said("assistant", text)
        candidates.append(candidate)
        parse = "repaired" if parsed == "repaired" else parse
    return ReplyDistribution.equally_weighted(tuple(candidates), parse)


def reasoned(spec: MethodSpec, task: Task, before: Sequence[str] = REASONED) -> Steps:
    """Ask for one reply that follows something else, in one call.

    Args:
        spec: the method.
        task: what is asked for.
        before: the fields that stand before the reply, each a text.
    """
    schema = reasoned_schema(task.value_schema, may_end=task.may_end, before=before)
    (prompt,) = requests(spec, task, [schema])
    replies = 1 + len(before)
    candidate, parse = yield from asked(
        Ask(said("user", prompt), schema, replies, prompt_version=task.prompt_version),
        lambda text: parse_reasoned(
            text,
            read=task.read,
            may_end=task.may_end,
            names=task.names,
            before=before,
            in_talk=task.in_talk,
        ),
    )
    return ReplyDistribution.single(candidate, parse)


def judgement(
    prompt: tuple[Message, ...],
    value_schema: Mapping[str, Any],
    read: Callable[[object], str],
    prompt_version: PromptVersion = LATEST,
) -> Steps:
    """Ask for one value with a prompt of the caller's own, such as a judge's."""
    task = Task(value_schema=value_schema, read=read, prompt_version=prompt_version)
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
    wording = spec.worded(task.prompt_version) if spec.states else None
    fewer_do = task.takes_fewer
    batches = spec.batches()
    schemas = [
        responses_schema(
            None if k == "auto" else k,
            wording,
            value=task.value_schema,
            may_end=task.may_end,
            reasoning=reasoning,
            fewer_do=fewer_do,
        )
        for k in batches
    ]
    messages: tuple[Message, ...] = ()
    found = Stated()
    distribution: ReplyDistribution | None = None
    prompts = requests(spec, task, schemas)
    for k, request, schema in zip(batches, prompts, schemas, strict=True):
        number = None if k == "auto" else k

        def reading(
            text: str, number: int | None = number, before: Stated = found
        ) -> tuple[Stated, ReplyDistribution, str]:
            stated = parse_candidates(
                text,
                wording=wording,
                k=number,
                fewer_do=fewer_do,
                key="text" if task.read is None else "value",
                read=task.read,
                may_end=task.may_end,
                reasoning=reasoning,
                names=task.names,
                in_talk=task.in_talk,
            )
            # Each round must be readable by itself, and its numbers mean the same as those before.
            weighed = stated.weighed(wording)
            if before.candidates:
                stated = before.and_then(stated)
                weighed = stated.weighed(wording)
            return stated, weighed, text

        messages += said("user", request)
        replies = (number or OPEN_LIST) + reasoning
        ask = Ask(messages, schema, replies, prompt_version=task.prompt_version)
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
