"""Read the body of an error, whatever shape it has.

Endpoints agree on little: `{"error": {"message", "type", "param", "code"}}`; a text under `error`;
a list of what is wrong with each field (`detail`); a provider's own error as a JSON text in
`metadata.raw`, or behind a few words of a message; a page of HTML. All of them become one record.
Nothing in a body is trusted: what is read is bounded, and no depth of nesting exhausts the stack.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from simulate.models.echo import without_echo

LONGEST_PARSED = 2**20
"""How many bytes of an error are parsed; of a longer one only the beginning is read, as text."""
LONGEST_TEXT = 20_000
"""How many characters of what an error says are kept."""
_MOST_VALUES = 500
_MOST_TEXTS_PARSED = 8
_LONGEST_NAME = 100

_TEXTS = re.compile(
    r"(?:error_?|status_)?(?:message|msg)|error_description|description|title|errors?|details?|issues"
    r"|cause|inner_?error|metadata|raw|base_?resp|body|field_?violations|violations|provider_?error"
)
"""Fields whose texts say what is wrong, or that hold such fields. Never among them: what only says
the request back (`input`), and what a model wrote (`failed_generation`)."""
_CODES = re.compile(r"(?:error_?|status_)?code|(?:error_?)?type|status|reason|quota_?(?:id|limit)")
_PARAMS = re.compile(r"param|parameter|loc|field|path")
_WAITS = re.compile(r"retry_?(?:after|delay)(?:_m?s|_seconds)?|estimated_time")

_PARAM = re.compile(r"[\w.\[\]'$-]{1,200}")
_OBJECT = re.compile(r"(?:\[\s{0,9})?\{")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True)
class ErrorBody:
    """What the body of an error says.

    Attributes:
        text: what it says, in its own words; several texts are joined by `; `.
        codes: codes, types and statuses that it names, in small letters.
        params: parameters of the request that it names, such as `response_format.type`.
        status: the HTTP status that it names, 400 to 599; None where it names none.
        waits: fields that say how long to wait, by their names in small letters.
        headers: headers of a provider behind the endpoint, where it hands them on.
        structured: whether it has one of the forms above, and is not just some text.
        sent: the body of the request.
    """

    text: str = ""
    codes: tuple[str, ...] = ()
    params: tuple[str, ...] = ()
    status: int | None = None
    waits: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, Any] = field(default_factory=dict)
    structured: bool = False
    sent: Any = None

    @cached_property
    def words(self) -> str:
        """The text in small letters, without what it only says back of the request."""
        return without_echo(self.text, self.sent)

    def says(self, pattern: re.Pattern[str]) -> bool:
        """Tell whether the endpoint says something, as a code or in words of its own."""
        if any(pattern.search(code) for code in self.codes):
            return True
        return bool(pattern.search(self.text.lower())) and bool(pattern.search(self.words))


def read_error(raw: bytes, sent: Any = None) -> ErrorBody:
    """Read the body of an error.

    Args:
        raw: the body.
        sent: the body of the request, which an error may say back.
    """
    text = raw[:LONGEST_PARSED].decode("utf-8", "replace").strip()
    reading = _Reading()
    found, _ = reading.parsed(text)
    if found is None:
        return ErrorBody(text[:LONGEST_TEXT], sent=sent)
    reading.walk(found)
    said = "; ".join(dict.fromkeys(reading.texts))[:LONGEST_TEXT]
    return ErrorBody(
        said or text[:LONGEST_TEXT],
        tuple(dict.fromkeys(reading.codes)),
        tuple(dict.fromkeys(reading.params)),
        reading.status,
        reading.waits,
        reading.headers,
        reading.structured,
        sent,
    )


def says_error(value: Any) -> bool:
    """Tell whether the `error` of an answer is one; some send an empty one with each."""
    return any(value.values()) if isinstance(value, dict) else bool(value)


def error_in(raw: bytes) -> bytes | None:
    """Return the error, as JSON, that a body holds although it came as a success; else None."""
    try:
        data = json.loads(raw[:LONGEST_PARSED])
        if not isinstance(data, dict):
            return None
        if any(says_error(data.get(key)) for key in ("error", "errors", "detail", "base_resp")):
            return raw
        if "code" in data and ("msg" in data or "message" in data):
            return raw
        error = data["choices"][0]["error"]
        return json.dumps({"error": error}).encode() if error else None
    except (ValueError, LookupError, TypeError, RecursionError):
        return None


class _Reading:
    """An error, while it is read."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.codes: list[str] = []
        self.params: list[str] = []
        self.status: int | None = None
        self.waits: dict[str, Any] = {}
        self.headers: dict[str, Any] = {}
        self.structured = False
        self._texts_left = _MOST_TEXTS_PARSED

    def parsed(self, text: str) -> tuple[Any, str]:
        """Return the JSON object or list of objects in a text, and the words around it.

        None where it holds none.
        """
        start = _OBJECT.search(text)
        if start is None or not self._texts_left:
            return None, text
        self._texts_left -= 1
        try:
            found, end = _DECODER.raw_decode(text, start.start())
        except (ValueError, RecursionError):
            return None, text
        return found, f"{text[: start.start()]} {text[end:]}".strip()

    def walk(self, top: Any) -> None:
        """Collect what a value and those in it say, the outermost first."""
        stack = [top]
        for _ in range(_MOST_VALUES):
            if not stack:
                return
            value = stack.pop()
            match value:
                case str():
                    stack += self._text(value)
                case list():
                    stack += value[_MOST_VALUES::-1]
                case dict():
                    stack += [*self._fields(value)][::-1]

    def _text(self, text: str) -> list[Any]:
        found, around = self.parsed(text)
        names = found if isinstance(found, dict) else ()
        if isinstance(found, list) or any(_TEXTS.fullmatch(_name(name)) for name in names):
            self.texts += [around] if around else []
            return [found]
        if text.strip():
            self.texts.append(text.strip()[:LONGEST_TEXT])
        return []

    def _fields(self, fields: Mapping[str, Any]) -> Iterator[Any]:
        for key, value in fields.items():
            name = _name(key)
            if _TEXTS.fullmatch(name) and value:
                self.structured = True
                yield value
            elif _CODES.fullmatch(name):
                yield from self._code(value)
            elif _PARAMS.fullmatch(name):
                yield from self._param(value)
            elif _WAITS.fullmatch(name):
                self.waits[name] = value
            elif name == "headers" and isinstance(value, dict):
                self.headers |= value
            elif name == "flagged_input":
                self.codes.append(name)

    def _code(self, value: Any) -> Iterator[str]:
        """Take in a code; yield it where it is a sentence."""
        if isinstance(value, bool) or not isinstance(value, str | int) or value == 0:
            return
        code = str(value).strip().lower()[:_LONGEST_NAME].replace("-", "_")
        if " " in code:
            yield str(value)
        elif self.status is None and re.fullmatch(r"[45]\d\d", code):
            self.status = int(code)
        elif code:
            self.structured = True
            self.codes.append(code)

    def _param(self, value: Any) -> Iterator[str]:
        """Take in a parameter; yield it where it is a sentence in the wrong place."""
        if isinstance(value, list):
            value = ".".join(str(part) for part in value[:20] if isinstance(part, str | int))
        if not isinstance(value, str) or not value or value.startswith("/"):
            return
        if _PARAM.fullmatch(value):
            self.params.append(value.lower())
        else:
            yield value


def _name(key: str) -> str:
    return key[:_LONGEST_NAME].lower()
