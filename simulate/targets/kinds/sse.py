"""Targets that answer with a stream of server-sent events."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from simulate.errors import TargetReplyError
from simulate.models.http import LONGEST_BODY
from simulate.targets.answers import Answers, json_of
from simulate.targets.config import Path
from simulate.targets.http_client import where
from simulate.targets.kinds.http import HttpOptions, HttpSession, OpenHttpTarget
from simulate.targets.redaction import Label
from simulate.targets.session import OpenSession
from simulate.targets.sse import Event, EventParser
from simulate.targets.target import Said
from simulate.targets.turn_buffer import Heard

if TYPE_CHECKING:
    import aiohttp

KEPT = 2_000
"""Bytes of the stream that are kept to be quoted where no event came."""


class SseTarget(HttpOptions):
    """A service that answers with server-sent events."""

    kind: Literal["sse"]
    """Which sort of target it is."""
    text: Path = Field(default="$.text", validate_default=True)
    """Where an event's JSON data says a piece of the text; `$` where the data is the text."""
    events: list[str] = []
    """Names of the events that carry text; by default all. Another event is looked into for
    tool calls only."""
    message_ends: list[str] = []
    """Names of events after which a new message begins."""
    done: str = "[DONE]"
    """The data, or the name, of the event that ends the turn; so does the end of the stream."""
    tool_calls: Path | None = None
    """Where an event says its tool calls; see `http`."""
    ends: Path | None = None
    """Where an event says that the conversation is over: a truth value."""

    def answers(self, label: Label) -> Answers:
        """Return where its JSON says what."""
        return Answers(label, "text", self.text, self.tool_calls, self.ends)

    def session(self, target: OpenHttpTarget, id: str, said: list[Said]) -> OpenSession:
        return _SseSession(target, id, said)


class _SseSession(HttpSession):
    """One conversation over HTTP whose turns come as events."""

    _config: SseTarget

    async def _read(self, response: aiohttp.ClientResponse, heard: Heard) -> None:
        turn = _Turn(self, heard, f" ({where(response)})")
        parser = EventParser()
        begin = b""
        size = 0
        async for chunk in response.content.iter_any():
            size += len(chunk)
            if size > LONGEST_BODY:
                raise self.label.error(
                    TargetReplyError,
                    f"its turn is longer than {LONGEST_BODY:,} bytes; {heard.so_far()}",
                )
            begin += chunk[: KEPT - len(begin)]
            heard.ended = time.perf_counter()
            if any(turn.take(event) for event in parser.feed(chunk)):
                response.close()  # what comes after the end of the turn is nobody's
                break
        if not turn.events and begin.strip():
            raise self.label.error(
                TargetReplyError,
                f"answers with {response.content_type} and no server-sent event: "
                f"{self.label.quoted(begin)}{turn.status}",
            )
        turn.over()

    def _greeted(self, text: str, heard: Heard, status: str, *, streamed: bool) -> None:
        if not streamed:
            super()._greeted(text, heard, status, streamed=streamed)
            return
        turn = _Turn(self, heard, status)
        for event in EventParser().feed(text.encode()):
            if turn.take(event):
                break
        turn.over()


class _Turn:
    """The events of one turn as they come."""

    def __init__(self, session: _SseSession, heard: Heard, status: str) -> None:
        self._config = session._config
        self._answers = session._answers
        self._label = session.label
        self._heard = heard
        self._last: Any = None
        self.status = status
        self.events = 0

    def take(self, event: Event) -> bool:
        """Take an event; tell whether the turn is over with it."""
        self.events += 1
        config, heard = self._config, self._heard
        if config.done in (event.name, event.data):
            return True
        carries = not config.events or event.name in config.events
        if event.name == "error" and event.name not in config.events:
            raise self._label.error(
                TargetReplyError,
                f"sends an error event: {self._label.quoted(event.data)}; {heard.so_far()}",
            )
        if carries and config.text == "$":
            heard.piece(event.data)
        elif event.data and (carries or config.tool_calls or config.ends):
            self._take_json(event, carries=carries)
        if event.name in config.message_ends:
            heard.end_message()
        return False

    def _take_json(self, event: Event, *, carries: bool) -> None:
        if carries:
            data = json_of(
                event.data,
                self._label,
                f"the data of an event {self._label.quoted(event.name)}",
                f"{self.status}; if it carries no text, list those that do under events",
            )
            self._last = data
            for text in self._answers.texts(data, self.status) or []:
                self._heard.piece(text)
        else:
            try:
                data = json_of(event.data, self._label, "the data")
            except TargetReplyError:
                return  # an event that says nothing to us
        self._answers.take_calls(data, self._heard, self.status)
        self._answers.take_end(data, self._heard, self.status)

    def over(self) -> None:
        """End the turn.

        Raises:
            TargetReplyError: the path to the text found nothing in any event.
        """
        self._heard.end_message()
        if self._heard.anything or self._heard.ends or self._last is None:
            return
        if self._answers.texts(self._last, self.status) is None:
            self._answers.refuse_nothing(self._last, self.status)


TARGET = SseTarget
