"""The JSON values of a file, one after the other: a value a line, or the items of one array.

A file is read as it is gone through, so that one of gigabytes takes as much memory as its longest
value. What cannot be read is a value too, with the reason: the rest of the file goes on.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

from simulate.errors import ReferenceDataError, unreadable
from simulate.files.json_reading import STRICT, refuse_half_pairs

LONGEST_VALUE = 64 << 20
"""Bytes of one value, at most: a dialogue, or a batch of spans."""
CHUNK = 1 << 20
_BETWEEN = re.compile(r"[\s,]*")


class OddValueError(ValueError):
    """A value of a log cannot be used; the message says what is wrong with it."""


class Found(NamedTuple):
    """A value of a file.

    Attributes:
        line: where it begins, from 1.
        value: plain JSON data.
        wrong: why it cannot be read; empty where it can.
    """

    line: int
    value: Any = None
    wrong: str = ""


def json_values(path: Path) -> Iterator[Found]:
    """Iterate over the values of a file: its lines, or the items of the array that it is.

    Raises:
        ReferenceDataError: the file cannot be read at all.
    """
    try:
        if path.exists() and not path.is_file():
            # It may never end, or begin; and it is read twice.
            raise ReferenceDataError(f"{path}: is a pipe or a device; write it to a file first")
        with path.open("rb") as file:
            if file.read(2) in (b"\xff\xfe", b"\xfe\xff"):
                raise ReferenceDataError(f"{path}: is in UTF-16; save it in UTF-8")
            file.seek(0)
            spread = _spread(file)
            file.seek(0)
            yield from _items(file) if spread else _lines(file)
    except OSError as error:
        raise ReferenceDataError(f"{path}: cannot be read: {unreadable(error)}") from None


def decoded_json(text: str) -> Any:
    """Return what a JSON text says.

    Raises:
        ValueError: it is no JSON, or has what a run file cannot hold: a number that is not finite,
            one of more than 300 digits, half a surrogate pair.
    """
    try:
        value = STRICT.decode(text)
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    refuse_half_pairs(value, text)
    return value


def listed(found: Any) -> list[Any]:
    """Return what should be a list; an empty one where it is something else."""
    return found if isinstance(found, list) else []


def objects(found: Any) -> list[dict[str, Any]]:
    """Return the objects of what should be a list of them; what is none is left out."""
    return [each for each in listed(found) if isinstance(each, dict)]


def _lines(file: IO[bytes]) -> Iterator[Found]:
    number = 0
    while line := file.readline(LONGEST_VALUE + 1):
        number += 1
        if len(line) > LONGEST_VALUE:
            while line and not line.endswith(b"\n"):
                line = file.readline(CHUNK)
            yield Found(number, wrong=_too_long())
            continue
        text = line.removeprefix(b"\xef\xbb\xbf").strip() if number == 1 else line.strip()
        if text:
            yield _found(number, text)


def _found(number: int, text: bytes) -> Found:
    try:
        return Found(number, decoded_json(text.decode()))
    except UnicodeDecodeError:
        return Found(number, wrong="is not in UTF-8")
    except ValueError:
        return Found(number, wrong="is no JSON")


def _spread(file: IO[bytes]) -> bool:
    """Tell whether the file is one value over several lines, or one long line with an array."""
    heads: list[bytes] = []
    while len(heads) < 2 and (line := file.readline(LONGEST_VALUE // 8)):
        if text := line.removeprefix(b"\xef\xbb\xbf").strip():
            heads.append(text)
    if not heads or heads[0][:1] not in b"[{":
        return False
    return bool(_found(1, heads[0]).wrong) and (len(heads) == 1 or bool(_found(2, heads[1]).wrong))


def _items(file: IO[bytes]) -> Iterator[Found]:
    """Iterate over the items of an array, or the one object that the file is."""
    decode = codecs.getincrementaldecoder("utf-8-sig")().decode
    text, at, line, ended = "", 0, 1, False
    opened = False
    try:
        while True:
            start = _BETWEEN.match(text, at).end()  # type: ignore[union-attr]
            line, at = line + text.count("\n", at, start), start
            if not opened and at < len(text):
                opened, at = True, at + (text[at] == "[")
                continue
            if text[at : at + 1] == "]":
                return
            wrong = ""
            if at < len(text):
                try:
                    value, end = STRICT.raw_decode(text, at)
                    refuse_half_pairs(value, text[at:end])
                except UnicodeEncodeError:
                    raise
                except ValueError:
                    wrong = "is no JSON" if ended else ""
                    wrong = _too_long() if len(text) - at > LONGEST_VALUE else wrong
                else:
                    yield Found(line, value)
                    line, at = line + text.count("\n", at, end), end
                    continue
            if wrong or ended:
                if wrong:
                    yield Found(line, wrong=f"{wrong}, and nothing behind it is read")
                return
            # Doubling: a long item is not begun over and over.
            data = file.read(max(CHUNK, len(text) - at))
            text, at, ended = text[at:] + decode(data, not data), 0, not data
    except (UnicodeError, RecursionError) as error:
        why = "is nested too deeply" if isinstance(error, RecursionError) else "is not in UTF-8"
        yield Found(line, wrong=f"{why}, and nothing behind it is read")


def _too_long() -> str:
    return f"has more than {LONGEST_VALUE >> 20} MiB"
