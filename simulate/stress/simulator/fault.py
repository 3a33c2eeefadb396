"""What a fault of the simulated user is, and what counts as the user's own words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from simulate.measures.normalization import without_quoted

__all__ = ["LOOKED_AT", "Fault", "own_sentences"]


LOOKED_AT = 4_000
"""How many characters of a turn are looked at; an over-long turn says the same again and again."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A place where a simulated user gives itself away.

    Attributes:
        turn: the index of the turn.
        quote: what it says there.
        reason: why that is no user's talk, in one sentence.
    """

    turn: int
    quote: str
    reason: str


_SENTENCE = re.compile(r"[^.!?…\n;]+[.!?…]*")
# From here on somebody else's text is pasted in: an e-mail, a log, a message of “the system”.
_PASTED = re.compile(
    r"^[^\w\n]{0,8}(?:dear (?:\w+ )?(?:customer|client|sir|madam|mr|ms|mrs|\w+,)|subject|from|"
    r"betreff|von|asunto|de|objet|oggetto|system|assistant|agent|bot|support|chatbot|user|"
    r"sehr geehrte\w*|estimad[oa]|ch[eè]re? client\w*|gentile)\b"
    r"(?:\s*\w*\s*[:\]>,]|.*customer|.*kund|.*client)"
    r"|^[ \t]{0,8}(?:>|-{3,}|={3,}|#{2,})|forwarded message|original message",
    re.IGNORECASE | re.MULTILINE,
)
_REPORTED = re.compile(
    r"""\b(?:
        (?:you|u|your|the|that|this|its?|they|he|she|bot|agent|colleague|message|website|mail)\b
            .{0,25}\b(?:say|says|said|saying|tell|tells|told|telling|ask|asks|asked|asking|
            write|writes|wrote|keep|keeps|kept|repeat|repeats|repeating|typed|reads)
        |(?:stop|quit)\s+(?:say|ask|tell|repeat|offer|apologi)\w*
        |(?:me|te|siempre|que) (?:dices?|dicen?|dijo|dijeron|decía)
        |(?:du|er|sie|ihr|bot|immer|hat|haben) (?:\w+ )?(?:sagst|sagte?n?|gesagt|schreibst|schrieb)
        |(?:vous|il|elle|bot|me|m') ?(?:dites|dit|disait|disent)
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)


def own_sentences(text: str) -> list[str]:
    """Return the sentences of a text in which a person speaks for itself.

    What stands in double quotation marks, what is pasted in under the heading of an e-mail, and a
    sentence that reports what somebody else says (“you keep saying …”), are another's words.
    """
    bare = without_quoted(text[:LOOKED_AT], " ")
    if pasted := _PASTED.search(bare):
        bare = bare[: pasted.start()]
    sentences = (s.strip() for s in _SENTENCE.findall(bare))
    return [s for s in sentences if s and not _REPORTED.search(s)]
