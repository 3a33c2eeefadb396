"""Phrases that are searched for in any case; white space and accents do not count either."""

from __future__ import annotations

from simulate.measures.normalization import Flat, flat


def said_in(text: str, form: Flat, phrase: str) -> str | None:
    """Return how a text, whose flat form is given too, says a phrase; None where it does not."""
    wanted = flat(phrase).text.strip()
    start = form.text.find(wanted) if wanted else -1
    if start < 0:
        return None
    begin, end = form.span(start, len(wanted))
    return text[begin:end]
