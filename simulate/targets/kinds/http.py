"""Targets behind HTTP: a turn is one request or several, and its answer JSON or a stream."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from simulate.targets.answers import json_of
from simulate.targets.config import Data, Opening, Path, Url
from simulate.targets.jsonpath import checked_condition
from simulate.targets.placeholders import filled
from simulate.targets.service import HistoryItem, Request, ServiceTarget, Step, Steps
from simulate.targets.steps import OpenService, ServiceSession
from simulate.targets.target import Said, Target, ToolCall
from simulate.targets.turn_buffer import Heard

DEFAULT_BODIES: Mapping[str, Any] = {
    "session": {"session": "{{ session }}", "message": "{{ message }}"},
    "full": {"messages": "{{ history }}"},
}

Mark = Annotated[str, AfterValidator(lambda m: checked_condition(m) if m.startswith("$") else m)]
"""The name or the data of an event, or a condition that begins with `$`."""


class HttpTarget(ServiceTarget):
    """A service behind HTTP."""

    templates = frozenset({"url", "headers", "body", "history_item", "call_item"})
    schemes = ("http", "https")
    form = "https://host/path"

    kind: Literal["http"]
    """Which sort of target it is."""
    url: Url
    """The address of the request that is sent with each message, a template."""
    method: Literal["GET", "POST", "PUT", "PATCH"] = "POST"
    """How it is asked."""
    body: Data = None
    """As in `Request`; by default `{"session": …, "message": …}`, or with `history: full`
    `{"messages": [{"role", "content"}, …]}`; with GET none."""
    follow_up: Steps = []
    """Sent after it, in order; the answer of the last of them is the target's turn."""
    accept: Literal["json", "sse", "ndjson", "text"] = "json"
    """What that answer is: a JSON body, server-sent events, a JSON document in each line, or the
    text itself. What calls itself a stream is read as one where `json` is said too."""
    reply: Path = Field(default="$.reply", validate_default=True)
    """Where it says the reply: a text, or a list of texts (several messages), or several places
    with one each; in a stream, where an event or a line says a piece of the text. `$` where it is
    the text itself, not JSON."""
    events: list[str] = []
    """Names of the events that carry text; by default all."""
    message_ends: list[Mark] = []
    """Names of events after which a new message begins, or conditions that begin with `$`."""
    done: Mark | None = None
    """The data, or the name, of the event that ends the turn, or a condition that begins with `$`;
    a stream that ends without it is an error. By default `[DONE]`, or the end of the stream."""
    history: Literal["session", "full"] = "session"
    """`session`: the target remembers, and is sent the new message and the session's id; `full`:
    it does not, and is sent the whole conversation each time."""
    history_item: HistoryItem = None
    """How a turn of `{{ history }}` is written: JSON whose strings are templates, which see its
    `role` (`user`, `assistant` or `tool`), `content`, `index`, `tool_calls` and `tool_call_id`; by
    default as chat completions have it."""
    tool_results: Steps = []
    """Sent where tools have answered what it called (see the scenario's `tools`); the last answer
    is what it says then. By default, with `history: full`, the request of the turn; else it is told
    no results."""
    state: Step | None = None
    """Asks for the target's state after the dialogue; its JSON answer is the state."""
    greeting: Literal["none", "set_up", "request"] = "none"
    """What the target says first: `set_up`: stands in the last answer to `set_up`; `request`: it
    is sent an empty message."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not self.set_up and self.greeting == "set_up":
            raise ValueError("greeting: set_up, but there is no set_up to answer")
        return self

    @property
    def turn(self) -> Step:
        """The request that is sent with each message."""
        body = self.body
        if body is None and self.method != "GET":
            body = DEFAULT_BODIES[self.history]
        return Step.model_construct(
            url=self.url,
            method=self.method,
            headers=self.headers,
            body=body,
            capture=self.capture,
        )

    def requests(self) -> list[Request]:
        more = [self.state] if self.state is not None else []
        return [*super().requests(), *self.follow_up, *self.tool_results, *more]

    def open(self, opening: Opening) -> Target:
        named, label = self.looked_up(opening.environment)
        return OpenService(self, label, named, HttpSession, remembers=self.history == "session")


class HttpSession(ServiceSession):
    """One conversation over HTTP."""

    config: HttpTarget

    def __init__(self, target: OpenService, id: str, said: list[Said]) -> None:
        super().__init__(target, id, said)
        self._first: Heard | None = None

    async def set_up(self, heard: Heard) -> None:
        """Send `set_up`, and read the greeting from its answer."""
        speaks = self.config.greeting == "set_up"
        await self.steps("set_up", self.config.set_up, heard, None, speaks=speaks)
        self._first = heard if speaks else None

    async def _hear(self, message: str | None, heard: Heard) -> None:
        config = self.config
        if message is None:
            if config.greeting == "none":
                raise self._speaks_not_first("set greeting in the target file if it does")
            if self._first is not None:
                heard.take(self._first)
                return
        more = config.follow_up
        turn = await self.ask("turn", config.turn, heard, message, speaks=not more)
        await self.steps("follow_up", more, heard, message, speaks=True, before=turn)

    @property
    def takes_results(self) -> bool:
        return bool(self.config.tool_results) or self.config.history == "full"

    async def _hear_after(self, calls: Sequence[ToolCall], heard: Heard) -> None:
        self._with_calls(calls)
        if self.config.tool_results:
            await self.steps("tool_results", self.config.tool_results, heard, "", speaks=True)
        else:
            await self._hear("", heard)

    async def _state(self, heard: Heard) -> Any:
        if self.config.state is None:
            return None
        reading = await self.ask("state", self.config.state, heard)
        return json_of(reading.text, self.label, "the state", reading.answers.status)

    def _values(self, message: str | None, environment: Mapping[str, str]) -> dict[str, Any]:
        values = super()._values(message, environment)
        item = self.config.history_item
        if item is not None:
            values["history"] = [
                filled(
                    item,
                    values
                    | {"role": each["role"], "content": each["content"] or "", "index": i}
                    | {name: each.get(name) or "" for name in ("tool_calls", "tool_call_id")},
                    "history_item",
                )
                for i, each in enumerate(values["history"])
            ]
        return values


TARGET = HttpTarget
