"""Read near-JSON: what a model writes instead of JSON and that has exactly one reading.

Read are: a comma too many before a closing bracket; a missing comma before a key or between two
objects; comments (`//`, `/* */`, `#`) without quotation marks, but not right after a text, and
those to the end of a line without closing brackets; keys without quotation marks; other quotation
marks (`json_strings`); `True`, `False`, `None`; numbers such as `.5`, `+1`, `60%` and, in an
object, `0,6`; full-width commas and colons; and quotation marks inside a text of an object that are
not escaped, where they come in pairs around words and the text holds neither brackets nor lines.
Everything else is refused: nothing is closed, dropped or put in that was not written.
"""

from __future__ import annotations

import re
from typing import Any

from simulate.errors import ParseError, quote
from simulate.verbalized.json_strings import LITERALS, decode, pairs_up
from simulate.verbalized.scales import number_in

DEPTH = 20
"""How deep objects and lists may stand in one another; a list of candidates needs three."""

MOST_QUOTES = 20
"""How many quotation marks in one text may lack their backslash."""

# Comments are bounded, so that many beginnings without an end are not each read to the end.
_BETWEEN = re.compile(
    r"(?:[\s\ufeff\u200b]++|(?://|#)[^\n\"}\]]{0,500}+(?=\n|\Z)|/\*(?:(?!\*/)[^\"]){0,500}\*/)*+"
)
_COMMENT = re.compile(r"\s*+[/#]")
_QUOTED_KEY = re.compile(
    r"(?:\"(?![\s,:{}\[\]])[^\"\\\n]{1,80}\"|'(?![\s,:{}\[\]])[^'\\\n]{1,80}'|“[^”\\\n]{1,80}”"
    r"|„[^“”\\\n]{1,80}“)\s*+[:：]"
)
_RUNS_OVER = re.compile(rf"{_QUOTED_KEY.pattern}|\}}[ \t]*+[,\n]\s*+\{{")
_BARE_KEY = re.compile(r"([^\W\d][\w-]{0,40}+)\s*+(?=[:：])")
_WORDS: dict[str, bool | float | None] = {
    "true": True,
    "True": True,
    "false": False,
    "False": False,
    "null": None,
    "None": None,
    "NaN": float("nan"),
    "Infinity": float("inf"),
    "-Infinity": float("-inf"),
}
_WORD = re.compile(r"-?[A-Za-z]++")
_BARE_NUMBER = re.compile(r"[-+]?[\d.](?:[^,，{}\[\]\"'“”\n/#]|(?<=\d),(?=\d)){0,40}+")
_LISTED_NUMBER = re.compile(r"[-+]?[\d.][^,，{}\[\]\"'“”\n/#]{0,40}+")
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*+)")
_REAL = re.compile(r"[-+]?(?:[0-9]++\.?[0-9]*+|\.[0-9]++)(?:[eE][-+]?[0-9]++)?")
_REST = re.compile(r'[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)


class LenientReader:
    """Reads the objects and lists of one answer.

    Attributes:
        unescaped: whether quotation marks inside a text lacked their backslash.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.unescaped = False

    def container(self, start: int, depth: int = 0) -> tuple[Any, int]:
        """Read the object or list that opens at `start`; return it and where it ends.

        Raises:
            ParseError: it is cut off, or has no reading or several.
        """
        if depth > DEPTH:
            raise ParseError(f"the JSON is more than {DEPTH} levels deep", self.text)
        return (self._object if self.text[start] == "{" else self._list)(start, depth)

    def _object(self, start: int, depth: int) -> tuple[dict[str, Any], int]:
        found: dict[str, Any] = {}
        i = self._skip(start + 1)
        while self._at(i) != "}":
            key, i = self._key(i)
            if key in found:
                raise ParseError(f"{quote(key, 60)} stands twice in one object", self.text)
            i = self._skip(i)
            if self._at(i) not in (":", "："):
                raise self._broken(i)
            i = self._skip(i + 1)
            found[key], end = self._value(i, depth, member=True)
            i = self._skip(end)
            if self._at(i) in (",", "，"):
                i = self._skip(i + 1)
            elif self._at(i) != "}" and not self._another_member(end, i):
                raise self._broken(i)
        return found, i + 1

    def _list(self, start: int, depth: int) -> tuple[list[Any], int]:
        found: list[Any] = []
        i = self._skip(start + 1)
        while self._at(i) != "]":
            value, i = self._value(i, depth, member=False)
            found.append(value)
            i = self._skip(i)
            if self._at(i) in (",", "，"):
                i = self._skip(i + 1)
            elif self._at(i) != "]" and not (self._at(i) == "{" and isinstance(value, dict)):
                raise self._broken(i)
        return found, i + 1

    def _key(self, i: int) -> tuple[str, int]:
        if self._at(i) in LITERALS:
            key, end = self._literal(i)
            if key[:1] in (",", ":", "{", "}", "[", "]"):
                raise self._broken(i)
            return key, end
        bare = _BARE_KEY.match(self.text, i)
        if bare is None:
            raise self._broken(i)
        return bare[1], bare.end()

    def _value(self, i: int, depth: int, *, member: bool) -> tuple[Any, int]:
        first = self._at(i)
        if first in ("{", "["):
            return self.container(i, depth + 1)
        if first in LITERALS:
            return self._literal(i, member=member)
        word = _WORD.match(self.text, i)
        if word is not None and word[0] in _WORDS:
            return _WORDS[word[0]], word.end()
        number = (_BARE_NUMBER if member else _LISTED_NUMBER).match(self.text, i)
        if number is not None:
            written = number[0].strip()
            end = i + len(number[0].rstrip())
            if _INTEGER.fullmatch(written):
                return int(written), end
            if _REAL.fullmatch(written):
                return float(written), end
            if (stated := number_in(written)) is not None:
                return written if stated.percent else stated.value, end
        raise self._broken(i)

    def _literal(self, start: int, *, member: bool = False) -> tuple[str, int]:
        whole = LITERALS[self.text[start]].match(self.text, start)
        if whole is None:
            raise self._broken(start)
        end = whole.end()
        ends = member and self._ends_member(end)
        if member and self.text[start] == '"' and not ends:
            end = self._past_inner_quotes(start, end)
        if _COMMENT.match(self.text, end):  # it may be a part of the text
            raise self._broken(end)
        raw = self.text[start + 1 : end - 1]
        if not ends and _RUNS_OVER.search(raw):
            raise ParseError("a text seems to run over into the next field", raw)
        return decode(raw), end

    def _ends_member(self, end: int) -> bool:
        """Tell whether a value of an object can end here: by what follows."""
        i = self._skip(end)
        if self._at(i) in (",", "，"):
            i = self._skip(i + 1)
            return (
                self._at(i) == "}"
                or _QUOTED_KEY.match(self.text, i) is not None
                or _BARE_KEY.match(self.text, i) is not None
            )
        return self._at(i) == "}" or self._another_member(end, i)

    def _another_member(self, end: int, i: int) -> bool:
        """Tell whether a key follows a value without a comma."""
        apart = i > end or self.text[end - 1] in "}]"
        return apart and _QUOTED_KEY.match(self.text, i) is not None

    def _past_inner_quotes(self, start: int, end: int) -> int:
        inner: list[int] = []
        while len(inner) < MOST_QUOTES:
            inner.append(end - 1)
            rest = _REST.match(self.text, end)
            if rest is None:
                break
            end = rest.end()
            if self._ends_member(end):
                if not pairs_up(self.text, inner, start, end):
                    break
                self.unescaped = True
                return end
        raise ParseError(
            "quotation marks inside a text are not escaped, and there is more than one way to "
            "read it",
            self.text[start : start + 100],
        )

    def _skip(self, i: int) -> int:
        between = _BETWEEN.match(self.text, i)
        return between.end() if between else i

    def _at(self, i: int) -> str:
        return self.text[i : i + 1]

    def _broken(self, i: int) -> ParseError:
        if i >= len(self.text):
            return ParseError("the JSON is cut off before its end", self.text)
        return ParseError(
            f"the JSON is broken at character {i + 1:,}, before {quote(self.text[i : i + 30])}",
            self.text,
        )
