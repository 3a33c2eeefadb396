"""Keys and passwords: where they come from, and how they are kept out of every text.

A key comes from the environment or from a file that the environment names. It stands in no file
of a run, no message and no process title: names are shortened to what is no secret, and what an
endpoint or a target says is searched for the secrets that were sent to it.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus, unquote, urlsplit

from simulate.errors import ModelSpecError
from simulate.verbalized import storable

KEY_VARIABLE = "OPENAI_API_KEY"
AUTHORIZATION = "Authorization"
"""The header that carries a key, after “Bearer”, where no other is asked for."""
REDACTED = "[redacted]"
LONGEST_KEY_FILE = 64 * 1024
SHORTEST_SECRET = 4
"""Characters. A shorter value would be found everywhere, and hides nothing."""
SHORTEST_IN_REPLIES = 16
"""A shorter key, such as “ollama” for a server that needs none, may well be a word of a reply."""

_WORDS = "key|token|secret|passw|signature|auth"
"""What the names of keys and passwords hold."""
SECRET_QUERY = re.compile(rf"[?&][^=&#]*(?:{_WORDS})[^=&#]*=", re.I)
"""A query with a parameter that looks like a key."""
SECRET_HEADER = re.compile(f"{_WORDS}|cookie", re.I)
"""In the name of a header, or of a parameter of a query, whose value is a secret."""

SECRET_FIELD = re.compile(
    r"^key$|api[-_]?key|^token$|(?:access|auth|bearer)[-_]?token|secret|passw|^authorization$", re.I
)
"""The name of a field whose value is a key; `max_tokens` is none."""
_KEY = re.compile(
    r"(?:^|[\s:=])(?:(?:sk|nvapi|xai|pplx|csk|glpat)-|(?:gsk|hf|r8|fw|ghp)_|AIza|AKIA|eyJ)[\w-]{12}"
)
"""What keys of the usual providers begin with."""


def looks_like_key(text: str) -> bool:
    """Tell whether a text begins, or holds a word that begins, as keys of usual providers do."""
    return bool(_KEY.search(text))


def find_key(environment: Mapping[str, str], variable: str = KEY_VARIABLE) -> str | None:
    """Return the key in `OPENAI_API_KEY`, or in the file that `OPENAI_API_KEY_FILE` names.

    Args:
        environment: where they are looked up.
        variable: another variable in place of `OPENAI_API_KEY`.

    Raises:
        ModelSpecError: both are set, or the file cannot be read, or holds no key.
    """
    key, name = environment.get(variable), environment.get(f"{variable}_FILE")
    if not name:
        return key or None
    if key:
        raise ModelSpecError(f"{variable} and {variable}_FILE are both set; unset one")
    try:
        with Path(name).open("rb") as file:
            content = file.read(LONGEST_KEY_FILE + 1)
        text = content.decode("utf-8-sig").strip()
    except OSError as error:
        raise ModelSpecError(f"{variable}_FILE: {name} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        text = ""
    if not text or len(content) > LONGEST_KEY_FILE or len(text.split()) != 1:
        raise ModelSpecError(
            f"{variable}_FILE: {name} must hold the key on one line and nothing else"
        )
    return text


def check_key(key: str, variable: str = KEY_VARIABLE) -> None:
    """Refuse a key that no HTTP header can hold, without showing it.

    Args:
        key: the key.
        variable: the environment variable that it is from.

    Raises:
        ModelSpecError: it has white space, control characters, or letters beyond ASCII in it.
    """
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise ModelSpecError(
            "the API key has a character in it that no key has, such as a line break or a space; "
            f"look at {variable}"
        )


def authorization(key: str | None, url: str, header: str = AUTHORIZATION) -> dict[str, str]:
    """Return the header that carries a key; none where the URL holds credentials of its own.

    Raises:
        ModelSpecError: see `check_key`.
    """
    if not key or "@" in urlsplit(url).netloc:
        return {}
    check_key(key)
    return {header: f"Bearer {key}" if header == AUTHORIZATION else key}


def secrets_in(url: str) -> list[str]:
    """Return what of a URL is secret: its password (a user name alone is one too) and its keys."""
    try:
        parts = urlsplit(url)
        credentials, at, _ = parts.netloc.rpartition("@")
    except ValueError:
        return []
    second = url.partition("://")[2].partition("://")
    found = secrets_in(f"//{second[2]}") if second[1] else []
    if at:
        user, _, password = credentials.partition(":")
        plain = f"{unquote(user)}:{unquote(password)}" if password else unquote(user)
        found += [plain, credentials, password, unquote(password)]
    if SECRET_QUERY.search(f"?{parts.query}"):
        values = [pair.partition("=")[2] for pair in parts.query.split("&")]
        found += [*values, *map(unquote, values)]
    return [secret for secret in dict.fromkeys(found) if secret]


_NEEDLESS = re.compile(r"\\u00([2-7][0-9a-f])", re.I)
"""A character of ASCII as JSON may write it, and hardly anybody does."""


class Secrets:
    """Values that are replaced by `[redacted]` wherever they come up.

    A service may say back a secret as it got it or as it keeps it, so each is also searched for
    URL-encoded and JSON-escaped (once or twice), HTML-escaped and in base64, alone or as part of
    something longer such as `user:password`.

    Args:
        values: the secrets; those shorter than four characters are left alone.
    """

    def __init__(self, values: Iterable[str | None] = ()) -> None:
        given = {v for value in values if value for v in (value, value.strip())}
        spelled = {
            spelling
            for value in given
            if len(value.strip()) >= SHORTEST_SECRET
            for spelling in _spellings(value)
        }
        # The longest first, so that no part of one is left where another is a part of it.
        self._spelled = sorted(spelled, key=lambda text: (-len(text), text))
        self._in_replies = [s for s in self._spelled if len(s) >= SHORTEST_IN_REPLIES]

    def hidden(self, text: str) -> str:
        """Return a text without the secrets, and without what a file cannot hold."""
        return _replaced(storable(text), self._spelled)

    def hidden_in_reply(self, text: str) -> str:
        """Return a model's reply without the secrets that cannot be mistaken for words."""
        return _replaced(text, self._in_replies)

    def hidden_in(self, data: Any) -> Any:
        """Return plain JSON data without the secrets, in keys and in values."""
        if isinstance(data, str):
            return self.hidden(data)
        if isinstance(data, dict):
            return {self.hidden(key): self.hidden_in(value) for key, value in data.items()}
        if isinstance(data, list):
            return [self.hidden_in(value) for value in data]
        return data


def _replaced(text: str, secrets: list[str]) -> str:
    if "\\u00" in text:
        plain = _NEEDLESS.sub(lambda code: json.dumps(chr(int(code[1], 16)))[1:-1], text)
        if any(secret in plain for secret in secrets):
            text = plain
    # On the path of every reply: a search for each is far faster than one for their alternation.
    if any(secret in text for secret in secrets):
        return re.sub("|".join(map(re.escape, secrets)), REDACTED, text)
    return text


def _in_json(value: str) -> Iterator[str]:
    """Yield the ways in which a string may stand in JSON."""
    for escaped in (json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]):
        yield escaped
        yield escaped.replace("/", "\\/")
        yield re.sub("[<>&']", lambda character: f"\\u{ord(character[0]):04x}", escaped)


def _spellings(value: str) -> Iterator[str]:
    """Yield the ways in which a service may write a value."""
    in_json = {value, *_in_json(value)}
    in_json |= {twice for once in in_json for twice in _in_json(once)}
    for text in in_json:
        yield text
        yield html.escape(text)
        yield html.escape(text).replace("&quot;", "&#34;").replace("&#x27;", "&#39;")
    raw = value.encode("utf-8", "replace")
    once_encoded = {quote(raw, safe=""), quote(raw), quote_plus(raw)}
    for encoded in once_encoded | {f(text) for text in once_encoded for f in (quote, quote_plus)}:
        yield encoded
        yield re.sub("%(?:25)?..", lambda code: code[0].lower(), encoded)
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(raw).decode()
        for before in range(3):
            # Base64 of a text that holds the value depends on where in the text it begins: the
            # characters that it shares with its neighbours are left out.
            first, last = -(-8 * before // 6), 8 * (before + len(raw)) // 6
            yield encode(bytes(before) + raw)[first:last].decode()
