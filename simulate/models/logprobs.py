"""Scoring a text: how likely a model finds it after a prompt.

This is not chat: the prompt goes in as plain text, as a base model reads it. The embedded model can
score, and so can an endpoint whose `/completions` echoes the prompt with log-probabilities (vLLM,
llama-cpp-python and others; most hosted chat models do not).
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from simulate.errors import EndpointError, ModelSpecError, quote
from simulate.models.secrets import Secrets, authorization, find_key, redacted
from simulate.models.spec import default_spec

if TYPE_CHECKING:
    import aiohttp

__all__ = ["EndpointScorer", "TextScore", "TextScorer", "open_scorer"]

TIMEOUT_S = 120.0
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
        base_url: the endpoint, up to and including `/v1`.
        api_key: sent as a bearer token; None sends none.
    """

    def __init__(self, model: str, base_url: str, api_key: str | None = None) -> None:
        self.model = model
        self.name = redacted(f"{model}@{base_url}")
        self._url = f"{base_url.rstrip('/')}/completions"
        self._headers = authorization(api_key, base_url)
        self._secrets = Secrets(api_key, base_url)
        self._free = asyncio.Semaphore(AT_ONCE)
        self._session: aiohttp.ClientSession | None = None

    async def score(self, prompt: str, text: str) -> TextScore:
        """Score a text; see `TextScorer.score`."""
        import aiohttp

        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
            self._session = aiohttp.ClientSession(headers=self._headers, timeout=timeout)
        body = {
            "model": self.model,
            "prompt": prompt + text,
            "max_tokens": 0,
            "echo": True,
            "logprobs": 0,
        }
        try:
            async with self._free, self._session.post(self._url, json=body) as response:
                raw = await response.text()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            why = self._secrets.hidden(str(error)) or type(error).__name__
            raise EndpointError(f"model {self.name}: {quote(why)}") from None
        if response.status != 200:
            told = quote(self._secrets.hidden(raw))
            raise EndpointError(f"model {self.name}: HTTP {response.status}: {told}; {ADVICE}")
        return self._read(raw, len(prompt))

    def _read(self, raw: str, start: int) -> TextScore:
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
        if self._session is not None:
            await self._session.close()
            self._session = None


def open_scorer(
    spec: str | None = None, *, environment: Mapping[str, str] = os.environ
) -> TextScorer:
    """Open the model that a SPEC names, for scoring.

    Args:
        spec: `embedded`, `embedded:FILE.gguf`, `NAME@http://host:port/v1`, or `NAME` for a model
            at `OPENAI_BASE_URL`; None takes `default_spec`.
        environment: where `OPENAI_BASE_URL` and `OPENAI_API_KEY` are looked up.

    Raises:
        ModelSpecError: the SPEC names nothing that could score.
    """
    spec = default_spec(environment) if spec is None else spec
    kind, _, rest = spec.partition(":")
    if spec == "embedded" or (kind == "embedded" and rest):
        from simulate.models.embedded import EmbeddedModel

        return EmbeddedModel(rest or None, slots=1)
    if kind == "scripted":
        raise ModelSpecError(f"model {quote(spec)} plays canned answers and cannot score: {ADVICE}")
    matched = re.match(r"^(.+?)@(https?://.+)$", spec)
    name, url = matched.groups() if matched else (spec, environment.get("OPENAI_BASE_URL"))
    if not url:
        raise ModelSpecError(
            f"model {quote(redacted(spec))}: set OPENAI_BASE_URL, or write "
            f"NAME@http://host:port/v1; {ADVICE}"
        )
    return EndpointScorer(name, url, find_key(environment))


def token_log_probability(answer: Any, token: int) -> float:
    """Read the log-probability of a forced token from an answer of llama.cpp.

    Raises:
        EndpointError: the answer holds none, or of another token.
    """
    try:
        first = answer["choices"][0]["logprobs"]["content"][0]
        if first["id"] == token:
            return float(first["logprob"])
    except (LookupError, TypeError, ValueError):
        pass
    raise EndpointError(f"llama.cpp gives no log-probability: {quote(str(answer))}")
