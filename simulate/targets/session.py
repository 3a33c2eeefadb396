"""What all kinds of targets share: sessions with a time limit, ids that are open once, secrets."""

from __future__ import annotations

import asyncio
import contextlib
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from simulate.errors import (
    InputError,
    TargetError,
    TargetSilentError,
    TargetTimeoutError,
    quote,
)
from simulate.targets.config import TargetBase
from simulate.targets.exchange import Exchange
from simulate.targets.history import messages, rounds
from simulate.targets.redaction import Label
from simulate.targets.target import Said, Session, TargetReply, ToolCall
from simulate.targets.turn_buffer import Heard

CLOSING_S = 3.0
"""Seconds that a tear-down may take."""


class OpenTarget(ABC):
    """A target that is open.

    Args:
        config: what the target file says.
        label: its name and secrets.
        remembers: whether it keeps the conversation.

    Attributes:
        open_files: how many files of this process a session takes, connections included.
        trace: is shown each request and its answer, as they are over.
    """

    open_files = 1

    def __init__(self, config: TargetBase, label: Label, *, remembers: bool = True) -> None:
        self.config = config
        self.label = label
        self.name = label.name
        self.concurrency = config.concurrency
        self.remembers = remembers
        self.trace: Callable[[Exchange], None] | None = None
        self._sessions: dict[str, OpenSession | None] = {}

    @contextlib.contextmanager
    def traced(self, exchange: Exchange, label: Label) -> Iterator[None]:
        """Show whoever looks on a request and its answer, without secrets, once it is over."""
        sent = time.perf_counter()
        try:
            yield
        except Exception as error:
            exchange.error = str(error)
            raise
        finally:
            if self.trace is not None:
                exchange.seconds = time.perf_counter() - sent
                self.trace(exchange.without_secrets(label))

    @property
    def reads(self) -> frozenset[str]:
        """What of a dialogue it is to be told when a session is opened; see `Target.open`."""
        return self.config.reads()

    @property
    def reports_calls(self) -> bool:
        """Whether its tool calls can be on record at all."""
        return True

    @property
    def urls(self) -> list[str]:
        """Where it is sent what is said; see `TargetBase.urls`."""
        return self.config.urls()

    async def open(
        self,
        session: str,
        *,
        instructions: str = "",
        history: Sequence[Said] = (),
        values: Mapping[str, Any] = MappingProxyType({}),
    ) -> Session:
        """Set up a session; see `Target.open`.

        Raises:
            TargetError: it cannot be set up, or a session of this id is open already.
        """
        if session in self._sessions:
            raise self.label.error(
                TargetError,
                f"session {quote(session)} is already open; two dialogues cannot share one: "
                "give each an id of its own",
            )
        self._sessions[session] = None
        made = self._session(session, instructions, list(history))
        made.given = values
        try:
            await made.limited("the set-up", made.set_up)
        except BaseException:
            await made.aclose()
            raise
        self._sessions[session] = made
        return made

    async def aclose(self) -> None:
        """Tear down what is still open, and give back connections, processes and memory."""
        left = [session for session in self._sessions.values() if session is not None]
        await asyncio.gather(*(session.aclose() for session in left))
        with contextlib.suppress(Exception):
            async with asyncio.timeout(CLOSING_S):
                await self._close()

    def forget(self, session: str) -> None:
        """Take note that a session is over."""
        self._sessions.pop(session, None)

    @abstractmethod
    def _session(self, session: str, instructions: str, history: list[Said]) -> OpenSession:
        """Make a session that is not set up yet."""

    async def _close(self) -> None:  # noqa: B027  # not every kind has it
        """Give back what the sessions shared."""


class OpenSession(ABC):
    """One conversation with a target.

    Args:
        target: the target.
        id: the id that the run gave it.
        said: the turns that lie behind.
    """

    keeps_time = False
    """Whether it ends a turn by itself, with a `TimeoutError`, when the target's time is over."""
    stops_after_error = False
    """Whether a turn that failed leaves the session unusable, since its rest may still come."""

    def __init__(self, target: OpenTarget, id: str, said: list[Said]) -> None:
        self.label = target.label
        self.id = id
        self.said = said
        self.given: Mapping[str, Any] = {}
        self._target = target
        self._since = 0
        self._busy = False
        self._stopped = False
        self._closed = False

    async def greeting(self) -> TargetReply:
        """Return what the target says first; see `Session.greeting`."""
        return await self._turn(None)

    async def reply(self, message: str) -> TargetReply:
        """Send a message and return the target's whole turn; see `Session.reply`."""
        return await self._turn(message)

    @property
    def takes_results(self) -> bool:
        """Whether it can be told what tools answered."""
        return False

    async def results(self, calls: Sequence[ToolCall]) -> TargetReply:
        """Send what tools answered to the calls of its last reply; see `Session`."""
        before, since = self.said[: self._since], self.said[self._since :]
        text = "\n\n".join(each.text for each in since if each.text)
        self.said = [*before, Said("target", text, tuple(calls))]
        return await self._turn(None, calls)

    async def state(self) -> Any:
        """Return the target's state; see `Session.state`."""
        with self._alone():
            state = await self.limited("the state", self._state)
        return self.label.hidden_in(state)

    async def aclose(self) -> None:
        """Tear the session down; never raises, and takes at most five seconds."""
        if self._closed:
            return
        self._closed = True
        try:
            with contextlib.suppress(Exception):
                async with asyncio.timeout(CLOSING_S):
                    await self._tear_down(self._heard(CLOSING_S))
        finally:
            self._target.forget(self.id)

    async def limited(self, what: str, do: Callable[[Heard], Coroutine[Any, Any, Any]]) -> Any:
        """Do something within the target's time limit, with errors that name the target."""
        timeout_s = self._target.config.timeout_s
        heard = self._heard(timeout_s)
        try:
            async with asyncio.timeout(None if self.keeps_time else timeout_s):
                return await do(heard)
        except TimeoutError:
            raise self.label.error(
                TargetTimeoutError,
                f"{what} is not over after {timeout_s:g} s; {heard.so_far()}"
                f"{self._about_timeout()}",
            ) from None
        except InputError as error:  # a template that fails on this one message
            raise self.label.error(TargetError, str(error)) from None

    async def set_up(self, heard: Heard) -> None:  # noqa: B027  # not every kind has it
        """Set the session up."""

    @abstractmethod
    async def _hear(self, message: str | None, heard: Heard) -> None:
        """Send a message, or none for what the target says first, and hear its turn."""

    async def _hear_after(self, calls: Sequence[ToolCall], heard: Heard) -> None:
        """Send what tools answered, and hear what it says then."""
        raise NotImplementedError

    async def _state(self, heard: Heard) -> Any:  # noqa: B027  # not every kind has it
        """Fetch the state."""

    async def _tear_down(self, heard: Heard) -> None:  # noqa: B027  # not every kind has it
        """Give back what the session has."""

    def _about_timeout(self) -> str:
        """Say what else is to be known where the time was over."""
        return ""

    async def _turn(
        self, message: str | None, calls: Sequence[ToolCall] | None = None
    ) -> TargetReply:
        async def hear(heard: Heard) -> TargetReply:
            if calls is None:
                await self._hear(message, heard)
            else:
                await self._hear_after(calls, heard)
            return heard.reply()

        with self._alone():
            try:
                reply: TargetReply = await self.limited("its turn", hear)
            except TargetSilentError:
                raise
            except BaseException:
                self._stopped = self.stops_after_error
                raise
        if message is not None:
            self.said.append(Said("user", message))
        self._since = len(self.said)
        self.said += rounds(reply.messages, reply.tool_calls)
        return reply

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep two callers out of one session, and all out of one that is over."""
        if self._busy:
            raise self.label.error(
                TargetError, f"session {quote(self.id)}: its turn is not over; wait for its reply"
            )
        if self._closed or self._stopped:
            why = "closed" if self._closed else "over since a turn of it failed"
            raise self.label.error(TargetError, f"session {quote(self.id)} is {why}")
        self._busy = True
        try:
            yield
        finally:
            self._busy = False

    def _heard(self, seconds: float) -> Heard:
        return Heard(self.label, asyncio.get_running_loop().time() + seconds)

    def _speaks_not_first(self, do: str) -> TargetError:
        return self.label.error(TargetSilentError, f"does not speak first; {do}")

    def _values(self, message: str | None, environment: Mapping[str, str]) -> dict[str, Any]:
        """Return what the templates see.

        The new message stands at the end of the history.
        """
        said = [*self.said, Said("user", message)] if message else self.said
        return {
            "session": self.id,
            "message": message or "",
            "history": messages(said),
            "env": environment,
            **self.given,
        }
