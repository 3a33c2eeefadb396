"""Whatever is wrong with an answer, a text is read back character for character, or refused.

By hand, with random search: `MANY=10000 pytest tests/verbalized/test_damaged_answers.py
--hypothesis-profile random` tries 10,000 examples of each property.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulate.errors import ParseError
from simulate.verbalized import WORDINGS, ReplyDistribution, parse_distribution

many = settings(max_examples=int(os.environ.get("MANY", "150")))

# What means something to JSON, or to what is lenient about it, comes more often than by chance.
_SIGNS = [
    *"\"'\\{}[],:/#*`“”„‘’\n\t aZé😀0.%$-",
    '", "',
    '"}',
    "]}",
    "```",
    "\\n",
    "//",
    "/*",
    "I'm",
]
_SIGNS += [
    '"no"',
    '"text": "',
    '", "probability": 0.5',
    '{"responses": [',
    "}, {",
    "\\frac",
    "\\\\",
]
_UNICODE = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
_TEXTS = st.lists(st.sampled_from(_SIGNS) | _UNICODE, min_size=1, max_size=8).map("".join)
_PLAIN = st.text("abc XYZ,.!?éß😀 ", min_size=1, max_size=20)


def rows(texts: st.SearchStrategy[str]) -> st.SearchStrategy[list[tuple[str, float]]]:
    replies = texts.map(str.strip).filter(bool)
    return st.lists(
        st.tuples(replies, st.integers(1, 9).map(lambda n: n / 10)), min_size=1, max_size=4
    )


class Style(NamedTuple):
    """How a model writes what it was asked for; the default is JSON."""

    ascii: bool = False
    quotes: str = '""'
    escapes_quotes: bool = True
    raw_lines: bool = False
    solidus: bool = False
    comma_too_many: bool = False
    comma_missing: bool = False
    bare_keys: bool = False
    comment: str = ""
    around: str = "%s"
    wrapped: str = ""


styles = st.builds(
    Style,
    ascii=st.booleans(),
    quotes=st.sampled_from(['""', '""', '""', "''", "“”", "‘’", "„“"]),
    escapes_quotes=st.sampled_from([True, True, True, False]),
    raw_lines=st.booleans(),
    solidus=st.booleans(),
    comma_too_many=st.booleans(),
    comma_missing=st.booleans(),
    bare_keys=st.booleans(),
    comment=st.sampled_from(["", "", " // so\n", " /* [ } */ ", " # it's {\n"]),
    around=st.sampled_from(["%s", "```json\n%s\n```", "Sure:\n%s\nBye! :)", '{"data": %s}']),
    wrapped=st.sampled_from(["", "", "string", "arguments"]),
)


def pieces(rows: list[tuple[str, float]], style: Style) -> Iterator[str]:
    """Write a distribution: structure, and at every odd place what stands in a literal of it."""

    def key(name: str) -> str:
        return name if style.bare_keys else f"{style.quotes[0]}{name}{style.quotes[1]}"

    comma = "," if style.comma_too_many else ""
    between = "\n" if style.comma_missing else f",{style.comment} "
    before = f"{{{key('responses')}:{style.comment} ["
    for text, number in rows:
        yield f"{before}{{{key('value')}: {style.quotes[0]}"
        yield "".join(escaped(c, style) for c in text)
        after = f"{style.quotes[1]},{style.comment} {key('probability')}: {number}{comma}}}"
        before = after + between
    yield f"{after}{comma}]{style.comment}}}"


def escaped(c: str, style: Style) -> str:
    if c == "\\" or (c == style.quotes[1] and style.escapes_quotes):
        return "\\" + c
    if c == "/" and style.solidus:
        return "\\/"
    if style.raw_lines and c in "\n\t":
        return c
    return json.dumps(c, ensure_ascii=style.ascii)[1:-1] if c != '"' else c


def written(rows: list[tuple[str, float]], style: Style) -> str:
    body = style.around % "".join(pieces(rows, style))
    if style.wrapped == "arguments":
        return json.dumps({"name": "respond", "arguments": body})
    return json.dumps(body) if style.wrapped else body


def read(text: str) -> ReplyDistribution:
    """Read answers rather than replies, from which markup is cut."""
    return parse_distribution(text, wording=WORDINGS["implicit"], key="value", read=str)


@many
@given(rows(_TEXTS), styles)
def test_a_damaged_distribution_is_read_back_or_refused(
    candidates: list[tuple[str, float]], style: Style
) -> None:
    with suppress(ParseError):
        found = read(written(candidates, style))
        assert [(c.text, c.probability) for c in found.candidates] == candidates


@many
@given(rows(_PLAIN), styles)
def test_a_defect_around_plain_texts_does_not_make_them_unreadable(
    candidates: list[tuple[str, float]], style: Style
) -> None:
    found = read(written(candidates, style))
    assert [(c.text, c.probability) for c in found.candidates] == candidates


@many
@given(rows(_TEXTS), styles, st.floats(0, 1, exclude_max=True))
def test_a_cut_gives_no_text_that_is_not_a_whole_literal(
    candidates: list[tuple[str, float]], style: Style, at: float
) -> None:
    whole = written(candidates, style)
    with suppress(ParseError):
        assert set(read(whole[: int(at * len(whole))]).texts) <= {text for text, _ in candidates}


@many
@given(rows(_TEXTS), styles, st.data())
def test_a_slip_in_the_structure_gives_no_text_that_was_not_written(
    candidates: list[tuple[str, float]], style: Style, data: st.DataObject
) -> None:
    parts = list(pieces(candidates, style._replace(escapes_quotes=True)))
    place = data.draw(st.integers(0, len(candidates))) * 2
    i = data.draw(st.integers(0, len(parts[place]) - 1))
    slip = data.draw(st.sampled_from(["", *"\"'{}[],:\n a1“"]))
    length = data.draw(st.integers(0, 1)) if i else 1  # what comes before that is in a literal
    parts[place] = parts[place][:i] + slip + parts[place][i + length :]
    with suppress(ParseError):
        assert set(read("".join(parts)).texts) <= {text for text, _ in candidates}


NOISE = ['{"', "['", "/*", "//", "{//", "{/*", '"//', '"/*', "\\", '\\"', '{"a":', "{a:"]
NOISE += ["[1]", "[a]", "“", "‘a", "'a'b", "\\u12", "```", '{\\"', "('", "0,0", "\\ud800", "# "]
NOISE += ['{"a":"b"', '{"a":1}', '{"a": 1}\n', '"a": ', '"a" ', '"a" "b": ', "{ ", "[ ", ' "']
NOISE += ['[{"text": "', '{"a": "x "y" ', '{"a": {"a": "', "\\t", '\\"a\\": ']


@pytest.mark.parametrize("noise", NOISE)
def test_a_hundred_kilobytes_are_read_or_refused_in_linear_time(noise: str) -> None:
    for opening in ("", '{"responses": [', '{"responses": [{"text": "', '{"a": "b" '):
        with suppress(ParseError):
            read(opening + noise * (100_000 // len(noise)))
