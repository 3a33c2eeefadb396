from __future__ import annotations

import pytest

from simulate.comparison import Settings
from simulate.comparison.sample_size import plan
from simulate.errors import StatisticsError
from simulate.reference import Reference


def test_a_wider_margin_needs_fewer_dialogues(donations: Reference) -> None:
    found = [plan(donations, Settings(margins={"ks": m})).n for m in (0.2, 0.12)]
    assert None not in found
    assert (found[0] or 0) < (found[1] or 0)


@pytest.mark.slow
def test_a_margin_below_what_the_humans_allow_is_out_of_reach(donations: Reference) -> None:
    found = plan(donations, Settings(margins={"ks": 0.02}))
    assert found.n is None
    assert "out of reach with 982 humans" in found.sentence


def test_a_plan_without_a_margin_is_refused(donations: Reference) -> None:
    with pytest.raises(StatisticsError, match="exactly one --margin"):
        plan(donations, Settings())


def test_power_grows_with_n(donations: Reference) -> None:
    steps = plan(donations, Settings(margins={"": 0.12})).steps
    assert steps[-1].power > steps[0].power
    assert steps[-1].bound < steps[0].bound
