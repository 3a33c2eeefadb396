"""The wire to an endpoint: one aiohttp session, one limit, one way to try again.

Whatever goes to an endpoint (chat completions, log-probabilities, embeddings) goes through here.
Faults that may pass (408, 409, 429, 5xx, resets, time-outs, a body that is not the protocol) are
tried again with jittered exponential backoff, bounded in number and time, and `Retry-After` is
honoured.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypedDict, TypeVar
from urllib.parse import urlsplit

from simulate.errors import EndpointError, ModelError, ProtocolError
from simulate.models.concurrency import Limit
from simulate.models.failures import PassingFaultError, failure, quoted
from simulate.models.http import read_body
from simulate.models.secrets import Secrets, authorization, secrets_in
from simulate.models.spec import host_of

if TYPE_CHECKING:
    import aiohttp

# Retries are counted and shown; without a handler Python would print each of stamina's records.
logging.getLogger("stamina").addHandler(logging.NullHandler())

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))

T = TypeVar("T")


@dataclass(slots=True)
class Called(Generic[T]):
    """A call, while it is made and afterwards.

    Attributes:
        started: when, on `time.perf_counter`, in s.
        answer: what the attempt that succeeded returned.
        attempts: how many it took.
        waited_s: seconds spent waiting for room at the host.
        latency_s: seconds that it took in all, without those.
        deadline: ends it; stands still while it waits for room.
    """

    started: float
    answer: T = field(init=False)
    attempts: int = 1
    waited_s: float = 0.0
    latency_s: float = 0.0
    deadline: asyncio.Timeout | None = None

    async def waiting(self, room: Awaitable[int]) -> int:
        """Wait for room."""
        began = time.perf_counter()
        if self.deadline is None or (ends := self.deadline.when()) is None:
            sent_in = await room
        else:
            loop = asyncio.get_running_loop()
            left = ends - loop.time()
            self.deadline.reschedule(None)
            sent_in = await room
            self.deadline.reschedule(loop.time() + left)
        self.waited_s += time.perf_counter() - began
        return sent_in


class WireSettings(TypedDict, total=False):
    """How long an endpoint is waited for.

    Attributes:
        timeout_s: seconds that one attempt may take; by default 120.
        retries: how often a passing fault is tried again; by default 7.
        total_timeout_s: seconds after which a call is not tried again; by default 300.
        deadline_s: seconds after which a call is broken off by a `TimeoutError`, not counting the
            wait for room at the host; by default none.
        backoff_s: seconds before the first retry; doubles from retry to retry, with jitter.
        backoff_max_s: the longest wait between two attempts, in seconds, where the endpoint names
            none; by default 20.
        connections: how many requests are open at most; fewer where the endpoint bears fewer.
    """

    timeout_s: float
    retries: int
    total_timeout_s: float
    deadline_s: float | None
    backoff_s: float
    backoff_max_s: float
    connections: int


class Wire:
    """The way to one endpoint.

    Args:
        base_url: the endpoint, up to and including `/v1`. Credentials in it are sent by basic
            authentication, in place of the key.
        api_key: sent as a bearer token; None sends none. It is never written anywhere, also where
            the endpoint says it back.
        name: how the model behind it is called in messages; must hold no secret.
        settings: see `WireSettings`.

    Attributes:
        host: name and port of the endpoint's host; see `host_of`.
        limit: how much is sent there; wires to one host can share it.
        secrets: what was sent there and must stand in no text.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str | None,
        name: str,
        *,
        timeout_s: float = 120.0,
        retries: int = 7,
        total_timeout_s: float = 300.0,
        deadline_s: float | None = None,
        backoff_s: float = 0.25,
        backoff_max_s: float = 20.0,
        connections: int = 1024,
    ) -> None:
        self.name = name
        self.limit = Limit(connections)
        self.secrets = Secrets([api_key, *secrets_in(base_url)])
        self._base = urlsplit(base_url)
        self.host = host_of(base_url)
        # Credentials in the URL go before the key.
        self._headers = {"Content-Type": "application/json", **authorization(api_key, base_url)}
        self._timeout_s = timeout_s
        self._retries = retries
        self._total_timeout_s = total_timeout_s
        self._deadline_s = deadline_s
        self._backoff_s = backoff_s
        self._backoff_max_s = backoff_max_s
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None
        self._served = False

    def url(self, path: str) -> str:
        """Return the address of a path such as `/embeddings` at the endpoint."""
        return self._base._replace(path=self._base.path.rstrip("/") + path).geturl()

    async def call(self, attempt: Callable[[], Awaitable[T]], tokens: int = 0) -> Called[T]:
        """Make a call, as soon as the endpoint has room for it, and again where that may help.

        Args:
            attempt: sends the request once, by `post`, and reads the answer.
            tokens: what the call is expected to take, for the pace.

        Raises:
            EndpointError: no request can succeed as things stand.
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
        try:
            called.answer = await self._once(called, attempt, tokens)
        except PassingFaultError as fault:
            await self._again(called, attempt, tokens, fault)
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
            if not isinstance(error, PassingFaultError) or (not self._served and attempts > 2):
                return False
            return error.wait_s if error.wait_s is not None else True

        try:
            async for each in stamina.retry_context(
                on=wait,
                attempts=self._retries + 1,
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
            if not self._served:
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
            if fault.pressed:
                limit.pressed(sent_in, fault.wait_s)
            else:
                limit.leave(sent_in)
            raise
        except BaseException:
            limit.leave(sent_in)
            raise
        limit.leave(sent_in)
        return answer

    async def post(self, url: str, body: Any, advice: str = "") -> bytes:
        """Send a request once and return the body of its answer.

        Args:
            url: an address at the endpoint; see `url`.
            body: JSON data.
            advice: is said where there is no such address.

        Raises:
            RefusedError: the endpoint refuses what the request says.
            PassingFaultError: another attempt may help.
            EndpointError: no request can succeed as things stand.
            ContentFilteredError: the prompt was held back.
            ProtocolError: the body is too long.
        """
        import aiohttp

        session = self._session or self._opened()
        data = _ENCODER.encode(body).encode()
        try:
            async with session.post(url, data=data, allow_redirects=False) as response:
                raw = await read_body(response, ProtocolError, "the endpoint's body")
                if response.status == 200:
                    return raw
        except aiohttp.ClientConnectorError as error:
            raise PassingFaultError(f"cannot connect ({error.os_error})") from None
        except TimeoutError:
            raise PassingFaultError(
                f"no answer within {self._timeout_s:g} s", pressed=True
            ) from None
        except aiohttp.InvalidURL as error:
            why = self.quoted(str(error))
            raise EndpointError(f"model {self.name}: not a URL: {why}") from None
        except (aiohttp.ClientError, ConnectionError) as error:
            why = self.quoted(str(error) or type(error).__name__)
            raise PassingFaultError(f"the connection broke ({why})") from None
        raise failure(response, raw, self.name, self.secrets, advice)

    def quoted(self, what: str | bytes) -> str:
        """Quote what the endpoint says, without secrets."""
        return quoted(what, self.secrets)

    def _opened(self) -> aiohttp.ClientSession:
        import aiohttp

        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._connections),
            timeout=aiohttp.ClientTimeout(total=self._timeout_s),
            headers=self._headers,
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self._session

    async def aclose(self) -> None:
        """Close the connections; what the endpoint bears is kept."""
        if self._session is not None:
            await self._session.close()
            self._session = None
