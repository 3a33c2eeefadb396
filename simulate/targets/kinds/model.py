"""Targets that are chat models: the conversation is kept here and sent whole each time."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from simulate.errors import (
    EndpointError,
    ModelError,
    ModelSpecError,
    TargetError,
    TargetReplyError,
    TargetSpecError,
    TargetUnreachableError,
)
from simulate.files.paths import leads_elsewhere
from simulate.models import ChatModel, ChatRequest, Models, ModelSpec, holds_secret, redacted
from simulate.models.openai_compatible import OpenAICompatible
from simulate.targets.answers import read_calls
from simulate.targets.config import Opening, TargetBase
from simulate.targets.redaction import Label
from simulate.targets.session import OpenSession, OpenTarget
from simulate.targets.target import Said, Target, ToolCall
from simulate.targets.turn_buffer import Heard


def _without_secret(spec: str) -> str:
    if holds_secret(spec):
        raise ValueError(
            "must have no password or key in its URL, since every run file holds it: give the key "
            "by OPENAI_API_KEY, or OPENAI_API_KEY_FILE"
        )
    return spec


ModelName = Annotated[str, Field(min_length=1), AfterValidator(_without_secret)]


class ModelTarget(TargetBase):
    """A chat model: an OpenAI-compatible endpoint, or any other model SPEC."""

    runs_code = False
    schemes = ("model",)
    form = "model:NAME@http://host:port/v1"

    kind: Literal["model"]
    """Which sort of target it is."""
    model: ModelName
    """A model SPEC, such as `NAME@http://127.0.0.1:8000/v1`."""
    system: str | None = None
    """Its system prompt; by default the speaker's instructions."""
    temperature: Annotated[float, Field(ge=0, le=5)] | None = None
    """The sampling temperature; by default the endpoint's."""
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    """The longest reply in tokens; by default the endpoint's."""
    tools: list[dict[str, Any]] = []
    """Tools that it is offered, as the chat-completions protocol has them; by default those of the
    scenario that have `parameters`. A call is answered where the scenario says what with."""

    @classmethod
    def understands(cls, spec: str) -> bool:
        """See `TargetBase.understands`; a model at an endpoint may be named without `model:`."""
        if super().understands(spec):
            return True
        try:
            read = ModelSpec.parse(spec)
        except ModelSpecError:
            return False
        return read.url is not None and not re.search(r"\s|://", read.name)

    @classmethod
    def fields_of(cls, spec: str) -> dict[str, Any]:
        return {"model": spec.removeprefix("model:")}

    def spec(self) -> str:
        return f"model:{redacted(self.model)}"

    def reads(self) -> frozenset[str]:
        return frozenset() if self.tools else frozenset({"tools"})

    def not_by_file(self) -> str | None:
        file = self.read().file or ""
        return "reads a file outside the folder of the run" if leads_elsewhere(file) else None

    def open(self, opening: Opening) -> Target:
        """See `TargetBase.open`; named by a file only, a key goes to `OPENAI_BASE_URL` alone.

        Raises:
            TargetSpecError: the model's SPEC names nothing, or the model takes no tools.
        """
        name = self.spec()
        spec = self.read()
        if self.tools and not spec.at_endpoint:
            raise TargetSpecError(
                f"target {name}: the {spec.kind} model takes no tools; leave tools out, or name a "
                "model at an endpoint"
            )
        models, own = opening.models, None
        if models is None:
            own = models = Models(environment=opening.environment)
        try:
            model = models.tested(self.model, timeout_s=self.timeout_s, by_file=opening.by_file)
            if models.knows(self.model):
                name = f"model:{model.name}"
        except ModelSpecError as error:
            raise TargetSpecError(f"target {name}: {error}") from None
        return OpenModelTarget(self, Label(name), model, own)

    def read(self) -> ModelSpec:
        """Return what its SPEC says.

        Raises:
            TargetSpecError: it names nothing.
        """
        try:
            return ModelSpec.parse(self.model)
        except ModelSpecError as error:
            raise TargetSpecError(f"target {self.spec()}: {error}") from None


class OpenModelTarget(OpenTarget):
    """A chat model under test.

    Args:
        config: what the target file says.
        label: its name and secrets.
        model: it ends a call by itself when its time is over.
        own: is closed with the target; None where the model belongs to a run.
    """

    config: ModelTarget
    open_files = 0  # its host is counted with those of the other models

    def __init__(
        self, config: ModelTarget, label: Label, model: ChatModel, own: Models | None
    ) -> None:
        super().__init__(config, label, remembers=False)
        self.model = model
        self._own = own

    @property
    def urls(self) -> list[str]:
        return [self.model.connection.url] if isinstance(self.model, OpenAICompatible) else []

    def _session(self, session: str, instructions: str, history: list[Said]) -> OpenSession:
        return _ModelSession(self, session, history, instructions)

    async def _close(self) -> None:
        if self._own is not None:
            await self._own.aclose()


class _ModelSession(OpenSession):
    """One conversation with a chat model."""

    keeps_time = True

    def __init__(
        self, target: OpenModelTarget, id: str, said: list[Said], instructions: str
    ) -> None:
        super().__init__(target, id, said)
        self._config = target.config
        self._model = target.model
        system = instructions if target.config.system is None else target.config.system
        self._system = [{"role": "system", "content": system}] if system.strip() else []

    @property
    def takes_results(self) -> bool:
        return True

    @property
    def _tools(self) -> list[dict[str, Any]]:
        return self._config.tools or self.given.get("tools", [])

    async def set_up(self, heard: Heard) -> None:
        """Refuse to offer the scenario's tools to a model that takes none."""
        spec = self._config.read()
        if self._tools and not spec.at_endpoint:
            raise self.label.error(
                TargetError,
                f"the {spec.kind} model takes no tools, and the scenario has some; name a model at "
                "an endpoint",
            )

    async def _hear_after(self, calls: Sequence[ToolCall], heard: Heard) -> None:
        await self._hear("", heard)

    async def _hear(self, message: str | None, heard: Heard) -> None:
        messages: list[Any] = [*self._system, *self._values(message, {})["history"]]
        if not messages:
            raise self._speaks_not_first("give it a system prompt or instructions to begin from")
        request = ChatRequest(
            messages,
            max_tokens=self._config.max_tokens,
            temperature=self._config.temperature,
            tools=self._tools,
        )
        try:
            reply = await self._model.complete(request)
        except EndpointError as error:
            raise self.label.error(TargetUnreachableError, str(error)) from None
        except ModelError as error:
            raise self.label.error(TargetReplyError, str(error)) from None
        heard.sent = time.perf_counter() - reply.latency_s
        heard.attempts = reply.attempts
        heard.say(reply.text)
        heard.called(read_calls(reply.tool_calls, self.label))


TARGET = ModelTarget
