"""How a target is named in messages, and how they are kept free of its secrets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from simulate.errors import TargetError, quote
from simulate.models.secrets import Secrets

QUOTED_CHARACTERS = 200
LONGEST_LOOKED_AT = 20_000

E = TypeVar("E", bound=TargetError)


@dataclass(frozen=True, slots=True)
class Label:
    """A target in messages.

    Attributes:
        name: its SPEC without secrets.
        secrets: what no message may say.
    """

    name: str
    secrets: Secrets

    def quoted(self, what: str | bytes) -> str:
        """Quote the beginning of what came."""
        text = what[:LONGEST_LOOKED_AT]
        if isinstance(text, bytes):
            text = text.decode("utf-8", "replace")
        text = self.secrets.hidden(text)
        more = f"… ({len(what):,} {'bytes' if isinstance(what, bytes) else 'characters'} in all)"
        cut = len(what) > LONGEST_LOOKED_AT or len(text) > QUOTED_CHARACTERS
        return quote(text[:QUOTED_CHARACTERS]) + (more if cut else "")

    def quoted_end(self, text: str) -> str:
        """Quote the end of what came."""
        text = self.secrets.hidden(text[-LONGEST_LOOKED_AT:])
        return ("…" if len(text) > QUOTED_CHARACTERS else "") + quote(text[-QUOTED_CHARACTERS:])

    def error(self, kind: type[E], told: str) -> E:
        """Return an error that begins with the target's name and holds no secret."""
        return kind(f"target {self.name}: {self.secrets.hidden(told)}")
