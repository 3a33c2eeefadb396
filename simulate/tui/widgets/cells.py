"""Text on a grid: how many cells it takes, and how it is made to fit."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size


def fitted(text: str, width: int, right: bool = False) -> str:
    """Return a text of exactly `width` cells; one that is longer ends in an ellipsis."""
    length = cell_len(text)
    if length > width:
        return set_cell_size(text, width - 1) + "…" if width > 0 else ""
    return " " * (width - length) + text if right else text + " " * (width - length)


def wrapped(text: str, width: int) -> list[str]:
    """Break a text into lines of at most `width` cells, between words where that is possible.

    A width below 2 counts as 2, since a wide character needs two cells.
    """
    width = max(width, 2)
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line, length = "", 0
        for whole in _words(paragraph):
            word = whole
            size = cell_len(word)
            bare = cell_len(word.rstrip(" "))
            if length and length + bare > width:
                lines.append(line.rstrip(" "))
                line, length = "", 0
            at = 0
            while bare > width:
                head = _head(word, width, at)
                lines.append(head)
                at += len(head)
                taken = cell_len(head)
                size, bare = size - taken, bare - taken
            line += word[at:]
            length += size
        lines.append(line.rstrip(" "))
    return lines


def _words(paragraph: str) -> list[str]:
    """Split after spaces, keeping them."""
    words: list[str] = []
    word = ""
    for character in paragraph:
        if word.endswith(" ") and character != " ":
            words.append(word)
            word = ""
        word += character
    return [*words, word] if word else words


def _head(word: str, width: int, start: int) -> str:
    """Return what follows `start` in at most `width` cells, at least one character."""
    length = 0
    for at in range(start, len(word)):
        length += cell_len(word[at])
        if length > width:
            return word[start : max(at, start + 1)]
    return word[start:]
