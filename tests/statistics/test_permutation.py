from __future__ import annotations

import pytest

from simulate.statistics.permutation import holm


def test_holm_is_that_of_his_example() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
