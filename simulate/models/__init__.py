"""Chat models: OpenAI-compatible, embedded, scripted. One protocol, one method, one opener."""

from simulate.models.chat import (
    AnyModel,
    ChatModel,
    ChatReply,
    ChatRequest,
    Learnt,
    Noticed,
    StopReason,
    Usage,
)
from simulate.models.journal import answering_name
from simulate.models.kinds import open_model
from simulate.models.named import ModelNames
from simulate.models.opener import Models
from simulate.models.scripted import ScriptedModel
from simulate.models.settings import ModelSettings
from simulate.models.spec import ModelSpec, default_spec, holds_secret, redacted

__all__ = [
    "AnyModel",
    "ChatModel",
    "ChatReply",
    "ChatRequest",
    "Learnt",
    "ModelNames",
    "ModelSettings",
    "ModelSpec",
    "Models",
    "Noticed",
    "ScriptedModel",
    "StopReason",
    "Usage",
    "answering_name",
    "default_spec",
    "holds_secret",
    "open_model",
    "redacted",
]
