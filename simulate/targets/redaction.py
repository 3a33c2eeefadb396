"""How a target is named in messages, and how they are kept free of its secrets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeVar

from simulate.errors import QUOTED_CHARACTERS, TargetError, quote
from simulate.models.redaction import Secrets, hidden, hidden_in, hidden_in_reply
from simulate.verbalized import storable

LONGEST_LOOKED_AT = 20_000

E = TypeVar("E", bound=TargetError)


@dataclass(frozen=True, slots=True)
class Label:
    """A target in messages.

    Attributes:
        name: its SPEC without secrets.
        secrets: its own, of which a short one too is hidden in what it says.
        of_session: those of one session, such as a token against forged requests.
    """

    name: str
    secrets: Secrets = field(default_factory=Secrets)
    of_session: Secrets = field(default_factory=Secrets)

    def for_session(self) -> Label:
        """Return the label of one session, which has secrets of its own beside the target's."""
        return Label(self.name, self.secrets)

    def hidden(self, text: str) -> str:
        """Return what it says without its secrets and those of the process."""
        return hidden_in_reply(self._own(storable(text)))

    def hidden_in(self, data: Any) -> Any:
        """Return plain JSON data of it likewise."""
        return hidden_in(data, self.hidden)

    def quoted(self, what: str | bytes, limit: int = QUOTED_CHARACTERS) -> str:
        """Quote the beginning of what came."""
        text = what[:LONGEST_LOOKED_AT]
        if isinstance(text, bytes):
            text = text.decode("utf-8", "replace")
        text = self._told(text)
        more = f"… ({len(what):,} {'bytes' if isinstance(what, bytes) else 'characters'} in all)"
        cut = len(what) > LONGEST_LOOKED_AT or len(text) > limit
        return quote(text[:limit], limit) + (more if cut else "")

    def quoted_end(self, text: str) -> str:
        """Quote the end of what came."""
        text = self._told(text[-LONGEST_LOOKED_AT:])
        return ("…" if len(text) > QUOTED_CHARACTERS else "") + quote(text[-QUOTED_CHARACTERS:])

    def error(self, kind: type[E], told: str) -> E:
        """Return an error that begins with the target's name and holds no secret."""
        return kind(f"target {self.name}: {self._told(told)}")

    def _told(self, text: str) -> str:
        return hidden(self._own(text))

    def _own(self, text: str) -> str:
        return self.of_session.hidden(self.secrets.hidden(text))
