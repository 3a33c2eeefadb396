"""Words of which one is to be answered, and which of them an answer means.

An answer may differ from its word in what models change: case, further spaces, quotation marks
around it, a full stop or exclamation mark behind it, curly or straight quotation marks, the sort
of dash, full-width forms, and characters that cannot be seen. A word that is a number may be
answered as one: the number 1, and 1.0, mean “1” or “+1”. The truth values of JSON mean “true” and
“false”, or “yes” and “no” where these are the words.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

from simulate.errors import ParseError, quote
from simulate.verbalized.written_numbers import readings

_SYNONYMS = {"true": "yes", "y": "yes", "false": "no", "n": "no"}
_QUOTES = "\"'`´«»‹›「」『』 "
_ENDINGS = ".!。"
_SAME = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′", "'"),
        **dict.fromkeys("“”„‟″", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
    }
)
_UNSEEN = ("Cf", "Cc")
_VARIANTS = range(0xFE00, 0xFE10)
"""What chooses between two pictures of one character, such as a heart."""


def choice_form(text: str) -> str:
    """Return a word, or an answer, in the form in which both are compared."""
    plain = text
    if not text.isascii():
        plain = "".join(
            c
            for c in unicodedata.normalize("NFKC", text.translate(_SAME))
            if c.isspace() or not (unicodedata.category(c) in _UNSEEN or ord(c) in _VARIANTS)
        ).translate(_SAME)
    plain = " ".join(plain.split()).casefold()
    bare = plain.strip(_QUOTES)
    return bare.rstrip(_ENDINGS + _QUOTES) or bare or plain


class Choices:
    """Some words of which one is answered.

    Args:
        words: as they are declared.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self._exact = {word.strip(): word for word in reversed(words)}
        self._by_form: dict[str | Decimal, list[str]] = {}
        for word in words:
            form = choice_form(word)
            keys: tuple[str | Decimal, ...] = (form, *readings(form))
            for key in keys:
                self._by_form.setdefault(key, []).append(word)

    def alike(self) -> tuple[str, str] | None:
        """Return two words that an answer cannot tell apart; None where there are none."""
        return next(((w[0], w[1]) for w in self._by_form.values() if len(w) > 1), None)

    def meant(self, raw: object) -> str | None:
        """Return the word that an answer means; None where it is none of them.

        Args:
            raw: the answer: a text, or a number or truth value of JSON.

        Raises:
            ParseError: it may mean two of them.
        """
        if isinstance(raw, str) and (word := self._exact.get(raw.strip())) is not None:
            return word
        form = ""
        numbers: tuple[Decimal, ...] = ()
        if isinstance(raw, str):
            form = choice_form(raw)
            numbers = readings(form)
        elif isinstance(raw, bool):
            form = json.dumps(raw)
        elif isinstance(raw, int | float):
            numbers = (Decimal(repr(raw if isinstance(raw, int) else float(raw))),)
        found = self._by_form.get(form) or self._by_form.get(_SYNONYMS.get(form, ""))
        if not found:
            found = [word for number in numbers for word in self._by_form.get(number, ())]
        if found and len(set(found)) > 1:
            raise ParseError(
                f"the answer {quote(str(raw), 60)} can be {quote(found[0], 60)} or "
                f"{quote(found[1], 60)}: write it as it stands in the list"
            )
        return found[0] if found else None


@lru_cache(maxsize=256)
def choices(words: tuple[str, ...]) -> Choices:
    """Return the choices between some words, which are made once."""
    return Choices(words)
