"""Chat messages as OpenAI has them: an object with `messages`, or a list of messages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from simulate.reference.chat_logs.logged import (
    CONVERSATION,
    PERSON,
    Format,
    LoggedDialogue,
    Place,
    attributes_of,
    named,
)
from simulate.reference.chat_logs.messages import messages_of


class OpenAIMessages(Format):
    """`{"messages": [{"role": …, "content": …}, …], "metadata": {…}}`."""

    name = "OpenAI chat messages"

    def fits(self, value: Any) -> bool:
        """Tell whether a value is a dialogue of messages."""
        if isinstance(value, dict):
            return isinstance(value.get("messages"), list)
        return isinstance(value, list) and bool(value) and is_message(value[0])

    def take(self, value: Any, place: Place) -> Iterable[LoggedDialogue]:
        """Read a dialogue."""
        said = value if isinstance(value, dict) else {"messages": value}
        metadata = found if isinstance(found := said.get("metadata"), dict) else {}
        about = {**metadata, **said}
        yield LoggedDialogue(
            place,
            messages_of(said["messages"]),
            named(about, CONVERSATION),
            named(about, PERSON),
            attributes_of(metadata, (*CONVERSATION, *PERSON)),
        )


def is_message(value: Any) -> bool:
    """Tell whether a value is one message."""
    return isinstance(value, dict) and "role" in value and ("content" in value or "parts" in value)
