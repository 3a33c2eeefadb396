from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from simulate.comparison import compare
from simulate.comparison.reference_spec import load_reference
from simulate.comparison.samples import from_table
from simulate.errors import ReferenceDataError, StatisticsError
from simulate.reference import Reference
from simulate.reference.table_columns import TableColumns
from simulate.reference.table_file import read_column
from tests.conftest import AsJson, Command
from tests.made_runs import MakeRun

Write = Callable[[str, Sequence[object]], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes a CSV table: its header, which names the file, and rows."""

    def write(header: str, rows: Sequence[object]) -> Path:
        path = tmp_path / f"{header.replace(',', '-')}.csv"
        path.write_text("\n".join([header, *map(str, rows)]) + "\n")
        return path

    return write


def test_candidates_of_a_weighted_table_are_not_dialogues(
    write: Write, donations: Reference
) -> None:
    shares = [(0.0, 5), (0.5, 3), (1.0, 2)]
    rows = [f"p{i},{value},{weight}" for i in range(60) for value, weight in shares]
    path = write("persona,gave,w", rows)
    with pytest.raises(ReferenceDataError, match="“persona” says that several rows are of one"):
        compare(path, donations, column="gave", weight_column="w")
    sample = from_table(
        path, donations.variable, TableColumns("gave", dialogue="persona", weight="w")
    )
    assert sample.n == 60
    assert sample.rows.mean == pytest.approx(0.35)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "x,gave,gave\n1,2,3\n"),
        ("a.csv", '\ufeff"x","gave", Gave\n1,2,3\n'),
        ("a.tsv", "x\tgave\tGAVE\n1\t2\t3\n"),
        ("a.jsonl", '{"x": 1, "gave": 2}\n{"x": 1, "gave": 2, "gave": 3}\n'),
        ("a.jsonl", '{"x": 1, "gave": 2, "Gave": 3}\n'),
    ],
)
def test_two_columns_of_one_name_are_refused_with_both_places(
    tmp_path: Path, name: str, text: str
) -> None:
    path = tmp_path / name
    path.write_text(text)
    rule = r"column “[Gg](ave|AVE)” is named twice, as columns 2 and 3 .*; rename one of them"
    with pytest.raises(ReferenceDataError, match=rule):
        read_column(path, TableColumns("gave"))


def test_two_columns_of_a_parquet_file_that_differ_by_case_are_refused(tmp_path: Path) -> None:
    pl.DataFrame({"gave": [1], "Gave": [2]}).write_parquet(tmp_path / "a.parquet")
    with pytest.raises(ReferenceDataError, match="as columns 1 and 2"):
        read_column(tmp_path / "a.parquet", TableColumns("gave"))


def test_personas_with_several_weighted_dialogues_are_clusters(
    write: Write, donations: Reference
) -> None:
    path = write("who,talk,gave,w", ["a,1,0,1", "a,1,2,3", "a,2,1,1", "b,1,2,1"])
    columns = TableColumns("gave", "who", "talk", "w")
    sample = from_table(path, donations.variable, columns)
    assert (sample.n, sample.personas, sample.rows.means.tolist()) == (
        3,
        ("a", "b"),
        [1.5, 1.0, 2.0],
    )


def test_the_persona_column_holds_for_a_table_as_reference(write: Write, make_run: MakeRun) -> None:
    people = write("who,gave", [f"p{i // 2},{i % 3}" for i in range(80)])
    found = compare(
        make_run({"vs": [1.0] * 40}), people, column="gave", persona_column="who", draws=200
    )
    assert found.reference.rows().cluster_count == 40


def test_what_the_outcome_declares_holds_for_a_table_as_reference(
    write: Write, make_run: MakeRun
) -> None:
    people = write("gave", [0, 1, 2, 1.5, 40])
    found = compare(make_run({"vs": [1.0] * 40}), people, draws=200).reference
    assert (found.variable.support, found.variable.unit) == ((0, 2), "USD")
    assert found.cleaning == "drop: 1 of 5 values outside [0, 2] left out"


@pytest.mark.parametrize("option", ["persona_column", "weight_column", "dialogue_column"])
def test_a_column_of_a_reference_that_is_not_there_or_takes_no_part_is_refused(
    option: str, write: Write, make_run: MakeRun
) -> None:
    people = write("gave", [0, 1, 2])
    asked: dict[str, Any] = {option: "nobody"}
    with pytest.raises(ReferenceDataError, match=r"no column “nobody”|takes no weights"):
        compare(make_run({"vs": [1.0] * 40}), people, **asked)


@pytest.mark.parametrize("option", ["column", "persona_column", "dialogue_column"])
def test_columns_without_a_table_are_refused(option: str, make_run: MakeRun) -> None:
    asked: dict[str, Any] = {option: "gave"}
    with pytest.raises(ReferenceDataError, match="neither a sample nor the reference is one"):
        compare(make_run({"vs": [1.0] * 40}), **asked)


def test_a_table_is_called_human_only_if_the_user_says_so(write: Write) -> None:
    spec = str(write("gave", [0, 1, 2]))
    assert load_reference(spec).sized == "reference (n = 3)"
    assert load_reference(spec, human=True).sized == "humans (n = 3)"
    assert load_reference("persuasionforgood-donations").sized == "humans (n = 982)"


def test_no_row_of_a_comparison_with_a_table_says_human(write: Write, command: Command) -> None:
    ours, theirs = write("said", [0, 1, 2] * 20), write("gave", [0, 1, 1] * 20)
    words = ["compare", ours, "--reference", theirs, "--draws", "200"]
    found = command(*words)[1]
    assert "reference: gave, n = 60" in found
    for label in ("(reference", "no row of fresh people", "floor: 60 fresh people"):
        assert label in found
    assert "human" not in found
    assert "(human" in command(*words, "--human")[1]


@pytest.mark.parametrize("code", [-99, -9, 999])
def test_a_missing_code_is_declared_or_refused_and_never_data(
    code: int, write: Write, donations: Reference
) -> None:
    path = write("gave", [*np.tile([0.0, 0.5, 2.0], 20), code])
    with pytest.raises(ReferenceDataError, match=f"say --missing {code} if it is one"):
        compare(path, donations)
    row = compare(path, donations, missing=[code], draws=200).rows[0]
    assert (row.n, row.missing) == (60, 1)


@pytest.mark.parametrize("value", [0, 6, "often"])
def test_an_ordinal_outside_its_labels_is_refused(value: object, write: Write) -> None:
    people = write("agree", [1, 2, 3, 4, 5] * 8)
    declared = reference_of_levels(people)
    with pytest.raises(ReferenceDataError, match=f":4: .*“{value}” is none of the levels 1, "):
        compare(write("said", [1, 2, value]), declared)


def reference_of_levels(path: Path) -> Reference:
    from simulate.reference.tables import reference_from_table

    levels = ("1", "2", "3", "4", "5")
    return reference_from_table(path, TableColumns(), kind="ordinal", levels=levels).reference()


def test_the_mean_of_words_in_order_is_said_to_be_of_ranks(
    write: Write, as_json: AsJson, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIMULATE_REFERENCES", str(tmp_path / "references"))
    path = write("said", ["never", "often"] * 20)
    levels = ["--kind", "ordinal", "--levels", "never,often"]
    as_json("reference", "import", "table", path, "--name", "said", *levels)
    found = as_json("reference", "show", "said")["variables"][0]
    assert (found["mean"], found["median"]) == (1.5, "never")
    assert found["mean_name"] == "mean rank (1 = never, 2 = often)"


def test_a_reference_of_fewer_people_than_levels_gives_no_interval(write: Write) -> None:
    reference = reference_of_levels(write("agree", [1, 5, 3]))
    row = compare(write("said", [1, 2, 4, 5] * 10), reference, draws=200).rows[0]
    assert row.mean == 3.0
    assert all(d.interval is None and d.interval_reason for d in row.distances.values())


def test_a_cell_whose_dialogues_all_lack_the_outcome_is_said_to(
    make_run: MakeRun, command: Command
) -> None:
    code, out, err = command("compare", make_run({"vs": [None] * 40}))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "no sample has a value of donation" in err


def test_a_table_without_any_value_is_refused(write: Write, donations: Reference) -> None:
    with pytest.raises(StatisticsError, match="the column has no value"):
        compare(write("gave,x", [",1", ",2"]), donations, column="gave")


def test_the_command_takes_missing_codes_and_the_columns_of_rows(
    write: Write, as_json: AsJson
) -> None:
    rows = [f"d{i},{turn},{i % 3}" for i in range(60) for turn in range(2)]
    path = write("dialogue,turn,gave", [*rows, "d60,0,-99"])
    words = ["--reference", "persuasionforgood-donations", "--draws", "200", "--column", "gave"]
    words += ["--dialogue-column", "dialogue", "--missing", "-99"]
    row = as_json("compare", path, *words)["rows"][0]
    assert (row["n"], row["missing"], row["mean"]) == (60, 1, 1.0)
