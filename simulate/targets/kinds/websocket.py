"""Targets at the other end of a WebSocket, one connection a session."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field

from simulate.errors import TargetError, TargetReplyError
from simulate.targets.answers import json_of
from simulate.targets.captures import Captures
from simulate.targets.config import Condition, Data, Opening, Path
from simulate.targets.exchange import KEPT, Exchange
from simulate.targets.inbox import Closed, Inbox
from simulate.targets.placeholders import checked_url, filled
from simulate.targets.reading import Reading
from simulate.targets.service import ServiceTarget
from simulate.targets.steps import OpenService, ServiceSession
from simulate.targets.target import Said, Target, ToolCall
from simulate.targets.turn_buffer import Heard

if TYPE_CHECKING:
    import aiohttp

DEFAULT_SEND: Mapping[str, Any] = {"message": "{{ message }}"}
SCHEMES = ("ws", "wss")
PROPER_CODES = (1000, 1001)


SocketUrl = Annotated[
    str, Field(min_length=1), AfterValidator(lambda url: checked_url(url, SCHEMES))
]


class WebSocketTarget(ServiceTarget):
    """A service at the other end of a WebSocket, one connection a session."""

    schemes = SCHEMES
    form = "wss://host/path"
    templates = frozenset(
        {"url", "headers", "opening", "send", "state", "tool_results", "call_item"}
    )

    kind: Literal["websocket"]
    """Which sort of target it is."""
    url: SocketUrl
    """The address, ws:// or wss://; it may begin with a captured one, see `Request`."""
    opening: Data = None
    """JSON that is sent first, or None."""
    send: Data = None
    """JSON that is sent with a message; by default `{"message": …}`. A text is sent as it is."""
    reply: Path = Field(default="$.text", validate_default=True)
    """Where a message of the target says its text; `$` where it is the text itself."""
    tool_results: Data = None
    """JSON that is sent where tools have answered what it called (see the scenario's `tools`), such
    as `{"results": "{{ calls }}"}`; None: it is told no results."""
    turn_ends: Condition | None = None
    """Where a message of the target says that its turn is over: a path to a truth value, or a
    condition. By default each message is a turn of its own, unless `quiet_s` is given."""
    quiet_s: Annotated[float, Field(gt=0, le=60)] | None = None
    """A turn is over when the target has been quiet for so long, in seconds."""
    state: Data = None
    """JSON that asks for the state; the next message is the state. None: there is none."""
    greeting: bool = False
    """Whether the target speaks first, unasked."""

    def open(self, opening: Opening) -> Target:
        named, label = self.looked_up(opening.environment)
        return OpenService(self, label, named, _WebSocketSession)


class _WebSocketSession(ServiceSession):
    """One conversation over one connection."""

    config: WebSocketTarget

    stops_after_error = True

    def __init__(self, target: OpenService, id: str, said: list[Said]) -> None:
        super().__init__(target, id, said)
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._inbox = Inbox()
        self._pump: asyncio.Task[None] | None = None

    async def set_up(self, heard: Heard) -> None:
        """Send `set_up`, connect, and send the opening."""
        await self.steps("set_up", self.config.set_up, heard, None, speaks=False)
        values = self._values(None, self.service.environment)
        request = await self.filled("turn", self.config, values, heard, SCHEMES)
        self._socket = await self.service.client.connected(request)
        self._pump = asyncio.create_task(self._pumped(self._socket))
        if self.config.opening is not None:
            await self._send("opening", self.config.opening, None)

    async def _pumped(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Take what comes into the inbox, also between the turns."""
        import aiohttp

        while True:
            try:
                came = await socket.receive()
            except (RuntimeError, aiohttp.ClientError, OSError) as error:
                told = self.label.quoted(str(error))
                self._inbox.close(Closed(f"broke the connection ({told})", proper=False))
                return
            if came.type not in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
                self._inbox.close(self._end_of(socket, came))
                return
            text = came.data if isinstance(came.data, str) else came.data.decode("utf-8", "replace")
            if not self._inbox.put(text):
                await socket.close(code=1009)
                return

    def _end_of(self, socket: Any, came: aiohttp.WSMessage) -> Closed:
        import aiohttp

        if came.type is aiohttp.WSMsgType.ERROR:
            why = str(came.data) or type(came.data).__name__
            return Closed(f"broke the connection ({self.label.quoted(why)})", proper=False)
        code = socket.close_code
        told = came.extra if came.type is aiohttp.WSMsgType.CLOSE and came.extra else ""
        said = f", {self.label.quoted(told)}" if told else ""
        if code is None or code == 1006:
            return Closed("broke the connection without closing it", proper=False)
        return Closed(f"closed the connection (code {code}{said})", proper=code in PROPER_CODES)

    async def _send(self, field: str, template: Any, message: str | None) -> str:
        values = self._values(message, self.service.environment)
        data = filled(template, values, field)
        try:
            text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
        except (TypeError, ValueError, RecursionError) as error:
            raise self.label.error(TargetError, f"{field}: is not JSON: {error}") from None
        text = text.encode("utf-8", "replace").decode()
        assert self._socket is not None  # noqa: S101  # it is set up
        try:
            await self._socket.send_str(text)
        except (ConnectionError, RuntimeError):
            closed = self._inbox.closed or Closed("broke the connection", proper=False)
            raise self._ended(closed, "before it was sent this message") from None
        return text

    @property
    def takes_results(self) -> bool:
        return self.config.tool_results is not None

    async def _hear_after(self, calls: Sequence[ToolCall], heard: Heard) -> None:
        self._with_calls(calls)
        await self._hear("", heard, "tool_results")

    async def _hear(self, message: str | None, heard: Heard, field: str = "send") -> None:
        if message is None and not self.config.greeting:
            raise self._speaks_not_first("set greeting: true in the target file if it does")
        reading = Reading(self.answers, heard, Captures(self.config.capture, self.label))
        sent = ""
        if message is not None:
            for text in self._inbox.waiting():  # said unasked since its last turn
                self._take(text, reading, unasked=True)
                await heard.pause()
            if self._inbox.closed is not None:
                raise self._ended(self._inbox.closed, "before it was sent this message")
            heard.sent = time.perf_counter()
            given = getattr(self.config, field)
            sent = await self._send(field, DEFAULT_SEND if given is None else given, message)
        exchange = Exchange("turn", "WebSocket", self.label.name, body=sent)
        with self.service.traced(exchange, self.label):
            await self._listen(reading, exchange)
            reading.over()
            came = self.label.quoted(exchange.answer)
            exchange.captured = reading.captures.over(self.captured, "its turn", came)
            self.captured |= exchange.captured

    async def _listen(self, reading: Reading, exchange: Exchange) -> None:
        """Hear messages until the turn is over."""
        heard = reading.heard
        several = self.config.turn_ends is not None or self.config.quiet_s is not None
        anything = False
        while True:
            try:
                quiet_s = self.config.quiet_s if anything else None
                text = await asyncio.wait_for(self._inbox.get(), quiet_s)
            except TimeoutError:
                return  # quiet for long enough
            if isinstance(text, Closed):
                if not (several and anything and text.proper):
                    raise self._ended(text, f"amid its turn; {heard.so_far()}")
                heard.ends = True
                return
            heard.ended = time.perf_counter()
            exchange.answer = f"{exchange.answer}\n{text}".strip()[:KEPT]
            count = len(heard.messages) + len(heard.tool_calls)
            over = self._take(text, reading, unasked=False)
            anything = anything or len(heard.messages) + len(heard.tool_calls) > count
            if not several or over:
                return
            await heard.pause()

    def _take(self, text: str, reading: Reading, *, unasked: bool) -> bool:
        """Take a message of the target; tell whether its turn is over with it."""
        heard, answers = reading.heard, self.answers
        try:
            data = json_of(text, self.label, "a message")
        except TargetReplyError:
            if answers.raw:
                heard.say(text)
            elif not unasked and answers.where is None:
                raise
            return False
        reading.take(data, carries=not answers.raw)
        over = answers.truth("turn_ends", self.config.turn_ends, data)
        if answers.raw and (isinstance(data, str) or not (heard.tool_calls or heard.ends or over)):
            heard.say(data if isinstance(data, str) else text)
        return over or heard.ends

    async def _state(self, heard: Heard) -> Any:
        if self.config.state is None:
            return None
        self._inbox.waiting()  # what was said unasked is not the state
        await self._send("state", self.config.state, None)
        came = await self._inbox.get()
        if isinstance(came, Closed):
            raise self._ended(came, "instead of saying its state")
        return json_of(came, self.label, "the state")

    async def _tear_down(self, heard: Heard) -> None:
        try:
            await super()._tear_down(heard)
            if self._socket is not None:
                await self._socket.close()
        finally:
            if self._pump is not None:
                self._pump.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await self._pump

    def _ended(self, closed: Closed, when: str) -> TargetError:
        return self.label.error(TargetReplyError, f"{closed.why} {when}")


TARGET = WebSocketTarget
