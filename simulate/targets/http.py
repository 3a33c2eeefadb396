"""Targets behind HTTP that answer a JSON request with a JSON body."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from simulate.errors import TargetReplyError
from simulate.targets.answers import Answers, json_of
from simulate.targets.config import HttpTarget, Request, SseTarget
from simulate.targets.http_client import HttpClient, Outgoing, where
from simulate.targets.jsonpath import found
from simulate.targets.placeholders import filled, filled_headers, filled_url
from simulate.targets.redaction import Label
from simulate.targets.session import OpenSession, OpenTarget
from simulate.targets.target import Said
from simulate.targets.turn_buffer import Heard

if TYPE_CHECKING:
    import aiohttp

__all__ = ["HttpSession", "OpenHttpTarget"]

DEFAULT_BODIES: Mapping[str, Any] = {
    "session": {"session": "{{ session }}", "message": "{{ message }}"},
    "full": {"messages": "{{ history }}"},
}


class OpenHttpTarget(OpenTarget):
    """A service behind HTTP.

    Args:
        config: what the target file says.
        label: its name and secrets.
        environment: the environment variables that the file names.
    """

    def __init__(
        self, config: HttpTarget | SseTarget, label: Label, environment: Mapping[str, str]
    ) -> None:
        super().__init__(
            label,
            timeout_s=config.timeout_s,
            concurrency=config.concurrency,
            remembers=config.history == "session",
        )
        self.config = config
        self.environment = environment
        self.client = HttpClient(label)

    def _session(self, session: str, instructions: str, history: list[Said]) -> OpenSession:
        return HttpSession(self, session, history)

    async def _close(self) -> None:
        await self.client.aclose()


class HttpSession(OpenSession):
    """One conversation over HTTP."""

    def __init__(self, target: OpenHttpTarget, id: str, said: list[Said]) -> None:
        super().__init__(target, id, said)
        self._config = target.config
        self._client = target.client
        self._environment = target.environment
        self._answers = answers_of(target.config, target.label)
        self._named = id
        """The session's id at the target."""
        self._is_set_up = False
        self._first: Heard | None = None

    async def set_up(self, heard: Heard) -> None:
        """Send `set_up`, and read the session's id and the greeting from its answer."""
        config = self._config
        if config.set_up is None:
            return
        async with self._client.sent(self._request("set_up", config.set_up), heard) as response:
            self._is_set_up = True
            if config.greeting == "set_up":
                self._first = heard
            text = await self._client.text(response)
            heard.ended = time.perf_counter()
            status = f" ({where(response)})"
            streamed = response.content_type == "text/event-stream"
        if config.greeting == "set_up":
            self._greeted(text, heard, status, streamed=streamed)
        if config.session_id is not None:
            data = json_of(text, self.label, "the answer to set_up", status)
            self._named = self._id_in(data, text, status)

    def _greeted(self, text: str, heard: Heard, status: str, *, streamed: bool) -> None:
        """Take the greeting from the answer to `set_up`."""
        self._answers.take(json_of(text, self.label, "the answer to set_up", status), heard, status)

    def _id_in(self, data: Any, text: str, status: str) -> str:
        path = self._config.session_id or "$"
        try:
            values = found(path, data)
        except ValueError:
            values = []
        ids = [v for v in values if isinstance(v, str | int) and not isinstance(v, bool)]
        if len(ids) != 1 or ids[0] == "":
            rule = "finds nothing" if not values else "finds no single text or number"
            raise self.label.error(
                TargetReplyError,
                f"session_id “{path}” {rule} in the answer to set_up: {self.label.quoted(text)}"
                f"{status}; set session_id to where the id stands",
            )
        return str(ids[0])

    async def _hear(self, message: str | None, heard: Heard) -> None:
        if message is None:
            if self._config.greeting == "none":
                raise self._speaks_not_first("set greeting in the target file if it does")
            if self._first is not None:
                heard.messages, heard.tool_calls = self._first.messages, self._first.tool_calls
                heard.ends, heard.tries = self._first.ends, self._first.tries
                heard.sent, heard.ended = self._first.sent, self._first.ended
                return
        async with self._client.sent(self._turn_request(message), heard) as response:
            await self._read(response, heard)

    async def _read(self, response: aiohttp.ClientResponse, heard: Heard) -> None:
        """Read the target's turn from its answer."""
        text = await self._client.text(response)
        if not text.strip():
            return
        status = f" ({where(response)})"
        if self._answers.text == "$" and "json" not in response.content_type:
            heard.say(text)
            return
        self._answers.take(json_of(text, self.label, "the body", status), heard, status)

    async def _state(self, heard: Heard) -> Any:
        if self._config.state is None:
            return None
        async with self._client.sent(self._request("state", self._config.state), heard) as answer:
            text = await self._client.text(answer)
            return json_of(text, self.label, "the state", f" ({where(answer)})")

    async def _tear_down(self, heard: Heard) -> None:
        # Where the set-up failed there is nothing of ours; the id may be another run's.
        if self._config.tear_down is None or (self._config.set_up and not self._is_set_up):
            return
        request = self._request("tear_down", self._config.tear_down)
        async with self._client.sent(request, heard) as response:
            await self._client.text(response)

    def _turn_request(self, message: str | None) -> Outgoing:
        config = self._config
        body = config.body
        if body is None and config.method != "GET":
            body = DEFAULT_BODIES[config.history]
        return self._filled("", config.method, config.url, config.headers, body, message)

    def _request(self, what: str, request: Request) -> Outgoing:
        return self._filled(what, request.method, request.url, request.headers, request.body, None)

    def _filled(
        self,
        what: str,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: Any,
        message: str | None,
    ) -> Outgoing:
        values = self._values(message, self._environment) | {"session": self._named}
        at = f"{what}." if what else ""
        return Outgoing(
            what,
            method,
            filled_url(url, values, f"{at}url"),
            filled_headers(headers, values, f"{at}headers"),
            filled(body, values, f"{at}body"),
        )


def answers_of(config: HttpTarget | SseTarget, label: Label) -> Answers:
    """Return where an HTTP target's JSON says what."""
    if isinstance(config, SseTarget):
        return Answers(label, "text", config.text, config.tool_calls, config.ends)
    return Answers(label, "reply", config.reply, config.tool_calls, config.ends)
