"""Naive baselines, each as a sample: what a simulator must beat to have shown anything."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simulate.comparison.sample import Sample
from simulate.reference import Reference
from simulate.statistics.rows import Rows


def baselines(reference: Reference, n: int) -> list[tuple[Sample, int]]:
    """Return the constant and the uniform baselines, and how many of n personas state each.

    All of them state the same, so that a sample holds it once.

    Everyone gives the reference's median (where values have an order); everyone gives its mode;
    each persona states the uniform distribution over the support or the levels (left out where
    there is no support; no more personas than state a million values).
    """
    variable = reference.variable
    whose = reference.adjective
    found: list[tuple[Sample, int]] = []
    if variable.scale != "nominal":
        found.append((_constant(f"{whose} median", reference, reference.median), n))
    found.append((_constant(f"{whose} mode", reference, reference.mode), n))
    points = _even_points(reference)
    if points is not None:
        rows = Rows.of(
            points,
            shares=np.full(len(points), 1 / len(points)),
            row=np.zeros_like(points, dtype=np.int64),
        )
        found.append((Sample("uniform", rows), min(n, MOST_STATED // len(points))))
    return found


EVEN_POINTS = 100
"""By how many points an even distribution over a range is stated."""
MOST_STATED = 1_000_000


def _even_points(reference: Reference) -> np.ndarray[tuple[int], np.dtype[np.float64]] | None:
    variable = reference.variable
    if variable.categories is not None:
        return np.arange(len(variable.categories), dtype=np.float64)
    if variable.support is None:
        return None
    low, high = variable.support
    if variable.discrete and high - low < EVEN_POINTS:
        return np.arange(low, high + 1)
    return low + (np.arange(EVEN_POINTS) + 0.5) / EVEN_POINTS * (high - low)


def _constant(label: str, reference: Reference, code: float) -> Sample:
    shown = reference.variable.label(code)
    if reference.variable.categories is not None:
        name = f"all say {shown} ({label})"
    else:
        unit = f" {reference.variable.unit}" if reference.variable.unit else ""
        name = f"all give {shown}{unit} ({label})"
    return Sample.of(name, [code])


def fresh_humans(
    reference: Reference, n: int, rng: np.random.Generator
) -> tuple[Sample, Reference] | str:
    """Return n independent humans with one value each, and the others to compare them with.

    Values are taken from people, at random, who are then not among the others: so the two are
    independent. Draws from a declared distribution are independent of it.

    Returns:
        Instead, why there are none: more than half of the people would be needed.
    """
    if reference.declared:
        drawn = rng.choice(reference.values, size=n, p=reference.shares)
        return Sample.of("fresh draws", drawn), reference
    label = "fresh humans" if reference.human else "fresh people"
    rows = reference.rows()
    if n > rows.cluster_count / 2:
        return (
            f"no row of {label}: {n:,} would be more than half of the "
            f"{rows.cluster_count:,} people, and would be compared with themselves"
        )
    order = rng.permutation(rows.n)
    first = np.unique(rows.clusters[order], return_index=True)[1]
    taken = order[np.sort(first)[:n]]
    others = ~np.isin(rows.clusters, rows.clusters[taken])
    left = rows.subset(others)
    values, counts = np.unique(left.values, return_counts=True)
    sizes = np.bincount(left.clusters)
    groups = tuple(
        tuple(left.values[left.clusters == person].tolist()) for person in np.flatnonzero(sizes > 1)
    )
    weighted = reference.weighted is not None
    rest = replace(
        reference,
        values=values,
        counts=counts,
        groups=groups,
        persons={},
        weighted=left if weighted else None,
    )
    weights = rows.weights[taken] if weighted else None
    return Sample.of(label, rows.values[taken], weights=weights), rest
