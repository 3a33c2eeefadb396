from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simulate.errors import ReferenceDataError, StatisticsError
from simulate.reference import Variable

ORDINAL = Variable("agree", "ordinal", levels=("low", "mid", "high"))


def test_a_level_is_its_index() -> None:
    assert [ORDINAL.encode(level) for level in ("low", "High ")] == [0.0, 2.0]


def test_an_unknown_level_is_refused_with_those_there_are() -> None:
    with pytest.raises(StatisticsError, match="“max” is none of the levels low, mid, high"):
        ORDINAL.encode("max")


@pytest.mark.parametrize(("value", "code"), [(True, 1), ("no", 0), ("Yes", 1), (0, 0)])
def test_yes_and_no_are_read_in_any_usual_spelling(value: object, code: float) -> None:
    assert Variable("gave", "yesno").encode(value) == code


def test_neither_yes_nor_no_is_refused() -> None:
    with pytest.raises(StatisticsError, match="“maybe” is neither yes nor no"):
        Variable("gave", "yesno").encode("maybe")


@pytest.mark.parametrize("value", ["", "a lot", None, float("nan"), float("inf")])
def test_what_is_no_finite_number_is_refused(value: object) -> None:
    with pytest.raises(StatisticsError, match="is not a finite number"):
        Variable("gave", "amount").encode(value)


@pytest.mark.parametrize(
    ("details", "message"),
    [
        ({"kind": "money"}, "no outcome kind “money”"),
        ({"kind": "choice"}, "at least two levels"),
        ({"kind": "ordinal", "levels": ("a", "a")}, "named twice"),
        ({"kind": "amount", "support": (2.0, 0.0)}, "the lower one first"),
        ({"kind": "amount", "edges": (0.0, 0.0)}, "ascending"),
        ({"kind": "amount", "resolution": 0.0}, "must be above 0"),
    ],
)
def test_a_variable_that_makes_no_sense_is_refused(details: dict[str, Any], message: str) -> None:
    with pytest.raises(ReferenceDataError, match=message):
        Variable("v", **details)


def test_codes_are_rounded_to_the_resolution() -> None:
    variable = Variable("v", "amount", resolution=0.05)
    assert variable.rounded(np.array([0.12, 0.13])).tolist() == [0.1, 0.15]


def test_a_count_has_one_bin_per_integer() -> None:
    edges = Variable("n", "count", support=(0, 3)).histogram_edges(np.array([0.0]))
    assert edges.tolist() == [-0.5, 0.5, 1.5, 2.5, 3.5]


def test_an_amount_has_twenty_bins_over_its_support() -> None:
    assert len(Variable("x", "amount", support=(0, 1)).histogram_edges(np.zeros(1))) == 21


@pytest.mark.parametrize(
    ("levels", "scores", "name"),
    [
        (("1", "2", "3", "4", "5"), [1, 2, 3, 4, 5], "mean"),
        (("-2", "0", "10"), [-2, 0, 10], "mean"),
        (("1 (never)", "2", "3 = always"), [1, 2, 3], "mean"),
        (("5", "3", "1"), [5, 3, 1], "mean"),
        (("never", "often"), [1, 2], "mean rank (1 = never, 2 = often)"),
        (("18-24", "25-34", "35+"), [1, 2, 3], "mean rank (1 = 18-24, 3 = 35+)"),
        (("1", "3", "2"), [1, 2, 3], "mean rank (1 = 1, 3 = 2)"),
    ],
)
def test_the_mean_of_levels_is_on_their_numbers_else_on_ranks_from_one(
    levels: tuple[str, ...], scores: list[float], name: str
) -> None:
    variable = Variable("x", "ordinal", levels=levels)
    assert variable.scored(np.arange(len(levels), dtype=float)).tolist() == scores
    assert variable.mean_name == name


def test_the_mean_of_yes_and_no_is_the_share_of_yes() -> None:
    assert Variable("gave", "yesno").mean_of(np.array([0.0, 1.0]), np.array([1.0, 3.0])) == 0.75


@pytest.mark.parametrize("value", [2, 2.0, "2"])
def test_a_number_is_the_level_of_this_name(value: object) -> None:
    assert Variable("x", "ordinal", levels=("1", "2")).encode(value) == 1
