"""What gives a simulated user away: the patterns of `english.yaml`, searched in its own words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from simulate.files.yaml import read_yaml
from simulate.measures.normalization import without_quoted

Reasons = tuple[tuple[str, re.Pattern[str]], ...]
"""What a match means, and the pattern."""


@dataclass(frozen=True, slots=True)
class EnglishPatterns:
    """The patterns by what they are searched for in.

    Attributes:
        service: what a service desk says, in a sentence of the user's own.
        form: the form of a model's answer, anywhere in a turn.
        says: talk of being a model or simulated, in a sentence of the user's own.
        pasted: where somebody else's text begins.
        reported: a sentence that reports what somebody else says.
    """

    service: Reasons
    form: Reasons
    says: Reasons
    pasted: re.Pattern[str]
    reported: re.Pattern[str]


@cache
def english() -> EnglishPatterns:
    """Return the patterns, read once."""
    data = read_yaml(Path(__file__).with_name("english.yaml")).data
    parts: Mapping[str, str] = data["parts"]

    def compiled(patterns: Iterable[str], around: str = "{}") -> re.Pattern[str]:
        whole = around.format("|".join(patterns))
        for name, part in parts.items():
            whole = whole.replace(f"%{name}%", part)
        return re.compile(whole, re.IGNORECASE | re.MULTILINE)

    def by_reason(name: str) -> Reasons:
        return tuple((reason, compiled(patterns)) for reason, patterns in data[name].items())

    return EnglishPatterns(
        by_reason("role-inversion"),
        by_reason("form"),
        by_reason("says"),
        compiled(data["pasted"]),
        compiled(data["reported"], r"\b(?:{})\b"),
    )


LOOKED_AT = 4_000
"""How many characters of a turn are examined; an over-long turn says the same again and again."""


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


def first_in_own(text: str, reasons: Reasons) -> tuple[str, str] | None:
    """Return what a person says for itself that fits a pattern, and what it means; else None."""
    for sentence in own_sentences(text):
        for reason, pattern in reasons:
            if found := pattern.search(sentence.replace("’", "'")):
                return sentence[found.start() : found.end()], reason
    return None
