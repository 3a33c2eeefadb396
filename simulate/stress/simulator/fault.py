"""What a fault of the simulated user is, and what counts as the user's own words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from simulate.measures.normalization import without_quoted
from simulate.stress.simulator.english import english

LOOKED_AT = 4_000
"""How many characters of a turn are examined; an over-long turn says the same again and again."""


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


def own_sentences(text: str) -> list[str]:
    """Return the sentences of a text in which a person speaks for itself.

    What stands in double quotation marks, what is pasted in under the heading of an e-mail, and a
    sentence that reports what somebody else says (“you keep saying …”), are another's words.
    """
    patterns = english()
    bare = without_quoted(text[:LOOKED_AT], " ")
    if pasted := patterns.pasted.search(bare):
        bare = bare[: pasted.start()]
    sentences = (s.strip() for s in _SENTENCE.findall(bare))
    return [s for s in sentences if s and not patterns.reported.search(s)]
