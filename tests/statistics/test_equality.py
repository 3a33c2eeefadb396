from __future__ import annotations

import numpy as np
import pytest

from simulate.statistics.distances import DISTANCES
from simulate.statistics.equality import Equality
from simulate.statistics.resampling import Known, Side
from simulate.statistics.rows import Rows
from tests.statistics.sides import AMOUNT


def test_personas_who_all_state_the_same_need_no_rows_of_their_own() -> None:
    personas, points = 1000, np.linspace(0, 2, 21)
    people = np.random.default_rng(0).choice(points[:9], 150)
    support = AMOUNT.common_support(points, people)
    theirs = Side.of(support, Rows.of(people))
    shares = np.full(personas * 21, 1 / 21)
    rows = Rows.of(np.tile(points, personas), shares=shares, row=np.repeat(np.arange(personas), 21))
    one_by_one = Side.of(support, rows)
    known = Known(support, one_by_one.mass, personas)
    each, at_once = (
        Equality(ours, theirs, 2000, np.random.default_rng(1)) for ours in (one_by_one, known)
    )
    for name in ("d2", "ks", "wasserstein", "l1", "cvm"):
        measure = DISTANCES[name]
        assert at_once.value(measure) == pytest.approx(each.value(measure), rel=0.02)
        ends = [np.quantile(e.distances(measure, 1.0), [0.05, 0.95]) for e in (each, at_once)]
        assert ends[1] == pytest.approx(ends[0], rel=0.04)
