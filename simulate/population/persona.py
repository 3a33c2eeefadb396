"""A persona: one simulated person."""

from __future__ import annotations

from dataclasses import dataclass, field

Value = str | int | float | bool
Attributes = dict[str, Value | None]
"""Name to value; None where it is missing, such as an answer that a person did not give."""


LONGEST_ID = 200


def no_id(text: str) -> str | None:
    """Return why a text can be no id of a person in a file; None where it can."""
    if len(text) > LONGEST_ID:
        return f"has {len(text):,} characters; at most {LONGEST_ID}"
    if text != text.strip():
        return "has white space at an end; leave it out"
    return None


@dataclass(frozen=True, slots=True)
class Persona:
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

    def values(self) -> Attributes:
        """Return what a template sees as `persona`: the attributes, `id` and `prose`."""
        return {**self.attributes, "id": self.id, "prose": self.prose}
