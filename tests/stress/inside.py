"""The planted bot as a target within this process: a class of one's own that keeps the protocol."""

from collections.abc import Sequence
from typing import Any

from simulate.targets import Said, TargetReply, ToolCall
from tests.stress.bot import Bot


class Inside:
    """A target that asks the bot's head directly.

    Args:
        bot: the bot.
        remembers: whether sessions are the bot's to keep.
    """

    name = "inside"
    concurrency = 8

    def __init__(self, bot: Bot, *, remembers: bool = True) -> None:
        self.bot = bot
        self.remembers = remembers
        self.opened: list[str] = []
        self.closed: list[str] = []
        self.messages = 0

    async def open(
        self, session: str, *, instructions: str = "", history: Sequence[Said] = ()
    ) -> "InsideSession":
        """Open a session; without a memory of its own, the bot is told again what was said."""
        assert self.remembers or session not in self.bot.chats or history
        assert not (self.remembers and history)
        self.opened.append(session)
        self.bot.chats.pop(session, None)
        for whose, text, _ in history:
            if whose == "user":
                self.bot.answer(session, text)
        return InsideSession(self, session)

    def answered(self, session: str, message: str) -> TargetReply:
        """Answer a message."""
        self.messages += 1
        answer = self.bot.answer(session, message)
        tools = tuple(ToolCall(t["name"], t["arguments"]) for t in answer.tools)
        return TargetReply(tuple(answer.messages), tools, 0.25)

    async def aclose(self) -> None:
        """Nothing is open."""


class InsideSession:
    def __init__(self, target: Inside, session: str) -> None:
        self.target, self.session = target, session

    async def greeting(self) -> TargetReply:
        return TargetReply(("Welcome to the Lantern shop.",))

    async def reply(self, message: str) -> TargetReply:
        return self.target.answered(self.session, message)

    async def state(self) -> Any:
        return self.target.bot.state(self.session)

    async def aclose(self) -> None:
        self.target.closed.append(self.session)
