"""The events of a stream, from bytes as they come.

Server-sent events are parsed as the HTML standard says (§ 9.2.6); ndjson has one in each line.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Event:
    """One event.

    Attributes:
        name: its type; `message` where none is given.
        data: its data lines, joined by line feeds.
    """

    name: str
    data: str


class LineParser:
    """A parser of ndjson that is fed with pieces of a stream; each line is the data of an event.

    Attributes:
        events: how many came.
    """

    def __init__(self) -> None:
        self.events = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._begun = False
        self._after_cr = False
        self._line: list[str] = []

    def feed(self, chunk: bytes) -> list[Event]:
        """Take the next bytes and return the events that they complete."""
        taken = [self._take(line) for line in self._lines(self._decoder.decode(chunk))]
        events = [event for event in taken if event is not None]
        self.events += len(events)
        return events

    def end(self) -> list[Event]:
        """Take the end of the stream; a last line needs no line end."""
        return self.feed(b"\n")

    def _lines(self, text: str) -> list[str]:
        """Return the lines that a text completes."""
        if not text:
            return []
        if not self._begun:
            self._begun = True
            text = text.removeprefix("\ufeff")
        if self._after_cr and text.startswith("\n"):  # the other half of a CRLF
            text = text[1:]
            if not text:
                self._after_cr = False
                return []
        self._after_cr = text.endswith("\r")
        first, *others = _LINE_END.split(text)
        self._line.append(first)
        if not others:
            return []
        lines = ["".join(self._line), *others[:-1]]
        self._line = [others[-1]]
        return lines

    def _take(self, line: str) -> Event | None:
        return Event("message", line) if line.strip() else None


class EventParser(LineParser):
    """A parser of server-sent events.

    In one thing it is laxer than the standard: an event with a name but without data counts, for
    services end their turns with it.
    """

    def __init__(self) -> None:
        super().__init__()
        self._name = ""
        self._data: list[str] = []

    def end(self) -> list[Event]:
        """Take the end of the stream; an event that is not finished does not count."""
        return []

    def _take(self, line: str) -> Event | None:
        if not line:
            name, data = self._name, self._data
            self._name, self._data = "", []
            return Event(name or "message", "\n".join(data)) if name or data else None
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            self._data.append(value)
        elif field == "event":
            self._name = value
        return None  # a comment, an id, a time to wait, or what nobody knows
