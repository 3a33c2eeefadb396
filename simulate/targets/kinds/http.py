"""Targets behind HTTP that answer a JSON request with a JSON body."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import Field, model_validator

from simulate.errors import TargetReplyError
from simulate.files.strict import Strict
from simulate.models import redacted
from simulate.models.headers import filled_headers
from simulate.targets.answers import Answers, json_of
from simulate.targets.config import Data, Headers, Opening, Path, TargetBase, Url
from simulate.targets.http_client import HttpClient, Outgoing, where
from simulate.targets.jsonpath import found
from simulate.targets.placeholders import filled, filled_url
from simulate.targets.redaction import Label
from simulate.targets.session import OpenSession, OpenTarget
from simulate.targets.target import Said, Target
from simulate.targets.turn_buffer import Heard

if TYPE_CHECKING:
    import aiohttp

DEFAULT_BODIES: Mapping[str, Any] = {
    "session": {"session": "{{ session }}", "message": "{{ message }}"},
    "full": {"messages": "{{ history }}"},
}


class Request(Strict):
    """One HTTP request, with templates that see `session`, `message`, `history` and `env`.

    `history` is a list of `{"role": "user" | "assistant", "content": …}` with the new message at
    its end, and `env` what the file names of the environment, as `env.NAME`.
    """

    url: Url
    """The address, a template."""
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "POST"
    """How it is asked."""
    headers: Headers = {}
    """Templates; a secret is named as `{{ env.NAME }}` and read from the environment only."""
    body: Data = None
    """JSON whose strings are templates. A string that is one `{{ … }}` and nothing else keeps the
    type of its value. None sends no body. A text goes as it is where the headers name a
    `Content-Type` that is not JSON."""


class HttpOptions(TargetBase):
    """What all targets behind HTTP have."""

    runs_code = False
    templates = frozenset({"url", "headers", "body", "set_up", "tear_down", "state"})

    url: Url
    """The address, a template."""
    method: Literal["GET", "POST", "PUT", "PATCH"] = "POST"
    """How it is asked."""
    headers: Headers = {}
    """As in `Request`."""
    body: Data = None
    """As in `Request`; by default `{"session": …, "message": …}`, or with `history: full`
    `{"messages": [{"role", "content"}, …]}`; with GET none."""
    history: Literal["session", "full"] = "session"
    """`session`: the target remembers, and is sent the new message and the session's id; `full`:
    it does not, and is sent the whole conversation each time."""
    set_up: Request | None = None
    """Sent before the first message."""
    session_id: Path | None = None
    """Where the answer to `set_up` says the session's id; by default the run names it."""
    tear_down: Request | None = None
    """What is sent when the dialogue is over."""
    state: Request | None = None
    """Asks for the target's state after the dialogue; its JSON answer is the state."""
    greeting: Literal["none", "set_up", "request"] = "none"
    """What the target says first: `set_up`: stands in the answer to `set_up`; `request`: it is
    sent an empty message."""

    @model_validator(mode="after")
    def _set_up_is_there(self) -> Self:
        if self.set_up is None and self.greeting == "set_up":
            raise ValueError("greeting: set_up, but there is no set_up to answer")
        if self.set_up is None and self.session_id is not None:
            raise ValueError("session_id: is read from the answer to set_up, and there is none")
        return self

    @classmethod
    def fields_of(cls, spec: str) -> dict[str, Any]:
        return {"url": spec}

    def spec(self) -> str:
        return redacted(self.url)

    def urls(self) -> list[str]:
        asked = (self.set_up, self.state, self.tear_down)
        return [self.url, *(each.url for each in asked if each is not None)]

    def open(self, opening: Opening) -> Target:
        named, label = self.looked_up(opening.environment)
        return OpenHttpTarget(self, label, named)

    def session(self, target: OpenHttpTarget, id: str, said: list[Said]) -> OpenSession:
        """Return a session that is not set up yet."""
        return HttpSession(target, id, said)

    @abstractmethod
    def answers(self, label: Label) -> Answers:
        """Return where its JSON says what."""


class HttpTarget(HttpOptions):
    """A service that answers a JSON request with a JSON body."""

    schemes = ("http", "https")
    form = "https://host/path"

    kind: Literal["http"]
    """Which sort of target it is."""
    reply: Path = Field(default="$.reply", validate_default=True)
    """Where the body says the reply: a text, or a list of texts (several messages), or several
    places with one each. `$` where the body is the text itself, not JSON."""
    tool_calls: Path | None = None
    """Where it says its tool calls: objects with `name` and `arguments`, or `function` with both
    as chat completions have them."""
    ends: Path | None = None
    """Where it says that the conversation is over: a truth value."""

    def answers(self, label: Label) -> Answers:
        """Return where its JSON says what."""
        return Answers(label, "reply", self.reply, self.tool_calls, self.ends)


class OpenHttpTarget(OpenTarget):
    """A service behind HTTP."""

    config: HttpOptions

    def __init__(self, config: HttpOptions, label: Label, environment: Mapping[str, str]) -> None:
        super().__init__(config, label, remembers=config.history == "session")
        self.environment = environment
        self.client = HttpClient(label)

    def _session(self, session: str, instructions: str, history: list[Said]) -> OpenSession:
        return self.config.session(self, session, history)

    async def _close(self) -> None:
        await self.client.aclose()


class HttpSession(OpenSession):
    """One conversation over HTTP."""

    def __init__(self, target: OpenHttpTarget, id: str, said: list[Said]) -> None:
        super().__init__(target, id, said)
        self._config = target.config
        self._client = target.client
        self._environment = target.environment
        self._answers = target.config.answers(target.label)
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
                heard.ends, heard.attempts = self._first.ends, self._first.attempts
                heard.sent, heard.ended = self._first.sent, self._first.ended
                return
        async with self._client.sent(self._request("", self._config, message), heard) as response:
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

    def _request(
        self, what: str, request: Request | HttpOptions, message: str | None = None
    ) -> Outgoing:
        body = request.body
        if body is None and isinstance(request, HttpOptions) and request.method != "GET":
            body = DEFAULT_BODIES[request.history]
        values = self._values(message, self._environment) | {"session": self._named}
        at = f"{what}." if what else ""
        return Outgoing(
            what,
            request.method,
            filled_url(request.url, values, f"{at}url"),
            filled_headers(request.headers, values, f"{at}headers"),
            filled(body, values, f"{at}body"),
        )


TARGET = HttpTarget
