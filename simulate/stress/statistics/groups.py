"""Which personas a target fails more often: each level of each attribute against the rest.

A group is the personas with one level of an attribute; numbers are split at their terciles over
personas, which gives up to three groups. For each group:

- the difference of its failure rate from that of the rest, with Newcombe's interval at the
  effective sizes of both sides;
- a p-value: Fisher's exact test, two-sided, where each persona has one dialogue. Where one has
  several, its dialogues are not independent, and whole personas are exchanged instead: a
  permutation test of the difference, (1 + number at least as far) / (1 + permutations);
- the p-value after Holm over all groups that were tested.

All decided dialogues take part, those from the tail included: which draws are flattened, and which
turns come from the tail, does not depend on the persona, so groups are compared alike.
Sources: Fisher 1935; Newcombe 1998; Phipson and Smyth 2010; Holm 1979.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from simulate.population import Value
from simulate.randomness import generator
from simulate.statistics.confidence import CONFIDENCE, Interval
from simulate.statistics.permutation import holm
from simulate.statistics.proportions import Proportion, newcombe, proportion
from simulate.stress.records import Observed
from simulate.stress.statistics.rates import ANY, verdict_of

__all__ = ["FEWEST_DIALOGUES", "Group", "Groups", "groups"]

LEVEL = 0.05
"""A persona group is told of where its p, corrected by Holm, lies below this."""
FEWEST_DIALOGUES = 10
"""A group, or its rest, with fewer decided dialogues is skipped."""
MOST_PERMUTED = 9_999
FEWEST_PERMUTED = 1_999
CELLS = 20_000_000
BLOCK = 100


@dataclass(frozen=True, slots=True)
class Group:
    """The personas with one level of an attribute, against the rest.

    Attributes:
        attribute: its name.
        level: as text; of a number a range, such as `18 to 34`.
        inside: failures in the group.
        outside: failures in the rest.
        difference: the group's rate less that of the rest, in [−1, 1].
        interval: of the difference.
        p: two-sided.
        p_holm: after Holm over all groups.
    """

    attribute: str
    level: str
    inside: Proportion
    outside: Proportion
    difference: float
    interval: Interval
    p: float
    p_holm: float


@dataclass(frozen=True, slots=True)
class Groups:
    """All groups that could be tested.

    Attributes:
        check: what fails.
        n: decided dialogues.
        groups: the worst first: by p-value, those that fail more often than the rest before those
            that fail less often.
        skipped: how many levels had too few dialogues, or too few in the rest.
        test: how p-values were obtained.
    """

    check: str
    n: int
    groups: tuple[Group, ...]
    skipped: int
    test: str

    @property
    def worse(self) -> tuple[Group, ...]:
        """The groups that fail more often than the rest, p below `LEVEL` after Holm."""
        return tuple(g for g in self.groups if g.p_holm < LEVEL and g.difference > 0)


def groups(
    observed: Sequence[Observed],
    check: str = ANY,
    *,
    fewest: int = FEWEST_DIALOGUES,
    confidence: float = CONFIDENCE,
    seed: int = 0,
) -> Groups:
    """Compare each group of personas with the rest; see the module.

    Args:
        observed: dialogues that ended, of one cell.
        check: what fails, a check's name or `ANY`.
        fewest: decided dialogues that a group and its rest must have.
        confidence: of the intervals, in (0, 1).
        seed: of the permutations.
    """
    decided = [
        (o, v == "fail") for o in observed if (v := verdict_of(o, check)) in ("pass", "fail")
    ]
    personas = [o.persona for o, _ in decided]
    fails = np.array([failed for _, failed in decided], dtype=np.bool_)
    members = _members([o for o, _ in decided])
    kept = {
        name: inside
        for name, inside in members.items()
        if fewest <= int(inside.sum()) <= len(decided) - fewest
    }
    clustered = len(set(personas)) < len(personas)
    found = [
        _compared(name, inside, fails, personas, confidence, clustered=clustered)
        for name, inside in kept.items()
    ]
    test = "Fisher's exact test"
    if clustered and found:
        drawn = _permuted(np.array(list(kept.values())), fails, personas, seed)
        found = [replace(g, p=p) for g, p in zip(found, drawn.p_values, strict=True)]
        test = f"permutation of personas, {drawn.draws:,} times"
    adjusted = holm([g.p for g in found])
    found = [replace(g, p_holm=p) for g, p in zip(found, adjusted, strict=True)]
    found.sort(key=lambda g: (g.difference <= 0, g.p, -g.difference, g.attribute, g.level))
    return Groups(check, len(decided), tuple(found), len(members) - len(kept), test)


def _compared(
    name: tuple[str, str],
    inside: NDArray[np.bool_],
    fails: NDArray[np.bool_],
    personas: Sequence[str],
    confidence: float,
    *,
    clustered: bool,
) -> Group:
    """Return the comparison of one group; p is 1 where permutations will give it."""
    sides = []
    for side in (inside, ~inside):
        whose = [p for p, taken in zip(personas, side.tolist(), strict=True) if taken]
        sides.append(proportion(fails[side], whose, confidence))
    ours, rest = sides
    a, n = ours.value or 0.0, ours.effective_n or 1.0
    b, m = rest.value or 0.0, rest.effective_n or 1.0
    p = 1.0
    if not clustered:
        p = _fisher(ours, rest)
    return Group(*name, ours, rest, a - b, newcombe(a, n, b, m, confidence), p, 1.0)


def _fisher(ours: Proportion, rest: Proportion) -> float:
    from scipy.stats import fisher_exact

    table = np.array([[ours.hits, ours.n - ours.hits], [rest.hits, rest.n - rest.hits]])
    return float(fisher_exact(table).pvalue)


def _members(observed: Sequence[Observed]) -> dict[tuple[str, str], NDArray[np.bool_]]:
    """Return (attribute, level) to (n,) whether each dialogue's persona has it."""
    names = sorted({name for o in observed for name in o.attributes})
    found: dict[tuple[str, str], NDArray[np.bool_]] = {}
    for name in names:
        values = [o.attributes.get(name) for o in observed]
        people: Mapping[str, Value | None] = {
            o.persona: v for o, v in zip(observed, values, strict=True)
        }
        levels = _levels(values, [v for v in people.values() if v is not None])
        for level in dict.fromkeys(sorted(text for text in levels if text is not None)):
            found[name, level] = np.array([text == level for text in levels], dtype=np.bool_)
    return found


def _levels(values: Sequence[Value | None], of_people: Sequence[Value]) -> list[str | None]:
    numeric = [float(v) for v in of_people if not isinstance(v, str | bool)]
    if len(numeric) < len(of_people) or len(set(numeric)) <= 3:
        return [None if v is None else str(v) for v in values]
    lower, upper = np.quantile(np.array(numeric), [1 / 3, 2 / 3], method="inverted_cdf").tolist()
    ranges: dict[int, list[float]] = {}
    for number in numeric:
        ranges.setdefault(int(number > lower) + int(number > upper), []).append(number)
    texts = {third: f"{min(some):g} to {max(some):g}" for third, some in ranges.items()}
    return [
        None if v is None else texts[int(float(v) > lower) + int(float(v) > upper)] for v in values
    ]


@dataclass(frozen=True, slots=True)
class _Permuted:
    p_values: list[float]
    draws: int


def _permuted(
    members: NDArray[np.bool_], fails: NDArray[np.bool_], personas: Sequence[str], seed: int
) -> _Permuted:
    """Exchange whole personas between groups. `members` is (groups, n)."""
    first: dict[str, int] = {}
    index = np.array([first.setdefault(p, len(first)) for p in personas])
    sizes = np.bincount(index).astype(np.float64)
    hits = np.bincount(index, weights=fails).astype(np.float64)
    people = np.zeros((len(members), len(sizes)))
    people[:, index] = members  # an attribute is the persona's, the same in all its dialogues
    observed = _differences(hits.reshape(1, -1), sizes.reshape(1, -1), people)[0]
    draws = int(np.clip(CELLS // len(sizes), FEWEST_PERMUTED, MOST_PERMUTED))
    rng = generator(seed, "stress/groups")
    as_far = np.zeros(len(members), dtype=np.int64)
    order = np.tile(np.arange(len(sizes)), (BLOCK, 1))
    for start in range(0, draws, BLOCK):
        order = rng.permuted(order, axis=1)
        block = order[: min(BLOCK, draws - start)]
        drawn = _differences(hits[block], sizes[block], people)
        as_far += (np.abs(drawn) >= np.abs(observed) * (1 - 1e-9) - 1e-12).sum(axis=0)
    return _Permuted([(1 + int(c)) / (1 + draws) for c in as_far], draws)


def _differences(
    hits: NDArray[np.float64], sizes: NDArray[np.float64], people: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return (draws, groups) rates inside less outside, for (draws, personas) hits and sizes."""
    inside, count = hits @ people.T, sizes @ people.T
    outside, rest = hits.sum(axis=1)[:, None] - inside, sizes.sum(axis=1)[:, None] - count
    return np.asarray(
        inside / np.maximum(count, 1) - outside / np.maximum(rest, 1), dtype=np.float64
    )
