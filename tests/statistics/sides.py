"""Two sides of a comparison, for tests of intervals, permutations and resampling."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from simulate.reference import Reference, Variable
from simulate.statistics.distances import DISTANCES
from simulate.statistics.resampling import Side
from simulate.statistics.rows import Rows

Codes = NDArray[np.float64]
Units = NDArray[np.int64]
Values = tuple[Codes, Units]

AMOUNT = Variable("x", "amount", "USD", (0.0, 2.0))
CHECKED = tuple(DISTANCES[name] for name in ("d2", "ks", "wasserstein", "l1"))


def alone(codes: Codes) -> Values:
    return codes, np.arange(len(codes))


def sides(ours: Values, theirs: Values, atoms: Codes | None = None) -> tuple[Side, Side]:
    extra = (atoms,) if atoms is not None else ()
    support = replace(
        AMOUNT.common_support(ours[0], theirs[0], *extra), n=len(ours[0]), m=len(theirs[0])
    )
    one, two = (Side.of(support, Rows.of(c, clusters=u)) for c, u in (ours, theirs))
    return one, two


def resampled_people(reference: Reference, rng: np.random.Generator) -> Values:
    rows = reference.rows()
    codes, people = rows.values, rows.clusters
    order = np.argsort(people, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(people))])
    drawn = rng.integers(len(starts) - 1, size=len(starts) - 1)
    values = [codes[order[starts[i] : starts[i + 1]]] for i in drawn]
    return np.concatenate(values), np.repeat(np.arange(len(values)), [len(v) for v in values])
