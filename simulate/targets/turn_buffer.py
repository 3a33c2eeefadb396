"""What is heard of a target in one turn: kept as it comes, so that an interruption can tell it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from simulate.errors import TargetReplyError, TargetSilentError
from simulate.targets.redaction import Label
from simulate.targets.target import TargetReply, ToolCall

LONGEST_TURN = 16 * 2**20
"""The longest turn, in characters."""
MOST_MESSAGES = 10_000
AT_A_STRETCH_S = 0.02
"""Seconds for which what came may be read before others have their turn."""


@dataclass(slots=True)
class Heard:
    """One turn of a target while it goes on.

    Attributes:
        label: the target's.
        until: when its time is over, on the event loop's clock, in s.
        sent: when the message was sent, on `time.perf_counter`, in s.
        ended: when the last of it came, likewise; None where its end came with it.
        messages: those that are finished.
        tool_calls: what it reported so far.
        ends: whether it closed the conversation.
        attempts: how often the message was sent.
    """

    label: Label
    until: float
    sent: float = field(default_factory=time.perf_counter)
    ended: float | None = None
    messages: list[str] = field(default_factory=list)
    tool_calls: list[ToolCall] = field(default_factory=list)
    ends: bool = False
    attempts: int = 1
    _pieces: list[str] = field(default_factory=list)
    _shown: list[str] = field(default_factory=list)
    _size: int = 0
    _paused: float = field(default_factory=time.perf_counter)
    _says: bool = False
    """Whether the message that is not finished is more than white space."""

    def say(self, text: str) -> None:
        """Take a whole message; one of white space only says nothing."""
        self.piece(text)
        self.end_message()

    def piece(self, text: str) -> None:
        """Take a piece of a message.

        Raises:
            TargetReplyError: the turn is too long.
        """
        self._size += len(text)
        if self._size > LONGEST_TURN or len(self.messages) > MOST_MESSAGES:
            raise self.label.error(
                TargetReplyError,
                f"its turn is longer than {LONGEST_TURN:,} characters or {MOST_MESSAGES:,} "
                f"messages; it ends: {self.label.quoted_end(self.text)}",
            )
        if text:
            self._pieces.append(text)
            self._says = self._says or not text.isspace()

    def show(self, line: str) -> None:
        """Take a line about what is no text, which is told at the end of the message it is with."""
        self.piece("")
        self._size += len(line)
        self._shown.append(line)
        if not self._says:
            self.end_message()

    def called(self, calls: Iterable[ToolCall]) -> None:
        """Take tool calls."""
        after = len(self.messages) + self._says
        self.tool_calls += [replace(call, after=after) for call in calls]

    def end_message(self) -> None:
        """Begin a new message."""
        text = "".join(self._pieces)
        shown = "\n".join(self._shown)
        self._pieces.clear()
        self._shown.clear()
        self._says = False
        if text.strip():
            self.messages.append(f"{text}\n{shown}" if shown else text)
        elif shown and self.messages:
            self.messages[-1] += f"\n{shown}"
        elif shown:
            self.messages.append(shown)

    async def pause(self) -> None:
        """Let others have their turn, and its own time end, in a flood of events or messages."""
        if time.perf_counter() - self._paused > AT_A_STRETCH_S:
            await asyncio.sleep(0)
            self._paused = time.perf_counter()

    def take(self, other: Heard) -> None:
        """Take what was heard before, in place of this turn."""
        for name in ("sent", "ended", "messages", "tool_calls", "ends", "attempts"):
            setattr(self, name, getattr(other, name))

    @property
    def text(self) -> str:
        """What was said so far."""
        return "\n\n".join([*self.messages, *(["".join(self._pieces)] if self._pieces else [])])

    @property
    def anything(self) -> bool:
        """Whether anything was said or reported so far."""
        return bool(self.tool_calls or self.messages) or self._says

    def so_far(self) -> str:
        """Say for a message how much had come."""
        text = self.text
        calls = f" and {len(self.tool_calls)} tool calls" if self.tool_calls else ""
        if not text and not calls:
            return "nothing had come"
        return f"{len(text):,} characters{calls} had come, ending: {self.label.quoted_end(text)}"

    def reply(self) -> TargetReply:
        """Return the turn as it is now.

        Raises:
            TargetSilentError: there is neither text nor a tool call.
        """
        self.end_message()
        if not self.anything:
            closed = ", and closes the conversation" if self.ends else ""
            raise self.label.error(
                TargetSilentError, f"answers with nothing: no text and no tool calls{closed}"
            )
        label = self.label
        return TargetReply(
            messages=tuple(label.hidden(text) for text in self.messages),
            tool_calls=tuple(
                replace(
                    call,
                    name=label.hidden(call.name),
                    arguments=label.hidden_in(dict(call.arguments)),
                    id=label.hidden(call.id),
                    result=label.hidden_in(call.result),
                    error=None if call.error is None else label.hidden(call.error),
                )
                for call in self.tool_calls
            ),
            latency_s=max((self.ended or time.perf_counter()) - self.sent, 0.0),
            ends=self.ends,
            attempts=self.attempts,
        )
