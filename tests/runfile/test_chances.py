"""Chances of candidates as a run file holds them."""

import pytest

from simulate.runfile.json_columns import read_chances


@pytest.mark.parametrize(
    "text", ["[1,1]", "[2,-1]", "[1e308,1e308]", "[1]", "[NaN,1]", "[1e999,0]"]
)
def test_chances_that_cannot_be_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"the chances|finite"):
        read_chances(text, 2)
