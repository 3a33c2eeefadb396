"""Sentences to quote: what a comparison says of each sample, and nothing more."""

from __future__ import annotations

from collections.abc import Sequence

from simulate.comparison.result import Row
from simulate.reference import Reference
from simulate.statistics.distances import DISTANCES, SQUARED
from simulate.statistics.intervals import FEWEST_PERSONAS
from simulate.terminal.numbers import ends, number

READABLE = {"numeric": "ks", "ordered": "ks", "nominal": "tv"}
"""The distance that a sentence names: one that can be read without its formula."""


def sentences(rows: Sequence[Row], reference: Reference) -> tuple[str, ...]:
    """Return a sentence for each sample that has a value, in the order of the rows."""
    return tuple(sentence(row, reference) for row in rows if row.kind == "sample" and row.n)


def sentence(row: Row, reference: Reference) -> str:
    """Return what can be said of one sample.

    “Closer” and “farther” are said only where the interval of the difference of D² leaves out 0.
    """
    name = READABLE[reference.variable.scale]
    distance = row.distances[name]
    if distance.interval is None and distance.interval_reason:
        if row.n_effective < FEWEST_PERSONAS:
            size = f"{row.n_effective:.3g}"
            noun = "persona" if size == "1" else "personas"
            return f"{row.name}: nothing can be said from {size} effective {noun}."
        return f"{row.name}: nothing can be said ({distance.interval_reason})."
    fresh = f"{row.people:,} fresh {reference.fresh}"
    said = (
        f"{row.name}: {DISTANCES[name].label} {number(distance.value, 2)}"
        f"{ends(distance.interval, lambda v: number(v, 2))}; {fresh} would show "
        f"{number(distance.floor.mean, 2)}"
    )
    return said + _against(row) + _applying(row) + "."


def _against(row: Row) -> str:
    contrast = row.against_constant
    if contrast is None or contrast.interval is None:
        return ""
    low, high = contrast.interval
    which = "not shown to be closer than"
    if high < 0:
        which = "closer than"
    elif low > 0:
        which = "farther than"
    interval = ends(contrast.interval, lambda v: number(v, 4))
    difference = f"{DISTANCES[SQUARED].label} {number(contrast.value, 4)}{interval}"
    return f"; {which} “{row.constant}” (difference of {difference})"


def _applying(row: Row) -> str:
    share = row.sample.not_applicable_share
    return f"; among the {1 - share:.0%} to whom it applies" if share else ""
