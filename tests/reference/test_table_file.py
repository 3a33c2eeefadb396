from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from simulate.errors import ReferenceDataError, StatisticsError
from simulate.reference import Variable
from simulate.reference.table_columns import TableColumns
from simulate.reference.table_file import read_column
from simulate.reference.tables import encoded, reference_from_table
from simulate.statistics.clusters import effective_size

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes a CSV table, whose lines are parted by blanks."""

    def write(text: str) -> Path:
        path = tmp_path / "t.csv"
        path.write_text("\n".join(text.split()) + "\n")
        return path

    return write


TURNS = "person_id,turn,gave a,0,1 a,1,1 b,0,2 b,1,2"


def test_rows_of_one_dialogue_count_once_where_they_repeat_its_value(write: Write) -> None:
    found = read_column(write(TURNS), TableColumns("gave", dialogue="person_id"))
    assert (found.values, found.missing) == ([1, 2], 0)


def test_a_dialogue_whose_value_stands_in_one_of_its_rows_is_not_missing(write: Write) -> None:
    text = "chat,turn,gave a,0, a,1,1 b,0, b,1,"
    found = read_column(write(text), TableColumns("gave", dialogue="chat"))
    assert (found.values, found.missing) == ([1], 1)


def test_rows_of_one_dialogue_that_differ_need_weights(write: Write) -> None:
    path = write("chat,gave a,1 a,2")
    with pytest.raises(ReferenceDataError, match="dialogue “a” has the values “1” and “2”; name"):
        read_column(path, TableColumns("gave", dialogue="chat"))


def test_the_first_session_of_one_person_is_not_that_of_another(write: Write) -> None:
    path = write("person,session,gave a,1,0 a,2,1 b,1,2")
    found = read_column(path, TableColumns("gave", "person", "session"))
    assert (found.values, found.personas) == ([0, 1, 2], ["a", "a", "b"])


def test_weights_are_of_candidates_where_a_dialogue_has_several_rows(write: Write) -> None:
    text = "person,chat,gave,w a,x,0,3 a,x,2,1 a,y,1,5"
    found = read_column(write(text), TableColumns("gave", "person", "chat", "w"))
    assert (found.dialogues, found.weights) == ([0, 0, 1], [3 / 8, 1 / 8, 5 / 8])


def test_weights_are_of_dialogues_where_each_has_one_row(write: Write) -> None:
    text = "person,chat,gave,w a,x,0,3 a,y,1,5"
    found = read_column(write(text), TableColumns("gave", "person", "chat", "w"))
    assert (found.dialogues, found.weights) == (None, [3 / 8, 5 / 8])


@pytest.mark.parametrize(
    ("text", "columns", "message"),
    [
        (
            TURNS,
            {},
            "column “person_id” says that several rows are of one person; name",
        ),
        (TURNS, {"persona": "person_id"}, "column “turn” says that several rows are of one dial"),
        (
            "Session,gave a,1 a,1",
            {},
            "--dialogue-column none says that each row is anoth",
        ),
        ("user,chat,gave a,x,1 a,y,1", {"dialogue": "chat"}, "“user” says that several rows"),
        ("who,gave,w a,1,1 a,2,1", {"persona": "who", "weight": "w"}, "“a” has 2 weighted rows"),
        ("who,gave a,1 ,2", {"persona": "who"}, "t.csv:3: column who is empty; say whose it is"),
        ("gave,w 1,1 2,-1", {"weight": "w"}, "t.csv:3: column w: the weight is “-1”; it must be"),
        (
            "gave,w 1,1 2,x",
            {"weight": "w"},
            ":3: column w: the weight is “x”; it must be",
        ),
        (
            "who,gave,w a,1,0 b,2,1",
            {"persona": "who", "weight": "w"},
            ":2: .*persona “a” sum to 0",
        ),
        (
            "c,gave,w a,1,0 a,2,0 b,2,1",
            {"dialogue": "c", "weight": "w"},
            "t.csv:2: column gave: the weights of the dialogue sum to 0; leave its rows out",
        ),
        ("a,gave 1,1", {"persona": "b"}, "there is no column “b”; it has: a, gave"),
    ],
)
def test_a_table_that_does_not_say_what_a_row_is_is_refused_with_one_line(
    text: str, columns: dict[str, str], message: str, write: Write
) -> None:
    with pytest.raises(ReferenceDataError, match=message) as refused:
        read_column(write(text), TableColumns("gave", **columns))  # type: ignore[arg-type]
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        (TURNS, {"persona": "none"}),
        (TURNS, {"persona": "person_id", "dialogue": "none"}),
        ("person,gave a,1 b,1", {}),  # nobody repeats
        ("user,chat,gave a,x,1 a,x,1 b,y,1", {"dialogue": "chat"}),  # one dialogue each
        ("user,session,gave a,1,1 a,2,1 b,1,1", {"persona": "user"}),  # sessions by number
        ("who,gave,w a,1,1 a,2,1", {"persona": "who", "weight": "w", "dialogue": "none"}),
        ("user,chat,gave ,,1 ,,2", {}),  # columns without anything
    ],
)
def test_a_table_whose_rows_are_told_apart_is_read(
    text: str, columns: dict[str, str], write: Write
) -> None:
    assert read_column(write(text), TableColumns("gave", **columns)).values  # type: ignore[arg-type]


def test_a_list_is_no_value_and_no_name_of_a_dialogue(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text('{"chat": ["hi"], "gave": 1, "x": [1]}\n' * 2)
    assert read_column(path, TableColumns("gave")).values == [1, 1]
    for details in ({"kind": "amount"}, {}):
        with pytest.raises(ReferenceDataError, match=r":1: column x: “\[1\]” holds several"):
            reference_from_table(path, TableColumns("x"), **details)  # type: ignore[arg-type]


def test_one_column_that_no_option_names_is_the_column_of_values(write: Write) -> None:
    found = read_column(write("who,gave a,1 b,2"), TableColumns(persona="who"))
    assert (found.name, found.personas) == ("gave", ["a", "b"])


def test_a_number_too_large_to_compute_with_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "big.csv"
    path.write_text("gave\n1\n1e308\n-1e308\n")
    with pytest.raises(ReferenceDataError, match=r":3: .*1e\+308.*too large to compute"):
        reference_from_table(path, TableColumns("gave"))


def test_yes_and_no_are_no_numbers(tmp_path: Path) -> None:
    path = tmp_path / "flags.csv"
    path.write_text("gave\ntrue\nfalse\n")
    column = read_column(path, TableColumns("gave"))
    with pytest.raises(ReferenceDataError, match="“True” is not a finite number"):
        encoded(Variable("gave", "amount"), column)


def test_one_large_number_alone_has_a_histogram() -> None:
    edges = Variable("gave", "amount").histogram_edges(np.full(3, 2.0**63))
    assert (np.diff(edges) > 0).all()


def test_a_word_that_is_no_level_is_told_a_few_levels_only() -> None:
    levels = tuple(f"{i} {'x' * 1000}" for i in range(30))
    with pytest.raises(StatisticsError, match="and 22 more") as error:
        Variable("word", "choice", levels=levels).encode("y")
    assert len(str(error.value)) < 600


@pytest.mark.parametrize("size", ["1e308", "1e-320", "1"])
def test_weights_count_alike_however_large_they_are(size: str, write: Write) -> None:
    rows = " ".join(f"p{i},{i % 4},{size}" for i in range(40))
    column = read_column(write(f"who,gave,w {rows}"), TableColumns("gave", "who", weight="w"))
    assert column.weights is not None
    assert effective_size(np.asarray(column.weights)) == pytest.approx(40)


@pytest.mark.parametrize("ending", ["csv", "tsv"])
def test_people_007_and_7_of_a_table_are_two(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"t.{ending}"
    lines = ["pid,given", "007,1", "7,2"]
    path.write_text("\n".join(lines).replace(",", "\t" if ending == "tsv" else ","))
    column = read_column(path, TableColumns("given", persona="pid"))
    assert (column.personas, column.values) == (["007", "7"], [1, 2])
