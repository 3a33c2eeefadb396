"""Paths mean the same on each system, whichever wrote the file."""

from pathlib import Path

import pytest

from simulate.files.paths import leads_elsewhere, split_path

ELSEWHERE = [
    "/x",
    "\\x",
    "C:\\x",
    "C:/x",
    "C:x",
    "\\\\server\\share\\x",
    "//server/share/x",
    "\\\\?\\C:\\x",
    "..",
    "../x",
    "a/../../x",
    "a\\..\\..\\x",
]
BELOW = ["x", "a/x.yaml", "a\\x.yaml", "./x", "a..b", "..x", "x..", "äöü/x"]


@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_path_that_leads_elsewhere_on_either_system_is_told_on_both(name: str) -> None:
    assert leads_elsewhere(name)


@pytest.mark.parametrize("name", BELOW)
def test_a_path_below_the_folder_leads_nowhere_else(name: str) -> None:
    assert not leads_elsewhere(name)


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("run.db", None),
        ("run.db", "vs"),
        ("run.db", "told: yes"),
        ("C:/runs/a.db", "vs"),
        ("C:\\runs\\a.db", None),
        ("C:\\runs\\a.db", "method:vs"),
        ("a:b.db", None),
        ("a:b.db", ""),
    ],
)
def test_a_file_and_a_name_after_a_colon_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, name: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    Path(file).write_text("")
    assert split_path(file if name is None else f"{file}:{name}") == (Path(file), name)


def test_a_file_whose_own_name_has_the_colon_is_taken_whole(tmp_path: Path) -> None:
    for name in ("run.db", "run.db:vs"):
        (tmp_path / name).write_text("")
    assert split_path(f"{tmp_path}/run.db:vs") == (tmp_path / "run.db:vs", None)


@pytest.mark.parametrize("spec", ["", ":", "nowhere.db:vs", "C:\\nowhere.db", "a\0b:c"])
def test_where_there_is_no_file_nothing_is_split(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spec: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert split_path(spec) is None
