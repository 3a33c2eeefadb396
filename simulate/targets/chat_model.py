"""Targets that are chat models: the conversation is kept here and sent whole each time."""

from __future__ import annotations

from typing import Any

from simulate.errors import EndpointError, ModelError, TargetReplyError, TargetUnreachableError
from simulate.models import ChatModel, ChatRequest
from simulate.targets.answers import read_calls
from simulate.targets.config import ModelTarget
from simulate.targets.redaction import Label
from simulate.targets.session import OpenSession, OpenTarget
from simulate.targets.target import Said
from simulate.targets.turn_buffer import Heard

__all__ = ["OpenModelTarget"]


class OpenModelTarget(OpenTarget):
    """A chat model under test.

    Args:
        config: what the target file says.
        label: its name and secrets.
        model: the model, which is closed with the target.
    """

    def __init__(self, config: ModelTarget, label: Label, model: ChatModel) -> None:
        super().__init__(
            label, timeout_s=config.timeout_s, concurrency=config.concurrency, remembers=False
        )
        self.config = config
        self.model = model

    def _session(self, session: str, instructions: str, history: list[Said]) -> OpenSession:
        return _ModelSession(self, session, history, instructions)

    async def _close(self) -> None:
        await self.model.aclose()


class _ModelSession(OpenSession):
    """One conversation with a chat model."""

    def __init__(
        self, target: OpenModelTarget, id: str, said: list[Said], instructions: str
    ) -> None:
        super().__init__(target, id, said)
        self._config = target.config
        self._model = target.model
        system = instructions if target.config.system is None else target.config.system
        self._system = [{"role": "system", "content": system}] if system.strip() else []

    async def _hear(self, message: str | None, heard: Heard) -> None:
        messages: list[Any] = [*self._system, *self._values(message, {})["history"]]
        if not messages:
            raise self._speaks_not_first("give it a system prompt or instructions to begin from")
        request = ChatRequest(
            messages,
            max_tokens=self._config.max_tokens,
            temperature=self._config.temperature,
            tools=self._config.tools,
        )
        try:
            reply = await self._model.complete(request)
        except EndpointError as error:
            raise self.label.error(TargetUnreachableError, str(error)) from None
        except ModelError as error:
            raise self.label.error(TargetReplyError, str(error)) from None
        heard.tries = reply.tries
        heard.say(reply.text)
        heard.tool_calls += read_calls(reply.tool_calls, self.label)
