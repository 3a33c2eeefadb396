"""A few bins of an outcome."""

import numpy as np
import pytest

from simulate.comparison.outcome_bins import OutcomeBins, outcome_bins
from simulate.reference import Variable

AMOUNT = Variable("donation", "amount", unit="USD", support=(0.0, 2.0))


def bins_of(variable: Variable, codes: list[float], most: int = 11) -> OutcomeBins:
    return outcome_bins(variable, [(np.array(codes), np.ones(len(codes)))], most)


def test_few_different_numbers_are_bins_themselves() -> None:
    found = bins_of(AMOUNT, [0, 0.5, 0.5, 2])
    assert found.labels == ("0", ".5", "2")
    assert found.shares(np.array([0, 0.5, 0.5, 2]), np.ones(4)) == (0.25, 0.5, 0.25)


def test_nothing_given_is_a_bin_of_its_own_where_it_is_frequent() -> None:
    found = bins_of(AMOUNT, [0, 0, *np.linspace(0.1, 2, 18)])
    assert found.labels == ("0", "> 0 to .5", "> .5 to 1", "> 1 to 1.5", "> 1.5 to 2")
    assert found.places(np.array([0, 0.5, 0.51, 2.0, 7.0])).tolist() == [0, 1, 2, 4, 4]


def test_numbers_without_bounds_are_cut_at_their_quintiles() -> None:
    found = bins_of(Variable("price", "amount"), list(np.arange(100.0) ** 3))
    shares = found.shares(np.arange(100.0) ** 3, np.ones(100))
    assert shares == pytest.approx([0.2] * 5, abs=0.02)


def test_many_whole_numbers_are_ranges_that_name_both_ends() -> None:
    found = bins_of(Variable("age", "count", None, (18, 77)), [18, 30, 37, 40, 50, 60, 70, 77])
    assert found.labels == ("18 to 29", "30 to 41", "42 to 53", "54 to 65", "66 to 77")
    assert found.places(np.array([18.0, 29, 30, 77])).tolist() == [0, 0, 1, 4]


def test_ends_have_as_many_digits_as_tell_them_apart() -> None:
    small = [n / 10_000 for n in range(1, 11)]
    assert bins_of(Variable("risk", "amount"), small).labels[-1] == "> .0008 to .001"
    assert bins_of(Variable("risk", "amount"), [0.001, 0.002]).labels == (".001", ".002")


def test_of_a_long_scale_neighbours_are_put_together() -> None:
    scale = Variable("how", "ordinal", levels=tuple(str(n) for n in range(21)))
    found = bins_of(scale, [0, 2, 3, 20], most=7)
    assert found.labels == ("0 to 2", "3 to 5", "6 to 8", "9 to 11", "12 to 14", "15 to 17",
                            "18 to 20")  # fmt: skip
    assert found.places(np.array([0.0, 2, 3, 20])).tolist() == [0, 0, 1, 6]


def test_words_are_bins_and_of_many_the_rare_ones_are_put_together() -> None:
    few = Variable("said", "choice", levels=("yes", "no", "perhaps"))
    assert bins_of(few, [0, 2]).labels == ("yes", "no", "perhaps")
    many = Variable("town", "choice", levels=tuple(f"t{i}" for i in range(1000)))
    codes = [float(i) for i in range(1000)] + [7.0] * 500
    found = bins_of(many, codes)
    assert len(found.labels) == 11
    assert found.labels[-1] == "990 others"
    shares = found.shares(np.array(codes), np.ones(len(codes)))
    assert sum(shares) == pytest.approx(1)
    assert shares[found.labels.index("t7")] == pytest.approx(501 / 1500)


def test_without_a_value_there_is_one_bin_and_no_share() -> None:
    found = bins_of(AMOUNT, [])
    assert found.shares(np.empty(0), np.empty(0)) == (0.0,)
