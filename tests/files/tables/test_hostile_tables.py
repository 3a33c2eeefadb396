"""Files that are damaged, lie, or are made to do harm: one line each."""

from __future__ import annotations

import io
import random
import sys
import zipfile
from contextlib import suppress
from pathlib import Path

import polars as pl
import pytest

from simulate.errors import InputError
from simulate.files.tables import labelled, read_table, reading
from tests.files.tables.human_files import spss, workbook

FORMULA = '<c r="A2"><f>B2*2</f></c>'


def bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file, file.open("a", "w") as member:
        for _ in range(80):
            member.write(bytes(2**17))
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "rule"),
    [
        ("t.xlsx", b"no workbook", "cannot be read as a workbook: "),
        ("t.xlsx", bomb(), "unpacks to more than 8 MiB; save its sheet as CSV"),
        ("t.xlsx", workbook({"S": []}), "has no row; the first line names the columns"),
        ("t.xlsx", workbook({"A": [["a"], [1]], "B": [["b"], [2]]}), "sheets A, B; say which wit"),
        ("t.xlsx", workbook({"S": [["a"], [FORMULA]]}), "has formulas whose values are not store"),
        ("t.sav", b"$FL2 and no more", "cannot be read as a file of SPSS: "),
        ("t.dta", b"", "cannot be read as a file of Stata: "),
        ("t.por", b"xx" * 50, "cannot be read as a file of SPSS: "),
        ("t.parquet", b"PAR1", "cannot be read as a Parquet table: "),
        ("t.jsonl", b'{"a": 1}\n[2]\n', ":2: is “.*”; a row must be an object"),
        ("t.jsonl", b'{"a": 1, "A": 2}', "column “A” is named twice"),
        ("t.jsonl", b'{"a": 1, "a": 2}', "column “a” is named twice"),
        ("t.jsonl", b"[" * 100_000, "not JSON: nested too deeply"),
        ("t.jsonl", b'{"a": "\\ud800"}', ":1: not JSON: .* surrogates not allowed"),
        ("t.json", b"[1]", "row 1: is “1”; a row must be an object"),
        ("t.json", b"[]", "has no row"),
        ("t.sas7bdat", b"", "a table must end in "),
    ],
)
def test_each_is_one_line(
    tmp_path: Path, name: str, data: bytes, rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulate.files.tables.workbooks.LARGEST_FILE", 8 * 2**20)
    (path := tmp_path / name).write_bytes(data)
    with pytest.raises(InputError, match=rule) as caught:
        read_table(path)
    assert "\n" not in str(caught.value)


def test_cells_with_errors_are_no_values_and_told(tmp_path: Path) -> None:
    error = '<c r="A2" t="e"><v>#DIV/0!</v></c>'
    (path := tmp_path / "t.xlsx").write_bytes(workbook({"S": [["a", "b"], [error, 1]]}))
    table = read_table(path)
    assert table.told == ("1 of its cells hold an error such as #DIV/0!, which is no value",)


def test_a_formula_in_a_text_file_is_text(tmp_path: Path) -> None:
    (path := tmp_path / "t.csv").write_text("a,b\n=1+1,@SUM(A1)\n")
    assert read_table(path).texts("a") == ["=1+1"]


@pytest.mark.parametrize("ending", [".xlsx", ".sav", ".dta"])
def test_what_is_not_installed_is_the_cause(
    tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("fastexcel", "pyreadstat"):
        monkeypatch.setitem(sys.modules, name, None)
    (path := tmp_path / f"t{ending}").write_bytes(b"")
    rule = rf"{ending} files need the extra `data`, .*: pip install 'simulate-dialogues\[data\]'"
    with pytest.raises(InputError, match=rule):
        read_table(path)


@pytest.mark.parametrize("name", ["t.xlsx", "t.parquet", "t.sav"])
def test_a_file_with_a_few_bytes_changed_is_read_or_one_line(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "t.xlsx":
        path.write_bytes(workbook({"S": [["who", "gave"], ["a", 1], ["b", 2.5]]}))
    elif name == "t.parquet":
        pl.DataFrame({"who": ["a", "b"], "gave": [1.0, 2.5]}).write_parquet(path)
    else:
        spss(path)
    whole = path.read_bytes()
    chance = random.Random(name)
    for _ in range(4 if name == "t.sav" else 60):  # SPSS in a process each
        data = bytearray(whole)
        for _ in range(chance.choice([1, 3, 20])):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(data[: chance.choice([len(data), chance.randrange(len(data))])])
        with suppress(InputError):
            read_table(path)


def test_a_table_of_too_many_cells_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spss(path := tmp_path / "t.sav")
    for module in (reading, labelled):
        monkeypatch.setattr(module, "MOST_CELLS", 10)
    with pytest.raises(InputError, match="has 5 rows of 4 columns, more than 10 cells; split it"):
        read_table(path)
    monkeypatch.setattr(reading, "LARGEST_FILE", 10)
    monkeypatch.setattr("simulate.files.tables.encodings.LARGEST_FILE", 10)
    with pytest.raises(InputError, match="is larger than 0 MiB; split it"):
        read_table(path)
