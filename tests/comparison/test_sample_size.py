from __future__ import annotations

import pytest

from simulate.comparison import Settings
from simulate.comparison.sample_size import plan
from simulate.errors import StatisticsError
from simulate.reference import Reference


def test_a_wider_margin_needs_fewer_dialogues_and_power_grows_with_n(donations: Reference) -> None:
    wide, tight = (plan(donations, Settings(margins={n: m})) for n, m in (("ks", 0.2), ("", 0.12)))
    assert wide.n is not None
    assert tight.n is not None
    assert wide.n < tight.n
    assert tight.steps[-1].power > tight.steps[0].power
    assert tight.steps[-1].bound < tight.steps[0].bound


@pytest.mark.slow
def test_a_margin_below_what_the_humans_allow_is_out_of_reach(donations: Reference) -> None:
    found = plan(donations, Settings(margins={"ks": 0.02}))
    assert found.n is None
    assert "out of reach with 982 humans" in found.sentence


def test_a_plan_without_a_margin_is_refused(donations: Reference) -> None:
    with pytest.raises(StatisticsError, match="exactly one margin"):
        plan(donations, Settings())
