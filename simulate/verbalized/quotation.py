"""Quotation marks around all of a reply, which quote nobody: they are the model's, not the words.

They stay where the text has more of their kind, so that “Yes,” she said, “no” is not cut open.
Straight ones also stay around a long text that has nothing of talk, such as a first person, a
question or a contraction: that may be a quotation, as are the five turns among 20,932 of people
that are quoted as a whole, all of them sentences of the task's instructions.
"""

from __future__ import annotations

import re

_CLOSES = {
    '"': '"',
    "“": "”“",
    "”": "”",
    "„": "“”",
    "«": "»",
    "»": "«",
    "‹": "›",
    "「": "」",
    "『": "』",
    "'": "'",
    "‘": "’",
}
"""What opens a quotation, and what may close it."""
_APOSTROPHE = re.compile(r"(?<=\w)['’](?=\w)")
_ELIDED = re.compile(
    r"['‘](?:\d|(?:bout|cause|cuz|em|kay|n|round|sup|til|till|tis|twas)\b)", re.IGNORECASE
)
_TALK = re.compile(
    r"\b(?:i|me|my|mine|we|us|our)\b|\w['’](?:d|ll|m|re|s|t|ve)\b|[?!]\Z|\A(?:ah|hello|hey|hi|hm+|nah"
    r"|no|oh|ok|okay|sorry|sure|thanks?|uh|um|well|wow|yeah|yep|yes)\b",
    re.IGNORECASE,
)
LONGEST = 12
"""Words in straight marks that are a reply, and no quotation, whoever they speak of."""


def unquoted(text: str) -> str:
    """Return a text without the quotation marks around all of it; the very text without such."""
    closing = _CLOSES.get(text[:1])
    if closing is None or len(text) < 3 or text[-1] not in closing:
        return text
    inner = text[1:-1].strip()
    opening = text[0]
    bare = inner
    if opening in "'‘":
        if _ELIDED.match(text):
            return text
        bare = _APOSTROPHE.sub("", inner)
    if not inner or opening in bare or any(mark in bare for mark in closing):
        return text
    if opening in "\"'" and len(inner.split()) > LONGEST and not _TALK.search(inner):
        return text
    return inner
