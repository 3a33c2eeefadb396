"""A persona: one simulated person."""

from __future__ import annotations

from dataclasses import dataclass, field

Value = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Persona:
    """One simulated person: typed attributes first, prose rendered from them second.

    Attributes:
        id: names the person in files and in the seeds of every random choice.
        attributes: name to value.
        prose: the person in words, for the instructions of a speaker.
        talk: speaker and text of each turn of the talk that the person had; empty for none.
    """

    id: str
    attributes: dict[str, Value] = field(default_factory=dict)
    prose: str = ""
    talk: tuple[tuple[str, str], ...] = ()

    def values(self) -> dict[str, Value]:
        """Return what a template sees as `persona`: the attributes, `id` and `prose`."""
        return {**self.attributes, "id": self.id, "prose": self.prose}
