"""A cell's outcomes with the weights of their dialogues, and what is estimated from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from simulate.comparison.gathering import sample_of_rows
from simulate.comparison.reweighing.dialogues import WeighedDialogue
from simulate.comparison.reweighing.poststratification import Raking, raked_variance
from simulate.comparison.reweighing.weights import Reason
from simulate.comparison.sample import Sample
from simulate.randomness import generator
from simulate.reference import Variable
from simulate.statistics.confidence import Interval
from simulate.statistics.importance import (
    WeightedMean,
    WeightQuality,
    weight_quality,
    weighted_mean,
)
from simulate.statistics.rows import Floats, Rows
from simulate.terminal.safe_text import counted

RESAMPLES = 500
"""In which raking is done anew."""
MOST_NAMED = 3
"""So many dialogues are named where many are meant."""
TOLD: Mapping[Reason, str] = {
    "kept no distribution": "method {detail} kept no distribution to weigh by",
    "never drawn": "no weight leads there, as the rule takes candidates that had no chance to be "
    "drawn (by `mode`, or with a stated probability of 0)",
    "no candidate": "the rule takes no candidate, as none is so improbable: raise --below",
}

Recode = Callable[[Floats], Floats]


@dataclass(frozen=True)
class WeighedSample:
    """The dialogues of a cell with a value, under a rule.

    Attributes:
        sample: the outcome's distributions, and the log weights of dialogues.
        squares: (n,) what the squared weights of draws were expected to be; None where they are not
            known of all.
        without_weight: why some have none; None where all have one.
        raking: how dialogues are raked to a population; None where they are not.
        expected: (n,) the weights that raking gives; all 1 without.
    """

    sample: Sample
    squares: Floats | None
    without_weight: str | None
    raking: Raking | None = None
    expected: Floats = field(default_factory=lambda: np.empty(0))

    @classmethod
    def of(
        cls,
        cell: Sample,
        dialogues: Sequence[WeighedDialogue],
        variable: Variable,
        root: Callable[[str], str],
    ) -> WeighedSample:
        """Return the sample of a cell; `cell` is that of the same dialogues as they were drawn."""
        logs = [each.weight.log for each in dialogues]
        rows = [each.integrated for each in dialogues]
        sample = sample_of_rows(cell.name, rows, variable, root, log_weights=logs)
        sample = replace(sample, failed=cell.failed, notes=cell.notes, unit=cell.unit)
        kept = [dialogues[place] for place in sample.places]
        with np.errstate(over="ignore"):
            squares = np.exp([each.weight.log_square for each in kept])
        known = None if np.isnan(squares).any() else squares
        return cls(sample, known, _without_weight(kept), expected=np.ones(len(kept)))

    def raked(self, raking: Raking) -> WeighedSample:
        """Return it with the weights of its draws times those of raking."""
        expected, _ = raking.raked(np.ones(self.sample.n))
        rows = self.sample.rows
        with np.errstate(divide="ignore"):
            logs = rows.log_weights + np.log(expected)
        sample = replace(self.sample, rows=replace(rows, log_weights=logs))
        return replace(self, sample=sample, raking=raking, expected=expected)

    @property
    def unreached(self) -> int:
        """How many dialogues the rule would never have come to."""
        return int((self.sample.rows.log_weights == -np.inf).sum())

    def estimate(
        self, variable: Variable, event: Recode | None, confidence: float, seed: int
    ) -> tuple[WeightedMean, dict[str, tuple[float, Interval | None]]]:
        """Return the mean, and the share of each level.

        Args:
            variable: what is measured.
            event: returns 1 of each code that is the event, whose probability the mean then is.
            confidence: of intervals.
            seed: of resamples.
        """
        rows = self.sample.rows
        if self.without_weight is not None:
            quality = WeightQuality(
                rows.n, rows.cluster_count, None, None, None, None, self.without_weight
            )
            return WeightedMean(None, None, quality), {}
        counted: dict[str, Rows] = {}
        if event is None:
            for code, level in enumerate(variable.categories or ()):
                counted[level] = rows.recoded((rows.values == code).astype(np.float64))
        mean = rows.recoded(variable.scored(rows.values) if event is None else event(rows.values))
        has_mean = event is not None or variable.has_mean
        columns = [mean, *counted.values()] if has_mean else [*counted.values()]
        values = np.stack([each.means for each in columns], axis=1)
        wanted = values[:, :1] if has_mean else values
        quality = weight_quality(rows, wanted, self.squares, self.expected)
        if quality.refused:
            return WeightedMean(None, None, quality), {}
        variances = self._variances(values, seed)

        def estimated(place: int, *, share: bool) -> WeightedMean:
            return weighted_mean(
                columns[place],
                confidence,
                share=share,
                quality=quality,
                variance=None if variances is None else float(variances[place]),
            )

        found = WeightedMean(None, None, quality)
        if has_mean:
            found = estimated(0, share=event is not None)
        shares = {}
        for place, level in enumerate(counted, int(has_mean)):
            each = estimated(place, share=True)
            assert each.value is not None  # noqa: S101  # it is not refused
            shares[level] = (each.value, each.interval)
        return found, shares

    def _variances(self, values: Floats, seed: int) -> Floats | None:
        """Return (L,) the variances of means whose weights are raked; None where they are not."""
        if self.raking is None:
            return None
        rows = self.sample.rows
        of_draws = np.divide(
            rows.weights, self.expected, out=np.zeros(rows.n), where=self.expected > 0
        )
        rng = generator(seed, "reweigh/raking", self.sample.name)
        return raked_variance(self.raking, values, of_draws, rows.clusters, RESAMPLES, rng)


def _without_weight(dialogues: Sequence[WeighedDialogue]) -> str | None:
    """Say why dialogues have no weight, and where; None where all have one."""
    obstacles = [(each.id, each.weight.obstacle) for each in dialogues if each.weight.obstacle]
    if not obstacles:
        return None
    reasons = Counter((each.reason, each.detail) for _, each in obstacles)
    (reason, detail), count = reasons.most_common(1)[0]
    where = [
        f"{each.where} of dialogue {number}"
        for number, each in obstacles
        if (each.reason, each.detail) == (reason, detail)
    ]
    places = ", ".join(where[:MOST_NAMED]) + (", …" if count > MOST_NAMED else "")
    said = TOLD[reason].format(detail=detail)
    return f"{said}: in {count:,} of {counted(len(dialogues), 'dialogue')} ({places})"
