"""CSV files as rows, whole or refused in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulate.errors import InputError
from simulate.files.csv_rows import read_csv


def written(folder: Path, text: str | bytes, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_values_are_the_texts_that_stand_there(tmp_path: Path) -> None:
    text = '\ufeffa, b \r\n007,"x, ""y""\nz"\r\n\r\n,1.0\r\n'
    assert read_csv(written(tmp_path, text)) == [
        {"a": "007", "b": 'x, "y"\nz'},
        {"a": "", "b": "1.0"},
    ]


def test_a_tsv_file_is_divided_by_tabs(tmp_path: Path) -> None:
    assert read_csv(written(tmp_path, "a\tb\n1,5\t2\n", "t.tsv")) == [{"a": "1,5", "b": "2"}]


def test_only_line_ends_end_a_row(tmp_path: Path) -> None:
    assert read_csv(written(tmp_path, "a\nx\u2028y\x0bz\n")) == [{"a": "x\u2028y\x0bz"}]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "has no row; the first line names the columns"),
        ("a,b\n", "has no row"),
        ("a;b\n1;2\n", ":1: the first line names one column, “a;b”; .csv files have “,” between"),
        ("a\tb\n1\t2\n", r"“a\\tb”; .csv files have “,” between columns, not “\\t”"),
        ("a,b\n1\0,2\n", "holds a NUL character; save it as text in UTF-8"),
        ("a,b\n1,2\n".encode("utf-16-le"), "holds a NUL character"),
        ("a,b\n1\n", ":2: the row has 1 values and the first line names 2 columns"),
        ("a,,b\n1,2,3\n", ":1: column 2 has no name"),
        ("a,b,a\n1,2,3\n", ":1: column “a” is named twice, as columns 1 and 3"),
        ("\ufeffa,b, A \n1,2,3\n", ":1: column “A” is named twice, as columns 1 and 3"),
        ("é,e\u0301\n1,2\n", ":1: column .* is named twice, as columns 1 and 2"),
        ('a\n"open\n1\n', ":3: is no CSV: unexpected end of data"),
        ('a\n"1"2\n', ":2: is no CSV"),
        (b"a\n\xff\n", "cannot be read: it is not in UTF-8"),
        ("a\n" + "x" * 200_000 + "\n", ":2: is no CSV: field larger than field limit"),
        ("a\n" + "x\n" * 50_001, ":50002: has more than 50,000 rows; split it"),
        ("a\n" + "x" * 2**24, "is larger than 16 MiB; split it"),
    ],
)
def test_a_file_that_is_no_table_is_one_line(tmp_path: Path, text: str | bytes, rule: str) -> None:
    with pytest.raises(InputError, match=rule) as caught:
        read_csv(written(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_a_folder_is_no_table(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        read_csv(tmp_path)
