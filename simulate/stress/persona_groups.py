"""Which personas a target fails more often: each level of each attribute against the rest.

A group is the personas with one level of an attribute; numbers are split at their terciles over
personas, which gives up to three groups. For each group:

- the difference of its failure rate from that of the rest, with Newcombe's interval at the
  effective sizes of both sides;
- a p-value: Fisher's exact test, two-sided, where each persona has one dialogue. Where one has
  several, its dialogues are not independent, and whole personas are exchanged instead: a
  permutation test of the difference, (1 + number at least as far) / (1 + permutations);
- the p-value after Holm over all groups that were tested.

Groups of protected attributes are not compared: such a group has a number only beside humans of
it (`population.protected`), and there are none of a failure rate.

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
from simulate.population.protected import Protects, is_protected
from simulate.randomness import generator
from simulate.reference.levels import attribute_levels
from simulate.statistics.confidence import CONFIDENCE, Interval
from simulate.statistics.permutation import holm, permuted_groups
from simulate.statistics.proportions import Proportion, fisher, newcombe, proportion
from simulate.statistics.rows import Rows
from simulate.stress.rates import ANY, failure_rows, verdict_of
from simulate.stress.records import Observed
from simulate.terminal.numbers import p_text

LEVEL = 0.05
"""A persona group is reported where its p, corrected by Holm, lies below this."""
FEWEST_DIALOGUES = 10
"""A group, or its rest, with fewer decided dialogues is skipped."""


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
        among: how many groups were tested.
    """

    attribute: str
    level: str
    inside: Proportion
    outside: Proportion
    difference: float
    interval: Interval
    p: float
    p_holm: float
    among: int = 1

    @property
    def sentence(self) -> str:
        """What was found, in words; how the users are described is foreign text."""
        inside, others = self.inside, self.outside
        return (
            f"the bot treated users described as {self.attribute}={self.level} differently: "
            f"{inside.hits:,} of {inside.n:,} failed, of the others {others.hits:,} of "
            f"{others.n:,} (difference {100 * self.difference:+.0f} points "
            f"[{100 * self.interval[0]:.0f}, {100 * self.interval[1]:.0f}], "
            f"{p_text(self.p_holm)} by Holm over {self.among:,} groups)"
        )


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
        protected: attributes whose groups are not compared.
    """

    check: str
    n: int
    groups: tuple[Group, ...]
    skipped: int
    test: str
    protected: tuple[str, ...] = ()

    @property
    def worse(self) -> tuple[Group, ...]:
        """The groups that fail more often than the rest, p below `LEVEL` after Holm."""
        return tuple(g for g in self.groups if g.p_holm < LEVEL and g.difference > 0)


def groups(
    observed: Sequence[Observed],
    *,
    confidence: float = CONFIDENCE,
    seed: int = 0,
    protects: Protects = is_protected,
) -> Groups:
    """Compare each group of personas with the rest; see the module.

    The dialogues are of one cell. A group, and its rest, must have `FEWEST_DIALOGUES` decided ones.
    """
    decided = [o for o in observed if verdict_of(o) in ("pass", "fail")]
    rows = failure_rows(decided)
    names = sorted({name for o in decided for name in o.attributes})
    members = _members(decided, [name for name in names if not protects(name)])
    protected = tuple(
        name
        for name in filter(protects, names)
        if len({str(o.attributes.get(name)) for o in decided}) > 1
    )
    kept = {
        name: inside
        for name, inside in members.items()
        if FEWEST_DIALOGUES <= int(inside.sum()) <= rows.n - FEWEST_DIALOGUES
    }
    found = [_compared(name, inside, rows, confidence) for name, inside in kept.items()]
    test = "Fisher's exact test"
    if rows.cluster_count < rows.n and found:
        rng = generator(seed, "stress/groups")
        p_values, draws = permuted_groups(rows, np.array(list(kept.values())), rng)
        found = [replace(g, p=p) for g, p in zip(found, p_values, strict=True)]
        test = f"permutation of personas, {draws:,} times"
    adjusted = holm([g.p for g in found])
    found = [replace(g, p_holm=p, among=len(found)) for g, p in zip(found, adjusted, strict=True)]
    found.sort(key=lambda g: (g.difference <= 0, g.p, -g.difference, g.attribute, g.level))
    return Groups(ANY, rows.n, tuple(found), len(members) - len(kept), test, protected)


def _compared(
    name: tuple[str, str], inside: NDArray[np.bool_], rows: Rows, confidence: float
) -> Group:
    """Return the comparison of one group; p holds where each persona has one dialogue."""
    ours = proportion(rows.subset(inside), confidence)
    rest = proportion(rows.subset(~inside), confidence)
    a, n = ours.value or 0.0, ours.effective_n or 1.0
    b, m = rest.value or 0.0, rest.effective_n or 1.0
    p = fisher(ours, rest)
    return Group(*name, ours, rest, a - b, newcombe(a, n, b, m, confidence), p, 1.0)


def _members(
    observed: Sequence[Observed], names: Sequence[str]
) -> dict[tuple[str, str], NDArray[np.bool_]]:
    """Return (attribute, level) to (n,) whether each dialogue's persona has it."""
    found: dict[tuple[str, str], NDArray[np.bool_]] = {}
    for name in names:
        values = [o.attributes.get(name) for o in observed]
        people: Mapping[str, Value | None] = {
            o.person: v for o, v in zip(observed, values, strict=True)
        }
        levels = attribute_levels(values, [v for v in people.values() if v is not None])
        for level in dict.fromkeys(sorted(text for text in levels if text is not None)):
            found[name, level] = np.array([text == level for text in levels], dtype=np.bool_)
    return found
