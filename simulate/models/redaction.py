"""Keep what is secret in this process out of what endpoints and targets say.

One set holds the secrets of the whole process: keys, passwords, tokens, whoever they are sent to.
What anybody says is searched for all of them, so that a target cannot say back the key of a model.
What was secret once stays so for as long as the process lives.

A secret is found as it is, in base64, and behind the escapes of JSON, URLs and HTML, also in one
another: an escaped text is searched again as it reads once it is decoded. Whole escapes are
replaced, so that JSON stays JSON.
"""

from __future__ import annotations

import base64
import html
import json
import re
import threading
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from simulate.verbalized import storable

REDACTED = "[redacted]"
SHORTEST_SECRET = 4
"""Characters. A shorter value would be found everywhere, and hides nothing."""
SHORTEST_IN_REPLIES = 16
"""A shorter key, such as “ollama” for a server that needs none, may well be a word of a reply."""
PLACEHOLDERS = frozenset({"none", "null", "empty", "test", "dummy", "fake", "local", "token"})
"""What stands for a key where none is needed, and in many a message for something else."""

_JSON = r"\\+(?:u(?P<unicode>[0-9a-fA-F]{4})|(?P<sign>.))"
_URL = r"%(?:25)*(?P<percent>[0-9a-fA-F]{2})"
_NAMED = "(?:quot|apos|lt|gt|amp);"
_HTML = rf"&(?:amp;)*(?P<entity>#(?:[0-9]{{1,7}}|[xX][0-9a-fA-F]{{1,6}});?|{_NAMED})"
_IN_JSON = re.compile(_JSON, re.DOTALL)
_IN_ANY = re.compile(f"{_JSON}|{_URL}|{_HTML}", re.DOTALL)
_HIDES_IN_JSON = re.compile(r"\\(?:u00[2-7]|[/\\])")
"""What may hide a secret; escapes of quotation marks and line breaks, which stand in most replies,
only stand between words."""
_HIDES_BEYOND = re.compile(f"%[0-9a-fA-F]{{2}}|&(?:#|{_NAMED})")
TIMES_DECODED = 4
"""How often a text is decoded that was encoded more than once."""
LONGEST_DECODED = 2**20
"""Characters of a text, from its beginning, in which escapes are decoded."""
_SIGNS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}

Span = tuple[int, int]


class Secrets:
    """Values that are replaced by `[redacted]` wherever they come up.

    Args:
        values: the secrets; those shorter than four characters are left alone.
        shortest: the shortest text that is looked for, in characters.
    """

    def __init__(self, values: Iterable[str | None] = (), shortest: int = SHORTEST_SECRET) -> None:
        self._shortest = shortest
        self._values: frozenset[str] = frozenset()
        self._spelled: tuple[str, ...] = ()
        self._adding = threading.Lock()
        self.add(values)

    def add(self, values: Iterable[str | None]) -> None:
        """Take in further secrets."""
        given = {v for value in values if value for v in (value, value.strip())}
        with self._adding:
            if given <= self._values:
                return
            self._values |= given
            spelled = {
                spelling
                for value in self._values
                if len(value.strip()) >= SHORTEST_SECRET
                for spelling in _spellings(value)
                if len(spelling) >= self._shortest
            }
            # The longest first, so that no part of one is left where another is a part of it.
            self._spelled = tuple(sorted(spelled, key=lambda text: (-len(text), text)))

    def hidden(self, text: str) -> str:
        """Return a text without the secrets."""
        if not self._spelled or not (spans := self._spans(text)):
            return text
        parts, end = [], 0
        for start, stop in sorted(spans):
            if start >= end:
                parts += [text[end : _with_escape(text, start, end)], REDACTED]
            end = max(end, stop)
        return "".join([*parts, text[end:]])

    def _spans(self, text: str, depth: int = 0) -> list[Span]:
        """Return where the secrets stand in a text that is decoded so many times."""
        spelled, found = self._spelled, []
        # On the path of every reply: a search for each is far faster than one for all of them.
        if any(secret in text for secret in spelled):
            pattern = "|".join(map(re.escape, spelled))
            found = [match.span() for match in re.finditer(pattern, text)]
        escape = _hiding(text, depth)
        if escape is None:
            return found
        text = text[:LONGEST_DECODED]
        inside = self._spans(escape.sub(_character, text), depth + 1)
        return found + _escaped(inside, text, escape) if inside else found


def _with_escape(text: str, start: int, end: int) -> int:
    """Return where a place begins, with a backslash that would escape what is put there."""
    at = start
    while at > end and text[at - 1] == "\\":
        at -= 1
    return start - (start - at) % 2


def _hiding(text: str, depth: int) -> re.Pattern[str] | None:
    """Return the escapes by which a text is decoded next; None where they hide nothing."""
    if depth == TIMES_DECODED:
        return None
    if "\\" in text and _HIDES_IN_JSON.search(text):
        # By itself first, as replies are read: “%” before a secret would take part of it away.
        return _IN_JSON if depth < TIMES_DECODED / 2 else _IN_ANY
    return _IN_ANY if ("%" in text or "&" in text) and _HIDES_BEYOND.search(text) else None


def _character(escape: re.Match[str]) -> str:
    """Return the one character that an escape stands for."""
    kind = str(escape.lastgroup)
    code = escape[kind]
    if kind == "sign":
        return _SIGNS.get(code, code)
    if kind == "entity":
        return html.unescape(f"&{code}")[:1] or "\ufffd"
    return chr(int(code, 16))


def _escaped(spans: Iterable[Span], text: str, escape: re.Pattern[str]) -> list[Span]:
    """Return where in a text stands what stands at some places of what it decodes to."""
    # Where literal text and escapes begin, by turns: decoded, and as they are.
    decoded, written = [0], [0]
    for match in escape.finditer(text):
        begins = decoded[-1] + match.start() - written[-1]
        decoded += [begins, begins + 1]
        written += [match.start(), match.end()]
    found = []
    for start, end in spans:
        first, last = (bisect_right(decoded, at) - 1 for at in (start, end - 1))
        begins = written[first] + (0 if first % 2 else start - decoded[first])
        ends = written[last + 1] if last % 2 else written[last] + end - decoded[last]
        found.append((begins, ends))
    return found


def _spellings(value: str) -> Iterator[str]:
    """Yield the texts that are looked for: a value as it is, as it is decoded, and in base64."""
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    raw = value.encode("utf-8", "replace")
    for form in {value, value.replace(" ", "+")}:
        yield from _decoded(form)
        if not form.isascii():  # its bytes in UTF-8, or units of UTF-16, are escaped one by one
            yield from _decoded(form.encode("utf-8", "replace").decode("latin-1"))
            units = memoryview(form.encode("utf-16-le", "surrogatepass")).cast("H")
            yield from _decoded("".join(map(chr, units)))
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(raw).decode()
        for before in range(3):
            # Base64 of a text that holds the value depends on where in the text it begins: the
            # characters that it shares with its neighbours are left out.
            first, last = -(-8 * before // 6), 8 * (before + len(raw)) // 6
            yield encode(bytes(before) + raw)[first:last].decode()


def _decoded(text: str) -> tuple[str, str]:
    """Return a text, and what is left of it where it is decoded, though nobody has encoded it."""
    decoded = text
    for escape in (_IN_JSON, _IN_JSON, _IN_ANY, _IN_ANY):
        decoded = escape.sub(_character, decoded)
    return text, decoded


_OF_PROCESS = Secrets()
_IN_REPLIES = Secrets(shortest=SHORTEST_IN_REPLIES)


def keep_secret(values: Iterable[str | None], shortest: int = SHORTEST_SECRET) -> None:
    """Hide some values from now on, in what any endpoint or target says.

    Args:
        values: keys, passwords, tokens.
        shortest: those that have fewer characters are left alone.
    """
    kept = [v for v in values if v and len(v) >= shortest and v.lower() not in PLACEHOLDERS]
    _OF_PROCESS.add(kept)
    _IN_REPLIES.add(kept)


def hidden(text: str) -> str:
    """Return a message without what is secret, and without what a file cannot hold."""
    return _OF_PROCESS.hidden(storable(text))


def hidden_in_reply(text: str) -> str:
    """Return what was said in a dialogue without the secrets that cannot be mistaken for words."""
    return _IN_REPLIES.hidden(text)


def hidden_in(data: Any, hide: Callable[[str], str]) -> Any:
    """Return plain JSON data without what is secret, in keys and in values; no key is lost."""
    if isinstance(data, str):
        return hide(data)
    if isinstance(data, dict):
        found: dict[str, Any] = {}
        for key, value in data.items():
            name = bare = hide(key)
            while name in found:
                name = f"{bare} ({len(found) + 1})"
            found[name] = hidden_in(value, hide)
        return found
    if isinstance(data, list):
        return [hidden_in(value, hide) for value in data]
    return data
