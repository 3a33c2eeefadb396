"""A connection to an endpoint: one limit, one way to try again, whatever sends the requests.

Whatever goes to an endpoint (chat completions, log-probabilities, embeddings) goes through here.
Faults that may pass (408, 409, 429, 5xx, resets, time-outs, a body that is not the protocol) are
tried again with jittered exponential backoff, bounded in number and time; a time to wait that the
endpoint names is kept (`waiting`). A subclass only sends: over aiohttp (`wire`), or through the
`openai` package (`sdk`).
"""

from __future__ import annotations

import asyncio
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypedDict, TypeVar

from simulate.errors import EndpointError, ModelError
from simulate.local_faults import local_fault
from simulate.models.called import Called
from simulate.models.concurrency import Limit
from simulate.models.failures import PassingFaultError, Response, failure, long_wait
from simulate.models.http import LONGEST_WAIT_S
from simulate.models.secrets import KEY_VARIABLE
from simulate.models.spec import host_of

# Retries are counted and shown; without a handler Python would print each of stamina's records.
logging.getLogger("stamina").addHandler(logging.NullHandler())

TIMEOUT_S = 120.0
"""Seconds that one attempt may take."""
CONNECTIONS = 1024
"""Requests that are open at a host at once, where nobody asks for more."""

T = TypeVar("T")


class ConnectionSettings(TypedDict, total=False):
    """How an endpoint is called, and how long it is waited for.

    Attributes:
        timeout_s: seconds that one attempt may take; by default 120.
        retries: how often a passing fault is tried again; by default 7. Twice only where the
            endpoint has never served; as long as `total_timeout_s` where it then says that it is
            busy, or is not ready yet.
        total_timeout_s: seconds after which a call is not tried again; by default 300.
        deadline_s: seconds after which a call is broken off by a `TimeoutError`, not counting the
            wait for room at the host; by default none.
        backoff_s: seconds before the first retry; doubles from retry to retry, with jitter.
        backoff_max_s: the longest wait between two attempts, in seconds, where the endpoint names
            none; by default 20.
        connections: how many requests are open at most; fewer where the endpoint bears fewer.
        body: further fields of every request; what a request says itself goes before them.
        key_variable: the environment variable that a message about the key names.
    """

    timeout_s: float
    retries: int
    total_timeout_s: float
    deadline_s: float | None
    backoff_s: float
    backoff_max_s: float
    connections: int
    body: Mapping[str, Any]
    key_variable: str


class Connection(ABC):
    """A connection to one endpoint.

    Args:
        base_url: the endpoint, up to and including `/v1`.
        name: how the model behind it is called in messages; must hold no secret.
        settings: see `ConnectionSettings`.

    Attributes:
        url: the endpoint; may hold secrets.
        host: name and port of its host; see `host_of`.
        limit: how much is sent there; connections to one host can share it.
        recorded: what a run file holds of the settings; see `ModelSettings.recorded`.
        body: further fields of every request; None for none.
        key_variable: the environment variable that a message about the key names.
    """

    def __init__(
        self,
        base_url: str,
        name: str,
        *,
        timeout_s: float = TIMEOUT_S,
        retries: int = 7,
        total_timeout_s: float = 300.0,
        deadline_s: float | None = None,
        backoff_s: float = 0.25,
        backoff_max_s: float = 20.0,
        connections: int = CONNECTIONS,
        body: Mapping[str, Any] | None = None,
        key_variable: str = KEY_VARIABLE,
    ) -> None:
        self.url = base_url
        self.name = name
        self.host = host_of(base_url)
        self.limit = Limit(connections)
        self.recorded: dict[str, Any] = {}
        self._timeout_s = timeout_s
        self._retries = retries
        self._total_timeout_s = total_timeout_s
        self._deadline_s = deadline_s
        self._backoff_s = backoff_s
        self._backoff_max_s = backoff_max_s
        self._connections = connections
        self.body = body
        self.key_variable = key_variable
        self._served = False
        _load_retries()

    @abstractmethod
    async def _send(self, path: str, body: Any) -> Response:
        """Send a request once.

        Raises:
            PassingFaultError: no answer came.
            EndpointError: no request can be sent.
            ProtocolError: the answer's body is too long.
        """

    @abstractmethod
    async def aclose(self) -> None:
        """Close what was opened; what the endpoint bears is kept."""

    async def post(self, path: str, body: Any, advice: str = "") -> bytes:
        """Send a request once and return the body of its answer.

        Args:
            path: a path at the endpoint, such as `/embeddings`.
            body: JSON data.
            advice: is said where there is no such address.

        Raises:
            RefusedError: the endpoint refuses what the request says.
            PassingFaultError: another attempt may help.
            EndpointError: no request can succeed as things stand.
            ContentFilteredError: the prompt was held back.
            QuotaReachedError: it serves nothing more until it is paid, or for a long time.
            ProtocolError: the body is too long.
        """
        if self.body:
            body = {**self.body, **body}
        response = await self._send(path, body)
        if response.status in (200, 201, 202, 203):
            return response.body
        raise self._failure(response, body, advice)

    def failure_in(self, error: bytes, sent: Any) -> Exception:
        """Return what an error means that came with a status of success.

        Args:
            error: its JSON.
            sent: the body of the request.
        """
        return self._failure(Response(200, "OK", {}, error, self.url), sent)

    def _failure(self, response: Response, sent: Any, advice: str = "") -> Exception:
        return failure(response, self.name, sent, advice, self.key_variable)

    async def call(self, attempt: Callable[[], Awaitable[T]], tokens: int = 0) -> Called[T]:
        """Make a call, as soon as the endpoint has room for it, and again where that may help.

        Args:
            attempt: sends the request once, by `post`, and reads the answer.
            tokens: what the call is expected to take, for the pace.

        Raises:
            EndpointError: no request can succeed as things stand.
            QuotaReachedError: the endpoint serves nothing more for now.
            ModelError: a passing fault did not pass.
            TimeoutError: the call took longer than `deadline_s`.
        """
        called: Called[T] = Called(time.perf_counter())
        if self._deadline_s is None:
            await self._made(called, attempt, tokens)
        else:
            async with asyncio.timeout(self._deadline_s) as called.deadline:
                await self._made(called, attempt, tokens)
        called.latency_s = time.perf_counter() - called.started - called.waited_s
        return called

    async def _made(
        self, called: Called[T], attempt: Callable[[], Awaitable[T]], tokens: int
    ) -> None:
        first: PassingFaultError | None = None
        try:
            called.answer = await self._once(called, attempt, tokens)
        except PassingFaultError as fault:
            first = fault
        if first is not None:  # what goes wrong later is not a consequence of it
            await self._again(called, attempt, tokens, first)
        self._served = True

    async def _again(
        self,
        called: Called[T],
        attempt: Callable[[], Awaitable[T]],
        tokens: int,
        first: PassingFaultError,
    ) -> None:
        """Try again after a first fault, with backoff; kept off the path of a call that works."""
        import stamina

        attempts = 0

        def wait(error: Exception) -> bool | float:
            if not isinstance(error, PassingFaultError):
                return False
            if not self._served and not error.pressed:  # nobody may be there, unless one answered
                return attempts <= (self._retries if error.answered else min(self._retries, 2))
            if self._served and attempts > self._retries:
                return False
            return True if error.wait_s is None else min(error.wait_s, LONGEST_WAIT_S)

        try:
            async for each in stamina.retry_context(
                on=wait,
                attempts=None,
                timeout=self._total_timeout_s,
                wait_initial=self._backoff_s,
                wait_max=self._backoff_max_s,
                wait_jitter=2 * self._backoff_s,
            ):
                with each:
                    attempts += 1
                    if attempts == 1:
                        raise first
                    called.answer = await self._once(called, attempt, tokens)
        except PassingFaultError as error:
            if not (self._served or error.answered):
                raise EndpointError(f"model {self.name}: {error}, {attempts} times") from None
            seconds = time.perf_counter() - called.started
            failed = ModelError(f"{error}; given up after {attempts} attempts in {seconds:.0f} s")
            failed.attempts = attempts
            raise failed from None
        except ModelError as error:
            error.attempts = attempts
            raise
        called.attempts = attempts

    async def _once(self, called: Called[T], attempt: Callable[[], Awaitable[T]], tokens: int) -> T:
        """Make one attempt when the limit has room for it."""
        limit = self.limit
        sent_in = await called.waiting(limit.enter(tokens))
        try:
            answer = await attempt()
        except PassingFaultError as fault:
            asked_s = fault.wait_s
            if asked_s is not None and asked_s > self._total_timeout_s:
                limit.leave(sent_in)
                raise long_wait(fault, self.name) from None
            if fault.pressed or local_fault(fault) is not None:
                limit.pressed(sent_in, None if asked_s is None else min(asked_s, LONGEST_WAIT_S))
            else:
                limit.leave(sent_in)
            raise
        except BaseException:
            limit.leave(sent_in)
            raise
        limit.leave(sent_in)
        return answer


def _load_retries() -> None:
    """Load what a retry needs: where no file can be opened any more, nothing can be imported."""
    from stamina.instrumentation import get_on_retry_hooks

    get_on_retry_hooks()
