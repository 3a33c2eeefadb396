"""What a text's script says about reading it: are words set apart, sentences and questions marked?

A measure that cannot read a text says why instead of giving a number. A script counts where more
than a tenth of the letters are of it, so that a foreign name does not.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable

FEW = 0.1
"""Share of letters up to which another script does not count."""

_UNSPACED = {
    "Thai": "\u0e00-\u0e7f",
    "Lao": "\u0e80-\u0eff",
    "Tibetan": "\u0f00-\u0fff",
    "Burmese": "\u1000-\u109f",
    "Khmer": "\u1780-\u17ff",
    "Japanese": "\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f",
    "Chinese characters": "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff",
}
UNSPACED = re.compile(f"[{''.join(_UNSPACED.values())}]")
"""A character of a script that is written without spaces between words."""
_BY_SCRIPT = {script: re.compile(f"[{ranges}]") for script, ranges in _UNSPACED.items()}
_UNSTOPPED = ("Thai", "Lao")
_UNMARKED = ("Thai", "Lao", "Tibetan", "Burmese")
_LATIN = re.compile("[A-Za-z\u00aa\u00ba\u00c0-\u024f\u1e00-\u1eff]")
_GREEK = re.compile("[\u0370-\u037d\u037f-\u03ff\u1f00-\u1fff]")
_QUESTIONS = "?？﹖؟\u037e՞፧⁇⁈⁉‽⸮"
_QUESTION = re.compile(f"[{_QUESTIONS}]")
_STOPS = (*".!…。！｡۔।॥։።།༎။", *_QUESTIONS)
_AFTER_STOP = string.whitespace + "\"'”’»›)]}）」』】*_\u00a0\u3000\u200b"


def latin_share(texts: Iterable[str]) -> float | None:
    """Return the share of letters that are Latin, in [0, 1]; None without a letter."""
    return _share(_LATIN, "".join(texts))


def no_words(texts: Iterable[str]) -> str | None:
    """Return why words cannot be counted in these texts; None where they can."""
    joined = "".join(texts)
    if joined.isascii() or (_share(UNSPACED, joined) or 0) <= FEW:
        return None
    found = next((s for s in _BY_SCRIPT if (_share(_BY_SCRIPT[s], joined) or 0) > FEW), "this")
    return f"{found}: words are not set apart by spaces"


def no_question_marks(texts: Iterable[str]) -> str | None:
    """Return why questions cannot be known by their mark; None where they can."""
    joined = "".join(texts)
    if joined.isascii():
        return None
    found = next((s for s in _UNMARKED if (_share(_BY_SCRIPT[s], joined) or 0) > FEW), None)
    return found and f"{found}: questions are written without a mark"


def no_stops(texts: Iterable[str]) -> str | None:
    """Return why the end of a sentence cannot be known by its mark; None where it can."""
    joined = "".join(texts)
    if joined.isascii():
        return None
    found = next((s for s in _UNSTOPPED if (_share(_BY_SCRIPT[s], joined) or 0) > FEW), None)
    return found and f"{found}: sentences are written without a stop"


def no_capitals(texts: Iterable[str]) -> str | None:
    """Return why a sentence does not begin with a capital in these texts; None where it does."""
    joined = "".join(texts)
    if joined.isascii():
        return None
    letters = [c for c in joined if c.isalpha()]
    if sum(map(capitalized, letters)) >= (1 - FEW) * len(letters):
        return None
    return "the script has no capitals"


def capitalized(letter: str) -> bool:
    """Tell whether a letter has a capital that a sentence begins with (Georgian ones have none)."""
    return letter.title() != letter.lower()


def ends_with_stop(text: str) -> bool:
    """Tell whether a text ends with a stop of any script, closing quotes and brackets aside."""
    end = text.rstrip(_AFTER_STOP)
    return end.endswith(_STOPS) or (end.endswith(";") and (_share(_GREEK, text) or 0) > 0.5)


def asks(text: str) -> bool:
    """Tell whether a text has a question mark of any script; `;` is one in Greek."""
    return bool(_QUESTION.search(text)) or (";" in text and (_share(_GREEK, text) or 0) > 0.5)


def _share(letters: re.Pattern[str], text: str) -> float | None:
    every = sum(map(str.isalpha, text))
    return sum(map(str.isalpha, letters.findall(text))) / every if every else None
