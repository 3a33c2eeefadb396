"""One llama.cpp server inside this process: loading it, asking it, what it has seen."""

from __future__ import annotations

import json
import os
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from simulate.errors import EndpointError, quote
from simulate.models.processors import free_processors

Message = Mapping[str, str]
CACHE_MIB_PER_SLOT = 512
"""Memory for prompts that a slot has computed and left: some forty with the shipped weights."""


def library() -> Any:
    """Import llama.cpp, which takes a while.

    Raises:
        EndpointError: it does not run here, for instance on a system that is too old.
    """
    # Threads of one server that spin for long while they wait for each other take the time of
    # whatever else wants the processor. Read when the library loads.
    os.environ.setdefault("GOMP_SPINCOUNT", "20000")
    try:
        import xllamacpp
    except ImportError as error:
        raise EndpointError(
            f"the embedded model: llama.cpp (package xllamacpp) cannot be loaded: "
            f"{quote(str(error))}; name another model with --model"
        ) from None
    return xllamacpp


class LlamaServer:
    """A GGUF model in memory, loaded at the first call.

    Args:
        weights: a GGUF file.
        slots: how many requests are decoded at once, in one batch.
        context: tokens that one request may take, prompt and reply together.
        threads: that share the work on each token, at least 1; None: as many as there are free
            processors when it loads.
    """

    def __init__(self, weights: Path, *, slots: int, context: int, threads: int | None) -> None:
        self._weights = weights
        self._slots = slots
        self._context = context
        self._threads = threads
        self._key = secrets.token_hex(16)
        self._seen: set[int] = set()
        self._loading = threading.Lock()
        self._server: Any = None

    def seen(self, messages: Sequence[Message]) -> int:
        """Return how many messages at the beginning are those of an earlier request."""
        return sum(beginning in self._seen for beginning in _beginnings(messages))

    def chat(self, settings: dict[str, Any], receive: Callable[[dict[str, Any]], bool]) -> Any:
        """Answer in chunks until `receive` returns True; an error is returned, or is a chunk."""
        messages = settings["messages"]
        # A prompt of which all is cached is computed by other kernels than a new one, which changes
        # the last digits and so, now and then, a word. Alone in its batch, the same request gets
        # the same text whatever was asked before.
        repeated = self._slots == 1 and self.seen(messages) == len(messages)
        self._seen.update(_beginnings(messages))
        settings = {**settings, "cache_prompt": not repeated}
        return self._loaded().handle_chat_completions(settings, receive)

    def complete(self, settings: dict[str, Any]) -> Any:
        """Return the answer to a plain completion."""
        answers: list[Any] = []

        def receive(answer: Any) -> bool:
            answers.append(answer)
            return False

        failed = self._loaded().handle_completions(settings, receive)
        answer = answers[0] if answers else failed
        return answer[0] if isinstance(answer, list) else answer

    def tokens(self, text: str, *, special: bool) -> list[int]:
        """Ask llama.cpp for the tokens of a text, at its own port on loopback.

        Raises:
            EndpointError: it gives none.
        """
        address = urlsplit(self._loaded().listening_address)
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

    def _loaded(self) -> Any:
        with self._loading:
            if self._server is None:
                params = library().CommonParams()
                params.verbosity = -1
                params.model.path = str(self._weights)
                params.n_parallel = self._slots
                params.n_ctx = self._context * self._slots
                threads = free_processors() if self._threads is None else self._threads
                params.cpuparams.n_threads = threads
                params.cpuparams_batch.n_threads = threads
                params.n_threads_http = 1
                params.cache_ram_mib = CACHE_MIB_PER_SLOT * self._slots
                params.warmup = False
                params.fit_params = False  # the size is known; trying it out doubles the start
                # llama.cpp opens a port of its own on loopback; nobody is told this key.
                params.api_keys = [self._key]
                try:
                    self._server = library().Server(params)
                except (RuntimeError, ValueError) as error:
                    raise EndpointError(
                        f"llama.cpp cannot load {quote(str(self._weights))}: {error}"
                    ) from None
            return self._server


def _beginnings(messages: Sequence[Message]) -> Iterator[int]:
    """Yield a hash of the first message, of the first two, and so on."""
    so_far = 0
    for message in messages:
        so_far = hash((so_far, message["role"], message["content"]))
        yield so_far
