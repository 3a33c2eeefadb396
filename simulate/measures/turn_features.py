"""What a turn looks like to a classifier that has to tell people from simulated users.

Nothing is learnt or downloaded: words and pairs of words, in lower case, and 1 to 4 neighbouring
characters, as they are typed, are hashed into 4,096 columns with a sign each (Weinberger et al.
2009); counts are damped by ln(1 + count), and the words' part and the characters' part of a turn
have length 1 each. Beside them stand, each about between 0 and 1:

- how long the turn and its words are; how it begins and ends, whether it asks or exclaims, commas,
  digits and characters beyond ASCII;
- given the history: the share of its words that the turn before has, and that the speaker's own
  earlier turns have.

What the history itself says is no feature: where both speakers are simulated it differs, too, and
would tell the samples apart whatever the user says.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

import numpy as np

from simulate.measures.readability import words
from simulate.measures.scripts import asks, capitalized, ends_with_stop

if TYPE_CHECKING:
    from scipy.sparse import csr_array

COLUMNS = 4096
LONGEST = 2000
"""Characters of a turn that are looked at."""
LONGEST_GRAM = 4


class SpokenTurn(NamedTuple):
    """A turn with what came before it.

    Attributes:
        text: what is said.
        before: the turn before it, of whoever; empty where it is the first.
        own: the words that the speaker has said before.
    """

    text: str
    before: str
    own: frozenset[str]


def turns_with_history(dialogue: Sequence[tuple[str, str]], speaker: str) -> Iterator[SpokenTurn]:
    """Iterate over a speaker's turns that are not of white space, with what came before each.

    Args:
        dialogue: speaker and text of each turn.
        speaker: whose turns they are.
    """
    own: frozenset[str] = frozenset()
    before = ""
    for who, text in dialogue:
        if who == speaker and text.strip():
            said = text.strip()[:LONGEST]
            yield SpokenTurn(said, before[:LONGEST], own)
            own |= frozenset(words(said))
        before = text


def feature_matrix(turns: Iterable[SpokenTurn]) -> csr_array:
    """Return (n, 4,096 + 11) features of n turns; see the module."""
    from scipy.sparse import csr_array

    values: list[float] = []
    columns: list[int] = []
    starts = [0]
    for turn in turns:
        spoken = words(turn.text)
        framed = f"\x02{turn.text}\x03"
        grams = [
            framed[i : i + n]
            for n in range(1, LONGEST_GRAM + 1)
            for i in range(len(framed) - n + 1)
        ]
        for found in (_hashed(_of_words(spoken)), _hashed(grams)):
            columns += found
            values += found.values()
        for at, value in enumerate(_plain(turn, spoken), start=COLUMNS):
            columns.append(at)
            values.append(value)
        starts.append(len(columns))
    shape = (len(starts) - 1, COLUMNS + PLAIN)
    data = (np.array(values), np.array(columns, dtype=np.int32), np.array(starts, dtype=np.int32))
    return csr_array(data, shape=shape)


def _of_words(spoken: Sequence[str]) -> list[str]:
    return [*(f"w {word}" for word in spoken), *(f"w {a} {b}" for a, b in pairwise(spoken))]


def _hashed(grams: Sequence[str]) -> dict[int, float]:
    """Return column to value of the grams of one kind, of length 1 together."""
    found: dict[int, float] = {}
    for gram, count in Counter(grams).items():
        code = crc32(gram.encode("utf-8", "surrogatepass"))
        column = code % COLUMNS
        sign = 1.0 if code >> 31 else -1.0
        found[column] = found.get(column, 0.0) + sign * math.log1p(count)
    length = math.sqrt(sum(value * value for value in found.values())) or 1.0
    return {column: value / length for column, value in found.items()}


PLAIN = 11


def _plain(turn: SpokenTurn, spoken: Sequence[str]) -> tuple[float, ...]:
    text, count = turn.text, max(len(spoken), 1)
    first = next(filter(str.isalnum, text), "")
    different = set(spoken)
    before = set(words(turn.before))
    return (
        math.log1p(len(spoken)) / 4,
        sum(map(len, spoken)) / count / 8,
        float(first.islower() and capitalized(first)),
        float(not ends_with_stop(text)),
        float(asks(text)),
        float("!" in text),
        min(text.count(",") / count * 4, 1.0),
        sum(map(str.isdigit, text)) / len(text),
        sum(c > "\x7f" for c in text) / len(text),
        len(different & before) / max(len(different), 1),
        len(different & turn.own) / max(len(different), 1),
    )
