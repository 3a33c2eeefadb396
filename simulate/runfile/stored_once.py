"""No text is stored twice: a mark stands in the place of what stands elsewhere on file.

What a model wrote is made of candidates that the turn holds, and a judge's prompt of turns. A mark
is a key between two NULs, which no text on file has otherwise (see `storable`). A text without
marks is as it came: so it is in files of older schemas, and wherever putting back what was taken
out would not give the same text again, character for character.

Keys of what a model wrote:

- a number: that text of `Made`, as JSON writes it where JSON was asked for;
- `c`, `s`, `i`: the whole list of candidates as JSON, compact, with spaces, or on lines indented by
  two spaces; with a 2 behind it, its numbers have two decimals, as in 0.20.

Keys of a request: `r` and a number, what the model wrote that many calls before for the same thing;
`t` and a number, that turn, as a line of JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from json.encoder import encode_basestring as quoted
from typing import Any, NamedTuple, TypeVar

from simulate.errors import quote
from simulate.files.json_line import json_line
from simulate.runfile.dialogue import CheckVerdict, OutcomeValue, Turn
from simulate.runfile.json_columns import dump
from simulate.verbalized import Candidate, RecordedDraw

T = TypeVar("T")

_SHORTEST = 4
"""Characters below which a text is not worth a mark."""
_LONGEST_KEY = 8
_TWO_DECIMALS = "2"
_LISTS = {
    "c": ("[{", ",", ":", "},{", "}]"),
    "s": ("[{", ", ", ": ", "}, {", "}]"),
    "i": (
        "[\n    {\n      ",
        ",\n      ",
        ": ",
        "\n    },\n    {\n      ",
        "\n    }\n  ]",
    ),
}
"""How a list of objects is written: its beginning, what stands between two fields, between name and
value, and between two objects, and its end."""


class Made(NamedTuple):
    """What was made of the text that a model wrote.

    Attributes:
        texts: that can stand in it; of a draw, those of the candidates.
        candidates: in order; empty where nothing was drawn.
    """

    texts: Sequence[str] = ()
    candidates: Sequence[Candidate] = ()


NOTHING = Made()


def made_turn(turn: Turn) -> Made:
    """Return what stands on file of a turn."""
    return Made((turn.text,)) if turn.draw is None else _drawn(turn.draw)


def made_outcome(outcome: OutcomeValue) -> Made:
    """Return what stands on file of an outcome."""
    return NOTHING if outcome.parse is None or outcome.draw is None else _drawn(outcome.draw)


def made_verdict(verdict: CheckVerdict) -> Made:
    """Return what stands on file of a judge's verdict."""
    return Made((verdict.quote, verdict.reason))


def _drawn(draw: RecordedDraw) -> Made:
    return Made(draw.distribution.texts, draw.distribution.candidates)


def cut_raw(raw: str, schema: Mapping[str, Any] | None, made: Made) -> str | None:
    """Return what is stored of a text that a model wrote; None where nothing need be."""
    if not made.texts or "\0" in raw:
        return raw
    if schema is None and raw == made.texts[0] and not made.candidates:
        return None
    found = _without_list(raw, schema, made)
    if found is None:
        words = [quoted(text) if schema else text for text in made.texts]
        found = _without(raw, ((str(i), text) for i, text in enumerate(words)))
    return None if found == _usual(schema, made) else found


def whole_raw(stored: str | None, schema: Mapping[str, Any] | None, made: Made) -> str:
    """Return what a model wrote.

    Raises:
        ValueError: what its marks stand for is not on file.
    """
    stored = _usual(schema, made) if stored is None else stored
    if stored is None:
        raise ValueError("raw is NULL, and what was made of it is not on file")

    def piece(key: str) -> str | None:
        if key[:1] in _LISTS:
            return _listed(key, _list_in(schema)[1], made.candidates)
        text = _at(made.texts, key)
        return quoted(text) if schema and text is not None else text

    return _put_back(stored, piece)


def cut_messages(
    messages: Sequence[Mapping[str, str]], earlier: Sequence[str], turns: Sequence[Turn]
) -> Sequence[Mapping[str, str]] | None:
    """Return what is stored of a request; None where it is stored as it is.

    Args:
        messages: of the request.
        earlier: what the model wrote in the calls before for the same thing, in order.
        turns: what a judge reads; empty of any other request.
    """
    if not (earlier or turns) or any("\0" in message["content"] for message in messages):
        return None
    pieces = [(f"t{i}", json_line(turn.said)) for i, turn in enumerate(turns) if turn.text]
    cut = []
    for message in messages:
        text = message["content"]
        back = next((i for i, raw in enumerate(reversed(earlier), 1) if raw == text), None)
        content = _without(text, pieces) if back is None else f"\0r{back}\0"
        cut.append({**message, "content": content})
    return cut if cut != list(messages) else None


def whole_messages(
    stored: Sequence[Mapping[str, str]], earlier: Sequence[str], turns: Sequence[Turn]
) -> list[dict[str, str]]:
    """Return the messages of a request; the arguments are those of `cut_messages`.

    Raises:
        ValueError: what a mark stands for is not on file.
    """

    def piece(key: str) -> str | None:
        if key.startswith("r"):
            return _at(earlier, key[1:], back=True)
        turn = _at(turns, key[1:])
        return None if turn is None else json_line(turn.said)

    return [{**message, "content": _put_back(message["content"], piece)} for message in stored]


def _usual(schema: Mapping[str, Any] | None, made: Made) -> str | None:
    """Return what NULL stands for: the reply as it is, or a compact list alone, as a mark."""
    if schema is None:
        return "\x000\0" if made.texts and not made.candidates else None
    name, listed = _list_in(schema)
    if listed is None or len(schema["properties"]) != 1 or not made.candidates:
        return None
    return f"{{{dump(name)}:\0c\0}}"


def _without_list(raw: str, schema: Mapping[str, Any] | None, made: Made) -> str | None:
    """Return a text with a mark for the list of candidates; None where it does not hold it."""
    _, listed = _list_in(schema)
    if listed is None or not made.candidates:
        return None
    first = dump(next(iter(listed)))
    for key in reversed(_LISTS):
        opening, _, colon, _, _ = _LISTS[key]
        if f"{opening}{first}{colon}" in raw:
            for form in (key, key + _TWO_DECIMALS):
                text = _listed(form, listed, made.candidates)
                if text is not None and text in raw:
                    return raw.replace(text, f"\0{form}\0", 1)
    return None


def _list_in(schema: Mapping[str, Any] | None) -> tuple[str, Mapping[str, Any] | None]:
    """Return the name of the list that a schema asks for, and the fields of what it lists."""
    for name, value in ((schema or {}).get("properties") or {}).items():
        if value.get("type") == "array":
            return name, value["items"].get("properties") or None
    return "", None


def _listed(
    key: str, fields: Mapping[str, Any] | None, candidates: Sequence[Candidate]
) -> str | None:
    """Write candidates as a list of objects; None where a field of theirs is not known."""
    if not (fields and candidates):
        return None
    opening, between, colon, next_object, end = _LISTS[key[0]]
    columns: list[list[str]] = []
    for name, field in fields.items():
        values = _values(name, field.get("type"), candidates, decimals=key[1:] == _TWO_DECIMALS)
        if values is None:
            return None
        begins = dump(name) + colon
        columns.append([begins + value for value in values])
    return f"{opening}{next_object.join(map(between.join, zip(*columns, strict=True)))}{end}"


def _values(
    name: str, kind: str | None, candidates: Sequence[Candidate], *, decimals: bool
) -> list[str] | None:
    """Write a field of candidates as JSON, as the keys say; None where it is not known."""
    if name == "text" or (name == "value" and kind == "string"):
        return [quoted(c.text) for c in candidates]
    if name == "value":
        plain = kind in ("number", "integer", "boolean")
        return [c.text for c in candidates] if plain else None
    if name == "ends":
        return ["true" if c.ends else "false" for c in candidates]
    stated = [c.probability for c in candidates if c.probability is not None]
    if kind != "number" or len(stated) < len(candidates):
        return None
    return [f"{p:.2f}" for p in stated] if decimals else list(map(repr, stated))


def _without(text: str, pieces: Iterable[tuple[str, str]]) -> str:
    """Return a text with marks for pieces of it, which are looked for one after the other."""
    parts: list[str] = []
    done = 0
    for key, piece in pieces:
        at = text.find(piece, done) if len(piece) >= _SHORTEST else -1
        if at >= 0:
            parts += (text[done:at], f"\0{key}\0")
            done = at + len(piece)
    return "".join((*parts, text[done:]))


def _put_back(text: str, piece: Callable[[str], str | None]) -> str:
    """Return a text with its pieces in the place of their marks."""
    if "\0" not in text:
        return text
    parts = text.split("\0")
    keys = parts[1::2]
    found = [words for words in map(piece, keys) if words is not None]
    if len(found) < len(keys) or len(parts) == 2 * len(keys):
        raise ValueError(f"what {quote(', '.join(keys), 40)} stands for is not on file")
    parts[1::2] = found
    return "".join(parts)


def _at(texts: Sequence[T], key: str, *, back: bool = False) -> T | None:
    """Return what a key counts to, from the beginning, or from 1 at the end; None for nothing."""
    number = int(key) if key.isdecimal() and len(key) < _LONGEST_KEY else len(texts) + 1
    at = len(texts) - number if back else number
    return texts[at] if 0 <= at < len(texts) else None
