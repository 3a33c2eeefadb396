from __future__ import annotations

import numpy as np
import pytest

from simulate.errors import ReferenceDataError
from simulate.reference import Variable
from simulate.reference.cleaning import clean

AMOUNT = Variable("gave", "amount", "USD", (0.0, 2.0))
VALUES = np.array([0.0, 1.0, 5.0])
COUNTS = np.array([3, 2, 1])


def test_drop_leaves_values_outside_the_support_out() -> None:
    found = clean(AMOUNT, VALUES, COUNTS, "drop")
    assert found.values.tolist() == [0.0, 1.0]
    assert found.note == "drop: 1 of 6 values outside [0, 2] left out"


def test_clip_moves_values_to_the_nearest_end() -> None:
    found = clean(AMOUNT, VALUES, COUNTS, "clip")
    assert found.values.tolist() == [0.0, 1.0, 2.0]
    assert found.counts.tolist() == [3, 2, 1]


def test_none_keeps_all_values_and_says_so() -> None:
    found = clean(AMOUNT, VALUES, COUNTS, "none")
    assert found.values.max() == 5
    assert found.note == "none: 1 of 6 values outside [0, 2] kept"


def test_what_is_left_of_one_person_stays_together() -> None:
    groups = ((0.0, 1.0, 5.0), (0.0, 5.0))
    assert clean(AMOUNT, VALUES, COUNTS, "drop", groups).groups == ((0.0, 1.0),)


def test_an_unknown_rule_is_refused_with_those_there_are() -> None:
    with pytest.raises(ReferenceDataError, match="“trim” is none of drop, clip, none"):
        clean(AMOUNT, VALUES, COUNTS, "trim")


def test_a_rule_that_leaves_nothing_is_refused() -> None:
    with pytest.raises(ReferenceDataError, match="leaves no human value"):
        clean(AMOUNT, np.array([5.0]), np.array([1]), "drop")
