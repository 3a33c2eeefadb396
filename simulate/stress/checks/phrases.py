"""`contains`, `lacks`, `matches`, `never_matches`: what is said, word for word or by pattern."""

from __future__ import annotations

from simulate.errors import quote
from simulate.files.patterns import search
from simulate.measures.normalization import LOOKED_AT, Flat, flat
from simulate.stress.checks.result import PASSES, Finding, Look

__all__ = ["contains", "lacks", "matches", "never_matches"]


def _found(phrase: str, text: str, form: Flat) -> str | None:
    wanted = flat(phrase).text.strip()
    start = form.text.find(wanted) if wanted else -1
    if start < 0:
        return None
    begin, end = form.span(start, len(wanted))
    return text[begin:end]


def contains(look: Look) -> Finding:
    """Pass where one of the phrases is said in some turn; abstain where nothing was said."""
    phrases = look.check.contains or []
    for turn in look.turns:
        form = flat(turn.text[:LOOKED_AT])
        for phrase in phrases:
            if said := _found(phrase, turn.text, form):
                return Finding("pass", "", turn.index, said)
    if not look.turns:
        return Finding("abstain", f"{look.speaker} had no turn in which it could be said")
    wanted = " or ".join(quote(p, 60) for p in phrases)
    return Finding("fail", f"{wanted} is said in none of {len(look.turns)} turns")


def lacks(look: Look) -> Finding:
    """Fail with the first turn in which one of the phrases is said."""
    for turn in look.turns:
        form = flat(turn.text[:LOOKED_AT])
        for phrase in look.check.lacks or []:
            if said := _found(phrase, turn.text, form):
                return Finding("fail", f"{quote(phrase, 60)} is said", turn.index, said)
    return PASSES


def matches(look: Look) -> Finding:
    """Fail with the first turn that the pattern is not found in."""
    pattern = look.check.matches or ""
    for turn in look.speaking:
        if not search(pattern, turn.text):
            return Finding("fail", f"does not match {pattern!r}", turn.index, turn.text)
    return PASSES


def never_matches(look: Look) -> Finding:
    """Fail with the first turn that the pattern is found in."""
    pattern = look.check.never_matches or ""
    for turn in look.turns:
        if found := search(pattern, turn.text):
            return Finding("fail", f"matches {pattern!r}", turn.index, found[0])
    return PASSES
