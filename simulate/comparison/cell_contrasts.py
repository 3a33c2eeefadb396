"""Which of two cells is closer to the humans: paired contrasts of D², and against a constant."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from simulate.comparison.result import CellContrast, Row
from simulate.comparison.sample import Sample, side_by_side
from simulate.comparison.settings import PlannedContrast, Settings
from simulate.randomness import generator
from simulate.reference import Reference
from simulate.statistics.contrasts import Contrast, squared_contrast
from simulate.statistics.distances import SQUARED
from simulate.statistics.permutation import holm
from simulate.statistics.resampling import (
    MOST_UNITS,
    Known,
    Masses,
    Side,
    cluster_masses,
    in_groups,
    stratum_weights,
)
from simulate.statistics.rows import Floats, Indices, Rows

MOST_ALL_PAIRS = 6
"""With more samples, each is set against the first only, unless contrasts are declared."""
PAIR = np.array([1.0, -1.0])
NO_CODES = np.empty(0)


def paired_contrasts(
    samples: Sequence[Sample], reference: Reference, settings: Settings
) -> tuple[CellContrast, ...]:
    """Return the contrasts that are declared, then those of all other pairs of samples.

    With more than six samples only those that are declared; where there are none, each sample is
    set against the first. Pairs without two common personas are left out.
    """
    usable = {sample.name: sample for sample in samples if sample.n and sample.personas}
    declared = {
        (each.a, each.b): each
        for each in settings.contrasts
        if each.a in usable and each.b in usable
    }
    pairs = list(declared)
    if len(usable) <= MOST_ALL_PAIRS:
        there = {frozenset(pair) for pair in pairs}
        pairs += [p for p in itertools.combinations(usable, 2) if frozenset(p) not in there]
    elif not pairs:
        first, *others = usable
        pairs = [(first, other) for other in others]
    found = []
    for a, b in pairs:
        contrast = _side_by_side((usable[a], usable[b]), reference, settings)
        if contrast is not None:
            plan = declared.get((a, b), PlannedContrast("", a, b, ""))
            found.append(CellContrast(a, b, contrast, name=plan.name, meaning=plan.meaning))
    adjusted = holm([c.contrast.p for c in found])
    level = 1 - settings.confidence
    return tuple(replace(c, p_holm=p, level=level) for c, p in zip(found, adjusted, strict=True))


def against_constant(rows: Sequence[Row], reference: Reference, settings: Settings) -> list[Row]:
    """Set each sample against the constant baseline with the smallest D²."""
    constants = [
        row for row in rows if row.kind == "baseline" and np.ptp(row.sample.rows.values) == 0
    ]
    scored = [
        (value, row) for row in constants if (value := row.distances[SQUARED].value) is not None
    ]
    if not scored:
        return list(rows)
    best = min(scored, key=lambda pair: pair[0])[1]
    found = []
    for row in rows:
        if row.kind == "sample" and row.n:
            code = float(best.sample.rows.values[0])
            contrast = _beside_constant(row.sample, code, reference, settings)
            row = replace(row, constant=best.name, against_constant=contrast)  # noqa: PLW2901
        found.append(row)
    return found


def _side_by_side(
    samples: Sequence[Sample], reference: Reference, settings: Settings
) -> Contrast | None:
    rows, people = side_by_side(samples)
    if len(people) < 2:
        return None
    masses, weights, humans, _ = masses_of_people(rows, reference, settings)
    return _contrast(masses, weights, humans, settings, len(people))


def _beside_constant(
    sample: Sample, code: float, reference: Reference, settings: Settings
) -> Contrast | None:
    rows = replace(sample.rows, strata=np.zeros(sample.rows.n, dtype=np.int64))
    masses, weights, humans, point = masses_of_people(rows, reference, settings, np.array([code]))
    constant = np.zeros_like(masses)
    constant[..., point] = 1.0
    both = np.concatenate([masses, constant])
    both_weights = np.repeat(weights, 2, axis=0)
    people = sample.rows.cluster_count
    return _contrast(both, both_weights, humans, settings, people, sampled=(True, False))


def _contrast(
    masses: Masses,
    weights: Masses,
    humans: Side | Known,
    settings: Settings,
    people: int,
    sampled: Sequence[bool] | None = None,
) -> Contrast | None:
    found = squared_contrast(
        masses,
        PAIR,
        humans,
        weights=weights,
        sampled=sampled,
        draws=settings.draws,
        confidence=settings.confidence,
        rng=generator(settings.seed, "compare/contrasts"),
    )
    grouped = found is not None and people > found.n == MOST_UNITS
    return replace(found, n=people) if found is not None and grouped else found


def masses_of_people(
    rows: Rows, reference: Reference, settings: Settings, codes: Floats = NO_CODES
) -> tuple[Masses, Masses, Side | Known, Indices]:
    """Return what personas put on the points of a support that all sides have.

    A support of more than 512 points is made coarser, and more than 4,096 personas are put into
    random groups, so that the memory this takes has a bound.

    Args:
        rows: a stratum for each of C cells.
        reference: the humans.
        settings: for its seed.
        codes: (c,) further values that the support must hold.

    Returns:
        (C, G, K) masses and (C, G) weights of the personas that have a value in every cell, the
        humans, and the (c,) points of the codes.
    """
    variable = reference.variable
    rows = rows.recoded(variable.rounded(rows.values))
    whole = variable.common_support(reference.values, rows.values, codes)
    humans = reference.side(whole)
    support, where = whole.coarsened(Side.of(whole, rows).mass, humans.mass)
    rows = rows.recoded(support.points[where[whole.index(rows.values)]])
    rows = in_groups(rows, generator(settings.seed, "compare/contrasts/groups"))
    masses = cluster_masses(rows, support)
    known = ~np.isnan(masses).any(axis=(0, 2))
    weights = stratum_weights(rows)[:, known]
    return masses[:, known], weights, humans.on(support, where), where[whole.index(codes)]
