"""A histogram of a few bins that humans and cells share, for who looks once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from simulate.comparison.outcome_bins import outcome_bins
from simulate.comparison.sample import Sample
from simulate.reference import Reference, Variable

MOST_BARS = 7


@dataclass(frozen=True, slots=True)
class Group:
    """The bars of humans, or of a cell.

    Attributes:
        name: of whom.
        n: dialogues with a value; None where only shares are known.
        mean: in the variable's unit; None where it says nothing, or without a value.
        shares: of each bar, which sum to 1; all 0 without a value.
    """

    name: str
    n: int | None
    mean: float | None
    shares: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class SmallHistogram:
    """Bars that several groups share.

    Attributes:
        bars: what each stands for, such as `> .5 to 1`.
        groups: the humans first, where there are any, then cells.
    """

    bars: tuple[str, ...]
    groups: tuple[Group, ...]

    @property
    def highest(self) -> float:
        """The largest share of all bars, in [0, 1]."""
        return max((share for group in self.groups for share in group.shares), default=0.0)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"bars": list(self.bars), "groups": [asdict(group) for group in self.groups]}


def small_histogram(
    variable: Variable, reference: Reference | None, samples: Sequence[Sample]
) -> SmallHistogram | None:
    """Return the bars of humans and samples; None where nobody has a value."""
    named: list[tuple[str, int | None]] = [(sample.name, sample.n) for sample in samples]
    weighed = [(sample.rows.values, sample.rows.value_weights) for sample in samples]
    if reference is not None:
        named.insert(0, (reference.noun, None if reference.declared else reference.n))
        weighed.insert(0, (reference.values, reference.shares))
    if not any(len(values) for values, _ in weighed):
        return None
    bins = outcome_bins(variable, weighed, MOST_BARS)
    groups = tuple(
        Group(name, n, variable.mean_of(values, weights), bins.shares(values, weights))
        for (name, n), (values, weights) in zip(named, weighed, strict=True)
    )
    return SmallHistogram(bins.labels, groups)
