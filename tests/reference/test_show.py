"""What `reference list` and `reference show` say."""

from __future__ import annotations

import pytest

from simulate.reference import names, open_reference
from simulate.reference.show import described, lines, listed


@pytest.mark.parametrize("name", names())
def test_every_shipped_reference_is_told_within_80_columns(name: str) -> None:
    told = [*listed(open_reference(name)), *lines(described(name))]
    assert max(map(len, told)) <= 80
    assert not any("…" in line for line in told)


def test_levels_are_drawn_as_bars_with_share_and_count() -> None:
    assert "Extremely like    ███████████▌              48% × 991" in "\n".join(
        lines(described("casino-negotiations/liking"))
    )


def test_numbers_are_drawn_as_a_column_each() -> None:
    assert lines(described("moblab-dictator"))[-1].strip() == (
        "0 █▁▁▂▁▁▂▁▂▁▂▂▁▃▁▂▆▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁ 100"
    )


def test_a_list_names_what_the_values_are_from() -> None:
    assert listed(open_reference("casino-negotiations"))[0] == (
        "casino-negotiations: n = 2,060 from 1,030 negotiations (CC-BY-4.0)"
    )
