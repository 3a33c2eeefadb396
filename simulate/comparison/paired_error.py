"""Paired error: the simulated persona against the human whose persona it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulate.comparison.result import Paired
from simulate.comparison.sample import Sample
from simulate.randomness import generator
from simulate.reference import Reference
from simulate.statistics.intervals import FEWEST_PERSONAS

if TYPE_CHECKING:
    from simulate.comparison.settings import Settings


def paired_mae(sample: Sample, reference: Reference, settings: Settings) -> Paired | None:
    """Return the mean absolute error per dialogue, averaged over the personas of both sides.

    mean over personas of Σ w |simulated − human| / Σ w, in the variable's unit, ≥ 0. This is
    what the text of the verbalized-sampling paper calls L1; the histogram L1 that its code
    computes is another number. The interval is scipy's BCa bootstrap over personas.

    Returns:
        `None` where the reference does not know who gave what, where no persona of the sample
        is one of its people, or for words without an order.
    """
    if not reference.persons or not sample.personas or not reference.variable.has_mean:
        return None
    human = np.array([reference.persons.get(p, np.nan) for p in sample.personas])
    known = ~np.isnan(human)
    if not known.any():
        return None
    rows = sample.rows
    owner, weights = rows.value_clusters, rows.value_weights
    gaps = np.abs(rows.values - human[owner])
    total = np.bincount(owner, weights=np.where(known[owner], gaps, 0.0) * weights)
    weight = np.bincount(owner, weights=weights)
    known &= weight > 0
    errors = total[known] / weight[known]
    interval = None
    if len(errors) >= FEWEST_PERSONAS and np.ptp(errors) > 0:
        from scipy.stats import bootstrap

        found = bootstrap(
            (errors,),
            np.mean,
            n_resamples=settings.draws,
            confidence_level=settings.confidence,
            method="BCa",
            rng=generator(settings.seed, "compare/paired"),
        )
        low, high = found.confidence_interval
        interval = (float(low), float(high))
    return Paired(float(errors.mean()), interval, len(errors))
