"""One answer of a service while it is read: as a whole, or event by event as it comes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from simulate.errors import TargetReplyError
from simulate.models.http import LONGEST_BODY
from simulate.targets.answers import Answers, json_of
from simulate.targets.captures import Captures
from simulate.targets.events import Event, EventParser, LineParser
from simulate.targets.exchange import KEPT, Exchange
from simulate.targets.http_client import body_text
from simulate.targets.turn_buffer import Heard

if TYPE_CHECKING:
    import aiohttp

STREAMS = {
    "text/event-stream": "sse",
    "application/x-ndjson": "ndjson",
    "application/ndjson": "ndjson",
    "application/jsonl": "ndjson",
}
"""Content type to the form of a stream."""


@dataclass(slots=True)
class Reading:
    """One answer while it is read, whole or event by event.

    Attributes:
        answers: where it says what.
        heard: takes what it says.
        captures: take what is captured of it.
        speaks: whether what it says is said to the user.
        pieces: whether texts are pieces of a message, not messages.
        until: what has to hold for any of it to count, or None.
        met: whether what was waited for is there.
        text: the whole body, where it was read as a whole.
        data: the JSON data taken last.
    """

    answers: Answers
    heard: Heard
    captures: Captures
    speaks: bool = True
    pieces: bool = False
    until: str | None = None
    met: bool = False
    text: str = ""
    data: Any = None
    _last: list[Any] = field(default_factory=list)

    def take(self, data: Any, *, carries: bool = True) -> None:
        """Take JSON data: a body, or what one event or message holds.

        Args:
            data: the data.
            carries: whether they are expected to hold a text.

        Raises:
            TargetReplyError: they say that the target failed, or are not what its file says.
        """
        answers, heard = self.answers, self.heard
        self.data = data
        answers.refuse_failed(data, heard)
        if self.until is not None and not answers.holds("until", self.until, data):
            return
        self.met = True
        self.captures.take(data)
        if not self.speaks:
            return
        held = carries and answers.carries(data)
        if held or (carries and not self._last):
            self._last = [data]
        if held:
            for text in answers.texts(data) or []:
                heard.piece(text) if self.pieces else heard.say(text)
        for line in answers.shown(data):
            heard.show(line)
        heard.called(answers.calls(data))
        heard.ends = answers.truth("ends", answers.ends, data) or heard.ends

    def held(self, condition: str) -> bool:
        """Tell whether a condition holds for the answer."""
        return self.answers.holds("when", condition, self.data)

    def speak(self) -> None:
        """Let an answer be said to the user that was not expected to be the last."""
        self.speaks, self.until = True, None
        self.take(self.data)
        self.over()

    def over(self) -> None:
        """End the answer.

        Raises:
            TargetReplyError: the path to the text found nothing in any of it.
        """
        if not self.speaks or (not self.pieces and self.heard.anything):
            return
        self.heard.end_message()
        if self.heard.anything or self.heard.ends or not self._last:
            return
        data = self._last[0]
        if not self.answers.carries(data) or self.answers.texts(data) is None:
            self.answers.refuse_nothing(data)

    async def read(
        self, response: aiohttp.ClientResponse, exchange: Exchange, *, may_wait: bool
    ) -> None:
        """Read an HTTP answer by its form, as a whole or event by event as it comes.

        Args:
            response: the answer.
            exchange: is told what came.
            may_wait: whether a status of 202 says that it is not there yet.
        """
        self.answers = replace(self.answers, status=f" ({exchange.status})")
        form = self.answers.accept if self.speaks else "json"
        if form == "json":
            form = STREAMS.get(response.content_type, form)
        if form in STREAMS.values():
            await self._stream(form, response, exchange)
        else:
            self.text = await body_text(response, self.answers.label)
            exchange.answer = self.text[:KEPT]
            self.heard.ended = time.perf_counter()
            if may_wait and response.status == 202:
                return
            self._whole(form, response.content_type)
        self.met = self.met or self.until is None
        cookies = {name: cookie.value for name, cookie in response.cookies.items()}
        self.captures.take_others(response.headers, cookies, self.text)

    def _whole(self, form: str, content_type: str) -> None:
        """Take a body as a whole."""
        if not self.text.strip():
            return
        plain = self.answers.reply == "$" and "json" not in content_type
        raw = self.speaks and (form == "text" or plain)
        needed = self.until is not None or self.captures.of_json or (self.speaks and not raw)
        try:
            data = json_of(self.text, self.answers.label, "the body", self.answers.status)
        except TargetReplyError:
            if needed:
                raise
        else:
            self.take(data, carries=not raw)
        if raw and (self.until is None or self.met):
            self.heard.say(self.text)

    async def _stream(
        self, form: str, response: aiohttp.ClientResponse, exchange: Exchange
    ) -> None:
        label, status, heard = self.answers.label, self.answers.status, self.heard
        self.pieces = True
        parser = EventParser() if form == "sse" else LineParser()
        size, begin, over = 0, b"", False
        async for chunk in response.content.iter_any():
            size += len(chunk)
            if size > LONGEST_BODY:
                told = f"its turn is longer than {LONGEST_BODY:,} bytes; {heard.so_far()}"
                raise label.error(TargetReplyError, told)
            begin += chunk[: KEPT - len(begin)]
            exchange.answer = begin.decode("utf-8", "replace")
            heard.ended = time.perf_counter()
            for event in parser.feed(chunk):
                if over := self._event(event):
                    break
                await heard.pause()
            if over:
                response.close()  # what comes after the end of the turn is nobody's
                break
            await asyncio.sleep(0)  # one without an event must not hold up others, nor its end
        over = over or any(map(self._event, parser.end()))
        if not parser.events and begin.strip():
            told = f"answers with {response.content_type} and no server-sent event"
            raise label.error(TargetReplyError, f"{told}: {label.quoted(begin)}{status}")
        if self.speaks and self.answers.done is not None and not over:
            told = f"its stream ends early, without done “{self.answers.done}”; {heard.so_far()}"
            raise label.error(TargetReplyError, told + status)

    def _event(self, event: Event) -> bool:
        """Take an event; tell whether the turn is over with it."""
        answers, heard = self.answers, self.heard
        label = answers.label
        if (answers.done or "[DONE]") in (event.name, event.data):
            return True
        carries = self.speaks and (not answers.events or event.name in answers.events)
        if event.name == "error" and event.name not in answers.events:
            told = f"sends an error event: {label.quoted(event.data)}; {heard.so_far()}"
            raise label.error(TargetReplyError, told)
        raw = carries and answers.raw
        data: Any = None
        if raw:
            heard.piece(event.data)
        if event.data:
            name = "" if event.name == "message" else f" {label.quoted(event.name)}"
            what = f"the data of an event{name}"
            hint = f"{answers.status}; if it carries no text, list those that do under events"
            try:
                data = json_of(event.data, label, what, hint)
            except TargetReplyError:
                if carries and not raw and answers.where is None:
                    raise
            else:
                self.take(data, carries=carries and not raw)
        if self._marked(answers.message_ends, event, data):
            heard.end_message()
        return answers.done is not None and self._marked([answers.done], event, data)

    def _marked(self, marks: Sequence[str], event: Event, data: Any) -> bool:
        """Tell whether an event is one of some, by its name or by a condition."""
        conditions = [mark for mark in marks if mark.startswith("$")]
        return event.name in marks or any(
            self.answers.holds("done or message_ends", each, data) for each in conditions
        )
