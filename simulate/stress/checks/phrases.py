"""Phrases that are searched for in any case; white space and accents do not count either."""

from __future__ import annotations

from collections.abc import Iterable

from simulate.measures.normalization import LOOKED_AT, flat
from simulate.runfile import Turn


def first_said(turns: Iterable[Turn], phrases: Iterable[str]) -> tuple[Turn, str, str] | None:
    """Return the first turn that says one of the phrases, the phrase, and how it says it."""
    wanted = [(phrase, flat(phrase).text.strip()) for phrase in phrases]
    for turn in turns:
        form = flat(turn.text[:LOOKED_AT])
        for phrase, plain in wanted:
            if said := form.part(plain):
                return turn, phrase, said
    return None
