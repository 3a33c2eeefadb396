from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulate.comparison import compare
from simulate.comparison.sample import WEIGHED, weighing_note
from simulate.comparison.samples import choose_cells, from_run, from_table, split_spec
from simulate.errors import ReferenceDataError, StatisticsError, TableWarning
from simulate.population import Population
from simulate.reference import Reference, Variable
from simulate.reference.table_columns import TableColumns
from simulate.runfile import open_run
from tests.made_runs import Answer, MakeRun, write_run

Table = Callable[[str], Path]

ONE = TableColumns()
"""A table of one column."""


@pytest.fixture
def table(tmp_path: Path) -> Table:
    """Return a function that writes a CSV table."""

    def write(text: str) -> Path:
        (tmp_path / "answers.csv").write_text(text)
        return tmp_path / "answers.csv"

    return write


def test_a_bare_run_gives_one_row_per_cell(make_run: MakeRun, donations: Reference) -> None:
    with open_run(make_run({"vs": [0.0, 1.0], "direct": [2.0]})) as run:
        samples = from_run(run, "donation", donations.variable)
    assert [(s.name, s.n) for s in samples] == [("vs", 2), ("direct", 1)]


@pytest.mark.parametrize(
    ("answers", "n", "failed", "missing", "mean"),
    [
        ([1.0, "failed", 1.0], 2, 1, 0, 1.0),  # a failed dialogue is no value
        ([2.0, None], 1, 0, 1, 2.0),  # a missing outcome is not zero
        ([[(0.0, 0.75), (2.0, 0.25)]], 1, 0, 0, 0.5),  # all of a distribution is used
    ],
)
def test_what_has_no_value_is_counted_and_left_out(
    make_run: MakeRun,
    donations: Reference,
    answers: list[Answer],
    n: int,
    failed: int,
    missing: int,
    mean: float,
) -> None:
    with open_run(make_run({"vs": answers})) as run:
        sample = from_run(run, "donation", donations.variable, cell="vs")[0]
    assert (sample.n, sample.failed, sample.missing, sample.rows.mean) == (n, failed, missing, mean)


def test_drawn_values_alone_can_be_asked_for(make_run: MakeRun, donations: Reference) -> None:
    with open_run(make_run({"vs": [[(0.0, 0.75), (2.0, 0.25)]]})) as run:
        whole, drawn = (
            from_run(run, "donation", donations.variable, cell="vs", drawn=d)[0].rows.values
            for d in (False, True)
        )
    assert (whole.tolist(), drawn.tolist()) == ([0.0, 2.0], [0.0])


@pytest.mark.parametrize(
    ("method", "mean"),
    [
        ({}, 0.2),
        ({"draw": "uniform"}, 1.0),
        ({"draw": "mode"}, 0.0),
        ({"temper": 100}, 1.0),
        ({"temper": 2}, 0.5),
        ({"mix": 1.0}, 1.0),
        ({"mix": 0.5}, 0.6),
    ],
)
def test_candidates_weigh_as_they_were_likely_to_be_drawn(
    method: dict[str, object], mean: float, make_run: MakeRun, donations: Reference
) -> None:
    path = make_run({"vs": [[(0.0, 0.9), (2.0, 0.1)]]}, **method)
    with open_run(path) as run:
        sample = from_run(run, "donation", donations.variable, cell="vs")[0]
    assert sample.rows.mean == pytest.approx(mean, abs=0.02)


def test_unfinished_dialogues_are_told(make_run: MakeRun, donations: Reference) -> None:
    with open_run(make_run({"vs": [1.0, 1.0], "direct": [1.0]})) as run:
        sample = from_run(run, "donation", donations.variable, cell="direct")[0]
    assert sample.notes == ("1 dialogue not finished",)


def test_an_unknown_cell_is_refused_with_those_there_are(
    make_run: MakeRun, donations: Reference
) -> None:
    run = make_run({"vs": [1.0]})
    with pytest.raises(StatisticsError, match="no cell “cot”; it has: vs, direct"):
        compare(f"{run}:cot", donations)


@pytest.mark.parametrize(
    ("asked", "label"), [("1", "1"), ("0", "0"), ("2", "other"), (0, "1"), ("other", "other")]
)
def test_a_cell_is_found_by_its_label_first_and_by_its_number_where_no_label_matches(
    asked: str | int, label: str, tmp_path: Path
) -> None:
    levels: dict[str, dict[str, object]] = {"1": {}, "0": {}, "other": {}}
    path = write_run(tmp_path / "run.db", {"0": [1.0]}, conditions={"polite": levels})
    with open_run(path) as run:
        assert [cell.label for cell in choose_cells(run, asked)] == [label]


def test_a_person_who_is_drawn_twice_from_a_table_is_one_person(
    donations: Reference, tmp_path: Path
) -> None:
    rows = [{"id": "ann"}, {"id": "bob"}, {"id": "bob#2"}]
    people = Population.model_validate({"population": "few", "personas": rows})
    answers: dict[str, list[Answer]] = {"vs": [0.0, 1.0, 2.0, 0.0, 1.0, 2.0]}
    with open_run(write_run(tmp_path / "run.db", answers, population=people)) as run:
        assert set(run.personas) == {"ann", "bob", "bob#2", "ann#2", "bob#3", "bob#2#2"}
        sample = from_run(run, "donation", donations.variable, cell="vs")[0]
    assert (sample.n, set(sample.personas)) == (6, {"ann", "bob", "bob#2"})


def test_the_mean_of_drawn_values_stands_beside_the_one_over_distributions(
    make_run: MakeRun, donations: Reference, table: Table
) -> None:
    variable = donations.variable
    with open_run(make_run({"vs": [[(0.0, 0.75), (2.0, 0.25)], [(1.0, 0.5), (2.0, 0.5)]]})) as run:
        sample = from_run(run, "donation", variable, cell="vs")[0]
    assert (sample.rows.mean, sample.drawn_mean(variable)) == (1.0, 0.5)
    assert from_table(table("gave\n1\n"), variable, ONE).drawn_mean(variable) is None


def test_a_run_names_its_reference_and_outcome_itself(make_run: MakeRun) -> None:
    found = compare(make_run({"vs": [0.0] * 40, "direct": [2.0] * 40}), draws=200)
    assert found.outcome == "donation"
    assert found.reference.name == "persuasionforgood-donations/donation"
    assert [row.kind for row in found.rows] == ["sample"] * 2 + ["baseline"] * 4


def test_a_cell_without_any_value_is_a_row_without_numbers(make_run: MakeRun) -> None:
    found = compare(make_run({"vs": [0.0] * 40, "direct": ["failed"] * 40}), draws=200)
    row = found.row("direct")
    assert (row.n, row.failed, row.mean, row.distances) == (0, 40, None, {})


def test_a_run_without_any_value_is_refused(make_run: MakeRun) -> None:
    with pytest.raises(StatisticsError, match="no sample has a value of donation"):
        compare(make_run({"vs": ["failed"]}))


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl", "parquet"])
def test_a_column_of_every_kind_of_table_is_read(
    tmp_path: Path, donations: Reference, ending: str
) -> None:
    import polars as pl

    path = tmp_path / f"answers.{ending}"
    frame = pl.DataFrame({"who": ["a", "b", "b"], "gave": [0.0, 1.0, 2.0]})
    write: dict[str, Callable[..., object]] = {
        "csv": frame.write_csv,
        "tsv": partial(frame.write_csv, separator="\t"),
        "jsonl": frame.write_ndjson,
        "parquet": frame.write_parquet,
    }
    write[ending](path)
    sample = from_table(path, donations.variable, TableColumns("gave", "who"))
    assert sample.rows.values.tolist() == [0.0, 1.0, 2.0]
    assert sample.rows.cluster_count == 2


def test_an_empty_cell_of_a_table_is_missing(table: Table, donations: Reference) -> None:
    sample = from_table(table("gave,who\n1,a\n,b\n"), donations.variable, TableColumns("gave"))
    assert (sample.n, sample.missing) == (1, 1)


def test_a_word_where_a_number_belongs_is_told_with_its_row(
    table: Table, donations: Reference
) -> None:
    with pytest.raises(ReferenceDataError, match=r":3: .*“lots” is not a finite number"):
        from_table(table("gave\n1\nlots\n"), donations.variable, ONE)


def test_nan_is_refused(donations: Reference) -> None:
    with pytest.raises(StatisticsError, match="leave the value out"):
        donations.variable.encode(float("nan"))


def test_another_unit_than_the_references_is_refused(table: Table, donations: Reference) -> None:
    with pytest.raises(StatisticsError, match=r"values are in “EUR”.*is in “USD”"):
        compare(table("gave\n1\n2\n"), donations, unit="EUR")


def test_an_unknown_column_is_refused_with_those_there_are(
    table: Table, donations: Reference
) -> None:
    with pytest.raises(ReferenceDataError, match="no column “give”; it has: gave, who"):
        from_table(table("gave,who\n1,a\n"), donations.variable, TableColumns("give"))


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ReferenceDataError, match="there is no file"):
        split_spec(str(tmp_path / "no.db"))


def test_a_colon_in_a_path_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "a:b.csv"
    path.write_text("x\n1\n")
    assert split_spec(str(path)) == (path, None)


def test_the_mean_of_an_ordinal_is_on_its_own_labels(table: Table) -> None:
    agree = Variable("agree", "ordinal", levels=("1", "2", "3", "4", "5"))
    counts = np.array([6, 8, 20, 36, 30])
    reference = Reference("survey", agree, np.arange(5.0), counts)
    path = table("agree\n" + "\n".join(np.repeat(agree.levels or (), counts)))
    found = compare(path, reference, draws=200).to_dict()
    assert (found["reference"]["mean"], found["rows"][0]["mean"]) == pytest.approx((3.76, 3.76))


def test_two_tables_can_be_compared_with_each_other(tmp_path: Path) -> None:
    for name, values in {"ours": "a b b c", "theirs": "a a b c"}.items():
        (tmp_path / f"{name}.csv").write_text("answer\n" + "\n".join(values.split()))
    with pytest.warns(TableWarning, match="its words are taken to have no order"):
        found = compare(tmp_path / "ours.csv", str(tmp_path / "theirs.csv"), draws=200)
    assert found.rows[0].distances["tv"].value == pytest.approx(0.25)


def test_the_frame_holds_the_numbers_of_the_json(donations: Reference, table: Table) -> None:
    path = table("gave\n" + "\n".join(str(v) for v in np.tile([0.0, 0.5, 2.0], 20)))
    found = compare(path, donations, draws=200)
    frame = found.frame
    row = frame.filter((frame["distance"] == "ks") & (frame["kind"] == "sample")).to_dicts()[0]
    printed = found.to_dict()["rows"][0]["distances"]["ks"]
    assert [row["value"], row["p"]] == [printed["value"], printed["p"]]
    assert [row["low"], row["high"]] == printed["interval"]


def test_the_public_function_compares_where_its_room_is_imported_too(
    donations: Reference, table: Table
) -> None:
    import simulate
    import simulate.comparison.result

    assert simulate.compare(table("gave\n1\n2\n"), donations, draws=200).rows[0].n == 2


def test_the_name_of_a_level_is_no_number_of_a_cell(tmp_path: Path) -> None:
    conditions: dict[str, dict[str, dict[str, object]]] = {
        "method": {"vs": {}, "direct": {}},
        "polite": {"1": {}, "0": {}},
    }
    path = write_run(tmp_path / "run.db", {"vs+1": [1.0]}, conditions=conditions)
    with open_run(path) as run:
        with pytest.raises(StatisticsError, match="there is no cell “1”; it has: vs"):
            choose_cells(run, "1")
        assert [cell.label for cell in choose_cells(run, "2")] == ["direct+1"]


def test_runs_whose_files_have_one_name_are_told_apart_by_their_path(
    tmp_path: Path, donations: Reference
) -> None:
    paths = [tmp_path / each / "run.db" for each in ("old", "new")]
    for path in paths:
        path.parent.mkdir()
        write_run(path, {"vs": [1.0, 0.5], "direct": [1.0]}, run=path.parent.name)
    found = compare([f"{path}:vs" for path in paths], donations, draws=200)
    assert [row.name for row in found.rows[:2]] == [f"{path}: vs" for path in paths]


def test_a_sample_that_is_given_twice_is_refused(make_run: MakeRun, donations: Reference) -> None:
    run = make_run({"vs": [1.0, 0.5]})
    with pytest.raises(StatisticsError, match=r"2 samples are called “.*: vs”; give each"):
        compare([f"{run}:vs", f"{run}:vs"], donations, draws=200)


@pytest.mark.parametrize(
    ("method", "answers", "weighing"),
    [
        ({}, [[(0.0, 0.9), (2.0, 0.1)]], "as stated"),
        ({"draw": "uniform"}, [[(0.0, 0.9), (2.0, 0.1)]], "as drawn"),
        ({"mix": 0.5}, [[(0.0, 0.9), (2.0, 0.1)]], "as drawn"),
        ({}, [1.0], "as drawn"),
        ({}, [[(0.0, 0.9), (2.0, 0.1)], 1.0], "as drawn"),
    ],
    ids=["stated", "uniform", "mix", "one value", "both"],
)
def test_a_sample_says_whether_values_count_as_stated_or_as_drawn(
    method: dict[str, object],
    answers: list[Any],
    weighing: str,
    make_run: MakeRun,
    donations: Reference,
) -> None:
    with open_run(make_run({"vs": answers}, **method)) as run:
        sample = from_run(run, "donation", donations.variable, cell="vs")[0]
    assert sample.weighing == weighing


def test_the_note_says_of_each_row_how_it_counts_and_nothing_of_tables() -> None:
    note = weighing_note({"direct": "as drawn", "vs": "as stated", "cot": "as drawn", "csv": None})
    assert note == (
        f"values: vs as stated ({WEIGHED['as stated']}); direct, cot as drawn "
        f"({WEIGHED['as drawn']})"
    )
    assert weighing_note({"csv": None}) is None
