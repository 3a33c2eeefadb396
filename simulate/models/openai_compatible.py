"""A model behind an endpoint that speaks OpenAI's chat completions, over one aiohttp session.

This is the hot path: one JSON dump, one request, one JSON load. Faults that may pass (408, 409,
429, 5xx, resets, time-outs, a body that is not the protocol) are tried again with jittered
exponential backoff, bounded in number and time, and `Retry-After` is honoured. What an endpoint
refuses is learnt (see `refusals`).
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from simulate.errors import (
    ContentFilteredError,
    EndpointError,
    ModelError,
    ProtocolError,
    RequestRefusedError,
    quote,
)
from simulate.models.chat import ChatReply, ChatRequest, Finish, Learnt, Usage
from simulate.models.concurrency import Limit
from simulate.models.http import LONGEST_BODY, read_body, retry_after_s
from simulate.models.prices import Price
from simulate.models.secrets import Secrets, authorization, redacted
from simulate.models.unsupported import Refusals

if TYPE_CHECKING:
    import aiohttp

__all__ = ["LONGEST_BODY", "OpenAICompatible"]

RETRIED_STATUS = frozenset({408, 409, 425, 429, *range(500, 600)})

# Retries are counted and shown; without a handler Python would print each of stamina's records.
logging.getLogger("stamina").addHandler(logging.NullHandler())

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_THINKING = re.compile(r"^\s*<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL)
_THOUGHT = re.compile(r"^.*?</think(?:ing)?>", re.DOTALL)
"""Reasoning without its opening tag, which some chat templates put into the prompt."""

_TRUNCATED = frozenset({"length", "max_tokens", "model_length"})
_SERVES_NOBODY = re.compile(
    r"api key not valid|(?:invalid|incorrect) api[ _]key|invalid model|not a valid model"
    r"|model_not_(?:found|available)|invalid_api_key|unable to access model",
    re.IGNORECASE,
)
"""What some endpoints say with status 400 where others say 401 or 404."""

_LARGEST_COUNT = 2**53


_Answer = tuple[str, Finish, Usage, tuple[Any, ...]]
"""Text, finish reason, usage and tool calls of one answer."""


class _PassingFaultError(Exception):
    """A fault that may be gone when the request is sent again.

    Attributes:
        wait_s: seconds that the endpoint asks to wait; None leaves it to the backoff.
        pressed: whether it says that the endpoint has too much to do.
    """

    def __init__(self, message: str, *, wait_s: float | None = None, pressed: bool = False) -> None:
        super().__init__(message)
        self.wait_s = wait_s
        self.pressed = pressed


class OpenAICompatible:
    """A chat model at an OpenAI-compatible endpoint.

    Args:
        model: the model's name at the endpoint.
        base_url: the endpoint, up to and including `/v1`. Credentials in it are sent by basic
            authentication, in place of the key.
        api_key: sent as a bearer token; None sends none. It is never written anywhere, also where
            the endpoint says it back.
        name: how the model is called in files and messages; must hold no secret.
        timeout_s: seconds that one try may take.
        retries: how often a passing fault is tried again.
        patience_s: seconds that one call may take in all, with its retries.
        backoff_s: seconds before the first retry; doubles from retry to retry, with jitter.
        backoff_max_s: the longest wait between two tries, in seconds, where the endpoint names
            none.
        connections: how many requests are open at most; fewer where the endpoint bears fewer.
        price: what a call costs; None where it is unknown.

    Attributes:
        learns_alone: whether the first request of each shape (which settings it has) goes alone,
            so that a refusal is learnt once and not by every dialogue at the same time.
        host: name and port of the endpoint's host, without credentials.
        limit: how much is sent there; models at one host can share it.
    """

    concurrency = 32
    learns_alone = True

    def __init__(
        self,
        model: str,
        base_url: str,
        api_key: str | None = None,
        *,
        name: str | None = None,
        timeout_s: float = 120.0,
        retries: int = 7,
        patience_s: float = 300.0,
        backoff_s: float = 0.25,
        backoff_max_s: float = 20.0,
        connections: int = 1024,
        price: Price | None = None,
    ) -> None:
        self.model = model
        self.name = name or redacted(f"{model}@{base_url}")
        self.refusals = Refusals()
        self.limit = Limit(connections)
        self.on_learnt: Callable[[Learnt], None] = lambda learnt: None
        parts = urlsplit(base_url)
        self.host = parts.netloc.rpartition("@")[2].lower()
        self._url = parts._replace(path=parts.path.rstrip("/") + "/chat/completions").geturl()
        self._secrets = Secrets(api_key, base_url)
        # Credentials in the URL go before the key.
        self._headers = {"Content-Type": "application/json", **authorization(api_key, base_url)}
        self._timeout_s = timeout_s
        self._retries = retries
        self._patience_s = patience_s
        self._backoff_s = backoff_s
        self._backoff_max_s = backoff_max_s
        self._connections = connections
        self.price = price
        self._session: aiohttp.ClientSession | None = None
        self._served = False
        self._served_shapes: set[tuple[bool, ...]] = set()
        self._learning = asyncio.Lock()

    def knows(self, refused: Iterable[str]) -> None:
        """Take over what an earlier part of the run has learnt about this endpoint."""
        self.refusals = Refusals(refused)

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Answer a request; see `ChatModel.complete`.

        Raises:
            EndpointError: nobody can be served as things stand.
            RequestRefusedError: this request is refused.
            ContentFilteredError: the reply was held back.
            ProtocolError: what comes is not the protocol, time after time.
            ModelError: a passing fault did not pass.
        """
        shape = (
            request.schema is None,
            request.max_tokens is None,
            request.temperature is None,
            request.top_p is None,
            request.seed is None,
            not request.tools,
        )
        # Without any setting there is nothing that could be refused.
        if not self.learns_alone or all(shape) or shape in self._served_shapes:
            return await self._persistently(request)
        async with self._learning:
            if shape not in self._served_shapes:
                reply = await self._persistently(request)
                self._served_shapes.add(shape)
                return reply
        return await self._persistently(request)

    async def aclose(self) -> None:
        """Close the connections; what the endpoint bears is kept."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _persistently(self, request: ChatRequest) -> ChatReply:
        """Answer a request, trying again where that may help."""
        started = time.perf_counter()
        try:
            answer = await self._answered(request)
        except _PassingFaultError as fault:
            return await self._again(request, fault, started)
        self._served = True
        return self._reply(answer, started, 1)

    async def _again(
        self, request: ChatRequest, first: _PassingFaultError, started: float
    ) -> ChatReply:
        """Try again after a first fault, with backoff; kept off the path of a call that works."""
        import stamina

        tries = 0

        def wait(error: Exception) -> bool | float:
            if not isinstance(error, _PassingFaultError) or (not self._served and tries > 2):
                return False
            return error.wait_s if error.wait_s is not None else True

        try:
            async for attempt in stamina.retry_context(
                on=wait,
                attempts=self._retries + 1,
                timeout=self._patience_s,
                wait_initial=self._backoff_s,
                wait_max=self._backoff_max_s,
                wait_jitter=2 * self._backoff_s,
            ):
                with attempt:
                    tries += 1
                    if tries == 1:
                        raise first
                    answer = await self._answered(request)
                    self._served = True
                    return self._reply(answer, started, tries)
        except _PassingFaultError as error:
            if not self._served:
                raise EndpointError(f"model {self.name}: {error}, {tries} times") from None
            seconds = time.perf_counter() - started
            given_up = ModelError(f"{error}; given up after {tries} tries in {seconds:.0f} s")
            given_up.tries = tries
            raise given_up from None
        except ModelError as error:
            error.tries = tries
            raise
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _reply(self, answer: _Answer, started: float, tries: int) -> ChatReply:
        text, finish, usage, calls = answer
        cost = self.price(usage) if self.price is not None else None
        return ChatReply(text, finish, usage, time.perf_counter() - started, tries, cost, calls)

    async def _answered(self, request: ChatRequest) -> _Answer:
        """Send the request when the endpoint has room for it."""
        limit = self.limit
        expected = 0 if limit.pace is None else limit.pace.expected(request)
        sent_in = await limit.enter(expected)
        try:
            answer = await self._tried(request)
        except _PassingFaultError as fault:
            if fault.pressed:
                limit.pressed(sent_in, fault.wait_s)
            else:
                limit.leave(sent_in)
            raise
        except BaseException:
            limit.leave(sent_in)
            raise
        if limit.pace is not None:
            limit.pace.settle(request, expected, answer[2])
        limit.leave(sent_in)
        return answer

    async def _tried(self, request: ChatRequest) -> _Answer:
        """Send the request until no refusal is left to learn from."""
        while True:
            body = self.refusals.body(self.model, request)
            status, reason, retry_after, raw = await self._post(body)
            if status == 200:
                return self._read(raw)
            message, param, code = _error_of(raw, self._secrets)
            said = quote(self._secrets.hidden(reason))[1:-1] if reason else ""
            told = f"HTTP {status} {said}".strip() + (f", {message}" if message else "")
            if status in (400, 413, 422):
                if code == "content_filter":
                    raise ContentFilteredError(
                        f"the endpoint's content filter held the prompt back: {told}"
                    )
                what = self.refusals.learn(body, message, param)
                if what is not None:
                    self.on_learnt(Learnt(self.name, what, told))
                    if self.limit.pace is not None:  # what is sent again counts too
                        self.limit.pace.take(asyncio.get_running_loop().time(), 0)
                    continue
                if _SERVES_NOBODY.search(f"{code} {message}"):
                    raise EndpointError(f"model {self.name}: {told}")
                raise RequestRefusedError(f"the endpoint refuses the request: {told}")
            if status in RETRIED_STATUS and code != "insufficient_quota":
                raise _PassingFaultError(
                    told, wait_s=retry_after_s(retry_after), pressed=status in (429, 503)
                )
            if status in (401, 403):
                raise EndpointError(
                    f"model {self.name}: the endpoint refuses the key ({told}); "
                    "set OPENAI_API_KEY to a key that it accepts"
                )
            if status == 404:
                raise EndpointError(
                    f"model {self.name}: no such model or address ({told}); check the model's "
                    f"name and that {quote(redacted(self._url))} is the endpoint"
                )
            raise EndpointError(f"model {self.name}: {told}")

    async def _post(self, body: dict[str, Any]) -> tuple[int, str | None, str | None, bytes]:
        import aiohttp

        session = self._session or self._opened()
        data = _ENCODER.encode(body).encode()
        try:
            async with session.post(self._url, data=data, allow_redirects=False) as response:
                raw = await read_body(response, ProtocolError, "the endpoint's body")
                return response.status, response.reason, response.headers.get("Retry-After"), raw
        except aiohttp.ClientConnectorError as error:
            raise _PassingFaultError(f"cannot connect ({error.os_error})") from None
        except TimeoutError:
            raise _PassingFaultError(
                f"no answer within {self._timeout_s:g} s", pressed=True
            ) from None
        except aiohttp.InvalidURL as error:
            why = quote(self._secrets.hidden(str(error)))
            raise EndpointError(f"model {self.name}: not a URL: {why}") from None
        except (aiohttp.ClientError, ConnectionError) as error:
            why = self._secrets.hidden(str(error)) or type(error).__name__
            raise _PassingFaultError(f"the connection broke ({quote(why)})") from None

    def _opened(self) -> aiohttp.ClientSession:
        import aiohttp

        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._connections),
            timeout=aiohttp.ClientTimeout(total=self._timeout_s),
            headers=self._headers,
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self._session

    def _read(self, raw: bytes) -> _Answer:
        try:
            data = json.loads(raw)
            choice = data["choices"][0]
            message = choice["message"]
            finish = choice.get("finish_reason")
            content = message.get("content")
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            body = self._secrets.hidden(raw[:20_000].decode("utf-8", "replace"))
            raise _PassingFaultError(f"the body is not a chat completion: {quote(body)}") from None
        if finish == "content_filter":
            raise ContentFilteredError("the endpoint's content filter held the reply back")
        if not content and message.get("refusal"):
            refusal = quote(self._secrets.hidden(str(message["refusal"])))
            raise ContentFilteredError(f"the model refused: {refusal}")
        if isinstance(content, list):
            parts = [
                p.get("text", "")
                for p in content
                if isinstance(p, dict) and p.get("type") not in ("thinking", "reasoning")
            ]
            content = "".join(p for p in parts if isinstance(p, str))
        text = content if isinstance(content, str) else ""
        if "<think" in text[:64]:
            text = _THINKING.sub("", text, count=1).lstrip()
        elif "</think" in text:
            text = _THOUGHT.sub("", text, count=1).lstrip()
        text = self._secrets.hidden_in_reply(text)
        truncated = finish in _TRUNCATED
        calls = message.get("tool_calls")
        return (
            text,
            "length" if truncated else "stop",
            _usage(data.get("usage")),
            tuple(calls) if isinstance(calls, list) else (),
        )


def _usage(data: Any) -> Usage:
    if not isinstance(data, dict):
        return Usage()
    details = data.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else 0
    return Usage(
        _count(data.get("prompt_tokens")), _count(cached), _count(data.get("completion_tokens"))
    )


def _count(value: Any) -> int:
    return value if isinstance(value, int) and 0 <= value <= _LARGEST_COUNT else 0


def _error_of(raw: bytes, secrets: Secrets) -> tuple[str, str | None, str | None]:
    """Return the message, the parameter and the code of an error body."""
    text = raw[:20_000].decode("utf-8", "replace")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return quote(secrets.hidden(text)) if text.strip() else "", None, None
    if isinstance(data, list) and len(data) == 1:
        data = data[0]
    error = data.get("error", data) if isinstance(data, dict) else data
    if isinstance(error, dict):
        message = error.get("message") or error.get("detail") or json.dumps(error)
        said = quote(secrets.hidden(str(message)))
        return said, _text(error.get("param")), _text(error.get("code"))
    return quote(secrets.hidden(str(error))), None, None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
