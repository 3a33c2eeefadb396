"""Find the JSON in what a model wrote.

Read are valid JSON, near-JSON (`lenient_json`), either of them in a code fence or with prose
around it, written twice, or as a string of JSON; and JSON lines: flat objects below one another,
which make a list. A text that holds two different values is refused, and so is one in which
something begins as JSON and cannot be read to its end, so that no part of a broken answer is
taken for the whole.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

from simulate.errors import ParseError, quote
from simulate.verbalized.candidate import Parse
from simulate.verbalized.json_strings import LITERALS, SUSPECT, decode
from simulate.verbalized.lenient_json import LenientReader

_BRACKET = re.compile(r"[{\[]")
_OPENS_JSON = re.compile(
    r"""\{\s*+(?:["'“„‘}/#]|[^\W\d][\w-]{0,40}+\s*+[:：])
    |\[\s*+(?:[\[{"'“„‘\]/#]|[-+.\d]+\s*+[,\]]|(?:true|false|null|True|False|None)\s*+[,\]])""",
    re.VERBOSE,
)
_IN_PROSE = re.compile(r"""\{[^{}\[\]"]{0,200}\}|\[[^{}\[\]"]{0,200}\]""")
_OPENS_ESCAPED = re.compile(r'[{\[]\s*+[{\[]?\s*+\\"')
_RUNS_ON = re.compile(r'[}\],]*+"')
"""What follows JSON that ended by closers in one of its texts."""
_BETWEEN_LINES = re.compile(r"[\s,]*+(?:(?:\d{1,3}[.)]|[-*•])\s++)?")


def read_json(text: str) -> tuple[Any, Parse]:
    """Read the one JSON value in a text.

    Returns:
        The value, and `clean` where the text was valid JSON and nothing else.

    Raises:
        ParseError: there is no JSON, or it is cut off, has no reading, or more than one.
    """
    try:
        value = _DECODER.decode(text)
    except (ValueError, RecursionError):
        return _found(text), "repaired"
    if isinstance(value, str):
        inside = json_in(value)
        return value if inside is None else inside, "repaired"
    if "\\" in text and SUSPECT.search(text):
        restored = LITERALS['"'].sub(lambda literal: json.dumps(decode(literal[0][1:-1])), text)
        read = _DECODER.decode(restored)
        return read, "clean" if read == value else "repaired"
    return value, "clean"


def opens_json(text: str) -> bool:
    """Tell whether something in a text begins as an object of JSON does."""
    opening = text.find("{")
    while opening >= 0:
        if _OPENS_JSON.match(text, opening):
            return True
        opening = text.find("{", opening + 1)
    return False


def json_in(string: str) -> Any:
    """Read the JSON that a string of JSON holds; None where it holds none."""
    if "{" not in string and not string.lstrip().startswith("["):
        return None
    try:
        return _found(string)
    except ParseError:
        return None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build an object, unless a key stands in it twice: one of the two would be lost."""
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise ParseError(f"{quote(twice, 60)} stands twice in one object", str(pairs))
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_once)


def _found(text: str) -> Any:
    """Read the values in a text, with prose around them, into one."""
    if '\\"' in text and (whole := _unescaped(text)) is not None:
        return whole
    values: list[Any] = []
    lines = True
    reader = LenientReader(text)
    end = 0
    while (opening := _BRACKET.search(text, end)) is not None:
        start = opening.start()
        if not _OPENS_JSON.match(text, start):
            prose = _IN_PROSE.match(text, start)
            if prose is None:
                raise ParseError("the JSON is cut off or broken", text)
            end, lines = prose.end(), lines and not values
            continue
        if not values and "\\" in text and _in_quotes(text[:start]):
            raise ParseError("a string of JSON is cut off or broken", text)
        lines = lines and (not values or bool(_BETWEEN_LINES.fullmatch(text, end, start)))
        value, end = reader.container(start)
        values.append(value)
    if reader.unescaped and ('"' in text[end:] or "}" in text[end:]):
        raise ParseError("quotation marks inside a text are not escaped", text)
    if _RUNS_ON.match(text, end) and not text.lstrip().startswith('"'):
        raise ParseError("the JSON seems to end inside a text", text)
    # An empty value, or `[1]`, beside another is a part of the prose.
    told = [v for v in values if v and not _only_numbers(v)] or values[:1]
    if not told:
        raise ParseError("there is no JSON", text, joint=" in ")
    if all(v == told[0] for v in told):
        return told[0]
    if lines and len(told) == len(values) and all(map(_flat, told)):
        return told
    raise ParseError("there is more than one JSON value", text, joint=" in ")


def _in_quotes(before: str) -> bool:
    """Tell whether a string opens in a text and does not end in it."""
    return bool(before.count('"') % 2) or before.rstrip().endswith("'")


def _only_numbers(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(v, int | float) for v in value)


def _flat(value: Any) -> bool:
    return isinstance(value, dict) and not any(isinstance(v, dict | list) for v in value.values())


def _unescaped(text: str) -> Any:
    """Read JSON that is escaped as a string of JSON is, but without quotation marks around it."""
    start = _BRACKET.search(text)
    if start is None or not _OPENS_ESCAPED.match(text, start.start()):
        return None
    body = text[start.start() : max(text.rfind("}"), text.rfind("]")) + 1]
    try:
        string = json.loads(f'"{body}"', strict=False)
    except ValueError:
        return None
    return read_json(string)[0]
