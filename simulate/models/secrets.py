"""Keys and passwords: where they come from, and how they are kept out of every text.

A key comes from the environment or from a file that the environment names. It stands in no file
of a run, no message and no process title: names are shortened to what is no secret, and what an
endpoint says is searched for the secrets that were sent to it.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from simulate.errors import ModelSpecError

__all__ = [
    "REDACTED",
    "Secrets",
    "authorization",
    "check_key",
    "find_key",
    "holds_secret",
    "redacted",
]

REDACTED = "[redacted]"
LONGEST_KEY_FILE = 64 * 1024
SHORTEST_IN_REPLIES = 16
"""A shorter key, such as “ollama” for a server that needs none, may well be a word of a reply."""

_AT_URL = re.compile(r"^(?P<name>.+?)@(?P<url>https?://.*)$", re.DOTALL | re.IGNORECASE)
_CREDENTIALS = re.compile(r"//[^/?#\s]*@")
_SECRET_QUERY = re.compile(r"[?&][^=&#]*(?:key|token|secret|passw|signature|auth)[^=&#]*=", re.I)


def redacted(spec: str) -> str:
    """Return a SPEC, or a URL, without credentials and without its query."""
    matched = _AT_URL.match(spec)
    if not matched:
        if "://" not in spec:
            return spec
        return re.sub(r"//.*@", "//", spec.partition("?")[0], flags=re.DOTALL)
    try:
        parts = urlsplit(matched["url"])
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return f"{matched['name']}@(not a URL)"
    host = f"[{host}]" if ":" in host else host
    return f"{matched['name']}@{urlunsplit((parts.scheme, host + port, parts.path, '', ''))}"


def holds_secret(spec: str) -> bool:
    """Tell whether a SPEC or a URL holds credentials, or a query that looks like a key."""
    return bool(_CREDENTIALS.search(spec) or ("://" in spec and _SECRET_QUERY.search(spec)))


def find_key(environment: Mapping[str, str]) -> str | None:
    """Return the key in `OPENAI_API_KEY`, or in the file that `OPENAI_API_KEY_FILE` names.

    Raises:
        ModelSpecError: both are set, or the file cannot be read, or holds no key.
    """
    key, name = environment.get("OPENAI_API_KEY"), environment.get("OPENAI_API_KEY_FILE")
    if not name:
        return key or None
    if key:
        raise ModelSpecError("OPENAI_API_KEY and OPENAI_API_KEY_FILE are both set; unset one")
    try:
        with Path(name).open("rb") as file:
            content = file.read(LONGEST_KEY_FILE + 1)
        text = content.decode("utf-8-sig").strip()
    except OSError as error:
        raise ModelSpecError(
            f"OPENAI_API_KEY_FILE: {name} cannot be read: {error.strerror}"
        ) from None
    except UnicodeDecodeError:
        text = ""
    if not text or len(content) > LONGEST_KEY_FILE or len(text.split()) != 1:
        raise ModelSpecError(
            f"OPENAI_API_KEY_FILE: {name} must hold the key on one line and nothing else"
        )
    return text


def check_key(key: str) -> None:
    """Refuse a key that no HTTP header can hold, without showing it.

    Raises:
        ModelSpecError: it has white space, control characters, or letters beyond ASCII in it.
    """
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise ModelSpecError(
            "the API key has a character in it that no key has, such as a line break or a space; "
            "look at OPENAI_API_KEY"
        )


def authorization(key: str | None, url: str) -> dict[str, str]:
    """Return the header that carries a key; none where the URL holds credentials of its own.

    Raises:
        ModelSpecError: see `check_key`.
    """
    if not key or "@" in urlsplit(url).netloc:
        return {}
    check_key(key)
    return {"Authorization": f"Bearer {key}"}


class Secrets:
    """What was sent to an endpoint and must not come back in any text.

    Args:
        key: the API key, or None.
        url: the endpoint's URL, whose credentials and query are secrets too.
    """

    def __init__(self, key: str | None, url: str) -> None:
        found = {key or ""}
        parts = urlsplit(url)
        credentials, at, _ = parts.netloc.rpartition("@")
        if at:
            user, _, password = credentials.partition(":")
            plain = f"{unquote(user)}:{unquote(password)}"
            found |= {credentials, plain, password, unquote(password)}
            found.add(base64.b64encode(plain.encode()).decode())
            if not password:
                found.add(unquote(user))
        if _SECRET_QUERY.search(f"?{parts.query}"):
            values = [pair.partition("=")[2] for pair in parts.query.split("&")]
            found |= {*values, *map(unquote, values)}
        # The longest first, so that no part of one is left where another is a part of it.
        self._all = sorted((s for s in found if s), key=len, reverse=True)
        self._in_replies = [s for s in self._all if len(s) >= SHORTEST_IN_REPLIES]

    def hidden(self, text: str) -> str:
        """Return what an endpoint, or an exception, says without the secrets."""
        for secret in self._all:
            text = text.replace(secret, REDACTED)
        return text

    def hidden_in_reply(self, text: str) -> str:
        """Return a reply without the secrets that cannot be mistaken for words."""
        for secret in self._in_replies:
            if secret in text:
                text = text.replace(secret, REDACTED)
        return text
