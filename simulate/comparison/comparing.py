"""One row of a comparison: the counts of a sample, its mean, its distances and their floors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simulate.comparison.paired_error import paired_mae
from simulate.comparison.progress import Progress, Steps
from simulate.comparison.result import Distance, Row
from simulate.comparison.sample import Sample
from simulate.comparison.settings import Settings
from simulate.errors import StatisticsError, quote
from simulate.randomness import generator
from simulate.reference import Reference
from simulate.statistics.distances import SQUARED, Measure, measures_for, primary
from simulate.statistics.equality import Equality
from simulate.statistics.floors import Floor, floors
from simulate.statistics.intervals import (
    FEWEST_PERSONAS,
    LARGEST_SHARE,
    estimate,
)
from simulate.statistics.resampling import Known, Side
from simulate.statistics.risk_difference import share_above_zero, simbench
from simulate.statistics.squared_distance import squared_distance
from simulate.statistics.support import Support

EXACT: str | None = "nothing is sampled on either side, so that nothing is uncertain"


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


class Comparing:
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
        """Return the floor of each distance for n independent people."""
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
        people: int | None = None,
    ) -> Row:
        """Return the row of a sample.

        Args:
            sample: the values.
            reference: whom it is compared with, where these are other humans.
            kind: `sample` or `baseline`.
            people: how many personas state the one row of the sample, so that others would state
                the same and there is no p-value; None where they would give other values.
        """
        row, ours, whole = self._counted(sample, kind)
        sampled = people is None
        if ours is None or whole is None:
            self.steps.skip(len(self.measures))
            return row
        theirs = (reference or self.reference).side(whole)
        codes = self.reference.variable.rounded(sample.rows.values)
        constant = not sampled and np.ptp(codes) == 0
        reason, sized = EXACT, None if constant else ours
        if people is not None:
            row = replace(row, n=people, personas=people, n_effective=float(people))
            everyone = np.zeros(people, dtype=np.int64), np.ones(people), np.arange(people)
            sized = None if constant else Side(whole, *everyone, people)
        if sampled or isinstance(theirs, Side):
            reason = self._too_small(sized, theirs)
        known = ours if sampled else Known(whole, ours.mass, 0 if constant else row.personas)
        return replace(
            self._filled(row, known, theirs, sampled, reason),
            simbench=simbench(ours.mass, theirs.mass, whole),
            paired=paired_mae(sample, self.reference, self.settings),
        )

    def begun(self, sample: Sample) -> Row:
        """Return the row of a sample with what is known at once: how many, and their mean."""
        row, ours, _ = self._counted(sample, "sample")
        return row if ours is None else self._with_mean(row)

    def with_floors(self, row: Row) -> Row:
        """Return a row that has begun with its D² and floor."""
        _, ours, whole = self._counted(row.sample, row.kind)
        if ours is None or whole is None:
            return row
        value = squared_distance(ours, self.reference.side(whole))
        floors = self.floors(row.people)
        early = {
            m.name: Distance(
                value if m.name == SQUARED else None, None, None, None, floors[m.name], None, 1.0
            )
            for m in self.measures
        }
        return replace(row, distances=early)

    def _counted(self, sample: Sample, kind: str) -> tuple[Row, Side | None, Support | None]:
        """Return a row without numbers, and its sample on the support; None without a value."""
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
            return replace(row, notes=tuple(notes)), None, None
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
        row = replace(row, outside=outside, n_effective=ours.effective, notes=tuple(notes))
        return row, ours, whole

    def _with_mean(self, row: Row, *, sampled: bool = True) -> Row:
        variable = self.reference.variable
        mean, interval = row.sample.mean_with_interval(variable, self.settings.confidence)
        return replace(
            row,
            mean=mean,
            mean_drawn=row.sample.drawn_mean(variable) if variable.has_mean else None,
            mean_interval=interval if sampled else None,
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
        filled = replace(row, share=share, distances=distances, notes=tuple(notes))
        return self._with_mean(filled, sampled=sampled)

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
