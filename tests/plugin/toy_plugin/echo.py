"""A kind of target: it says back what it is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from simulate.targets import Opening, Said, Session, Target, TargetBase, TargetReply


class EchoTarget(TargetBase):
    """What a target file says: `{kind: echo, before: "You say:"}`, or the SPEC `echo:You say:`."""

    runs_code = False  # so a scenario file may name it; True, the default, asks for --target
    schemes = ("echo",)
    form = "echo:TEXT"

    kind: Literal["echo"]
    before: str = ""

    @classmethod
    def fields_of(cls, spec: str) -> dict[str, Any]:
        """Return the fields that a SPEC stands for."""
        return {"before": spec.partition(":")[2]}

    def spec(self) -> str:
        """Return the SPEC, which names the target in run files."""
        return f"echo:{self.before}"

    def open(self, opening: Opening) -> Target:
        """Open it."""
        return Echo(self)


class Echo:
    """The target itself; each dialogue opens a session."""

    remembers = True

    def __init__(self, config: EchoTarget) -> None:
        self.name = config.spec()
        self.concurrency = config.concurrency
        self.before = config.before

    async def open(
        self, session: str, *, instructions: str = "", history: Sequence[Said] = ()
    ) -> Session:
        """Open a session."""
        return EchoSession(self.before)

    async def aclose(self) -> None:
        """Do nothing: there is nothing to give back."""


class EchoSession:
    """One dialogue."""

    def __init__(self, before: str) -> None:
        self.before = before

    async def greeting(self) -> TargetReply:
        """Speak first."""
        return TargetReply((f"{self.before} Hello.",))

    async def reply(self, message: str) -> TargetReply:
        """Answer a message."""
        return TargetReply((f"{self.before} {message}",))

    async def state(self) -> Any:
        """Return nothing: there is no state."""
        return None

    async def aclose(self) -> None:
        """Do nothing."""
