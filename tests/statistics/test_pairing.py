from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.stats import binom

from simulate.statistics.pairing import sign_flip_p


@pytest.mark.parametrize(("b", "c"), [(0, 1), (1, 5), (2, 12), (7, 7), (0, 10)])
def test_one_pair_a_persona_gives_mcnemars_mid_p(b: int, c: int) -> None:
    n, fewer = b + c, min(b, c)
    mid = 2 * binom.cdf(fewer, n, 0.5) - binom.pmf(fewer, n, 0.5) if b != c else 1.0
    expected = min(1.0, mid) if b != c else 1 - binom.pmf(b, n, 0.5) / 2
    assert sign_flip_p([1] * b + [-1] * c + [0] * 5) == pytest.approx(expected)


def test_several_pairs_a_persona_are_flipped_together() -> None:
    sizes = [3, -2, 1, 2, 0, 2]
    sums = [sum(s * d for s, d in zip(signs, sizes, strict=True))
            for signs in itertools.product((1, -1), repeat=len(sizes))]  # fmt: skip
    far = np.abs(sums) > abs(sum(sizes))
    as_far = np.abs(sums) == abs(sum(sizes))
    assert sign_flip_p(sizes) == pytest.approx(far.mean() + as_far.mean() / 2)
