"""Products of resamples with a matrix of few columns, which stay on one thread.

OpenBLAS shares a product of more than 262,144 multiplications out over the cores, whose threads
then wait for each other in busy loops. With few columns that saves no time, and costs up to twice
the CPU. In blocks below that it is on one thread, and faster than as a whole.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

ROWS, DEPTH, MOST_COLUMNS = 32, 128, 64

Floats = NDArray[np.float64]


def product(times: Floats, matrix: Any) -> Floats:
    """Return the (B, K) product of (B, G) and (G, K), a sparse matrix as it is."""
    if not isinstance(matrix, np.ndarray) or matrix.shape[1] > MOST_COLUMNS:
        return np.asarray(times @ matrix, dtype=np.float64)
    rows, depth = times.shape
    blocks = rows // ROWS
    whole = blocks * ROWS
    many = _of_blocks(times[:whole].reshape(blocks, ROWS, depth), matrix)
    rest = _of_blocks(times[None, whole:], matrix)
    return np.concatenate([many.reshape(whole, matrix.shape[1]), rest[0]])


def _of_blocks(times: Floats, matrix: Floats) -> Floats:
    """Return the (b, rows, K) product of (b, rows, G) and (G, K)."""
    blocks, rows, depth = times.shape
    layers = depth // DEPTH
    deep = layers * DEPTH
    parts = times[..., :deep].reshape(blocks, rows, layers, DEPTH).swapaxes(1, 2)
    found = (parts @ matrix[:deep].reshape(layers, DEPTH, matrix.shape[1])).sum(axis=1)
    return np.asarray(found + times[..., deep:] @ matrix[deep:], dtype=np.float64)
