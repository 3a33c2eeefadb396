"""Fractional factorials: a part of all combinations of two-level conditions, chosen by generators.

With its first level as −1 and its second as +1, the generator `D = ABC` keeps the cells in which
the sign of D is the product of the signs of A, B and C. Then D·A·B·C is 1 in each of them: `ABCD`
is a word of the defining relation, whose words are all products of generators. The length of the
shortest word is the *resolution*. Two effects whose product is a word are *aliases*: the cells
cannot tell them apart. With resolution III no two main effects are aliases, with IV none is that of
an interaction of two, with V no two of these are. Source: Box, Hunter and Hunter 2005, ch. 6.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from simulate.errors import first_of, quote

LETTERS = "ABCDEFGHJKLMNOPQRSTUVWXYZ"
"""Of the conditions, in their order; I stands for the identity."""
ROMAN = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")
MOST_COMBINED = 65_536
"""Combinations of all levels of which a fraction is taken, at most."""

Effect = frozenset[str]
"""The conditions whose interaction it is; of one, its main effect."""
Levels = Mapping[str, Sequence[str]]
"""Condition to its levels, in order."""


@dataclass(frozen=True)
class Fraction:
    """A fraction of the combinations of levels.

    Attributes:
        conditions: with their levels; those that no generator names are crossed with all.
        generators: each a word that its cells have in common, and its sign, 1 or −1.
    """

    conditions: Levels
    generators: tuple[tuple[Effect, int], ...]

    @cached_property
    def words(self) -> dict[Effect, int]:
        """The defining relation: each word with its sign."""
        found: dict[Effect, int] = {}
        for count in range(1, len(self.generators) + 1):
            for some in itertools.combinations(self.generators, count):
                word: Effect = frozenset()
                for each, _ in some:
                    word ^= each
                found[word] = math.prod(sign for _, sign in some)
        return found

    @property
    def resolution(self) -> int:
        """The length of the shortest word."""
        return min(map(len, self.words))

    def keeps(self, levels: Mapping[str, str]) -> bool:
        """Tell whether a combination of levels is one of its cells."""
        return all(
            math.prod(1 if levels[c] == self.conditions[c][1] else -1 for c in word) == sign
            for word, sign in self.generators
        )

    def aliases(self, effect: Iterable[str]) -> tuple[Effect, ...]:
        """Return the effects that cannot be told from an effect, the fewest conditions first."""
        found = [frozenset(effect) ^ word for word in self.words]
        return tuple(sorted(found, key=lambda each: (len(each), sorted(each))))

    def sentences(self) -> tuple[str, ...]:
        """Say which resolution it has, and what cannot be told apart of low order."""
        letters = dict(zip(self.conditions, LETTERS, strict=False))
        size = self.resolution
        named = f"resolution {ROMAN[size] if size < len(ROMAN) else size}"
        relation = " = ".join(
            ("−" if sign < 0 else "") + "".join(sorted(letters.get(c, c) for c in word))
            for word, sign in self.words.items()
        )
        told = [f"fraction of {named}: I = {relation}" if len(self.words) < 16 else named]
        two = {each for word in self.words for each in word}
        pairs: set[frozenset[Effect]] = set()
        for count in (1, 2):
            for effect in map(frozenset, itertools.combinations(sorted(two), count)):
                low = {each for each in self.aliases(effect) if 0 < len(each) <= 2}
                if low:
                    pairs.add(frozenset({effect, *low}))
        told += [
            "cannot be told apart: " + " and ".join(map(effect_name, sorted(alike, key=_order)))
            for alike in sorted(pairs, key=lambda each: min(map(_order, each)))
        ]
        return tuple(told)


def _order(effect: Effect) -> tuple[int, list[str]]:
    return len(effect), sorted(effect)


def effect_name(effect: Effect) -> str:
    """Return how an effect is written: `tone`, or `length × tone`."""
    return " × ".join(sorted(effect))


def fraction_of(rules: str | Sequence[str], conditions: Levels, random: Sequence[str]) -> Fraction:
    """Return the fraction that a scenario declares.

    Args:
        rules: `half`, or generators such as `D = ABC` or `tone = length * wording`.
        conditions: the scenario's, with their levels; letters name them in order.
        random: conditions whose levels are drawn.

    Raises:
        ValueError: a generator names no condition of two levels, or main effects are aliases.
    """
    full = math.prod(map(len, conditions.values()))
    if full > MOST_COMBINED:
        raise ValueError(
            f"design.fraction: is taken of {full:,} combinations of levels, at most "
            f"{MOST_COMBINED:,}: leave conditions out"
        )
    two = [name for name, levels in conditions.items() if len(levels) == 2 and name not in random]
    if rules == "half":
        if len(two) < 3:
            raise ValueError(
                "design.fraction: half needs three conditions of two levels or more, else main "
                f"effects cannot be told apart; there are: {first_of(two) or 'none'}"
            )
        generators = [(two[-1], tuple(two[:-1]), 1)]
    else:
        given = [rules] if isinstance(rules, str) else rules
        generators = [_generator(each, conditions, two) for each in given]
    made = [name for name, _, _ in generators]
    for name, of, _ in generators:
        if made.count(name) > 1 or name in of or any(name in other for _, other, _ in generators):
            raise ValueError(
                f"design.fraction: “{name}” is made by one generator and stands in another, or in "
                "two; make each condition of those that no generator makes"
            )
    found = Fraction(conditions, tuple((frozenset((n, *of)), sign) for n, of, sign in generators))
    if found.resolution < 3:
        word = min(found.words, key=_order)
        raise ValueError(
            f"design.fraction: resolution {ROMAN[len(word)]}: the main effects of "
            f"{' and '.join(sorted(word))} could not be told apart; take other generators, or more "
            "cells"
        )
    return found


def _generator(
    text: str, conditions: Levels, two: Sequence[str]
) -> tuple[str, tuple[str, ...], int]:
    """Read a generator: the condition that it makes, those that it makes it of, and its sign."""
    made, equals, product = text.partition("=")
    left = _named(made.strip(), conditions)
    bare = product.strip()
    sign = -1 if bare[:1] in ("-", "−") else 1
    right = [n for part in bare.lstrip("+-−").split("*") for n in _named(part.strip(), conditions)]
    if not equals or len(left) != 1 or not right:
        raise ValueError(
            f"design.fraction: {quote(text, 60)} is no generator; write one such as D = ABC, or "
            f"with names: {' = '.join([*two[:1], ' * '.join(two[1:3])]) or 'a = b * c'}"
        )
    for name in (*left, *right):
        if name not in two:
            raise ValueError(
                f"design.fraction: {quote(text, 60)} names “{name}”, which is no condition of two "
                f"levels that are not random; there are: {first_of(two) or 'none'}"
            )
    if len(set(right)) < len(right):
        raise ValueError(f"design.fraction: {quote(text, 60)} names a condition twice")
    return left[0], tuple(right), sign


def _named(text: str, conditions: Levels) -> list[str]:
    """Return the conditions that a name, or letters, stand for."""
    if text in conditions or not text.isalpha() or not text.isupper():
        return [text] if text else []
    letters = dict(zip(LETTERS, conditions, strict=False))
    return [letters.get(letter, letter) for letter in text]
