"""Histories with other names and surface forms, by rule: what a model cannot have read before.

Who has learnt a dialogue by heart forecasts it well as it stands, and worse where charities and
places have invented names and contractions, greetings and amounts of money are written another
way. Who forecasts from what is meant does not care much. The rules are blind to the meaning, and
the same for every dialogue.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

SURFACE: tuple[tuple[str, str], ...] = (
    (r"\bcan't\b", "cannot"),
    (r"\bwon't\b", "will not"),
    (r"n't\b", " not"),
    (r"\b(i)'m\b", r"\1 am"),
    (r"\b(\w{1,12})'re\b", r"\1 are"),
    (r"\b(\w{1,12})'ll\b", r"\1 will"),
    (r"\b(\w{1,12})'ve\b", r"\1 have"),
    (r"\b(?:hello|hey)\b", "hi"),
    (r"\bthanks\b", "thank you"),
    (r"\byeah\b|\byep\b", "yes"),
    (r"\bokay\b|\bok\b", "all right"),
    (r"\bkids\b", "children"),
    (r"\bcents\b", "pennies"),
    (r"\$ ?(\d{1,6}(?:\.\d{1,2})?)", r"\1 dollars"),
)
"""Pattern and what stands in its place; in any case, in this order, before the names."""


def renaming(names: Mapping[str, str]) -> Callable[[str], str]:
    """Return what gives a text other names and surface forms.

    Args:
        names: what stands in the place of which name; longer ones are looked for first.
    """
    longest_first = sorted(names, key=len, reverse=True)
    rules = [(re.compile(pattern, re.IGNORECASE), new) for pattern, new in SURFACE]
    rules += [(_named(name), names[name].replace("\\", r"\\")) for name in longest_first]

    def renamed(text: str) -> str:
        text = text.replace("’", "'")
        for pattern, new in rules:
            text = pattern.sub(new, text)
        return text

    return renamed


def _named(name: str) -> re.Pattern[str]:
    """Return what finds a name however its words are joined, in any case, as whole words."""
    words = [re.escape(word) for word in re.split(r"[\s-]+", name)]
    return re.compile(rf"(?<!\w)(?:{r'[ -]{0,2}'.join(words)})(?!\w)", re.IGNORECASE)
