"""Obtain a reply distribution: make the calls that a method asks for, and keep each of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from typing import TypeVar

from simulate.engine.prefix_sharing import Sharer
from simulate.errors import (
    ContentFilteredError,
    EndpointError,
    InputError,
    ModelError,
    ParseError,
)
from simulate.models import ChatModel, ChatReply, ChatRequest, Usage
from simulate.models.first_token import without_logprobs
from simulate.models.redaction import hidden, hidden_in_reply
from simulate.record import record
from simulate.runfile import Call
from simulate.verbalized import Ask, Pick, RecordedDraw, StepsOf, storable

T = TypeVar("T")

TOKENS_OF_FORM = 40
"""What the JSON around one candidate may take, in tokens."""
NO_WHOLE_REPLY = {
    "length": (
        "the reply was cut off at the token limit, after {} tokens",
        "it was cut off at its end; write shorter replies",
    ),
    "reasoning": (
        "the model only reasoned and wrote no reply, in {} tokens: raise max_tokens, or switch its "
        "thinking off",
        "there was only reasoning, and no reply; reason less",
    ),
}
"""Why a reply is no whole one: what a person is told, and what the model is."""


@record(frozen=True, slots=True)
class Asked:
    """Who is asked, and how.

    Attributes:
        speaker: whose history the calls continue; None for a judge or a bare prompt.
        model: the model that answers.
        history: the messages before those of the method.
        seed: the seed of the n-th call, n from 0.
        max_tokens: the longest single reply in tokens, or None.
        temperature: or None.
        top_p: or None.
        pick: draws what a method draws before the reply; None where nothing can be drawn.
        parts: the models of parts of a mixture that have one of their own, by part.
        sharer: gives answers that other dialogues have paid for; None where none are shared.
        dialogue: whose calls they are, by its place in the run file; None of none.
    """

    speaker: str | None
    model: ChatModel
    history: Sequence[Mapping[str, str]]
    seed: Callable[[int], int]
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    pick: Callable[[Pick], RecordedDraw] | None = None
    parts: Mapping[str, ChatModel] = field(default_factory=dict)
    sharer: Sharer | None = None
    dialogue: int | None = None

    def model_of(self, ask: Ask) -> ChatModel:
        """Return the model that is to answer."""
        return self.model if ask.part is None else self.parts.get(ask.part, self.model)


class CallsFailedError(Exception):
    """No distribution came.

    Attributes:
        calls: the calls that were made.
        by_model: whether the model failed (what it wrote cannot be used, or was held back), and
            not the way to it.
        may_pass: whether nobody answered, or not in time, so that the same request may succeed
            later.
    """

    def __init__(
        self, reason: str, calls: Sequence[Call], *, by_model: bool, may_pass: bool = False
    ) -> None:
        super().__init__(reason)
        self.calls = calls
        self.by_model = by_model
        self.may_pass = may_pass


async def obtain(steps: StepsOf[T], asked: Asked) -> tuple[T, list[Call]]:
    """Make the calls that a method asks for, and return what it reads with them.

    Raises:
        CallsFailedError: the model does not answer, or not in a form that can be used.
        EndpointError: no request can succeed as things stand.
        InputError: the method draws before it answers, and nothing can be drawn here.
    """
    calls: list[Call] = []
    try:
        ask = next(steps)
        while True:
            if isinstance(ask, Pick):
                if asked.pick is None:
                    raise InputError(
                        f"a method that draws the {ask.what} before it answers states no "
                        "distribution by itself: take another one here, such as vs"
                    )
                ask = steps.send(asked.pick(ask))
                continue
            model = asked.model_of(ask)
            if ask.problem is not None:
                last = calls[-1]
                place = last.shared if last.taken else None
                calls[-1] = replace(last, problem=ask.problem, shared=place)
            limit = asked.max_tokens
            if limit is not None and ask.schema is not None:
                limit = (limit + TOKENS_OF_FORM) * ask.replies
            number = calls[-1].ask + 1 if calls else 0
            seed = asked.seed(number)
            request = ChatRequest(
                [*asked.history, *ask.messages],
                ask.schema,
                ask.replies,
                limit,
                asked.temperature,
                asked.top_p,
                seed,
                dialogue=asked.dialogue,
            )
            if ask.logprobs is not None:
                # Of the model as it is: some endpoints give them as the settings change them.
                request = replace(
                    request,
                    top_logprobs=ask.logprobs,
                    max_tokens=1,
                    temperature=1.0,
                    top_p=None,
                )
            given = place = None
            if asked.sharer is not None:
                # What it is asked again, whoever pays asks by itself; so does one that cannot use
                # what it is given, where others can: who else speaks in it hangs on names.
                if ask.problem is None and (given := await asked.sharer.ask(model, request)):
                    # Where whoever paid was asked again, it is the last of those calls.
                    number = given.ask
                    seed = asked.seed(number)
                place = asked.sharer.place
            what = (asked.speaker, number, model.name, ask.messages, ask.schema, seed)
            if given is not None:
                calls.append(Call(*what, ChatReply(given.text), shared=place))
                ask = steps.send(given.text)
                continue
            shared = place if place is not None and place.payer is None else None
            try:
                reply = await model.complete(request)
            except EndpointError:
                raise
            except ModelError as error:
                told = hidden(str(error))
                failed = Call(*what, None, told, error.attempts)
                paid = Usage(*error.paid)
                calls.append(replace(failed, paid=paid, paid_usd=error.paid_usd))
                by_model = isinstance(error, ContentFilteredError)
                may_pass = type(error) is ModelError  # its subclasses say something of the request
                raise CallsFailedError(told, calls, by_model=by_model, may_pass=may_pass) from None
            if ask.logprobs is not None:
                if reply.top_logprobs is None:
                    raise without_logprobs(model.name)
                likely = json.dumps(reply.top_logprobs, ensure_ascii=False)
                reply = replace(reply, text=likely, finish="stop")
            if (text := hidden_in_reply(storable(reply.text))) != reply.text:
                reply = replace(reply, text=text)
            calls.append(Call(*what, reply, shared=shared))
            if reply.finish != "stop":
                tokens = reply.usage.completion_tokens
                rule, told = NO_WHOLE_REPLY[reply.finish]
                ask = steps.throw(ParseError(rule.format(tokens), told=told))
            else:
                ask = steps.send(reply.text)
    except StopIteration as done:
        found: T = done.value
        return found, calls
    except ParseError as error:
        calls[-1] = replace(calls[-1], problem=str(error))
        times = f"asked {len(calls)} times" if len(calls) > 1 else "asked once"
        raise CallsFailedError(f"{error} ({times})", calls, by_model=True) from None
    finally:
        steps.close()
