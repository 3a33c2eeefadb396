"""A persona: one simulated person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from simulate.errors import one_line

Value = str | int | float | bool
Attributes = dict[str, Value | None]
"""Name to value; None where it is missing, such as an answer that a person did not give."""


LONGEST_ID = 200
LONGEST_SHOWN = 200


def no_id(text: str) -> str | None:
    """Return why a text can be no id of a person in a file; None where it can."""
    if len(text) > LONGEST_ID:
        return f"has {len(text):,} characters; at most {LONGEST_ID}"
    if text != text.strip():
        return "has white space at an end; leave it out"
    return None


class _ToldWhenRead:
    """What has prose that is rendered when it is first read."""

    __slots__ = ("_in_words",)
    attributes: Attributes
    _in_words: Callable[[Attributes], str]

    def __getattr__(self, name: str) -> str:
        if name != "prose":
            raise AttributeError(name)
        prose = self._in_words(self.attributes)
        object.__setattr__(self, "prose", prose)
        return prose


@dataclass(frozen=True, slots=True)
class Persona(_ToldWhenRead):
    """One simulated person: typed attributes first, prose rendered from them second.

    Attributes:
        id: names the person in files and in the seeds of every random choice.
        attributes: name to value; None for a missing one.
        prose: the person in words, for the instructions of a speaker.
        talk: speaker and text of each turn of the talk that the person had; empty for none.
    """

    id: str
    attributes: Attributes = field(default_factory=dict)
    prose: str = ""
    talk: tuple[tuple[str, str], ...] = ()

    @classmethod
    def drawn(
        cls, id: str, attributes: Attributes, in_words: Callable[[Attributes], str]
    ) -> Persona:
        """Return a persona whose prose is rendered when it is first read, and then kept.

        A template takes a tenth of a millisecond, and drawing all else of a person a hundredth.

        Args:
            id: of the person.
            attributes: of the person.
            in_words: makes the prose of the attributes.
        """
        person = object.__new__(cls)
        keep = object.__setattr__
        keep(person, "id", id)
        keep(person, "attributes", attributes)
        keep(person, "talk", ())
        keep(person, "_in_words", in_words)
        return person

    def __repr__(self) -> str:
        known = ", ".join(f"{name} {value}" for name, value in self.attributes.items())
        told = one_line(f"{self.id}: {known}" if known else self.id)
        return f"Persona({told[:LONGEST_SHOWN]}{'…' * (len(told) > LONGEST_SHOWN)})"

    def values(self) -> Attributes:
        """Return what a template sees as `persona`: the attributes, `id` and `prose`."""
        return {**self.attributes, "id": self.id, "prose": self.prose}
