"""Counting values by dialogue, and keeping together what one person gave."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import numpy as np

from simulate.errors import ReferenceDataError
from simulate.reference.file import Measured
from simulate.reference.variable import Variable


def count_values(
    variable: Variable,
    values: Mapping[str, float],
    person: Mapping[str, str],
    missing: int = 0,
) -> Measured:
    """Count values by dialogue into a measured variable.

    Args:
        variable: what was measured.
        values: code by dialogue.
        person: person by dialogue; the same person may have several.
        missing: dialogues without a value.

    Raises:
        ReferenceDataError: no dialogue has a value.
    """
    if not values:
        raise ReferenceDataError(f"{variable.name}: no dialogue has a value")
    codes = variable.rounded(np.array(list(values.values()), dtype=np.float64))
    distinct, counts = np.unique(codes, return_counts=True)
    by_person: dict[str, list[float]] = defaultdict(list)
    for dialogue, code in zip(values, codes, strict=True):
        by_person[person[dialogue]].append(float(code))
    groups = sorted(tuple(sorted(v)) for v in by_person.values() if len(v) > 1)
    return Measured(
        variable=variable,
        values=distinct,
        counts=counts.astype(np.int64),
        groups=tuple(groups),
        missing=missing,
        persons=dict(values),
    )
