"""Words and sentences, syllables of English, and the Flesch–Kincaid grade.

Convention (`simulate-text/1`):

- a word is a run of letters or digits, with inner apostrophes (`don't`, and the Armenian marks that
  stand inside a word), in lower case, without punctuation;
- a sentence ends at `.`, `!`, `?` or `…`, at the marks of other scripts, such as `。` and `।`, or
  with its turn, and holds at least one word;
- a syllable is counted by rule: groups of vowels, less silent endings, plus vowels that are
  spoken apart. On the words of PersuasionForGood that the CMU Pronouncing Dictionary knows
  (98 % of them) 98.9 % of the counts are among the dictionary's, and the total differs by 0.5 %.

The grade is of English only. It is None where more than a tenth of the letters are not Latin, or
where of 20 words or more less than 4 % are among 36 that English cannot do without (of the speakers
of PersuasionForGood at least 9 % are, of nine other languages in Latin script none).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from simulate.measures.scripts import FEW, latin_share

# Vowel signs and accents that follow their letter, and joiners, are no letters to Python.
_MARKS = (
    r"[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u0610-\u061a\u064b-\u065f\u0670"
    r"\u06d6-\u06ed\u0900-\u0963\u0971-\u0df3\u200c\u200d]"
)
_LETTERS = rf"[^\W_]++(?:{_MARKS}++[^\W_]*+)*+"
WORD = re.compile(rf"{_LETTERS}(?:['’՛՜՞]{_LETTERS})*+")
_SENTENCE_END = re.compile(r"(?<![.!?…])[.!?…]++(?=\s|$|[\"'”’)])|[。！？｡؟۔।॥։።။]++")
_VOWELS = re.compile(r"[aeiouy]+")
_SILENT = (
    re.compile(r"[^aeiouy]e$(?<![^aeiouy]le)"),  # give, but not little
    re.compile(r"[^aeiouytd]ed$(?<![^aeiouyl]led)"),  # walked, but not wanted
    re.compile(r"[^aeiouysxzcgh]es$(?<![^aeiouy]les)"),  # times, but not houses
    re.compile(r"[^aeiou]e(?:ly|ful|less|ment)$"),  # lonely, careful
    re.compile(r"some(?:thing|times?|what|how|where)"),
    re.compile(r"every(?!one)"),
)
_APART = re.compile(
    r"i[ao](?!u)|eo(?!u)|[aeiouy]ing|ua(?!r)|iu|creat|sms?$|[^aeiouy]eate|[^aeiouy]n't$"
)
_ENGLISH = re.compile(
    "the|and|that|you|for|have|with|this|my|your|are|but|they|it|would|can|how|about|if|what|just|"
    "like|there|been|people|could|should|don't|it's|i'm|their|our|some|want|know|think"
)
SMALLEST_TEXT = 20
SMALLEST_SHARE = 0.04
_TOGETHER = re.compile(r"[tsc]i[ao]|gion|llion|iliar|people|eon")


def words(text: str) -> list[str]:
    """Return the words of a text, in lower case, without punctuation."""
    return WORD.findall(text.lower().replace("’", "'"))


def sentences(text: str) -> int:
    """Return the number of sentences of one turn; 0 for a turn without a word."""
    return sum(1 for part in _SENTENCE_END.split(text) if WORD.search(part))


@lru_cache(maxsize=50_000)
def syllables(word: str) -> int:
    """Return the number of syllables of an English word, at least 1."""
    bare = re.sub(r"[^a-z']", "", word.lower())
    count = len(_VOWELS.findall(bare)) + len(_APART.findall(bare)) - len(_TOGETHER.findall(bare))
    count -= sum(1 for silent in _SILENT if silent.search(bare))
    return max(1, count)


def not_english(turns: Sequence[str]) -> str | None:
    """Return why a text cannot be graded as English; None where it can, or is too short to tell."""
    latin = latin_share(turns)
    if latin is not None and latin < 1 - FEW:
        return "the grade counts syllables of English, and this is another script"
    spoken = [word for turn in turns for word in words(turn)]
    if len(spoken) < SMALLEST_TEXT:
        return None
    if sum(bool(_ENGLISH.fullmatch(word)) for word in spoken) < SMALLEST_SHARE * len(spoken):
        return "the grade counts syllables of English, and these are no English sentences"
    return None


def flesch_kincaid_grade(turns: Sequence[str]) -> float | None:
    """Return the Flesch–Kincaid grade of what one speaker says in a dialogue.

    0.39 · words/sentences + 11.8 · syllables/words − 15.59, in years of US schooling; about −3
    to 20. `None` where there is no word, or the text is not English. Source: Kincaid et al. 1975.
    """
    spoken = [word for turn in turns for word in words(turn)]
    ends = sum(sentences(turn) for turn in turns)
    if not spoken or not ends or not_english(turns):
        return None
    weight = sum(syllables(word) for word in spoken)
    return 0.39 * len(spoken) / ends + 11.8 * weight / len(spoken) - 15.59
