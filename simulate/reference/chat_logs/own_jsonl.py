"""Dialogues as `simulate export` writes them, and labelled ones: an object with `turns`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from simulate.reference.chat_logs.json_values import OddValueError, objects
from simulate.reference.chat_logs.logged import (
    CONVERSATION,
    Format,
    LoggedDialogue,
    Place,
    attributes_of,
    named,
)
from simulate.reference.chat_logs.messages import MOST_MESSAGES, Message, message_of
from simulate.targets import ToolCall
from simulate.verbalized import storable


class OwnJsonl(Format):
    """`{"turns": [{"speaker": …, "text": …}, …]}`, and what else an export says."""

    name = "simulate's JSONL"

    def fits(self, value: Any) -> bool:
        """Tell whether a value is a dialogue with turns."""
        return isinstance(value, dict) and isinstance(value.get("turns"), list)

    def take(self, value: Any, place: Place) -> Iterable[LoggedDialogue]:
        """Read a dialogue."""
        if len(value["turns"]) > MOST_MESSAGES:
            raise OddValueError(f"has more than {MOST_MESSAGES:,} turns")
        person = value.get("persona")
        who = person if isinstance(person, dict) else {}
        yield LoggedDialogue(
            place,
            tuple(map(_turn, value["turns"])),
            named(value, CONVERSATION),
            named(who, ("id",)),
            attributes_of(who.get("attributes")),
        )


def _turn(turn: Any) -> Message:
    if not isinstance(turn, dict) or not isinstance(turn.get("speaker"), str):
        raise OddValueError("has a turn without “speaker”")
    if not isinstance(turn.get("text"), str):
        raise OddValueError("has a turn without “text”")
    said = message_of({"role": turn["speaker"], "content": turn.get("messages") or turn["text"]})
    return Message(
        storable(turn["speaker"]),
        said.texts,
        tuple(map(_call, objects(turn.get("tool_calls")))),
        ends=turn.get("ends") is True,
    )


def _call(found: dict[str, Any]) -> ToolCall:
    if not isinstance(found.get("name"), str):
        raise OddValueError("has a tool call without a name")
    arguments, error, after = (found.get(name) for name in ("arguments", "error", "after"))
    return ToolCall(
        storable(found["name"]),
        arguments if isinstance(arguments, dict) else {},
        storable(str(found.get("id", ""))),
        found.get("result"),
        storable(error) if isinstance(error, str) else None,
        after if isinstance(after, int) and after > 0 else 0,
    )
