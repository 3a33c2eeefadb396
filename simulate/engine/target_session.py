"""What one dialogue says to one target."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar

from simulate.errors import EndpointError, TargetUnreachableError
from simulate.runfile import Turn
from simulate.scenario import indented
from simulate.targets import Said, Session, Target, TargetReply

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
    """

    def __init__(
        self,
        attached: AttachedTarget,
        session: str,
        instructions: str,
        name: str,
        values: Mapping[str, object] = MappingProxyType({}),
    ) -> None:
        self._attached = attached
        self._id = session
        self._instructions = instructions
        self._name = name
        self._values = values
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
            self._heard = self._own(turns)
            history = [
                Said("target" if t.speaker == self._name else "user", t.text, t.tool_calls)
                for t in turns[: self._heard]
            ]
            self._session = await self._open(self._id, history)
            return
        again = f"{self._id}-{secrets.token_hex(3)}" if turns else self._id
        self._session = await self._open(again, [])
        for i, turn in enumerate(turns):
            if turn.speaker != self._name:
                continue
            answer = await self.turn(turns[:i])
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
            more["values"] = {name: self._values[name] for name in sorted(reads)}
        return await self._tell(
            target.open(session, instructions=self._instructions, history=history, **more)
        )

    def _own(self, turns: Sequence[Turn]) -> int:
        """Return how many turns there are up to the target's last one."""
        own = [i for i, turn in enumerate(turns) if turn.speaker == self._name]
        return own[-1] + 1 if own else 0

    async def turn(self, turns: Sequence[Turn]) -> TargetReply:
        """Take the target's next turn.

        Args:
            turns: all turns so far in which something was said; what it has not heard yet is
                said to it.

        Raises:
            TargetError: no usable answer came.
        """
        session = self._session
        assert session is not None  # noqa: S101  # `begin` comes first
        new = turns[self._heard :]
        others = {turn.speaker for turn in turns if turn.speaker != self._name}
        texts = [
            f"{t.speaker}: {indented(t.text)}" if len(others) > 1 else t.text
            for t in new
            if t.speaker != self._name
        ]
        if turns:
            reply = await self._answered(session.reply("\n\n".join(texts)))
        else:
            reply = await self._answered(session.greeting())
        self._heard = len(turns) + 1
        return reply

    async def state(self) -> Any:
        """Return the target's state; None where it offers none."""
        return None if self._session is None else await self._session.state()

    async def aclose(self) -> None:
        """Tear the session down."""
        if self._session is not None:
            await self._session.aclose()
            self._session = None

    async def _answered(self, answer: Awaitable[TargetReply]) -> TargetReply:
        found = await self._tell(answer)
        self._attached.served = True
        return found

    async def _tell(self, answer: Awaitable[T]) -> T:
        """Await what the target does; that nobody is there at all is no finding of a dialogue."""
        try:
            return await answer
        except TargetUnreachableError as error:
            if not self._attached.served:
                raise EndpointError(str(error)) from None
            raise
