"""The comparison itself: each sample, then each baseline, against one reference."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from simulate.comparison.baselines import baselines, fresh_humans
from simulate.comparison.cell_contrasts import against_constant, paired_contrasts
from simulate.comparison.paired_error import paired_mae
from simulate.comparison.progress import Progress, Steps, untold
from simulate.comparison.result import Comparison, Distance, Row
from simulate.comparison.sample import Sample
from simulate.comparison.sentences import sentences
from simulate.comparison.settings import Settings
from simulate.errors import StatisticsError, quote
from simulate.randomness import generator
from simulate.reference import Reference
from simulate.statistics.distances import Measure, measures_for, primary
from simulate.statistics.equality import Equality
from simulate.statistics.floors import Floor, floors
from simulate.statistics.intervals import (
    FEWEST_PERSONAS,
    LARGEST_SHARE,
    estimate,
)
from simulate.statistics.permutation import holm
from simulate.statistics.resampling import Known, Side
from simulate.statistics.risk_difference import share_above_zero, simbench

EXACT = "nothing is sampled on either side, so that nothing is uncertain"


def compare_samples(
    samples: Sequence[Sample],
    reference: Reference,
    *,
    outcome: str | None = None,
    settings: Settings | None = None,
    progress: Progress = untold,
) -> Comparison:
    """Compare samples, and the naive baselines, with human data.

    Every distance comes with its floor, and with an interval and a p-value from one null where
    there are enough personas; p-values of the sample rows are adjusted by Holm per distance. Cells
    that met the same personas are compared by paired contrasts of D². A sample that has no value
    becomes a row without numbers, as long as another one has some.

    Samples hold codes of the reference's variable, which names the outcome unless a name is given.
    `progress` is told of each row and distance.

    Raises:
        StatisticsError: no sample has a value, two have one name, a unit differs from the
            reference's, or a margin is not usable.
    """
    settings = settings or Settings()
    if not any(sample.n for sample in samples):
        each = [f"{sample.name}: {sample.left_out or 'no dialogue'}" for sample in samples]
        names = "; ".join(each) or "none given"
        raise StatisticsError(
            f"no sample has a value of {outcome or reference.variable.name} ({names}); "
            "finish the run, or choose another outcome"
        )
    name, times = Counter(sample.name for sample in samples).most_common(1)[0]
    if times > 1:
        raise StatisticsError(
            f"{times} samples are called {quote(name)}; give each sample once, and tables of one "
            "name other names"
        )
    fixed = _with_edges(reference)
    known = baselines(fixed, 1) if settings.baselines == "all" else []
    others = len(known) + (settings.baselines != "none")
    comparing = _Comparing(fixed, settings, progress, len(samples) + others)
    rows = [comparing.row(sample) for sample in samples]
    notes: list[str] = []
    if settings.baselines != "none":
        n = max(row.people for row in rows)
        naive = baselines(fixed, n) if settings.baselines == "all" else []
        rows += [comparing.row(each, kind="baseline", sampled=False) for each in naive]
        rng = generator(settings.seed, "compare/human-sample", replicate=n)
        fresh = fresh_humans(fixed, n, rng)
        if isinstance(fresh, str):
            notes.append(fresh)
            comparing.steps.skip(len(comparing.measures))
        else:
            rows.append(comparing.row(fresh[0], fresh[1], kind="baseline"))
    comparing.steps.begin("contrasts with the baseline")
    compared = tuple(_adjusted(against_constant(rows, fixed, settings)))
    comparing.steps.begin("contrasts")
    return Comparison(
        outcome=outcome or reference.variable.name,
        reference=fixed,
        rows=compared,
        sentences=sentences(compared, fixed),
        contrasts=paired_contrasts(samples, fixed, settings),
        notes=tuple(notes),
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
    """Adjust the p-values of the sample rows by Holm, per distance."""
    adjusted = list(rows)
    for name in {name for row in rows for name in row.distances}:
        tested = [i for i, row in enumerate(rows) if row.kind == "sample" and name in row.distances]
        found = holm([rows[i].distances[name].p for i in tested])
        bounds = [
            p or 0.0
            for i, p in zip(tested, found, strict=True)
            if rows[i].distances[name].p_is_bound
        ]
        for i, p in zip(tested, found, strict=True):
            row, bound = adjusted[i], p is not None and p <= max(bounds, default=0.0)
            each = replace(row.distances[name], p_holm=p, holm_is_bound=bound)
            adjusted[i] = replace(row, distances=row.distances | {name: each})
    return adjusted


def _too_many_levels(measure: Measure, row: Row, family: Equality) -> str | None:
    """Return why a distance of shares has no interval; None where it can have one."""
    if not measure.by_share:
        return None
    masses = family.ours.mass + family.theirs.mass
    held = int(np.count_nonzero(family.support.binned(masses)))
    if held <= row.n_effective:
        return None
    return (
        f"{measure.label} is over {held:,} levels or bins that somebody gave, more than the "
        f"{row.people:,} effective personas of the sample; an interval needs as many"
    )


class _Comparing:
    """The parts that the rows of one comparison share."""

    def __init__(
        self, reference: Reference, settings: Settings, progress: Progress, rows: int
    ) -> None:
        self.reference = reference
        self.settings = settings
        variable = reference.variable
        self.measures = measures_for(variable.scale, bounded=variable.bounded)
        self.margins = settings.resolved_margins(self.measures, primary(variable.scale))
        self.steps = Steps(progress, rows * len(self.measures) + 2)
        self._floors: dict[int, dict[str, Floor]] = {}

    def floors(self, n: int) -> dict[str, Floor]:
        if n not in self._floors:
            rng = generator(self.settings.seed, "compare/floor", replicate=n)
            support = self.reference.variable.common_support(self.reference.values)
            humans = self.reference.side(support)
            self._floors[n] = floors(self.measures, humans, n, self.settings.draws, rng)
        return self._floors[n]

    def row(
        self,
        sample: Sample,
        reference: Reference | None = None,
        *,
        kind: str = "sample",
        sampled: bool = True,
    ) -> Row:
        """Return the row of a sample.

        Args:
            sample: the values.
            reference: whom it is compared with, where these are other humans.
            kind: `sample` or `baseline`.
            sampled: whether other personas would give other values; else there is no p-value.
        """
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
            self.steps.skip(len(self.measures))
            return replace(row, notes=tuple(notes))
        self._check_unit(sample)
        variable = self.reference.variable
        codes = variable.rounded(sample.rows.values)
        outside = int(variable.outside(codes[sample.rows.value_weights > 0]).sum())
        if outside and variable.support:
            low, high = variable.support
            notes.append(f"{outside:,} values outside [{low:g}, {high:g}] take part as they are")
        if np.ptp(codes) == 0 and kind == "sample":
            notes.append(f"constant: every dialogue gave {variable.label(codes[0])}")
        whole = variable.common_support(codes, self.reference.values)
        ours = Side.of(whole, sample.rows.recoded(codes))
        theirs = (reference or self.reference).side(whole)
        row = replace(row, outside=outside, n_effective=ours.effective, notes=tuple(notes))
        constant = not sampled and np.ptp(codes) == 0
        reason: str | None = EXACT
        if sampled or isinstance(theirs, Side):
            reason = self._too_small(None if constant else ours, theirs)
        # Personas of a baseline without sampling all state the same.
        known = ours if sampled else Known(whole, ours.mass, 0 if constant else row.personas)
        return replace(
            self._filled(row, known, theirs, sampled, reason),
            simbench=simbench(ours.mass, theirs.mass, whole),
            paired=paired_mae(sample, self.reference, self.settings),
        )

    def _filled(
        self, row: Row, ours: Side | Known, theirs: Side | Known, sampled: bool, reason: str | None
    ) -> Row:
        settings, variable = self.settings, self.reference.variable
        family = Equality(
            ours, theirs, settings.draws, generator(settings.seed, "compare/equality")
        )
        floors = self.floors(row.people)
        distances = {}
        for measure in self.measures:
            self.steps.begin(f"{row.name}: {measure.label}")
            value = family.value(measure)
            why, found = reason or _too_many_levels(measure, row, family), None
            if not why and value is not None:
                found = estimate(measure, value, family, settings.confidence)
            distances[measure.name] = Distance(
                value=value,
                interval=(found.low, found.high) if found else None,
                interval_reason=why,
                upper=found.upper if found else None,
                floor=floors[measure.name],
                p=found.p if found and sampled else None,
                smallest_p=1 / (1 + settings.draws),
                margin=self.margins.get(measure.name),
            )
        notes = list(row.notes)
        if reason and row.kind == "sample":
            notes += [
                f"{measure.label} under {self.margins[measure.name]:g} cannot be said: {reason}"
                for measure in self.measures
                if measure.name in self.margins
            ]
        resampled = family.resampled
        share = None
        if variable.above_zero:
            share = share_above_zero(ours, theirs, resampled, family.support, settings.confidence)
        mean, mean_interval = row.sample.mean_with_interval(variable, settings.confidence)
        return replace(
            row,
            mean=mean,
            mean_drawn=row.sample.drawn_mean(variable) if variable.has_mean else None,
            mean_interval=mean_interval if sampled else None,
            share=share,
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

    def _too_small(self, ours: Side | None, theirs: Side | Known) -> str | None:
        """Return why neither interval nor p-value can be given; None where they can.

        Args:
            ours: the sample; None where all are known to give the same value.
            theirs: the reference.
        """
        sides = ((ours, "sample", "persona", "personas"), (theirs, "reference", "person", "people"))
        for side, which, one, people in sides:
            if not isinstance(side, Side):
                continue
            if side.effective < FEWEST_PERSONAS:
                alone = side.cluster_count == 1
                count = f"{side.effective:.3g} effective {people}"
                if side.cluster_count == round(side.effective, 6):
                    count = f"{side.cluster_count} {one if alone else people}"
                return f"{which} has {count}; an interval needs at least {FEWEST_PERSONAS}"
            largest = side.cluster_weights.max() / side.cluster_weights.sum()
            if largest > LARGEST_SHARE:
                return (
                    f"one of the {people} of the {which} has {largest:.0%} of the weight; an "
                    f"interval needs at most {LARGEST_SHARE:.0%}"
                )
        return None
