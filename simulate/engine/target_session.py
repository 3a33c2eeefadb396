"""What one dialogue says to one target."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar

from simulate.engine.tools import ToolBox, served
from simulate.errors import EndpointError, TargetUnreachableError
from simulate.runfile import Turn
from simulate.scenario import indented
from simulate.targets import Said, Session, Target, TargetReply, ToolCall
from simulate.targets.history import rounds

T = TypeVar("T")


@dataclass(slots=True)
class AttachedTarget:
    """A target that a run is attached to.

    Attributes:
        target: the target.
        served: whether it has answered anybody yet; until then, nobody being there ends the run.
    """

    target: Target
    served: bool = False


class TargetDivergedError(Exception):
    """A target whose session was lost does not say the same again."""


class TargetSession:
    """What one dialogue says to one target.

    Args:
        attached: the target.
        session: an id that no other session has.
        instructions: of the speaker, rendered.
        name: the speaker that it plays.
        values: what the speaker's templates see; see `template_values`.
        tools: those of the dialogue; None where its scenario declares none.
    """

    def __init__(
        self,
        attached: AttachedTarget,
        session: str,
        instructions: str,
        name: str,
        values: Mapping[str, object] = MappingProxyType({}),
        tools: ToolBox | None = None,
    ) -> None:
        self._attached = attached
        self._id = session
        self._instructions = instructions
        self._name = name
        self._values = values
        self._tools = tools
        self._session: Session | None = None
        self._heard = 0

    async def begin(self, turns: Sequence[Turn]) -> None:
        """Open the session, and bring it to where the dialogue stands.

        A target that does not remember is handed the turns. One that does lost its session when
        the run was interrupted: the user's turns are said to it again, and it has to answer as it
        did, which costs no model call.

        Raises:
            TargetError: the session cannot be set up.
            TargetDivergedError: it answers otherwise.
        """
        target = self._attached.target
        if not target.remembers:
            history: list[Said] = []
            for i, turn in enumerate(turns):
                if turn.speaker == self._name:
                    if i:
                        history.append(Said("user", self._message(turns[:i])))
                    history += rounds(turn.messages or (turn.text,), turn.tool_calls)
                    self._heard = i + 1
                    if self._tools is not None:
                        await self._tools.recall(turn.tool_calls)
            self._session = await self._open(self._id, history)
            return
        again = f"{self._id}-{secrets.token_hex(3)}" if turns else self._id
        self._session = await self._open(again, [])
        for i, turn in enumerate(turns):
            if turn.speaker != self._name:
                continue
            answer = await self.turn(turns[:i], turn.tool_calls)
            if answer.text != turn.text:
                raise TargetDivergedError(
                    "the dialogue was interrupted, and the target, told the same again in a new "
                    "session, answers otherwise"
                )

    async def _open(self, session: str, history: Sequence[Said]) -> Session:
        """Set the session up, with those of the values that the target reads."""
        target = self._attached.target
        reads: frozenset[str] = getattr(target, "reads", frozenset())
        more: dict[str, Any] = {}
        if reads:
            tools = self._tools.offered if self._tools is not None else []
            values = {"tools": tools, **self._values}
            more["values"] = {name: values[name] for name in sorted(reads)}
        return await self._tell(
            target.open(session, instructions=self._instructions, history=history, **more)
        )

    def _message(self, turns: Sequence[Turn]) -> str:
        """Return what it is told of the turns that it has not heard yet."""
        others = {turn.speaker for turn in turns if turn.speaker != self._name}
        return "\n\n".join(
            f"{t.speaker}: {indented(t.text)}" if len(others) > 1 else t.text
            for t in turns[self._heard :]
            if t.speaker != self._name
        )

    async def turn(self, turns: Sequence[Turn], on_file: Sequence[ToolCall] = ()) -> TargetReply:
        """Take the target's next turn.

        Args:
            turns: all turns so far in which something was said; what it has not heard yet is
                said to it.
            on_file: the calls of this turn, where it was taken before.

        Raises:
            TargetError: no usable answer came.
        """
        session = self._session
        assert session is not None  # noqa: S101  # `begin` comes first
        first = session.reply(self._message(turns)) if turns else session.greeting()
        reply = await self._tell(first)
        self._attached.served = True
        if self._tools is not None and reply.tool_calls:
            name = self._attached.target.name
            reply = await served(session, reply, self._tools, name, on_file)
        self._heard = len(turns) + 1
        return reply

    async def state(self) -> Any:
        """Return the target's state, or what its tools know; None where there is neither."""
        found = None if self._session is None else await self._session.state()
        if found is None and self._tools is not None and self._tools.knows:
            return self._tools.state
        return found

    async def aclose(self) -> None:
        """Tear the session down."""
        if self._session is not None:
            await self._session.aclose()
            self._session = None

    async def _tell(self, answer: Awaitable[T]) -> T:
        """Await what the target does; that nobody is there at all is no finding of a dialogue."""
        try:
            return await answer
        except TargetUnreachableError as error:
            if not self._attached.served:
                raise EndpointError(str(error)) from None
            raise
