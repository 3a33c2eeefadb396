"""What a chat model is: one method that turns a request into a reply.

Everything that answers in this package (an endpoint, the embedded model, canned answers) is a
`ChatModel`, and so is anything a user writes with the same two methods and two attributes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from simulate.record import record

if TYPE_CHECKING:
    from openai import AsyncOpenAI

StopReason = Literal["stop", "length", "reasoning"]
"""Why the model stopped: it was done; it ran into the token limit; or it came, for whatever reason,
to an end while it only reasoned, so that there is no text."""


@record(frozen=True, slots=True)
class ChatRequest:
    """One request for a reply.

    Attributes:
        messages: each with `role` and `content`, oldest first.
        schema: JSON Schema that the reply's text should follow; None asks for plain text.
        replies: how many replies the text holds, at least 1; bounds its length where no
            `max_tokens` is given.
        max_tokens: the longest reply in tokens; None leaves it to the model.
        temperature: sampling temperature; None leaves it to the model.
        top_p: nucleus sampling; None leaves it to the model.
        seed: sent along where the model takes one, 0 ≤ seed < 2³¹.
        tools: tools that the model may call, as the chat-completions protocol has them.
        top_logprobs: of how many of the likeliest first tokens the log-probabilities are wanted,
            1 to 20; None wants none.
        dialogue: whose call it is, by its place in the run file; None of none. It is not sent, and
            no part of what is asked.
    """

    messages: Sequence[Mapping[str, str]]
    schema: Mapping[str, Any] | None = field(default=None, hash=False)
    replies: int = 1
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None
    tools: Sequence[Mapping[str, Any]] = field(default=(), hash=False)
    top_logprobs: int | None = None
    dialogue: int | None = field(default=None, compare=False)


@record(frozen=True, slots=True)
class Usage:
    """Tokens of one call, as the model counts them; 0 where it does not say.

    Attributes:
        prompt_tokens: what was asked, ≥ 0.
        cached_tokens: how many of those were cached.
        completion_tokens: what was answered, ≥ 0.
        estimated: whether some of them are estimates, for an endpoint that does not count.
    """

    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    estimated: bool = False

    def __add__(self, other: Usage) -> Usage:
        """Return the tokens of both."""
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.cached_tokens + other.cached_tokens,
            self.completion_tokens + other.completion_tokens,
            self.estimated or other.estimated,
        )


@record(frozen=True, slots=True)
class ChatReply:
    """One reply.

    Attributes:
        text: what the model wrote, without its reasoning.
        finish: why it stopped.
        usage: tokens spent, also by earlier answers to the request that could not be used.
        latency_s: seconds from the request to the reply, retries and the waits between them
            included, waiting for room under the limits of the host left out.
        attempts: how often the request was sent until this reply came, at least 1.
        cost_usd: what it cost; None where the price is unknown.
        tool_calls: the tools that it calls, as the protocol has them; only where some were offered.
        served_model: the name of the model that answered, as the endpoint says it; None where it
            does not say.
        fingerprint: what the endpoint calls the configuration that answered (`system_fingerprint`);
            None where it does not say.
        top_logprobs: the likeliest first tokens, each with the logarithm of its probability in
            nats, ≤ 0; None where none were asked for, or none came.
    """

    text: str
    finish: StopReason = "stop"
    usage: Usage = field(default_factory=Usage)
    latency_s: float = 0.0
    attempts: int = 1
    cost_usd: float | None = None
    tool_calls: tuple[Any, ...] = field(default=(), hash=False)
    served_model: str | None = None
    fingerprint: str | None = None
    top_logprobs: Mapping[str, float] | None = field(default=None, hash=False)


@dataclass(frozen=True, slots=True)
class Learnt:
    """Something that an endpoint refuses, learnt from its answer.

    Attributes:
        model: the model's name.
        what: the refused setting, such as `temperature`.
        told: what the endpoint said, shortened.
        instead: what is done about it.
    """

    model: str
    what: str
    told: str
    instead: str = "going on without it"

    @property
    def sentence(self) -> str:
        """What is said of it, wherever it is said."""
        return f"{self.model} refuses {self.what}; {self.instead} ({self.told})"


@dataclass(frozen=True, slots=True)
class Noticed:
    """Something odd about an endpoint's answers that whoever reads the results should know.

    Attributes:
        model: the model's name.
        what: what was noticed, in a few words such as `no usage`; told once for each model.
        told: the whole sentence.
    """

    model: str
    what: str
    told: str


class ChatModel(Protocol):
    """Anything that answers chat requests."""

    @property
    def name(self) -> str:
        """The model's SPEC without secrets; it names the model in files and messages."""
        ...

    @property
    def concurrency(self) -> int:
        """How many calls at once serve this model best where the user does not say."""
        ...

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Answer a request.

        Raises:
            ModelError: no usable reply came.
        """
        ...

    async def aclose(self) -> None:
        """Give back connections, threads and memory."""
        ...


AnyModel = str | ChatModel | tuple["AsyncOpenAI", str]
"""What names a model: its SPEC; a model; or a client object of the `openai` package (`AsyncOpenAI`
or `AsyncAzureOpenAI`) with the model's name there."""
