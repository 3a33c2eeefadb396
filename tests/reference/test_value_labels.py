"""Labelled values are levels in the order of their codes, and each decision is told."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pyreadstat
import pytest

from simulate.errors import ReferenceDataError, TableWarning
from simulate.reference import Variable
from simulate.reference.table_columns import TableColumns
from simulate.reference.table_file import Column, read_column
from simulate.reference.tables import encoded, guess_variable, reference_from_table
from tests.files.tables.human_files import spss, stata

LOW_TO_HIGH = {1.0: "high", 2.0: "low"}


def column(
    folder: Path, codes: list[float], labels: dict[float, str], measure: str = "unknown"
) -> Column:
    path = folder / "t.sav"
    pyreadstat.write_sav(
        pl.DataFrame({"x": codes}),
        path,
        variable_value_labels={"x": labels},
        variable_measure={"x": measure},
    )
    return read_column(path, TableColumns("x"))


@pytest.mark.parametrize(
    ("codes", "labels", "measure", "kind", "levels"),
    [
        ([1, 2, 2], {2: "a lot", 1: "little"}, "unknown", "ordinal", ("little", "a lot")),
        ([1, 2], {2: "a lot", 1: "little"}, "scale", "ordinal", ("little", "a lot")),
        ([1, 2], {1: "red", 2: "blue"}, "nominal", "choice", ("red", "blue")),
        ([0, 1], {0: "No", 1: "Yes"}, "nominal", "yesno", None),
        ([1, 4], {1: "never", 4: "always"}, "ordinal", "ordinal", ("never", "always")),
        ([1, 3], {1: "never", 4: "always"}, "ordinal", "ordinal",
         ("1 (never)", "2", "3", "4 (always)")),
        ([1, 2], {1: "same", 2: "same"}, "ordinal", "ordinal", ("1 (same)", "2 (same)")),
        ([30, 98], {98: "98 or older"}, "scale", "amount", None),
        ([18, 60], {99: "older"}, "unknown", "amount", None),
        ([1.5, 2], {2: "two"}, "unknown", "amount", None),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore::simulate.errors.TableWarning")
def test_what_labelled_values_are(
    tmp_path: Path,
    codes: list[float],
    labels: dict[float, str],
    measure: str,
    kind: str,
    levels: tuple[str, ...] | None,
) -> None:
    found = guess_variable(column(tmp_path, codes, labels, measure))
    assert (found.kind, found.levels) == (kind, levels)


def test_an_order_that_was_decided_is_told(tmp_path: Path) -> None:
    spss(path := tmp_path / "t.sav")
    with pytest.warns(TableWarning, match="levels in the order of their codes .not at all, some"):
        trust = reference_from_table(path, TableColumns("trust")).reference()
    assert (trust.variable.kind, trust.values.tolist(), trust.missing) == ("ordinal", [0, 1, 2], 2)
    assert trust.variable.description == "How much do you trust people?"
    with pytest.warns(TableWarning, match="no order, since the file says nominal"):
        reference_from_table(path, TableColumns("sex"))
    sex = reference_from_table(path, TableColumns("sex"), kind="ordinal")  # said: nothing to tell
    assert sex.measured[0].variable.levels == ("male", "female")


def test_words_without_an_order_are_told_until_it_is_given(tmp_path: Path) -> None:
    (path := tmp_path / "t.csv").write_text("x\nlow\nmid\nhigh\n")
    with pytest.warns(TableWarning, match=r"to have no order; .* --levels .high, low, mid"):
        assert reference_from_table(path, TableColumns()).measured[0].variable.kind == "choice"
    ordered = reference_from_table(path, TableColumns(), levels=("low", "mid", "high"))
    assert ordered.measured[0].variable.kind == "ordinal"


@pytest.mark.parametrize(
    ("levels", "codes"),
    [(("high", "low"), [0, 1]), (("low", "high"), [1, 0]), (("1", "2"), [0, 1])],
)
def test_a_scenario_knows_values_by_their_labels_or_codes(
    tmp_path: Path, levels: tuple[str, ...], codes: list[float]
) -> None:
    read = column(tmp_path, [1, 2], LOW_TO_HIGH)
    assert encoded(Variable("x", "ordinal", levels=levels), read).tolist() == codes


def test_a_number_of_a_scenario_is_the_code(tmp_path: Path) -> None:
    read = column(tmp_path, [1, 2], LOW_TO_HIGH)
    assert encoded(Variable("x", "count", support=(0, 5)), read).tolist() == [1, 2]


def test_a_label_that_is_no_level_is_one_line_with_its_row(tmp_path: Path) -> None:
    read = column(tmp_path, [1, 2], LOW_TO_HIGH)
    with pytest.raises(ReferenceDataError, match=r"t.sav, row 2: column x: x: “low” is none of"):
        encoded(Variable("x", "ordinal", levels=("high", "huge")), read)


def test_a_code_is_missing_by_its_label(tmp_path: Path) -> None:
    stata(path := tmp_path / "t.dta")
    read = read_column(path, TableColumns("trust", missing=("never",)))
    assert (read.values, read.missing) == ([4, 5], 1)
