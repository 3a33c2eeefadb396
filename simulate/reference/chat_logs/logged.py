"""A dialogue of a chat log, and what a format of logs is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from simulate.population import Value
from simulate.reference.chat_logs.messages import Message
from simulate.verbalized import storable

LONGEST_NAME = 200
MOST_ATTRIBUTES = 100
CONVERSATION = ("conversation_id", "thread_id", "session_id", "dialogue", "id", "custom_id")
"""Fields that name a dialogue; the first that is there counts."""
PERSON = ("user_id", "user")
"""Fields that name who the user is."""


class Place(NamedTuple):
    """Where something stands.

    Attributes:
        file: as it was named.
        line: from 1.
    """

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class LoggedDialogue:
    """A dialogue of a log.

    Attributes:
        place: where it begins.
        messages: in order.
        conversation: what the log calls it; None for nothing.
        person: what the log calls its user; None for nothing.
        attributes: what is known of the user or the dialogue: short texts, numbers, truth values.
        people: of some roles, the name of who has it, and what is known of that person.
        of_people: whether roles are names of people.
    """

    place: Place
    messages: tuple[Message, ...]
    conversation: str | None = None
    person: str | None = None
    attributes: Mapping[str, Value] = field(default_factory=dict)
    people: Mapping[str, tuple[str, Mapping[str, Value]]] = field(default_factory=dict)
    of_people: bool = False


class Format(ABC):
    """A format of chat logs."""

    name: str
    """What messages call it."""

    @abstractmethod
    def fits(self, value: Any) -> bool:
        """Tell whether a value of a file is of this format, by its content."""

    @abstractmethod
    def take(self, value: Any, place: Place) -> Iterable[LoggedDialogue]:
        """Read a value; return the dialogues that are whole with it.

        Raises:
            OddValueError: it cannot be read; says what is wrong with it.
        """

    def rest(self) -> Iterable[LoggedDialogue]:
        """Return the dialogues whose parts may have come from anywhere, when all is read."""
        return ()


def named(found: Mapping[str, Any], fields: Iterable[str]) -> str | None:
    """Return the first of some fields that is there, as a name; None for none."""
    for each in fields:
        value = found.get(each)
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            return storable(str(value).strip()[:LONGEST_NAME])
    return None


def attributes_of(found: Any, without: Iterable[str] = ()) -> dict[str, Value]:
    """Return what of an object can tell groups of users apart."""
    taken = frozenset(without)
    known = found.items() if isinstance(found, dict) else ()
    kept = [
        (storable(name), storable(value) if isinstance(value, str) else value)
        for name, value in known
        if name not in taken
        and len(name) <= LONGEST_NAME
        and isinstance(value, str | int | float | bool)
        and len(str(value)) <= LONGEST_NAME
    ]
    return dict(kept[:MOST_ATTRIBUTES])
