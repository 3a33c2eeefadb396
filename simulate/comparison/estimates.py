"""The comparison itself: each sample, then each baseline, against one reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from simulate.comparison.baselines import baselines, human_sample
from simulate.comparison.paired_error import paired_mae
from simulate.comparison.result import Comparison, Distance, Row
from simulate.comparison.sample import Sample
from simulate.comparison.settings import Settings
from simulate.errors import StatisticsError, quote
from simulate.randomness import generator
from simulate.reference import Reference
from simulate.statistics.distances import measures_for, primary
from simulate.statistics.floors import Floor, floors
from simulate.statistics.intervals import (
    FEWEST_CLUSTERS,
    Bootstrap,
    estimate,
    percentile_interval,
)
from simulate.statistics.permutation import holm, p_value, permuted
from simulate.statistics.resampling import Side
from simulate.statistics.risk_difference import share_above_zero, simbench


def compare_samples(
    samples: Sequence[Sample],
    reference: Reference,
    *,
    outcome: str | None = None,
    settings: Settings | None = None,
) -> Comparison:
    """Compare samples, and the naive baselines, with human data.

    Every distance comes with its floor, an interval and a permutation p-value; p-values of the
    sample rows are adjusted by Holm per distance. A sample that has no value becomes a row
    without numbers, as long as another one has some.

    Args:
        samples: what was simulated, on codes of the reference's variable.
        reference: the human values.
        outcome: the outcome's name; the variable's for `None`.
        settings: draws, confidence, seed and margins.

    Raises:
        StatisticsError: no sample has a value, a unit differs from the reference's, or a
            margin is not usable.
    """
    settings = settings or Settings()
    if not any(sample.n for sample in samples):
        each = [f"{sample.name}: {sample.left_out or 'no dialogue'}" for sample in samples]
        names = "; ".join(each) or "none given"
        raise StatisticsError(
            f"no sample has a value of {outcome or reference.variable.name} ({names}); "
            "finish the run, or choose another outcome"
        )
    fixed = _with_edges(reference)
    comparing = _Comparing(fixed, settings)
    rows = [comparing.row(sample, "sample") for sample in samples]
    if settings.baselines != "none":
        n = max(sample.n for sample in samples)
        naive = baselines(fixed, n) if settings.baselines == "all" else []
        rows += [comparing.row(sample, "baseline") for sample in naive]
        fresh, rest = human_sample(
            fixed, n, generator(settings.seed, "compare/human-sample", replicate=n)
        )
        rows.append(comparing.row(fresh, "baseline", rest))
    return Comparison(
        outcome=outcome or reference.variable.name,
        reference=fixed,
        rows=tuple(_adjusted(rows)),
        draws=settings.draws,
        confidence=settings.confidence,
        seed=settings.seed,
    )


def _with_edges(reference: Reference) -> Reference:
    """Fix the histogram by the reference, so that every row and floor uses the same one."""
    variable = reference.variable
    if not variable.numeric or variable.edges is not None:
        return reference
    edges = tuple(float(e) for e in variable.histogram_edges(reference.values))
    return replace(reference, variable=replace(variable, edges=edges))


def _adjusted(rows: list[Row]) -> list[Row]:
    ours = [i for i, row in enumerate(rows) if row.kind == "sample" and row.distances]
    adjusted = list(rows)
    for name in rows[ours[0]].distances if ours else ():
        for i, p in zip(ours, holm([rows[i].distances[name].p for i in ours]), strict=True):
            row = adjusted[i]
            distances = row.distances | {name: replace(row.distances[name], p_holm=p)}
            adjusted[i] = replace(row, distances=distances)
    return adjusted


class _Comparing:
    """The parts that the rows of one comparison share."""

    def __init__(self, reference: Reference, settings: Settings) -> None:
        self.reference = reference
        self.settings = settings
        variable = reference.variable
        self.measures = measures_for(variable.scale, bounded=variable.bounded)
        self.margins = settings.resolved_margins(self.measures, primary(variable.scale))
        self._floors: dict[int, dict[str, Floor]] = {}

    def floors(self, n: int) -> dict[str, Floor]:
        if n not in self._floors:
            rng = generator(self.settings.seed, "compare/floor", replicate=n)
            values, counts = self.reference.values, self.reference.counts
            support = self.reference.variable.common_support(values)
            self._floors[n] = floors(
                self.measures, support, values, counts, n, self.settings.draws, rng
            )
        return self._floors[n]

    def row(self, sample: Sample, kind: str, reference: Reference | None = None) -> Row:
        notes = list(sample.notes)
        row = Row(
            name=sample.name,
            kind=kind,
            n=sample.n,
            failed=sample.failed,
            missing=sample.missing,
            personas=sample.rows.cluster_count,
            sample=sample,
        )
        if not sample.n:
            notes.append("no dialogue has a value of this outcome, so there are no numbers")
            return replace(row, notes=tuple(notes))
        return self._filled(row, sample, reference or self.reference, notes)

    def _filled(self, row: Row, sample: Sample, reference: Reference, notes: list[str]) -> Row:
        variable, settings = reference.variable, self.settings
        self._check_unit(sample)
        rows, human_rows = sample.rows, reference.rows()
        codes = variable.rounded(rows.values)
        outside = int(variable.outside(codes[rows.value_weights > 0]).sum())
        if outside and variable.support:
            low, high = variable.support
            notes.append(f"{outside:,} values outside [{low:g}, {high:g}] take part as they are")
        if np.ptp(codes) == 0:
            notes.append(f"constant: every dialogue gave {variable.label(codes[0])}")
        whole = variable.common_support(codes, reference.values, n=sample.n, m=reference.n)
        ours, theirs = Side.of(whole, rows.recoded(codes)), Side.of(whole, human_rows)
        support, where = whole.coarsened(ours.mass, theirs.mass)
        ours_small, theirs_small = ours.on(support, where), theirs.on(support, where)
        drawn = Bootstrap(
            support,
            ours_small.mass,
            theirs_small.mass,
            ours_small.resampled(settings.draws, generator(settings.seed, "compare/bootstrap")),
            theirs_small.resampled(
                settings.draws, generator(settings.seed, "compare/bootstrap/reference")
            ),
        )
        rng = generator(settings.seed, "compare/permutation")
        null = permuted(self.measures, ours_small, theirs_small, settings.draws, rng)
        reason = _too_small(ours.cluster_count, theirs.cluster_count)
        distances = {}
        for measure in self.measures:
            value = float(measure.function(ours.mass, theirs.mass, whole))
            found = None if reason else estimate(measure, value, drawn, settings.confidence)
            distances[measure.name] = Distance(
                value=value,
                interval=(found.low, found.high) if found else None,
                interval_reason=reason,
                upper=found.upper if found else None,
                floor=self.floors(sample.n)[measure.name],
                p=p_value(value, null[measure.name]),
                margin=self.margins.get(measure.name),
            )
        if reason and row.kind == "sample":
            notes += [
                f"{measure.label} under {self.margins[measure.name]:g} cannot be said: {reason}"
                for measure in self.measures
                if measure.name in self.margins
            ]
        share = None
        if variable.above_zero:
            share = share_above_zero(ours, theirs, drawn, settings.confidence)
        mean, mean_interval = None, None
        if variable.has_mean:
            mean = float(ours.mass @ variable.scored(whole.points))
            if not reason:
                means = drawn.p_drawn @ variable.scored(support.points)
                mean_interval = percentile_interval(means, settings.confidence)
        return replace(
            row,
            outside=outside,
            mean=mean,
            mean_interval=mean_interval,
            share=share,
            simbench=simbench(ours.mass, theirs.mass, whole),
            paired=paired_mae(sample, reference, settings),
            distances=distances,
            notes=tuple(notes),
        )

    def _check_unit(self, sample: Sample) -> None:
        unit = self.reference.variable.unit
        if sample.unit and unit and sample.unit != unit:
            raise StatisticsError(
                f"{sample.name}: values are in {quote(sample.unit)}, reference "
                f"{self.reference.name} is in {quote(unit)}; convert one of them"
            )


def _too_small(ours: int, theirs: int) -> str | None:
    for count, side in ((ours, "sample"), (theirs, "reference")):
        if count < FEWEST_CLUSTERS:
            return f"{side} has {count} personas; an interval needs at least {FEWEST_CLUSTERS}"
    return None
