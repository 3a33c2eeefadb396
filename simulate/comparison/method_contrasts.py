"""Which of two cells is closer to the humans: paired contrasts of D², and against a constant."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from simulate.comparison.result import CellContrast, Row
from simulate.comparison.sample import Sample, side_by_side
from simulate.comparison.settings import PlannedContrast, Settings
from simulate.randomness import generator
from simulate.reference import Reference
from simulate.statistics.contrasts import Contrast, squared_contrast
from simulate.statistics.distances import SQUARED
from simulate.statistics.permutation import holm
from simulate.statistics.resampling import Masses, cluster_masses, stratum_weights

MOST_ALL_PAIRS = 6
"""With more samples, each is set against the first only, unless contrasts are declared."""
PAIR = np.array([1.0, -1.0])


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
        masses = _side_by_side((usable[a], usable[b]), reference)
        contrast = None if masses is None else _contrast(masses, reference, settings)
        if contrast is not None:
            plan = declared.get((a, b), PlannedContrast("", a, b, ""))
            found.append(CellContrast(a, b, contrast, name=plan.name, meaning=plan.meaning))
    adjusted = holm([c.contrast.p for c in found])
    return tuple(replace(c, p_holm=p) for c, p in zip(found, adjusted, strict=True))


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
            masses = _beside_constant(row.sample, code, reference)
            contrast = _contrast(masses, reference, settings)
            row = replace(row, constant=best.name, against_constant=contrast)  # noqa: PLW2901
        found.append(row)
    return found


def _contrast(
    masses: tuple[Masses, Masses, Any], reference: Reference, settings: Settings
) -> Contrast | None:
    cells, weights, support = masses
    return squared_contrast(
        cells,
        PAIR,
        reference.side(support),
        weights=weights,
        draws=settings.draws,
        confidence=settings.confidence,
        rng=generator(settings.seed, "compare/contrasts"),
    )


def _side_by_side(
    samples: Sequence[Sample], reference: Reference
) -> tuple[Masses, Masses, Any] | None:
    variable = reference.variable
    rows, people = side_by_side(samples)
    if len(people) < 2:
        return None
    rows = rows.recoded(variable.rounded(rows.values))
    support = variable.common_support(reference.values, rows.values)
    masses = cluster_masses(rows, support)
    known = ~np.isnan(masses).any(axis=(0, 2))
    return masses[:, known], stratum_weights(rows)[:, known], support


def _beside_constant(
    sample: Sample, code: float, reference: Reference
) -> tuple[Masses, Masses, Any]:
    variable = reference.variable
    rows = sample.rows.recoded(variable.rounded(sample.rows.values))
    support = variable.common_support(reference.values, rows.values, np.array([code]))
    rows = replace(rows, strata=np.zeros(rows.n, dtype=np.int64))
    masses = cluster_masses(rows, support)
    known = ~np.isnan(masses).any(axis=(0, 2))
    constant = np.zeros((1, int(known.sum()), support.size))
    constant[..., support.index(np.array([code]))] = 1.0
    weights = np.repeat(stratum_weights(rows)[:, known], 2, axis=0)
    return np.concatenate([masses[:, known], constant]), weights, support
