from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from simulate.statistics.one_thread import product


@pytest.mark.parametrize(
    "shape", [(1, 1, 1), (31, 127, 3), (65, 300, 29), (64, 256, 70), (40, 9, 0)]
)
def test_a_product_in_blocks_is_the_product(shape: tuple[int, int, int]) -> None:
    rows, depth, columns = shape
    rng = np.random.default_rng(0)
    times, matrix = rng.random((rows, depth)), rng.random((depth, columns))
    assert product(times, matrix) == pytest.approx(times @ matrix, rel=1e-12)
    assert product(times, csr_array(matrix)) == pytest.approx(times @ matrix, rel=1e-12)
