"""Text files as tables, whole or refused in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulate.errors import InputError
from simulate.files.tables import read_table


def written(folder: Path, text: str | bytes, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def columns(path: Path) -> dict[str, list[str | None]]:
    return {name: list(column.cells) for name, column in read_table(path).columns.items()}


def test_cells_are_the_texts_that_stand_there(tmp_path: Path) -> None:
    text = '\ufeffa, b \r\n007,"x, ""y""\nz"\r\n\r\n,1.0\r\n'
    path = written(tmp_path, text)
    assert columns(path) == {"a": ["007", None], "b": ['x, "y"\nz', "1.0"]}
    assert [read_table(path).place(row) for row in (0, 1)] == [f"{path}:3", f"{path}:5"]


def test_only_line_ends_end_a_row(tmp_path: Path) -> None:
    assert columns(written(tmp_path, "a\nx\u2028y\x0bz\n")) == {"a": ["x\u2028y\x0bz"]}


def test_a_row_without_anything_is_a_missing_value_where_there_is_one_column(
    tmp_path: Path,
) -> None:
    assert columns(written(tmp_path, 'a\n1\n""\n\n2\n\n')) == {"a": ["1", None, None, "2"]}


def test_row_numbers_of_r_and_pandas_are_no_column(tmp_path: Path) -> None:
    assert columns(written(tmp_path, '"","a"\n"1",5\n"3",6\n')) == {"a": ["5", "6"]}
    with pytest.raises(InputError, match=":1: column 1 has no name; give it one"):
        read_table(written(tmp_path, '"","a"\n"ann",5\n"bob",6\n'))


def test_a_comma_in_quotation_marks_divides_nothing(tmp_path: Path) -> None:
    assert columns(written(tmp_path, 'said;n\n"well, no";1\n"a, b";2\n')) == {
        "said": ["well, no", "a, b"],
        "n": ["1", "2"],
    }


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "has no row; the first line names the columns"),
        ("a,b\n", "has no row"),
        ("a,b\n,\n", "has no row"),
        ("a,b;c\n1,2;3\n", "by a comma into 2 columns or by a semicolon into 2 columns; say --del"),
        ("a,b\n1\0,2\n", "holds a NUL character; save it as text in UTF-8"),
        ("a,b\n1\n", ":2: the row has 1 values and the first line names 2 columns; put a value"),
        ("a,,b\n1,2,3\n", ":1: column 2 has no name"),
        ("a,b,a\n1,2,3\n", ":1: column “a” is named twice, as columns 1 and 3"),
        ("\ufeffa,b, A \n1,2,3\n", ":1: column “A” is named twice, as columns 1 and 3"),
        ("é,e\u0301\n1,2\n", ":1: column .* is named twice, as columns 1 and 2"),
        ('a\n"open\n1\n', ":3: is no CSV: unexpected end of data"),
        ('a\n"1"2\n', ":2: is no CSV"),
        (b"a\n\xff\xfe\xfd\n", "not in UTF-8 .byte 2., and as Latin-1 it has “ÿþý”; say which enc"),
        (b"a\n\x81\n", "and as Windows-1252 it has “�”; say which encoding it has with --enc"),
        ("Ж,a\n1,2\nЖзь,3".encode("cp1251"), "as Latin-1 it has “Æ”; say which"),
        (b"\xff\xfea", "cannot be read as utf-16; say which encoding it has"),
        ("a\n" + "x" * 200_000 + "\n", ":2: is no CSV: field larger than field limit"),
        (",".join(f"c{i}" for i in range(100_000)) + "\n1", ":1: has 100,000 columns, more than"),
    ],
)
def test_a_file_that_is_no_table_is_one_line(tmp_path: Path, text: str | bytes, rule: str) -> None:
    with pytest.raises(InputError, match=rule) as caught:
        read_table(written(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_a_folder_is_no_table(tmp_path: Path) -> None:
    (tmp_path / "t.csv").mkdir()
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        read_table(tmp_path / "t.csv")
