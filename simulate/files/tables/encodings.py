"""The text of a file, whatever encoding it is in; what had to be found out is told."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from simulate.errors import InputError, quote, unreadable
from simulate.files.tables.reading import LARGEST_FILE

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte order marks, and the encoding that each says."""

_BEYOND_ASCII = re.compile(r"\w{0,20}[^\x00-\x7f]\w{0,20}")
_NO_WESTERN_WORD = re.compile("[À-ÿŠšŽžŒœŸ]{3}|[\x80-\x9f]")
"""Three accented letters in a row stand in no word of a Western European language."""


def read_bytes(path: Path, error_type: type[InputError]) -> bytes:
    """Return what a file holds.

    Raises:
        InputError: (as `error_type`) it cannot be read, or is too large.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise error_type(f"{path}: is larger than {LARGEST_FILE >> 20} MiB; split it")
        return path.read_bytes()
    except OSError as error:
        raise error_type(f"{path}: cannot be read: {unreadable(error)}") from None


def decoded(
    path: Path, encoding: str | None, error_type: type[InputError] = InputError
) -> tuple[str, list[str]]:
    """Return the text of a file, and what was decided about its encoding.

    A byte order mark says what it is; else it is UTF-8; else UTF-16 without a mark, by where its
    NULs stand; else Latin-1 or Windows-1252, where its words can be of a Western European language.

    Raises:
        InputError: (as `error_type`) it cannot be read, or its encoding has to be said.
    """
    data = read_bytes(path, error_type)
    told: list[str] = []
    if encoding is None:
        encoding = next((name for mark, name in _MARKS if data.startswith(mark)), None)
        encoding = encoding or _without_mark(data)
        if encoding not in ("utf-8", "utf-8-sig"):
            told.append(f"its text is {_called(encoding)}")
    try:
        text = data.decode(encoding)
    except (UnicodeDecodeError, LookupError, ValueError) as error:
        text = _western(path, data, encoding, error, error_type, told)
    text = text.removeprefix("\ufeff")
    if "\0" in text:
        raise error_type(f"{path}: holds a NUL character; save it as text in UTF-8")
    return text, told


def _without_mark(data: bytes) -> str:
    """Return UTF-16 where every other byte of the beginning is NUL, else UTF-8."""
    head = data[: min(len(data), 4096) & ~1]
    for start, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        if len(head) >= 2 and head[start::2].count(0) > 0.6 * len(head) / 2:
            return name
    return "utf-8"


def _called(encoding: str) -> str:
    return encoding.upper().removesuffix("-LE").removesuffix("-BE")


def _western(
    path: Path,
    data: bytes,
    encoding: str,
    error: Exception,
    error_type: type[InputError],
    told: list[str],
) -> str:
    """Return a text in no Unicode as Latin-1 or Windows-1252.

    Raises:
        InputError: (as `error_type`) it is said to be Unicode, or its words are of neither.
    """
    if encoding != "utf-8" or isinstance(error, UnicodeDecodeError) is False:
        raise error_type(
            f"{path}: cannot be read as {encoding}; say which encoding it has with --encoding"
        )
    name = "cp1252" if any(0x80 <= byte <= 0x9F for byte in set(data)) else "latin-1"
    text = data.decode(name, errors="replace" if name == "cp1252" else "strict")
    shown = _BEYOND_ASCII.search(text)
    example = quote(shown.group(), 40) if shown else "“”"
    called = "Windows-1252" if name == "cp1252" else "Latin-1"
    if "�" in text or _NO_WESTERN_WORD.search(text):
        start = getattr(error, "start", 0)
        raise error_type(
            f"{path}: it is not in UTF-8 (byte {start:,}), and as {called} it has {example}; say "
            "which encoding it has with --encoding, or save it in UTF-8"
        )
    told.append(
        f"its text is no UTF-8 and was read as {called} ({example}); --encoding says another one"
    )
    return text
