"""Each form of file reads as its author meant."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from simulate.errors import InputError
from simulate.files.tables import Reading, read_table
from tests.files.tables.human_files import (
    QUALTRICS,
    as_bytes,
    as_text,
    opendocument,
    portable,
    spss,
    stata,
    workbook,
)

GAVE = [0.5, 1250, None, 2]
COMMA = 'who,gave\na,0.5\nb,"1,250"\nc,\nd,2\n'
SEMICOLON = "who;gave\na;0,5\nb;1.250,00\nc;\nd;2 \n"
TYPED = [{"who": who, "gave": gave} for who, gave in zip("abcd", GAVE, strict=True)]

Write = Callable[[Path], object]


GRID: list[list[Any]] = [["who", "gave"], ["a", 0.5], ["b", 1250], ["c"], ["d", 2]]
TEXTS = [*GRID[:2], ["b", "1,250"], *GRID[3:]]
EMPTY = "who,gave,\na,0.5,\n,,\nb,1250,\nc,,\nd,2,\n"


@pytest.mark.parametrize(
    ("name", "write", "told"),
    [
        ("t.csv", as_text(COMMA), ["“1,250” is read as 1250"]),
        ("t.csv", as_text(COMMA.replace("\n", "\r\n"), "utf-8-sig"), ["“1,250” is"]),
        ("t.csv", as_text(COMMA, "utf-16"), ["its text is UTF-16", "“1,250” is read"]),
        ("t.csv", as_text(COMMA, "utf-16-le"), ["its text is UTF-16", "“1,250” is read"]),
        ("t.csv", as_text(SEMICOLON), ["by a semicolon", "“0,5” is read as 0.5"]),
        ("t.txt", as_text(SEMICOLON), ["by a semicolon", "“0,5” is read as 0.5"]),
        ("t.csv", as_text("sep=;\r\n" + SEMICOLON), ["by a semicolon", "“0,5” is read as 0.5"]),
        ("t.tsv", as_text(SEMICOLON.replace(";", "\t")), ["“0,5” is read as 0.5"]),
        ("t.txt", as_text("who|gave\na|0.5\nb|1250\nc|\nd|2\n"), ["by a bar"]),
        ("t.csv", as_text("who,gave\na,$0.50\nb,$1250\nc,\nd,$2\n"), ["“$0.50” is read as 0.5"]),
        ("t.csv", as_text("who;gave\na;0,5 €\nb;1250 €\nc;\nd;2€\n"), ["semicolon", "is read as"]),
        ("t.csv", as_text("who,gave\na,0.5%\nb,1250%\nc,\nd,2 %\n"), ["“0.5%” is read as 0.5"]),
        ("t.csv", as_text("who;gave\na;0,5\nb;1'250\nc;\nd;2\n"), ["semicolon", "“0,5” is read"]),
        ("t.csv", as_text(EMPTY), ["rows without anything were left out: 1"]),
        ("t.xlsx", as_bytes(workbook({"S": GRID})), []),
        ("t.xlsx", as_bytes(workbook({"S": TEXTS, "T": []})), ["“1,250” is read as 1250"]),
        ("t.ods", as_bytes(opendocument([[*row, ""][:2] for row in GRID])), []),
        ("t.jsonl", as_text("\n\n".join(map(json.dumps, TYPED))), []),
        ("t.ndjson", as_text("\n".join(map(json.dumps, TYPED))), []),
        ("t.json", as_text(json.dumps(TYPED, indent=1)), []),
        ("t.parquet", lambda path: pl.DataFrame(TYPED).write_parquet(path), []),
    ],
)
def test_the_same_four_people_stand_in_each_form(
    tmp_path: Path, name: str, write: Write, told: list[str]
) -> None:
    path = tmp_path / name
    write(path)
    table = read_table(path)
    found = table.typed("gave")
    assert (table.names, table.texts("who"), found.values) == (["who", "gave"], list("abcd"), GAVE)
    said = (*table.told, *found.told)
    assert len(said) == len(told)
    assert all(part in sentence for part, sentence in zip(told, said, strict=True))


def test_qualtrics_has_names_questions_and_import_ids_before_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "survey.csv"
    path.write_text(QUALTRICS)
    table = read_table(path)
    assert table.columns["Q1"].label == "How much do you give,\nin dollars?"
    assert (table.typed("Q1").values, table.rows) == ([0.5, 1250, None], 3)
    assert table.place(0) == f"{path}:5"


@pytest.mark.parametrize("name", ["t.sav", "t.zsav"])
def test_spss_says_the_labels_their_order_and_what_is_missing(tmp_path: Path, name: str) -> None:
    spss(path := tmp_path / name)
    table = read_table(path)
    trust = table.columns["trust"]
    assert trust.cells == [1, 3, 2, None, None]
    assert list(trust.labels.items()) == [(1, "not at all"), (2, "somewhat"), (3, "a lot")]
    assert trust.label == "How much do you trust people?"
    assert (trust.measure, trust.missing) == ("ordinal", ("9 (refused)",))
    assert table.columns["gave"].cells == [0.5, 1250, 0, None, 2]
    assert table.columns["gave"].missing == ("-99 to -90",)
    assert table.columns["sex"].measure == "nominal"
    assert table.texts("sex") == ["male", "female", "female", "male", "female"]
    assert table.place(3) == f"{path}, row 4"


def test_stata_and_portable_files_are_read(tmp_path: Path) -> None:
    stata(path := tmp_path / "t.dta")
    trust = read_table(path).columns["trust"]
    assert (trust.cells, trust.labels) == ([1, 4, 5], {1: "never", 5: "always"})
    assert trust.label == "How much do you trust people?"
    portable(path := tmp_path / "t.por")
    assert read_table(path).columns["GAVE"].cells == [0.5, 2]


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
def test_a_western_encoding_is_read_and_told_with_a_word(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "t.csv"
    word = "Zürich" if encoding == "latin-1" else "Zürich’s"
    path.write_bytes(f"town,gave\n{word},1\n".encode(encoding))
    table = read_table(path)
    assert table.texts("town") == [word]
    assert f"(“{word}”); --encoding says another one" in table.told[0]


def test_what_the_user_says_is_not_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("город;gave\nМосква;1.250\n".encode("cp1251"))
    table = read_table(path, Reading("cp1251", "semicolon", "."))
    assert (table.texts("город"), table.typed("gave").values) == (["Москва"], [1.25])
    book = tmp_path / "t.xlsx"
    book.write_bytes(workbook({"one": [["a"], [1]], "two": [["b"], [2]]}))
    assert read_table(book, Reading(sheet="two")).names == ["b"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("gave;a\n1.250;x\n", "column gave: “1.250” can be 1.25 or 1250; say --decimal . or"),
        ('gave,a\n"1,2",x\n', "“1,2” is 1.2 with a decimal comma, or several values"),
        ("gave,a\n$1,x\n€2,x\n", "its numbers are in “[$€]” and in “[$€]”"),
        ("gave,a\n5%,x\n0.5,x\n", "“0.5” has no %, as others have"),
    ],
)
def test_numbers_that_can_be_two_are_asked_for(tmp_path: Path, data: str, message: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(data)
    with pytest.raises(InputError, match=message):
        read_table(path).typed("gave")


def test_another_column_can_show_the_decimal_mark(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("gave;share\n1.250;0,5\n")
    assert read_table(path).typed("gave").values == [1250]


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["007", "8"], [7, 8]),
        (["1.5", "1,5"], ["1.5", "1,5"]),
        (["1e5", "-3"], [1e5, -3]),
        (["−2", "+3"], [-2, 3]),
        (["Inf", "3"], [math.inf, 3]),
        (["-$5", "$-6.5", "USD 7"], None),
        (["true", "False", ""], [True, False, None]),
        (["yes", "2"], ["yes", "2"]),
        (["1_000"], ["1_000"]),
        (["1,25,000"], ["1,25,000"]),
        (["1-2"], ["1-2"]),
        (["2020-01-02"], ["2020-01-02"]),
        (["٣"], ["٣"]),
        ([".", ","], [".", ","]),
    ],
)
def test_cells_of_text_are_numbers_where_all_are(
    tmp_path: Path, cells: list[str], values: list[Any] | None
) -> None:
    path = tmp_path / "t.csv"
    path.write_text("\n".join(["gave,a", *(f'"{cell}",x' for cell in cells)]), "utf-8")
    table = read_table(path)
    if values is None:
        with pytest.raises(InputError, match="its numbers are in"):
            table.typed("gave")
    else:
        assert table.typed("gave").values == values
