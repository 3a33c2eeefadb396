"""What a method asks for: one model call, how its answer is asked for again, or a draw.

A method is a generator: it yields an `Ask` and is sent the model's text, or a `Pick` and is sent
the draw, and returns what it has read.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from simulate.errors import ParseError
from simulate.record import record
from simulate.verbalized import prompts
from simulate.verbalized.distribution import ReplyDistribution
from simulate.verbalized.draw_settings import AS_STATED, DrawSettings
from simulate.verbalized.markup import without_markup

Message = dict[str, str]
"""A chat message: `role` (system, user or assistant) and `content`."""

NO_WHOLE_ANSWER = "(no whole answer)"
"""What stands for an answer that is known to be no whole one, such as one that was cut off."""
TRIES = 3
"""How often a reply is asked for in all before what was written counts as unreadable."""


@record(frozen=True, slots=True)
class Ask:
    """One model call that a method needs.

    Attributes:
        messages: what follows the conversation so far; may be empty.
        schema: JSON Schema of the answer; None asks for plain text.
        replies: how many replies the answer holds, so that its length can be bounded.
        prompt_version: of the prompts, and so of the request that it is asked again with.
        problem: why the answer before this one could not be used; None where it could.
        part: the part of a mixture whose model is to answer; None for the speaker's own.
        logprobs: of how many of the likeliest first tokens the probabilities are wanted, in place
            of a text; None wants a text. The answer is a JSON object then, of each token and its
            log-probability in nats, the likeliest first.
    """

    messages: tuple[Message, ...] = ()
    schema: Mapping[str, Any] | None = field(default=None, hash=False)
    replies: int = 1
    prompt_version: prompts.PromptVersion = prompts.LATEST
    problem: str | None = None
    part: str | None = None
    logprobs: int | None = None

    def again(self, text: str | None, error: ParseError) -> Ask:
        """Return the same ask with the unreadable answer and what was wrong with it.

        Args:
            text: the answer; None where it is known to be no whole one.
            error: what was wrong.
        """
        if self.prompt_version == 1 and text is None:
            return replace(self, problem=str(error))
        written = NO_WHOLE_ANSWER if text is None else text[:2000] or "(nothing)"
        wrong = {"role": "assistant", "content": written}
        reason = str(error) if self.prompt_version == 1 else error.told
        request = {"role": "user", "content": prompts.again(reason, self.prompt_version)}
        return replace(self, messages=(*self.messages, wrong, request), problem=str(error))


@dataclass(frozen=True, slots=True)
class Pick:
    """A draw that comes before the reply, such as of the act that the reply is to do.

    Whoever drives the method draws, seeded by identity, and records the draw in the turn's chain.

    Attributes:
        what: what is drawn, such as `act`.
        distribution: what it is drawn from.
        settings: how it is drawn.
        once: whether a dialogue has one such draw, and every turn of it the same; else each turn
            has its own.
    """

    what: str
    distribution: ReplyDistribution
    settings: DrawSettings = AS_STATED
    once: bool = False


T = TypeVar("T")
StepsOf = Generator[Ask | Pick, Any, T]
"""The calls and draws that something needs, and in the end what comes of them.

An `Ask` is answered by a `str`, a `Pick` by a `RecordedDraw`.
"""
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
            answer: str = yield current
            text = answer
            said = without_markup(text, in_json=current.schema is not None)
            if not said and text.strip():
                raise ParseError("nothing was said beside reasoning and markup", text)
            return read(said)
        except ParseError as error:
            if not left:
                raise
            current = ask.again(text, error)
    raise AssertionError("unreachable: the last try returns or raises")
