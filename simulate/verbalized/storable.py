"""Texts that any file can hold."""

from __future__ import annotations

import re

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def clean_text(text: str) -> str:
    """Strip white space and replace what a file cannot hold; see `storable`."""
    return storable(text.strip())


def storable(text: str) -> str:
    """Replace what a file cannot hold (NUL, lone surrogates) by U+FFFD."""
    if text.isascii():
        return text.replace("\0", "\ufffd") if "\0" in text else text
    return _UNSTORABLE.sub("\ufffd", text)
