"""A connection through the `openai` package: a client object of the caller's, or one made here.

Where requests go, with which key, headers and query, through which proxy, how long one attempt may
take and how often a fault is tried again is the client's. What an answer means, how much is sent at
once and how long is waited between attempts is decided as for any other connection: the client
itself sends each request once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Unpack

from simulate.errors import EndpointError, ModelSpecError, ProtocolError
from simulate.models.connection import Connection, ConnectionSettings
from simulate.models.failures import PassingFaultError, Response, quoted
from simulate.models.http import BODY, check_length, joined
from simulate.models.redaction import keep_secret
from simulate.models.secrets import names_secret, secrets_in
from simulate.models.spec import redacted

if TYPE_CHECKING:
    from openai import AsyncOpenAI, RequestOptions


OPENED = 1000
"""Connections that a client of the package opens."""
_ONCE: RequestOptions = {
    "max_retries": 0,
    "follow_redirects": False,
    "headers": {"X-Stainless-Raw-Response": "raw"},
}
"""Each request is sent once, and its answer comes with the headers that were sent, where alone a
token stands that a provider of the client's has made."""


class SDKConnection(Connection):
    """A connection through a client of the `openai` package.

    Args:
        make: makes the client; called again where it is used after it was closed here.
        name: how the model is called in files and messages; the client's URL is put after it.
        keeps_open: whether the client is the caller's, who closes it.
        secrets: what is sent, beside what can be told from the client, and must stand in no text.
        settings: see `ConnectionSettings`; `timeout_s` is the client's, and `connections` are at
            most `OPENED`.

    Raises:
        ModelSpecError: the client is closed.
    """

    def __init__(
        self,
        make: Callable[[], AsyncOpenAI],
        name: str,
        *,
        keeps_open: bool = False,
        secrets: Iterable[str] = (),
        **settings: Unpack[ConnectionSettings],
    ) -> None:
        self._make = make
        self._keeps_open = keeps_open
        client = make()
        if client.is_closed():
            raise ModelSpecError(f"model {name}: its client object is closed; give an open one")
        self._client: AsyncOpenAI | None = client
        url = str(client.base_url).rstrip("/")
        keep_secret([*secrets, *_secrets_of(client)])
        name = f"{name}@{redacted(url)}"
        settings["connections"] = min(settings.get("connections", OPENED), OPENED)
        super().__init__(url, name, **settings)

    async def _send(self, path: str, body: Any) -> Response:
        import openai

        if self._client is None:
            self._client = self._make()
        client, url = self._client, f"{self.url}{path}"
        seconds = None if self._keeps_open else self._timeout_s
        try:
            # The package bounds each wait for more of an answer, and not all of them together.
            async with asyncio.timeout(seconds):
                answer: Any = await client.post(path, cast_to=bytes, body=body, options=_ONCE)
                served = answer.http_response
        except openai.APIStatusError as error:
            refused = error.response
            keep_secret(_secret_headers(refused.request.headers))
            return Response(
                refused.status_code,
                refused.reason_phrase,
                refused.headers,
                refused.content,
                str(refused.url),
            )
        except (openai.APITimeoutError, TimeoutError):
            timeout: Any = client.timeout
            within = seconds or getattr(timeout, "read", timeout)
            raise PassingFaultError(f"no answer within {within} s", pressed=True) from None
        except UnicodeEncodeError:
            raise EndpointError(
                f"model {self.name}: a header, or the key, has a character that is not ASCII, "
                "which the openai package does not send; look at the environment, and at headers"
            ) from None
        except (openai.OpenAIError, RuntimeError) as error:
            cause = error.__cause__ or error
            if isinstance(cause, ProtocolError):
                raise cause from None
            if "event loop" in str(cause).lower():  # it has ended, or it is another
                raise EndpointError(
                    f"model {self.name}: its client object was used in another event loop before; "
                    "each run_sync has one of its own: give each a client of its own, or await "
                    "run in one loop"
                ) from None
            why = quoted(str(cause) or type(cause).__name__)
            if isinstance(error, openai.APIConnectionError):
                raise PassingFaultError(f"cannot connect ({why})") from None
            # No token came, or the client was closed meanwhile.
            raise EndpointError(f"model {self.name}: {why}") from None
        keep_secret(_secret_headers(served.request.headers))
        check_length(len(served.content), ProtocolError, BODY)
        return Response(200, "OK", {}, served.content, url)

    async def aclose(self) -> None:
        """Close the client that was made here."""
        client, self._client = self._client, None
        if client is not None and not self._keeps_open:
            await client.close()


async def read_bounded(response: Any) -> None:
    """Read a body, for a client that is made here; it would read one of any length.

    Args:
        response: of the package's HTTP client.

    Raises:
        ProtocolError: it is longer than `LONGEST_BODY`, counted after decompression.
    """
    # As `aread` leaves it.
    response._content = await joined(response.aiter_bytes(), ProtocolError, BODY)


async def read_error_bounded(response: Any) -> None:
    """Read the body of an answer that is none of success; see `read_bounded`."""
    if response.status_code >= 300:
        await read_bounded(response)


def _secrets_of(client: AsyncOpenAI) -> Iterator[str]:
    yield from secrets_in(str(client.base_url))
    yield client.api_key
    yield from _secret_headers({**client.default_headers, **client.auth_headers})
    yield from (str(v) for k, v in client.default_query.items() if names_secret(k))


def _secret_headers(headers: Mapping[str, Any]) -> Iterator[str]:
    for name, value in headers.items():
        if isinstance(value, str) and names_secret(name):
            yield value
            yield value.removeprefix("Bearer ")
