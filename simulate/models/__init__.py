"""Chat models: OpenAI-compatible, embedded, scripted. One protocol, one method."""

from simulate.models.chat import ChatModel, ChatReply, ChatRequest, Finish, Learnt, Usage, cost_of
from simulate.models.scripted import ScriptedModel
from simulate.models.secrets import holds_secret, redacted
from simulate.models.spec import default_spec, open_model, open_named

__all__ = [
    "ChatModel",
    "ChatReply",
    "ChatRequest",
    "Finish",
    "Learnt",
    "ScriptedModel",
    "Usage",
    "cost_of",
    "default_spec",
    "holds_secret",
    "open_model",
    "open_named",
    "redacted",
]
