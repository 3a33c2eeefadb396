"""Tables of people on the command line: what is decided is told, and the real cause is named."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.conftest import Command
from tests.files.tables.human_files import spss, workbook


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMULATE_REFERENCES", str(tmp_path / "references"))


def imported(command: Command, path: Path, *words: object) -> tuple[int, str, str]:
    return command("reference", "import", "table", path, "--json", *words)


def test_an_import_tells_on_stderr_what_was_decided_and_show_keeps_it(
    command: Command, tmp_path: Path
) -> None:
    (path := tmp_path / "t.csv").write_text("who;gave;w\na;0,5;1\nb;-99;2\nc;NA;1\nd;2;1\n")
    words = ("--column", "gave", "--missing", "-99,NA", "--weight-column", "w")
    code, out, err = imported(command, path, *words)
    assert (code, json.loads(out)["reference"]) == (0, "t")
    assert err.splitlines() == [
        f"simulate: {path}: its columns are divided by a semicolon",
        f"simulate: {path}: column gave: “0,5” is read as 0.5",
    ]
    shown = " ".join(command("reference", "show", "t")[1].split())
    assert "“0,5” is read as 0.5" in shown
    assert "n = 2, weighted: 2 effective, 2 missing" in shown


def test_what_stands_is_replaced_only_where_it_is_said(command: Command, tmp_path: Path) -> None:
    spss(path := tmp_path / "t.sav")
    assert imported(command, path, "--column", "gave")[0] == 0
    code, _, err = imported(command, path, "--column", "sex")
    assert (code, "t.json is there already" in err, "--force" in err) == (2, True, True)
    assert imported(command, path, "--column", "sex", "--force")[0] == 0


def test_ids_are_told_to_be_pseudonyms(command: Command, tmp_path: Path) -> None:
    spss(path := tmp_path / "t.sav")
    words = ("--column", "gave", "--persona-column", "who")
    assert "Pseudonyms are not anonymity" in imported(command, path, *words)[2]
    assert "onym" not in imported(command, path, *words, "--keep-ids", "--force")[2]


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        (("--sheet", "C"), "there is no sheet “C”; it has: A, B"),
        ((), "has the sheets A, B; say which with --sheet “A”"),
        (("--decimal", ":"), "--decimal “:”: must be . or ,"),
        (("--delimiter", "x"), "--delimiter “x”: must be one of comma, semicolon, tab, bar"),
        (("--encoding", "rot13"), "--encoding “rot13”: is no encoding of text"),
    ],
)
def test_an_option_that_cannot_be_is_one_line(
    command: Command, tmp_path: Path, words: tuple[str, ...], cause: str
) -> None:
    (path := tmp_path / "t.xlsx").write_bytes(workbook({"A": [["x"], [1]], "B": [["y"], [2]]}))
    code, out, err = imported(command, path, *words)
    assert (code, out, err.count("\n"), cause in err) == (2, "", 1, True)


def test_a_missing_package_is_the_cause_and_no_missing_reference(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "fastexcel", None)
    (path := tmp_path / "people.xlsx").write_bytes(workbook({"A": [["gave"], [1]]}))
    (sample := tmp_path / "s.csv").write_text("gave\n1\n2\n")
    words = ("compare", sample, "--column", "gave", "--reference", f"{path}:gave")
    code, _, err = command(*words)
    assert (code, "pip install 'simulate-dialogues[data]'" in err) == (2, True)
