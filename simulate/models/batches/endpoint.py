"""Files and batches at an endpoint, through the `openai` package: each request is sent once.

What an answer means that is none of success is said as for any other request (`failures`). Bodies
are read as they come, in bounded pieces.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from simulate.errors import EndpointError, ModelError, ProtocolError, one_line
from simulate.models.batches.output import LONGEST_LINE
from simulate.models.failures import (
    PassingFaultError,
    RefusedError,
    Response,
    failure,
    quoted,
)
from simulate.models.http import BODY, joined
from simulate.models.redaction import hidden
from simulate.models.secrets import AUTHORIZATION

if TYPE_CHECKING:
    from openai import AsyncAPIResponse, AsyncOpenAI

TRANSFER_S = 900.0
"""Seconds that sending a file of requests, or reading one of answers, may take."""
ANSWER_S = 60.0
"""Seconds that any other request may take."""
PAGES = 20
"""How many pages of an account's latest batches are looked through, of 100 each."""
LONGEST_NAME = 200
UNREADABLE = b"?"
"""Stands for a line that is too long."""
NO_BATCHES = (404, 405, 501)
"""What endpoints without batches answer."""

MakeClient = Callable[[], "AsyncOpenAI"]


class GoneError(Exception):
    """What is asked for is not there any more."""


@dataclass(frozen=True, slots=True)
class Status:
    """How a batch stands.

    Attributes:
        id: what the endpoint calls it.
        state: what the endpoint says of it; `validating`, `in_progress` and any other word that is
            not known mean that it goes on.
        output: the file of answers; None for none.
        errors: that of errors.
        told: what the endpoint says went wrong with it as a whole.
        over_limit: whether it holds more tokens than may wait at the endpoint at once.
    """

    id: str
    state: str
    output: str | None = None
    errors: str | None = None
    told: str = ""
    over_limit: bool = False


class BatchEndpoint:
    """The files and batches of an endpoint.

    Args:
        make: makes a client of the `openai` package.
        name: how the model is called in messages.
        key_variable: the environment variable that holds the key.
        keeps_open: whether the client is the caller's, who closes it.
    """

    def __init__(
        self, make: MakeClient, name: str, key_variable: str, *, keeps_open: bool = False
    ) -> None:
        self._make = make
        self._keeps_open = keeps_open
        self._client: AsyncOpenAI | None = None
        self._key_variable = key_variable
        self.name = name

    async def upload(self, requests: IO[bytes], file_name: str) -> str:
        """Upload a file of requests, and return what the endpoint calls it.

        Raises:
            PassingFaultError: another attempt may help.
            EndpointError: the endpoint takes no batches, or no request can succeed.
        """
        requests.seek(0)
        data = await self._json(
            "POST",
            "/files",
            body={"purpose": "batch"},
            files=[("file", (file_name, requests, "application/jsonl"))],
            headers={"Content-Type": "multipart/form-data"},
            seconds=TRANSFER_S,
            needed=True,
        )
        return _name(data, "id")

    async def create(self, file: str, path: str, note: Mapping[str, str]) -> Status:
        """Create a batch of an uploaded file.

        Raises:
            PassingFaultError: another attempt may help; the batch may be created all the same.
            EndpointError: no request can succeed.
        """
        body = {
            "input_file_id": file,
            "endpoint": path,
            "completion_window": "24h",
            "metadata": dict(note),
        }
        return _status(await self._json("POST", "/batches", body=body, needed=True))

    async def find(self, file: str) -> Status | None:
        """Return the batch of an uploaded file, if it was created.

        Raises:
            GoneError: the endpoint does not list its batches, or has very many.
            PassingFaultError: another attempt may help.
        """
        after: dict[str, str] = {}
        for _ in range(PAGES):
            data = await self._json("GET", "/batches", query={"limit": "100", **after})
            page = data.get("data")
            if not isinstance(page, list):
                raise GoneError("no list")
            for each in page:
                if isinstance(each, dict) and each.get("input_file_id") == file:
                    return _status(each)
            if not page or not data.get("has_more"):
                return None
            after = {"after": _name(page[-1], "id")}
        raise GoneError("very many")

    async def status(self, batch: str) -> Status:
        """Return how a batch stands.

        Raises:
            GoneError: it is not there any more.
            PassingFaultError: another attempt may help.
            EndpointError: no request can succeed.
        """
        return _status(await self._json("GET", f"/batches/{batch}"))

    async def lines(self, file: str) -> AsyncGenerator[bytes]:
        """Iterate over the lines of a file of answers, `UNREADABLE` for one that is too long.

        Raises:
            GoneError: it is not there any more.
            PassingFaultError: another attempt may help.
        """
        async with self._sent("GET", f"/files/{file}/content", seconds=TRANSFER_S) as response:
            kept, too_long = bytearray(), False
            async for chunk in response.iter_bytes(2**16):
                for number, part in enumerate(chunk.split(b"\n")):
                    if number:
                        yield UNREADABLE if too_long else bytes(kept)
                        kept, too_long = bytearray(), False
                    too_long = too_long or len(kept) + len(part) > LONGEST_LINE
                    if not too_long:
                        kept += part
            if kept or too_long:
                yield UNREADABLE if too_long else bytes(kept)

    async def aclose(self) -> None:
        """Close the client that was made here."""
        client, self._client = self._client, None
        if client is not None and not self._keeps_open:
            await client.close()

    async def _json(self, method: str, path: str, **said: Any) -> dict[str, Any]:
        async with self._sent(method, path, **said) as response:
            raw = await joined(response.iter_bytes(), ProtocolError, BODY)
        try:
            data = json.loads(raw)
        except (ValueError, RecursionError):
            data = None
        if not isinstance(data, dict):
            raise PassingFaultError(f"the body is not of the Batch API: {quoted(raw)}")
        return data

    @asynccontextmanager
    async def _sent(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        files: Any = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, Any] | None = None,
        seconds: float = ANSWER_S,
        needed: bool = False,
    ) -> AsyncIterator[AsyncAPIResponse[bytes]]:
        """Send a request; the body of its answer is read in the block.

        Args:
            method: of HTTP.
            path: after the endpoint's URL.
            body: JSON data, or the fields of a form.
            files: those of a form.
            query: further parameters of the URL.
            headers: further headers.
            seconds: how long all of it may take.
            needed: whether an endpoint without this address takes no batches at all.
        """
        import openai
        from openai import AsyncAPIResponse

        client = self._client = self._client or self._make()
        said: dict[str, Any] = {**(headers or {}), "X-Stainless-Raw-Response": "stream"}
        if isinstance(none := client.default_headers.get(AUTHORIZATION), openai.Omit):
            said[AUTHORIZATION] = none  # which a request has to say, too
        options: Any = {
            "max_retries": 0,
            "follow_redirects": False,
            "timeout": seconds,
            "headers": said,
            "params": query or {},
        }
        try:
            async with asyncio.timeout(seconds):
                kind: Any = AsyncAPIResponse[bytes]
                if method == "POST":
                    answer = await client.post(
                        path, cast_to=kind, body=body, files=files, options=options
                    )
                else:
                    answer = await client.get(path, cast_to=kind, options=options)
                try:
                    yield answer
                finally:
                    await answer.close()
        except openai.APIStatusError as error:
            raise self._failure(error.response, path, needed=needed) from None
        except (openai.APITimeoutError, TimeoutError):
            raise PassingFaultError(f"no answer within {seconds:g} s", pressed=True) from None
        except openai.OpenAIError as error:
            cause = error.__cause__ or error
            if isinstance(cause, ProtocolError):
                raise cause from None
            why = quoted(str(cause) or type(cause).__name__)
            if isinstance(error, openai.APIConnectionError):
                raise PassingFaultError(f"cannot connect ({why})") from None
            raise EndpointError(f"model {self.name}: {why}") from None
        except (PassingFaultError, ModelError, GoneError):
            raise
        except Exception as error:  # of its HTTP client, while a body is read
            if type(error).__module__.partition(".")[0].startswith("http"):
                why = quoted(str(error) or type(error).__name__)
                raise PassingFaultError(f"the connection broke ({why})") from None
            raise

    def _failure(self, response: Any, path: str, *, needed: bool) -> Exception:
        """Return what an answer means that is none of success."""
        url = f"{response.url}"
        got = Response(
            response.status_code, response.reason_phrase, response.headers, response.content, url
        )
        if not needed and got.status in (404, 410):
            return GoneError(f"HTTP {got.status}")
        found = failure(got, self.name, None, "", self._key_variable)
        if needed and got.status in NO_BATCHES:
            told = one_line(hidden(got.reason)[:LONGEST_NAME])
            return EndpointError(
                f"model {self.name}: the endpoint takes no batches ({path}: HTTP {got.status} "
                f"{told}); leave out --batch"
            )
        if isinstance(found, RefusedError):
            return EndpointError(f"model {self.name}: the endpoint refuses the batch: {found.told}")
        return found


def _status(data: Mapping[str, Any]) -> Status:
    """Read how a batch stands.

    Raises:
        PassingFaultError: that is not said.
    """
    output, other = (
        each if isinstance(each, str) and _plain(each) else None
        for each in (data.get("output_file_id"), data.get("error_file_id"))
    )
    errors = data.get("errors")
    listed = errors.get("data") if isinstance(errors, dict) else None
    found = listed if isinstance(listed, list) else ()
    first = [each for each in found if isinstance(each, dict)][:3]
    codes = [str(each.get("code"))[:LONGEST_NAME] for each in first]
    said = [str(each.get("message") or each.get("code"))[:LONGEST_NAME] for each in first]
    lines = [each.get("line") for each in first]
    told = [
        f"{text} (line {line})" if isinstance(line, int) else text
        for text, line in zip(said, lines, strict=True)
    ]
    return Status(
        _name(data, "id"),
        _name(data, "status"),
        output,
        other,
        quoted("; ".join(told)) if told else "",
        any(code in ("token_limit_exceeded", "request_limit_exceeded") for code in codes),
    )


def _name(data: Any, field: str) -> str:
    """Read a name that is put into URLs.

    Raises:
        PassingFaultError: it is none.
    """
    value = data.get(field) if isinstance(data, dict) else None
    if not isinstance(value, str) or not _plain(value):
        raise PassingFaultError(f"the endpoint's answer has no usable `{field}`")
    return value


def _plain(value: str) -> bool:
    """Tell whether a name can stand in a URL's path as it is."""
    return (
        0 < len(value) <= LONGEST_NAME
        and value.strip(".") != ""
        and value.isascii()
        and all(character.isalnum() or character in "-_." for character in value)
    )
