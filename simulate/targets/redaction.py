"""How a target is named in messages, and what must never stand in one: its secrets."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote as url_quoted
from urllib.parse import unquote, urlsplit

from simulate.errors import TargetError, quote
from simulate.models.secrets import REDACTED
from simulate.verbalized import storable

__all__ = ["REDACTED", "Label", "Secrets", "credentials_of"]

SHORTEST_SECRET = 4
"""Characters. A shorter value would be found everywhere, and hides nothing."""
QUOTED_CHARACTERS = 200
LONGEST_LOOKED_AT = 20_000

E = TypeVar("E", bound=TargetError)


class Secrets:
    """Values that are replaced by `[redacted]` wherever they come up.

    Args:
        values: the secrets; those shorter than four characters are left alone.
    """

    def __init__(self, values: Iterable[str] = ()) -> None:
        spelled = {
            spelling
            for value in values
            if len(value.strip()) >= SHORTEST_SECRET
            for spelling in (
                value,
                value.strip(),
                url_quoted(value, safe=""),
                json.dumps(value)[1:-1],
                json.dumps(value, ensure_ascii=False)[1:-1],
            )
        }
        longest_first = sorted(spelled, key=lambda text: (-len(text), text))
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if spelled else None

    def hidden(self, text: str) -> str:
        """Return a text without the secrets, and without what a file cannot hold."""
        text = storable(text)
        return self._pattern.sub(REDACTED, text) if self._pattern is not None else text

    def hidden_in(self, data: Any) -> Any:
        """Return plain JSON data without the secrets, in keys and in values."""
        if isinstance(data, str):
            return self.hidden(data)
        if isinstance(data, dict):
            return {self.hidden(key): self.hidden_in(value) for key, value in data.items()}
        if isinstance(data, list):
            return [self.hidden_in(value) for value in data]
        return data


def credentials_of(url: str) -> list[str]:
    """Return the password of a URL as it may be said back, also in `Basic …`; none without one."""
    try:
        parts = urlsplit(url)
        user, password = parts.username or "", parts.password
    except ValueError:
        return []
    if not password:
        return []
    plain = f"{unquote(user)}:{unquote(password)}"
    return [password, unquote(password), base64.b64encode(plain.encode()).decode()]


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
