"""What a target is: an external system under test that talks in sessions.

Everything that can be tested (a chat endpoint, an HTTP or WebSocket service, a Python function, a
subprocess) is a `Target`, and so is anything a user writes with the same methods. One dialogue
has one session. A target that does not do its part raises a `TargetError`: a finding, no crash.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool call that a target reports beside its text.

    Attributes:
        name: the tool's name.
        arguments: its arguments, plain JSON data.
        id: what the target calls this call by; empty where it has no name for it.
        result: what the tool answered, plain JSON data; None where nobody answered here.
        error: why the tool failed; None where it did not.
        after: how many messages of the turn were said before it.
    """

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    id: str = ""
    result: Any = None
    error: str | None = None
    after: int = 0

    @property
    def answered(self) -> bool:
        """Whether what the tool answered is on record."""
        return self.result is not None or self.error is not None

    @property
    def told(self) -> str:
        """It for readers, on what may be several lines: name, arguments, and what came of it."""
        said = f"calls {self.name} {json.dumps(dict(self.arguments), ensure_ascii=False)}"
        if self.error is not None:
            return f"{said} → failed: {self.error}"
        if self.result is None:
            return said
        text = self.result if isinstance(self.result, str) else None
        return f"{said} → {text or json.dumps(self.result, ensure_ascii=False)}"

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON data: name, arguments, and what else is known of it."""
        more: dict[str, Any] = {"id": self.id} if self.id else {}
        if self.result is not None:
            more["result"] = self.result
        if self.error is not None:
            more["error"] = self.error
        if self.after:
            more["after"] = self.after
        return {"name": self.name, "arguments": self.arguments, **more}


class Said(NamedTuple):
    """One turn that lies behind.

    Attributes:
        speaker: whose it was.
        text: its text; empty where the target only called tools.
        tool_calls: what the target called in it, with results.
    """

    speaker: Literal["user", "target"]
    text: str
    tool_calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True, slots=True)
class TargetReply:
    """What a target did in one turn of its own.

    Attributes:
        messages: the messages that it sent, in order; none of them empty. At least one, unless
            there are tool calls.
        tool_calls: what it reports to have called, in order.
        latency_s: seconds from the user's message to the end of the target's turn.
        ends: whether the target closed the conversation with it.
        attempts: how often the message was sent until it was let in, at least 1.
    """

    messages: tuple[str, ...]
    tool_calls: tuple[ToolCall, ...] = ()
    latency_s: float = 0.0
    ends: bool = False
    attempts: int = 1

    @property
    def text(self) -> str:
        """The messages as one text, joined by an empty line."""
        return "\n\n".join(self.messages)


class Session(Protocol):
    """One conversation with a target.

    One that takes results of tools has a method `results(calls)` too, which sends them the calls of
    its last reply with their results, and returns what it says then, as `reply` does.
    """

    async def greeting(self) -> TargetReply:
        """Return what the target says before the user has said anything.

        Raises:
            TargetError: it says nothing, or fails.
        """
        ...

    async def reply(self, message: str) -> TargetReply:
        """Send a user's message and return the target's whole turn.

        Raises:
            TargetError: no usable answer came within the time limit.
        """
        ...

    async def state(self) -> Any:
        """Return the target's state, plain JSON data; None where it offers none.

        Raises:
            TargetError: the state cannot be fetched.
        """
        ...

    async def aclose(self) -> None:
        """Tear the session down; never raises."""
        ...


class Target(Protocol):
    """An external system under test."""

    @property
    def name(self) -> str:
        """Its SPEC without secrets; it names the target in files and messages."""
        ...

    @property
    def concurrency(self) -> int:
        """How many sessions at once it bears, where the user does not say."""
        ...

    @property
    def remembers(self) -> bool:
        """Whether the target keeps the conversation.

        One that does not is sent it whole each time, and can go on after an interruption.
        """
        ...

    async def open(
        self, session: str, *, instructions: str = "", history: Sequence[Said] = ()
    ) -> Session:
        """Set up a session.

        A target with an attribute `reads`, a set of names such as `persona`, is given these too,
        as `values`.

        Args:
            session: an id that no other session of this run has.
            instructions: the speaker's instructions, for a target that is a bare chat model;
                others do not look at them.
            history: the turns that lie behind, where a dialogue is resumed; only for a target
                that does not remember.

        Raises:
            TargetError: the session cannot be set up.
        """
        ...

    async def aclose(self) -> None:
        """Give back connections, processes and memory."""
        ...
