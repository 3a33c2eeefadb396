"""One HTTP client for all sessions of a target.

A message that is sent twice may act twice, so nothing is sent again but what the service turned
away at the door: 429 and 503 with `Retry-After`, a few times, within the time of the turn.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from simulate.errors import TargetError, TargetReplyError, TargetUnreachableError
from simulate.models.http import LONGEST_BODY, LONGEST_WAIT_S, read_body, said_wait_s
from simulate.targets.exchange import KEPT, Exchange
from simulate.targets.redaction import Label
from simulate.targets.turn_buffer import Heard

if TYPE_CHECKING:
    import aiohttp

RETRIES = 3
CLOSING_S = 1.0
"""Seconds that the other end of a WebSocket has to close it too."""
FORM = "application/x-www-form-urlencoded"
KEPT_ALIVE_S = 2.0
"""Seconds that an idle connection is kept: less than any server does, for one that the server
closes while a message is on its way would be a finding about the client."""


@dataclass(slots=True)
class Outgoing:
    """A request that is filled in.

    Attributes:
        what: what it is called in messages, such as `set_up`; empty for a turn.
        method: the HTTP method.
        url: the address.
        headers: the headers.
        body: JSON data, or a text that goes as it is under a `Content-Type` of its own, or what a
            form holds; None sends none.
        begins: whether a turn or a set-up begins with it, on the clock and in attempts.
        jar: keeps the cookies of a session, or None.
        renewed: returns the request with a new token, once, for one that is refused.
    """

    what: str
    method: str
    url: str
    headers: Mapping[str, str]
    body: Any = None
    begins: bool = True
    jar: aiohttp.CookieJar | None = None
    renewed: Callable[[], Awaitable[Outgoing]] | None = None

    def exchange(self, what: str) -> Exchange:
        """Return what is shown of it; the body is told where it is sent."""
        return Exchange(what, self.method, self.url, dict(self.headers))

    def encoded(self) -> tuple[dict[str, str], bytes | None]:
        """Return headers and body as they are sent."""
        from yarl import URL

        headers = dict(self.headers)
        if self.jar is not None and (cookies := self.jar.filter_cookies(URL(self.url))):
            own = next((headers.pop(k) for k in list(headers) if k.lower() == "cookie"), None)
            sent = [f"{name}={cookie.coded_value}" for name, cookie in cookies.items()]
            headers["Cookie"] = "; ".join([*([own] if own else []), *sent])
        if self.body is None:
            return headers, None
        given = next((v for k, v in headers.items() if k.lower() == "content-type"), None)
        if given is None:
            headers["Content-Type"] = "application/json"
        elif isinstance(self.body, str) and "json" not in given.lower():
            return headers, self.body.encode("utf-8", "replace")
        elif isinstance(self.body, Mapping) and given.lower().startswith(FORM):
            return headers, urlencode(_form(self.body), doseq=True).encode()
        return headers, json.dumps(self.body, ensure_ascii=False).encode("utf-8", "replace")


class HttpClient:
    """A client for one target; belongs to one event loop.

    Args:
        label: the target's.
    """

    def __init__(self, label: Label) -> None:
        self._label = label
        self._session: aiohttp.ClientSession | None = None

    def jar(self) -> aiohttp.CookieJar:
        """Return a jar for the cookies of one session."""
        import aiohttp

        return aiohttp.CookieJar(unsafe=True)

    @property
    def session(self) -> aiohttp.ClientSession:
        """The session that all requests and connections go through."""
        if self._session is None:
            import aiohttp

            tracing = aiohttp.TraceConfig()
            tracing.on_request_redirect.append(_refuse_redirect)
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEPT_ALIVE_S),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
                cookie_jar=aiohttp.DummyCookieJar(),
                trace_configs=[tracing],  # the opening of a WebSocket would follow redirects
            )
        return self._session

    @asynccontextmanager
    async def sent(
        self, request: Outgoing, heard: Heard, shown: Exchange
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send a request; the answer is there to be read within the `with` block.

        What is sent is put into `shown`, and so is what the answer says of itself, and the text of
        one that is an error.

        Raises:
            TargetUnreachableError: nobody is there.
            TargetReplyError: the status is an error, or the connection breaks.
        """
        attempts = 0
        while True:
            try:
                headers, data = request.encoded()
            except (TypeError, ValueError, RecursionError) as error:
                raise self._error(TargetError, request, f"its body is not JSON: {error}") from None
            shown.headers, shown.body = headers, (data or b"").decode()
            attempts += 1
            if request.begins:
                heard.attempts = attempts
                heard.sent = time.perf_counter()
            with self._told(request, heard):
                async with self.session.request(
                    request.method, request.url, headers=headers, data=data, allow_redirects=False
                ) as response:
                    shown.status, shown.answer_headers = where(response), dict(response.headers)
                    if request.jar is not None:
                        request.jar.update_cookies(response.cookies, response.url)
                    renewed = request.renewed if response.status == 401 else None
                    wait_s = _wait_s(response, attempts, heard.until)
                    if wait_s is None and renewed is None:
                        logged_in = request.jar is not None and response.status in (302, 303)
                        if not 200 <= response.status < 300 and not (
                            logged_in and request.what.startswith("set_up")
                        ):
                            raise await self._refused(request, response, attempts, shown)
                        yield response
                        return
            # Turned away before it was looked at.
            if renewed is not None:
                request = await renewed()
            await asyncio.sleep(wait_s or 0)

    async def connected(self, request: Outgoing) -> aiohttp.ClientWebSocketResponse:
        """Open a WebSocket; one that a token is refused for is opened with a new one.

        Raises:
            TargetUnreachableError: nobody is there.
            TargetReplyError: there is no WebSocket there.
        """
        import aiohttp

        try:
            return await self.session.ws_connect(
                request.url,
                headers=request.encoded()[0],
                max_msg_size=LONGEST_BODY,
                timeout=aiohttp.ClientWSTimeout(ws_close=CLOSING_S),
            )
        except aiohttp.WSServerHandshakeError as error:
            if error.status != 401 or request.renewed is None:
                why = self._label.quoted(error.message)
                told = f"answers HTTP {error.status} where a WebSocket should begin ({why})"
                check = "check the URL and the headers"
                raise self._error(TargetReplyError, request, f"{told}; {check}") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise self._unreachable(request, error) from None
        return await self.connected(await request.renewed())

    async def aclose(self) -> None:
        """Close the connections."""
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()

    @contextmanager
    def _told(self, request: Outgoing, heard: Heard) -> Iterator[None]:
        """Turn the client's exceptions into errors of the target."""
        import aiohttp

        quoted = self._label.quoted
        try:
            yield
        except (aiohttp.ClientConnectorError, aiohttp.ClientSSLError) as error:
            raise self._unreachable(request, error) from None
        except aiohttp.InvalidURL:
            told = "its URL, filled in, is none"
            raise self._error(TargetUnreachableError, request, told) from None
        except (aiohttp.ClientError, OSError) as error:
            why = str(error) or type(error).__name__
            told = f"the connection broke amid the turn ({quoted(why)}); {heard.so_far()}"
            raise self._error(TargetReplyError, request, told) from None
        except ValueError as error:  # such as credentials in the URL and in a header
            told = f"cannot be sent: {quoted(str(error))}"
            raise self._error(TargetError, request, told) from None

    def _unreachable(self, request: Outgoing, error: Exception) -> TargetError:
        why = getattr(error, "os_error", None) or str(error) or type(error).__name__
        told = f"cannot connect ({self._label.quoted(str(why))})"
        check = "check that it is running and the URL is right"
        return self._error(TargetUnreachableError, request, f"{told}; {check}")

    async def _refused(
        self,
        request: Outgoing,
        response: aiohttp.ClientResponse,
        attempts: int,
        shown: Exchange,
    ) -> TargetError:
        body = await body_text(response, self._label)
        shown.answer = body[:KEPT]
        told = f"answers {shown.status}" + (f" {attempts} times" if attempts > 1 else "")
        if response.status == 409 and request.what.startswith("set_up"):
            told += ", so the session is in use already"
        if 300 <= response.status < 400:
            to = self._label.quoted(response.headers.get("Location", ""))
            told += f" to {to}; redirects are not followed, set the URL to the address meant"
        elif body.strip():
            told += f": {self._label.quoted(body)}"
        return self._error(TargetReplyError, request, told)

    def _error(self, kind: type[TargetError], request: Outgoing, told: str) -> TargetError:
        what = f"{request.what}: " if request.what else ""
        return self._label.error(kind, what + told)


async def _refuse_redirect(session: Any, context: Any, redirect: Any) -> None:
    """Keep headers, which may be secret, from going where the user has not sent them."""
    import aiohttp

    to = redirect.response.headers.get("Location", "")
    raise aiohttp.ClientError(
        f"HTTP {redirect.response.status} to {to}; redirects are not followed, set the URL to the "
        "address meant"
    )


async def body_text(response: aiohttp.ClientResponse, label: Label) -> str:
    """Read a body as text; bytes that are not UTF-8 become U+FFFD.

    Raises:
        TargetReplyError: it is too long.
    """
    raw = await read_body(response, TargetReplyError, f"target {label.name}: the body")
    return raw.decode("utf-8", "replace")


def where(response: aiohttp.ClientResponse) -> str:
    """Return the status of an answer for a message, such as `HTTP 404 Not Found`."""
    try:
        return f"HTTP {response.status} {HTTPStatus(response.status).phrase}"
    except ValueError:
        return f"HTTP {response.status}"


def _wait_s(response: aiohttp.ClientResponse, attempts: int, until: float) -> float | None:
    """Return the seconds to wait before the request is sent again; None where it is not."""
    if response.status not in (429, 503) or attempts > RETRIES:
        return None
    wait_s = said_wait_s(response.headers)
    if wait_s is None:
        return None
    wait_s = min(wait_s, LONGEST_WAIT_S)
    return wait_s if asyncio.get_running_loop().time() + wait_s < until else None


def _form(body: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return what a form holds: texts, numbers and truth values, or lists of them."""
    form = {}
    for name, value in body.items():
        values = value if isinstance(value, list) else [value]
        if any(isinstance(each, dict | list) for each in values):
            raise ValueError(f"{name} is nested, which no form can hold")
        form[name] = [
            each if isinstance(each, str) else json.dumps(each)
            for each in values
            if each is not None
        ]
    return form
