from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from simulate.errors import ReferenceDataError
from simulate.files.tables.missing import is_missing
from simulate.reference.missing_codes import check_numbers
from simulate.reference.table_columns import TableColumns
from simulate.reference.tables import reference_from_table


@pytest.mark.parametrize("value", [None, "", "  ", float("nan"), "NaN"])
def test_nothing_and_nan_are_always_missing(value: object) -> None:
    assert is_missing(value, ())


@pytest.mark.parametrize("value", [-99, -99.0, "-99", " -99.0", "NA"])
def test_a_declared_code_is_missing_however_it_is_written(value: object) -> None:
    assert is_missing(value, ("-99", "NA"))
    assert not is_missing(value, ("-9",))


@pytest.mark.parametrize(
    ("values", "support", "refused"),
    [
        ([0, 1, 2, -99], None, "-99"),
        ([0, 1, 2, -9], (0, 2), "-9"),
        ([0, 1, 2, 999], (0, 2), "999"),
        ([1, 5, 9], (1, 5), "9"),
        ([1, 5, 99], None, "99"),
        ([1, 5, 9], None, "9"),  # beside a rating scale
        ([0, 5, 9], None, None),
        ([-12, -9, 3], None, None),  # there are negative values, and -9 is one of them
        ([20, 64, 85, 99], None, None),  # somebody is 99
        ([0, 9, 10], (0, 10), None),
        ([0, 0.5, 700], (0, 2), None),  # outside the support, but no code: a rule cleans it
    ],
)
def test_numbers_that_usually_are_codes_are_refused_until_they_are_declared(
    values: list[float], support: tuple[float, float] | None, refused: str | None
) -> None:
    numbers = np.array(values, dtype=float)
    check_numbers("t", numbers, support, ("none",))
    if refused is None:
        check_numbers("t", numbers, support, ())
        return
    with pytest.raises(ReferenceDataError, match=f"t: {refused} looks like .* --missing {refused}"):
        check_numbers("t", numbers, support, ())


@pytest.mark.parametrize("code", ["NA", "n/a", ".", "-", "null", "refused", "Don’t know"])
def test_words_that_usually_are_codes_never_become_levels(code: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"gave\nyes\nno\n{code}\n", encoding="utf-8")
    with pytest.raises(ReferenceDataError, match=f"“{code}” looks like a code for a missing"):
        reference_from_table(path, TableColumns())
    found = reference_from_table(path, TableColumns(missing=(code,))).measured[0]
    assert (found.variable.levels, found.n, found.missing) == (("no", "yes"), 2, 1)
    declared = reference_from_table(path, TableColumns(), kind="choice", levels=("yes", "no", code))
    assert declared.measured[0].n == 3


@pytest.mark.parametrize("code", ["NA", ".", "refused"])
def test_a_column_of_numbers_stays_one_where_words_of_it_are_missing(
    code: str, tmp_path: Path
) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"gave\n1\n{code}\n\n2.5\n\n")
    found = reference_from_table(path, TableColumns(missing=(code,))).measured[0]
    assert (found.variable.kind, found.values.tolist(), found.missing) == ("amount", [1, 2.5], 2)
