"""A sample: the rows of one outcome in a set of dialogues, with what was left out of them.

A drawn outcome is one value. A verbalized outcome is a distribution: its candidates share the
weight 1 of their dialogue, so that all of the distribution is used and a dialogue still counts
once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulate.errors import StatisticsError
from simulate.reference import Variable
from simulate.statistics.clusters import effective_size, independent_rows, interval_of_mean
from simulate.statistics.confidence import CONFIDENCE, Interval
from simulate.statistics.mean_contrasts import FEWEST_PERSONAS
from simulate.statistics.rows import Rows, row_means
from simulate.terminal.safe_text import counted

Weighing = Literal["as stated", "as drawn", "through a map"]
WEIGHED: dict[Weighing, str] = {
    "as stated": "each candidate by its stated probability",
    "as drawn": "the value that was drawn, or each candidate by its chance to be drawn",
    "through a map": "each candidate by the probability that the map makes of its stated one",
}


def weighing_note(weighings: Mapping[str, Weighing | None]) -> str | None:
    """Say how the values of rows are weighed, by name unless all are alike; None of no run."""
    rows = {how: [n for n, its in weighings.items() if its == how] for how in WEIGHED}
    used = [how for how in WEIGHED if rows[how]]
    names = {how: f"{', '.join(rows[how])} " if len(used) > 1 else "" for how in used}
    said = [f"{names[how]}{how} ({WEIGHED[how]})" for how in used]
    return f"values: {'; '.join(said)}" if said else None


@dataclass(frozen=True, eq=False)
class Sample:
    """Rows of one outcome: a row for each dialogue with a value, a cluster for each persona.

    Attributes say what was left out: a failed dialogue, a missing outcome and one that does not
    apply are counted, and are no values.
    """

    name: str
    rows: Rows
    failed: int = 0
    missing: int = 0
    """Completed dialogues without a value of this outcome."""
    not_applicable: float = 0.0
    """Completed dialogues to which the outcome does not apply; of one with a stated distribution,
    the chance of that."""
    excluded: Mapping[str, int] = field(default_factory=dict)
    """Completed dialogues that each rule of the scenario leaves out."""
    unit: str | None = None
    """The unit the values are in, where it is known."""
    personas: tuple[str, ...] = ()
    """Id of each cluster's persona; empty where nobody is named."""
    notes: tuple[str, ...] = ()
    drawn: NDArray[np.float64] | None = None
    """Codes of the values that were drawn, as an export lists them; None of a table."""
    weighing: Weighing | None = None
    """How the values of a dialogue are weighed; None of a table, or without a value."""
    places: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    """(n,) which of the dialogues that a sample was made of each row is; empty of a table."""

    @property
    def n(self) -> int:
        """Dialogues with a value."""
        return self.rows.n

    @property
    def not_applicable_share(self) -> float:
        """Share of the dialogues with an answer to which the outcome does not apply, in [0, 1]."""
        if not self.not_applicable:
            return 0.0
        applying = float(np.exp(self.rows.log_weights).sum())
        return self.not_applicable / (self.not_applicable + applying)

    @property
    def left_out(self) -> str:
        """What was left out, such as `2 failed, 46 not applicable`; empty for nothing."""
        counts = {
            "failed": self.failed,
            "missing": self.missing,
            "not applicable": self.not_applicable,
            "excluded": sum(self.excluded.values()),
        }
        return ", ".join(f"{round(n, 1):,g} {what}" for what, n in counts.items() if n)

    def mean_with_interval(
        self, variable: Variable, confidence: float = CONFIDENCE
    ) -> tuple[float | None, Interval | None]:
        """Return the weighted mean of the values, and its interval by personas.

        Returns:
            No mean where the variable has none, or without rows; no interval with fewer than 20
            effective personas, or where nothing varies.
        """
        rows = self.rows
        mean = variable.mean_of(rows.values, rows.value_weights)
        if mean is None or effective_size(rows.cluster_weights) < FEWEST_PERSONAS:
            return mean, None
        scored = rows.recoded(variable.scored(rows.values)).means
        # To first order, a weighted mean is the plain mean of these.
        linear = mean + rows.weights / rows.weights.mean() * (scored - mean)
        low, high = interval_of_mean(linear, rows.clusters, confidence)
        return mean, (low, high) if high > low else None

    def sharing_told(self, variable: Variable) -> str:
        """Say how many independent dialogues its own are worth that share answers."""
        rows, personas = self.rows, self.rows.cluster_count
        many = f"{counted(rows.n, 'dialogue')} of {counted(personas, 'persona')} that share answers"
        if personas < FEWEST_PERSONAS:
            return f"{many}: too few personas to say how many independent dialogues they are worth"
        if variable.mean_of(rows.values, rows.value_weights) is None:
            values = row_means(rows, len(variable.categories or ()))
        else:
            values = rows.recoded(variable.scored(rows.values)).means[:, None]
        worth = independent_rows(values, rows.clusters, rows.weights)
        effect = effective_size(rows.weights) / worth
        return f"{many} are worth {worth:,.0f} independent ones (design effect {effect:.1f})"

    def drawn_mean(self, variable: Variable) -> float | None:
        """Return the mean of the values that were drawn; None of a table, or without any."""
        return None if self.drawn is None else variable.mean_of(self.drawn)

    @classmethod
    def of(
        cls,
        name: str,
        values: ArrayLike,
        *,
        weights: ArrayLike | None = None,
        personas: Sequence[object] | NDArray[np.int64] | None = None,
    ) -> Sample:
        """Make a sample of dialogues with one value each, and check it.

        Args:
            name: what a table calls it.
            values: (n,) codes.
            weights: (n,) ≥ 0, of dialogues, not all zero; all 1 for `None`.
            personas: (n,) who gave each value; everyone a different persona for `None`. An
                array of integers gives numbers only, so that nobody is named.

        Raises:
            StatisticsError: no value, a value that is NaN or infinite, a negative or NaN
                weight, weights that sum to zero, or lengths that differ.
        """
        codes = np.asarray(values, dtype=np.float64).ravel()
        if not len(codes):
            raise StatisticsError(f"{name}: the sample is empty; there is nothing to compare")
        if personas is not None and len(personas) != len(codes):
            raise StatisticsError(f"{name}: {len(codes):,} values, {len(personas):,} personas")
        labels, clusters = _numbered(personas)
        try:
            logs = None if weights is None else _logs(weights, len(codes))
            rows = Rows.of(codes, log_weights=logs, clusters=clusters)
        except StatisticsError as error:
            raise StatisticsError(f"{name}: {error}") from None
        return cls(name, rows, personas=labels)

    @classmethod
    def of_distributions(
        cls,
        name: str,
        distributions: Sequence[Sequence[tuple[float, float]]],
        personas: Sequence[str],
        *,
        log_weights: ArrayLike | None = None,
    ) -> Sample:
        """Make a sample of dialogues with a distribution each; there may be none.

        Args:
            name: what a table calls it.
            distributions: (n,) codes with weights ≥ 0, not all zero; they are scaled to sum to 1.
            personas: (n,) who gave each.
            log_weights: (n,) of dialogues; all 0 for `None`.
        """
        parts = [part for parts in distributions for part in parts]
        return cls.of_parts(
            name,
            np.array([code for code, _ in parts], dtype=np.float64),
            np.array([weight for _, weight in parts], dtype=np.float64),
            np.array([len(parts) for parts in distributions], dtype=np.int64),
            personas,
            log_weights=log_weights,
        )

    @classmethod
    def of_parts(
        cls,
        name: str,
        codes: NDArray[np.float64],
        weights: NDArray[np.float64],
        sizes: NDArray[np.int64],
        personas: Sequence[str],
        *,
        log_weights: ArrayLike | None = None,
    ) -> Sample:
        """Make a sample as `of_distributions` does, of what dialogues state one after another.

        Args:
            name: what a table calls it.
            codes: (m,) of all dialogues.
            weights: (m,) ≥ 0, not all zero in a dialogue.
            sizes: (n,) how many are each dialogue's; they sum to m.
            personas: (n,) who gave each.
            log_weights: (n,) of dialogues; all 0 for `None`.
        """
        row = np.repeat(np.arange(len(sizes)), sizes)
        totals = np.bincount(row, weights=weights, minlength=len(sizes))
        labels, clusters = _numbered(personas)
        rows = Rows.of(
            codes, shares=weights / totals[row], row=row, log_weights=log_weights, clusters=clusters
        )
        return cls(name, rows, personas=labels)


def _numbered(
    personas: Sequence[object] | NDArray[np.int64] | None,
) -> tuple[tuple[str, ...], NDArray[np.int64] | None]:
    """Return the distinct personas in order, and the number of each; no names for numbers."""
    if personas is None:
        return (), None
    if isinstance(personas, np.ndarray):
        return (), np.unique(personas, return_inverse=True)[1].astype(np.int64)
    names = [str(persona) for persona in personas]
    distinct = tuple(sorted(set(names)))
    number = {name: i for i, name in enumerate(distinct)}
    return distinct, np.fromiter((number[name] for name in names), np.int64, len(names))


def _logs(given: ArrayLike, n: int) -> NDArray[np.float64]:
    """Return the logarithms of n weights; see `Sample.of` for what is refused."""
    weights = np.asarray(given, dtype=np.float64).ravel()
    if len(weights) != n:
        raise StatisticsError(f"{n:,} values but {len(weights):,} weights")
    usable = np.isfinite(weights) & (weights >= 0)
    if not usable.all():
        at = int(np.flatnonzero(~usable)[0])
        raise StatisticsError(f"weight {at + 1:,} is {weights[at]:g}; weights must be 0 or above")
    if not weights.sum() > 0:
        raise StatisticsError("the weights sum to 0; at least one must be above 0")
    with np.errstate(divide="ignore"):
        return np.log(weights)


def side_by_side(samples: Sequence[Sample]) -> tuple[Rows, tuple[str, ...]]:
    """Return the rows of the personas that all samples have, a stratum for each sample.

    Returns:
        The rows, whose clusters are the personas, and the id of each.
    """
    people = set.intersection(*(set(sample.personas) for sample in samples))
    return together(samples, sorted(people))


def sharing(samples: Sequence[Sample]) -> list[list[int]]:
    """Return the places of the samples that share personas, directly or through others."""
    groups: list[tuple[set[str], list[int]]] = []
    for place, sample in enumerate(samples):
        people = set(sample.personas)
        apart = [each for each in groups if each[0].isdisjoint(people)]
        joined = [each for each in groups if not each[0].isdisjoint(people)]
        people.update(*(each[0] for each in joined))
        groups = [*apart, (people, sorted([place, *(p for each in joined for p in each[1])]))]
    return sorted(places for _, places in groups)


def together(
    samples: Sequence[Sample], people: Sequence[str] | None = None
) -> tuple[Rows, tuple[str, ...]]:
    """Return the rows of some personas, a stratum for each sample.

    `people` are ids of personas, each in some sample; all of them for `None`.

    Returns:
        The rows, whose clusters are the personas, and the id of each.
    """
    if people is None:
        people = list(dict.fromkeys(person for sample in samples for person in sample.personas))
    number = {person: i for i, person in enumerate(people)}
    parts, clusters, strata = [], [], []
    for stratum, sample in enumerate(samples):
        known = np.array([number.get(p, -1) for p in sample.personas], dtype=np.int64)
        owner = known[sample.rows.clusters]
        parts.append(sample.rows.subset(owner >= 0))
        clusters.append(owner[owner >= 0])
        strata.append(np.full(parts[-1].n, stratum))
    first_rows = np.cumsum([0, *(part.n for part in parts[:-1])])
    rows = Rows.of(
        np.concatenate([part.values for part in parts]),
        shares=np.concatenate([part.shares for part in parts]),
        row=np.concatenate([part.row + at for part, at in zip(parts, first_rows, strict=True)]),
        log_weights=np.concatenate([part.log_weights for part in parts]),
        clusters=np.concatenate(clusters),
        strata=np.concatenate(strata),
    )
    return rows, tuple(people)


def pooled(samples: Sequence[Sample], name: str) -> Sample:
    """Return several samples as one, whose personas may be in more than one of them."""
    if len(samples) == 1:
        return replace(samples[0], name=name)
    rows, people = together(samples)
    excluded: Counter[str] = Counter()
    for sample in samples:
        excluded.update(sample.excluded)
    weighings = {sample.weighing for sample in samples if sample.weighing}
    return Sample(
        name,
        replace(rows, strata=np.zeros(rows.n, dtype=np.int64)),
        failed=sum(sample.failed for sample in samples),
        missing=sum(sample.missing for sample in samples),
        not_applicable=sum(sample.not_applicable for sample in samples),
        excluded=dict(excluded),
        unit=samples[0].unit,
        personas=people,
        notes=tuple(dict.fromkeys(note for sample in samples for note in sample.notes)),
        drawn=np.concatenate([s.drawn if s.drawn is not None else np.empty(0) for s in samples]),
        weighing=weighings.pop() if len(weighings) == 1 else "as drawn" if weighings else None,
    )
