"""The filter language over the dialogues of a run.

    cell:vs outcome>0.5 status:failed text:"rent"

Conditions stand side by side and must all hold. A condition is `FIELD OPERATOR VALUE` or a bare
word, which the text of a turn must contain. Operators: `:` (is; for a text: contains),
`=`, `!=`, `<`, `<=`, `>`, `>=`. A value may be quoted; `:` and `=` take alternatives with commas
(`cell:vs,direct`) and ranges (`turns:4..10`); `text:/regex/` is a regular expression. A `-` before
a condition negates it. `check:NAME` are dialogues in which that check fails, and `fails>0` those
in which any check of the speaker under test does.

This module reads the text; `filter_sql` turns it into a query.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, cast

from simulate.errors import InputError, quote
from simulate.verbalized import storable

Operator = Literal[":", "=", "!=", "<", "<=", ">", ">="]

_CONDITION = re.compile(
    r"""\s*(?P<not>-)?(?:(?P<field>[A-Za-z][\w.-]*)(?P<operator><=|>=|!=|[:=<>]))?
    (?P<value>"(?:[^"\\]|\\.)*"|/(?:[^/\\]|\\.)*/(?=\s|$)|[^\s"]*)""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a filter.

    Attributes:
        field: what it is about, as it was written; `text` for a bare word.
        operator: how it compares.
        value: what it compares with, without quotes.
        negated: whether it is negated.
        kind: whether the value was a bare word, quoted, or a regular expression.
    """

    field: str
    operator: Operator
    value: str
    negated: bool = False
    kind: Literal["word", "quoted", "regex"] = "word"


def parse_filter(text: str) -> tuple[Condition, ...]:
    """Read a filter; an empty one has no conditions.

    Raises:
        InputError: it cannot be read; the message says where and why.
    """
    if storable(text) != text:  # SQLite takes no such text, and none is on file
        raise InputError(f"filter: {quote(text, 60)} is no text in UTF-8")
    found: list[Condition] = []
    position = 0
    while text[position:].strip():
        match = _CONDITION.match(text, position)
        if match is None or match.end() == position:
            raise InputError(f"filter: cannot read {quote(text[position:].strip(), 60)}")
        if match.end() < len(text) and not text[match.end()].isspace():
            rest = quote(text[match.start() :].strip(), 60)
            raise InputError(f"filter: a quote is not closed, or stands inside a word: {rest}")
        field, raw = match["field"], match["value"]
        kind: Literal["word", "quoted", "regex"] = "word"
        value = raw
        if raw.startswith('"'):
            kind, value = "quoted", re.sub(r"\\(.)", r"\1", raw[1:-1])
        elif len(raw) > 1 and raw.startswith("/") and raw.endswith("/"):
            kind, value = "regex", raw[1:-1].replace("\\/", "/")
        if field and not raw:
            raise InputError(f"filter: {field}{match['operator']} needs a value, like {field}:x")
        if not field and not raw:
            raise InputError("filter: a lone “-” negates nothing; write a condition after it")
        if kind == "regex":
            _check_pattern(value, field)
        operator = cast("Operator", match["operator"] or ":")
        found.append(Condition(field or "text", operator, value, match["not"] is not None, kind))
        position = match.end()
    return tuple(found)


def _check_pattern(pattern: str, field: str | None) -> None:
    if field not in (None, "text"):
        raise InputError(f"filter: {field} takes no regular expression; only text does")
    try:
        re.compile(pattern)
    except re.error as error:
        raise InputError(f"filter: /{pattern}/ is not a regular expression: {error}") from None
