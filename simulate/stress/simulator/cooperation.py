"""Whether the users' cooperation varies as the population says, and shows in what they say.

A population may give its personas an attribute of cooperation; a simulator may draw it and then
play everybody as cooperative all the same (Zhou et al. 2026, arXiv 2603.11245, find simulated users
excessively cooperative). So two things are told: which levels were drawn, and how users of each
level act. The measure of acting is coarse and says what it is: the share of a user's turns that
are very short, refuse, or say again what the user said before. It sees curtness, not every kind of
resistance.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulate.measures.normalization import flat, words
from simulate.population import Value
from simulate.stress.records import Observed

__all__ = ["Cooperation", "LevelShown", "cooperation", "curt_turns", "refuses"]

SHORT = 3
"""A turn of at most so many words is curt."""

LADDER = ("none", "very low", "low", "medium", "moderate", "average", "high", "very high", "full")
"""Levels in words, from the lowest; others need `order`."""

ALIKE = 90.0
"""From this ratio (rapidfuzz, 0 to 100) on, a turn says the same again."""

COMPARED = 2_000
"""How many characters of a turn are compared."""

RESAMPLES = 999

_REFUSES = re.compile(
    r"\b(?:no way|not (?:telling|giving|going to (?:tell|give|answer|do|say))|"
    r"none of your business|"
    r"(?:i|i'll|i will|i'd) (?:won'?t|will not|refuse|rather not|don'?t want to|not) (?:\w+ )?"
    r"(?:tell|give|say|share|answer|do|provide|repeat|explain)|i(?:'d| would) rather not|"
    r"why (?:do|would|should) (?:you|i) (?:need|want|have|tell|give)|"
    r"(?:i )?(?:don'?t|do not) (?:have|want) to (?:tell|answer|say|explain|give)|"
    r"already (?:told|gave|said|answered)|figure it out|look it up yourself|whatever|"
    r"no te (?:lo )?(?:voy a decir|digo)|no (?:pienso|quiero) (?:decir|dar|contest)\w*|"
    r"para qu[eé] (?:quiere|necesita)s?|das sage ich (?:ihnen|dir) nicht|"
    r"geht (?:sie|dich|euch) (?:gar )?nichts an|"
    r"wozu brauchen sie|sage ich (?:ihnen |dir )?nicht|ça ne vous regarde pas|"
    r"je ne (?:veux|vais) pas (?:vous )?(?:dire|donner|répondre))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class LevelShown:
    """How the users of one level act.

    Attributes:
        level: of the attribute.
        personas: how many have it.
        dialogues: how many dialogues they have.
        turns: how many turns they took.
        curt: mean over personas of the share of turns that are very short, refuse, or say the
            same again, in [0, 1].
        refuses: mean over personas of the share of turns that refuse.
        words: mean over personas of words a turn.
    """

    level: Value
    personas: int
    dialogues: int
    turns: int
    curt: float
    refuses: float
    words: float


@dataclass(frozen=True, slots=True)
class Cooperation:
    """What was drawn of an attribute of cooperation, and what was shown.

    Attributes:
        attribute: its name.
        n: personas that have it and speak.
        missing: personas without it.
        levels: from the lowest to the highest; as they come where no order is known.
        contrast: curt share of the lowest level − that of the highest, in [−1, 1]; positive where
            users of low cooperation act so. None with fewer than two levels, or in no known order.
        p: one-sided permutation p-value of the contrast, personas exchanged; None where one of the
            two levels has fewer than two personas.
    """

    attribute: str
    n: int
    missing: int
    levels: tuple[LevelShown, ...]
    contrast: float | None
    p: float | None

    @property
    def drawn(self) -> int:
        """How many different levels were drawn."""
        return len(self.levels)


def refuses(text: str) -> bool:
    """Tell whether a text refuses to say or do something, in four languages."""
    return _REFUSES.search(text.replace("’", "'")) is not None


def curt_turns(said: Sequence[str]) -> int:
    """Count the turns of one dialogue that are very short, refuse, or say the same again."""
    from rapidfuzz import fuzz

    found = 0
    before: list[str] = []
    for text in said:
        form = flat(text[:COMPARED]).text.strip()
        again = any(fuzz.ratio(form, other, score_cutoff=ALIKE) > 0 for other in before)
        found += again or len(words(text)) <= SHORT or refuses(text)
        before.append(form)
    return found


def cooperation(
    observed: Sequence[Observed],
    attribute: str = "cooperation",
    *,
    order: Sequence[Value] | None = None,
    seed: int = 0,
) -> Cooperation:
    """Return what was drawn of an attribute of cooperation, and how its levels act.

    Args:
        observed: the dialogues; those in which no user spoke are left out.
        attribute: of the personas.
        order: the levels from the lowest; by default numbers by size, and words by `LADDER`.
        seed: of the permutations.
    """
    said: defaultdict[str, list[Sequence[str]]] = defaultdict(list)
    level: dict[str, Value] = {}
    missing: set[str] = set()
    for each in observed:
        if not each.said:
            continue
        if attribute not in each.attributes:
            missing.add(each.persona)
            continue
        said[each.persona].append(each.said)
        level[each.persona] = each.attributes[attribute]
    ranked = _ranked(list(dict.fromkeys(level.values())), order)
    members = {v: [p for p in said if level[p] == v] for v in ranked[0]}
    shown = tuple(_shown(v, [said[p] for p in persons]) for v, persons in members.items())
    contrast = p = None
    if ranked[1] and len(shown) > 1:
        contrast = shown[0].curt - shown[-1].curt
        low, high = ([_share(said[p]) for p in members[v]] for v in (ranked[0][0], ranked[0][-1]))
        p = _permuted(low, high, seed)
    return Cooperation(attribute, len(said), len(missing), shown, contrast, p)


def _ranked(levels: list[Value], order: Sequence[Value] | None) -> tuple[list[Value], bool]:
    """Return the levels in order, and whether an order is known."""
    if order is not None and all(v in order for v in levels):
        return sorted(levels, key=list(order).index), True
    if all(isinstance(v, int | float) for v in levels):
        return sorted(levels, key=float), True
    named = {v: str(v).strip().lower().replace("-", " ").replace("_", " ") for v in levels}
    if all(name in LADDER for name in named.values()):
        return sorted(levels, key=lambda v: LADDER.index(named[v])), True
    return levels, False


def _share(dialogues: Sequence[Sequence[str]]) -> float:
    return sum(map(curt_turns, dialogues)) / sum(map(len, dialogues))


def _shown(level: Value, persons: Sequence[Sequence[Sequence[str]]]) -> LevelShown:
    spoken = [[text for said in dialogues for text in said] for dialogues in persons]
    return LevelShown(
        level,
        len(persons),
        sum(map(len, persons)),
        sum(map(len, spoken)),
        float(np.mean([_share(dialogues) for dialogues in persons])),
        float(np.mean([sum(map(refuses, turns)) / len(turns) for turns in spoken])),
        float(np.mean([sum(len(words(t)) for t in turns) / len(turns) for turns in spoken])),
    )


def _permuted(low: Sequence[float], high: Sequence[float], seed: int) -> float | None:
    if min(len(low), len(high)) < 2:
        return None
    from scipy.stats import permutation_test

    def difference(a: np.ndarray, b: np.ndarray, axis: int = -1) -> np.ndarray:
        return np.asarray(np.mean(a, axis=axis) - np.mean(b, axis=axis))

    done = permutation_test(
        (np.array(low), np.array(high)),
        difference,
        alternative="greater",
        n_resamples=RESAMPLES,
        rng=np.random.default_rng(seed),
        vectorized=True,
    )
    return float(done.pvalue)
