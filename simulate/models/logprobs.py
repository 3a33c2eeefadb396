"""Scoring a text: how likely a model finds it after a prompt.

This is not chat: the prompt goes in as plain text, as a base model reads it. The embedded model can
score, and so can an endpoint whose `/completions` echoes the prompt with log-probabilities (vLLM,
llama-cpp-python and others; most hosted chat models do not).
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from simulate.errors import EndpointError
from simulate.models.connection import Connection
from simulate.models.failures import RefusedError

AT_ONCE = 16
ADVICE = (
    "typicality needs a model that returns log-probabilities of a given text: take embedded, or an "
    "endpoint whose /completions takes echo and logprobs"
)


@dataclass(frozen=True, slots=True)
class TextScore:
    """How likely a text is.

    Attributes:
        log_probability: ln p(text | prompt), in nats, summed over the text's tokens; ≤ 0.
        tokens: how many tokens the text has, ≥ 1.
    """

    log_probability: float
    tokens: int


class TextScorer(Protocol):
    """Anything that scores a text; apart from `ChatModel`, since few models can."""

    @property
    def name(self) -> str:
        """The model's SPEC without secrets."""
        ...

    async def score(self, prompt: str, text: str) -> TextScore:
        """Return how likely the text is after the prompt.

        Raises:
            EndpointError: the model cannot score, or cannot be reached.
        """
        ...

    async def aclose(self) -> None:
        """Give back connections, threads and memory."""
        ...


class EndpointScorer:
    """An OpenAI-compatible `/completions` endpoint with `echo` and `logprobs`.

    Args:
        model: the model's name at the endpoint.
        connection: the way to the endpoint.
    """

    def __init__(self, model: str, connection: Connection) -> None:
        self.name = connection.name
        self.connection = connection
        self._model = model
        self._free = asyncio.Semaphore(AT_ONCE)

    async def score(self, prompt: str, text: str) -> TextScore:
        """Score a text; see `TextScorer.score`.

        Raises:
            EndpointError: the model cannot score, or cannot be reached.
            ModelError: a passing fault did not pass.
        """
        body = {
            "model": self._model,
            "prompt": prompt + text,
            "max_tokens": 0,
            "echo": True,
            "logprobs": 0,
        }
        try:
            async with self._free:
                post = partial(self.connection.post, "/completions", body, f"; {ADVICE}")
                called = await self.connection.call(post)
        except RefusedError as refused:
            raise EndpointError(f"model {self.name}: {refused.told}; {ADVICE}") from None
        return self._read(called.answer, len(prompt))

    def _read(self, raw: bytes, start: int) -> TextScore:
        """Add up the log-probabilities of the tokens that begin at or after the text's start."""
        try:
            found = json.loads(raw)["choices"][0]["logprobs"]
            logs = [
                float(log)
                for log, at in zip(found["token_logprobs"], found["text_offset"], strict=True)
                if at >= start and log is not None
            ]
        except (ValueError, LookupError, TypeError):
            logs = []
        if not logs:
            raise EndpointError(f"model {self.name} returns no log-probabilities: {ADVICE}")
        return TextScore(sum(logs), len(logs))

    async def aclose(self) -> None:
        """Close the connections."""
        await self.connection.aclose()
