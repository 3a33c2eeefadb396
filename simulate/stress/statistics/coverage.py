"""How much of what users do has been seen, and whether more dialogues would show more.

A dialogue either shows a type of behaviour or not; the units are personas, whose dialogues are
taken together. Q₁ and Q₂ are the types that one and exactly two of the m units show, S all types
seen, U = Σ over units of the types shown.

- **Types in all**, bias-corrected Chao2 (Chao1 of incidences): S + A Q₁(Q₁ − 1) / (2(Q₂ + 1)) with
  A = (m − 1)/m. It is a lower bound of the expected number: types that are too rare to leave traces
  cannot be counted. Its interval takes the logarithm of the unseen part to be normal. Sources: Chao
  1984, 1987; Chao and Chiu 2016; Colwell 2013 (EstimateS, for the case without unseen types).
- **Sample coverage**: the share of all showings that are of types seen,
  1 − Q₁/U · (m − 1)Q₁ / ((m − 1)Q₁ + 2Q₂). Sources: Good 1953; Chao and Jost 2012.
- **New behaviour in the next dialogue**, by leaving out one persona at a time: the mean over
  dialogues of the share of its types that no other persona shows (`missing`), and the share of
  dialogues with any such type (`new_chance`). Both are Good–Turing estimates per dialogue; they are
  unbiased for a sample that is smaller by one persona. The upper bound of `missing` is Wilson's:
  a mean of shares varies no more than a share of dialogues.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulate.statistics.confidence import CONFIDENCE, Interval, quantile
from simulate.statistics.proportions import (
    Proportion,
    cluster_index,
    effective_size,
    proportion,
    wilson,
)
from simulate.stress.statistics.behaviours import Behaviours

__all__ = ["Coverage", "Shown", "chao", "coverage", "sample_coverage"]


@dataclass(frozen=True, slots=True)
class Shown:
    """A type of behaviour.

    Attributes:
        example: the turn that leads it.
        turns: how many turns are of it.
        dialogues: in how many dialogues it is shown.
        personas: by how many personas.
    """

    example: str
    turns: int
    dialogues: int
    personas: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was seen of the users' behaviour.

    Attributes:
        dialogues: with at least one user's turn.
        personas: of how many personas.
        turns: user's turns.
        types: how many types were seen.
        once: types that one persona shows.
        twice: types that exactly two personas show.
        richness: estimated number of types in all; None without a dialogue.
        richness_interval: of it; None with fewer than two personas.
        sample_coverage: in [0, 1]; None without a dialogue.
        missing: expected share of the next dialogue's types that are new, in [0, 1]; None with
            fewer than two personas.
        missing_upper: its one-sided upper bound; None with fewer than two personas.
        new_chance: chance that the next dialogue shows a new type.
        shown: the types, the most frequent first.
        vectors: the name of the embedder.
        similarity: the cosine from which two turns are alike.
    """

    dialogues: int
    personas: int
    turns: int
    types: int
    once: int
    twice: int
    richness: float | None
    richness_interval: Interval | None
    sample_coverage: float | None
    missing: float | None
    missing_upper: float | None
    new_chance: Proportion
    shown: tuple[Shown, ...]
    vectors: str
    similarity: float


def coverage(found: Behaviours, confidence: float = CONFIDENCE) -> Coverage:
    """Return what was seen of the users' behaviour; see the module.

    Args:
        found: the types of the turns.
        confidence: of the intervals and of the one-sided bound, in (0, 1).
    """
    pairs = [
        (o.persona, frozenset(types))
        for o, types in zip(found.dialogues, found.types, strict=True)
        if types
    ]
    by: defaultdict[int, set[str]] = defaultdict(set)
    for persona, types in pairs:
        for kind in types:
            by[kind].add(persona)
    people = [len(by[kind]) for kind in range(len(found.examples))]
    personas = [persona for persona, _ in pairs]
    m, once, twice = len(set(personas)), people.count(1), people.count(2)
    shown_in = Counter(kind for _, types in pairs for kind in types)
    in_turns = Counter(kind for types in found.types for kind in types)
    new = [sum(people[k] == 1 for k in types) for _, types in pairs]
    richness, interval = chao(len(people), once, twice, m, sum(people), confidence)
    missing, upper = None, None
    if m > 1:
        shares = np.array([k / len(t) for k, (_, t) in zip(new, pairs, strict=True)])
        missing = float(shares.mean())
        # The two-sided interval whose upper end is the one-sided bound.
        sided = 2 * confidence - 1
        upper = wilson(missing, effective_size(shares, cluster_index(personas), sided), sided)[1]
    return Coverage(
        dialogues=len(pairs),
        personas=m,
        turns=sum(in_turns.values()),
        types=len(people),
        once=once,
        twice=twice,
        richness=richness,
        richness_interval=interval,
        sample_coverage=sample_coverage(once, twice, m, sum(people)),
        missing=missing,
        missing_upper=upper,
        new_chance=proportion([k > 0 for k in new], personas, confidence)
        if m > 1
        else proportion([], []),
        shown=_shown(found.examples, in_turns, shown_in, people),
        vectors=found.vectors,
        similarity=found.similarity,
    )


def _shown(
    examples: Sequence[str], turns: Counter[int], dialogues: Counter[int], people: Sequence[int]
) -> tuple[Shown, ...]:
    found = [
        Shown(example, turns[kind], dialogues[kind], people[kind])
        for kind, example in enumerate(examples)
    ]
    return tuple(sorted(found, key=lambda shown: -shown.turns))


def sample_coverage(once: int, twice: int, units: int, showings: int) -> float | None:
    """Return the share of all showings that are of types seen, in [0, 1]; see the module.

    Args:
        once: types that one unit shows.
        twice: types that two units show.
        units: m.
        showings: U.

    Returns:
        None without a showing.
    """
    if not showings:
        return None
    if not once:
        return 1.0
    # Without a type shown twice the quotient would be 1 whatever Q₁ is: Chao and Jost's variant.
    above, below = ((units - 1) * once, 2 * twice) if twice else ((units - 1) * (once - 1), 2)
    share = above / (above + below) if above + below else 1.0
    return max(0.0, 1 - once / showings * share)


def chao(
    types: int, once: int, twice: int, units: int, showings: int, confidence: float = CONFIDENCE
) -> tuple[float | None, Interval | None]:
    """Return how many types there are in all, ≥ `types`, and its interval; see the module.

    Args:
        types: S.
        once: types that one unit shows.
        twice: types that two units show.
        units: m.
        showings: U.
        confidence: in (0, 1).

    Returns:
        (None, None) without a type; no interval with fewer than two units.
    """
    if not types:
        return None, None
    a = (units - 1) / units
    unseen = a * once * (once - 1) / (2 * (twice + 1))
    if units < 2:
        return types + unseen, None
    z = quantile(confidence)
    if unseen == 0:
        p = math.exp(-showings / types)
        middle, half = types / (1 - p), z * math.sqrt(types * p) / (1 - p)
        return float(types), (max(float(types), middle - half), middle + half)
    variance = (
        a * once * (once - 1) / (2 * (twice + 1))
        + a**2 * once * (2 * once - 1) ** 2 / (4 * (twice + 1) ** 2)
        + a**2 * once**2 * twice * (once - 1) ** 2 / (4 * (twice + 1) ** 4)
    )
    k = math.exp(z * math.sqrt(math.log(1 + variance / unseen**2)))
    return types + unseen, (types + unseen / k, types + unseen * k)
