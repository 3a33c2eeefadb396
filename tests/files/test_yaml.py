from pathlib import Path

import pytest

from simulate.errors import InputError
from simulate.files.yaml import read_yaml


def written(folder: Path, text: str) -> Path:
    path = folder / "f.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_field_has_its_line(tmp_path: Path) -> None:
    file = read_yaml(written(tmp_path, "a: 1\nb:\n  - x: 2\n  - y: 3\n"))
    assert file.line(["b", 1, "y"]) == 4
    assert file.line(["b", 0, "missing"]) == 3


def test_yes_and_no_are_words(tmp_path: Path) -> None:
    data = read_yaml(written(tmp_path, "a: {yes: 1, no: on}\nb: true\n")).data
    assert data == {"a": {"yes": 1, "no": "on"}, "b": True}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a: 1\na: 2\n", "f.yaml:2: a: stands here twice"),
        ("a: [1\n", "f.yaml:"),
        ("- a\n", "f.yaml:1: must be a mapping"),
        ("", "f.yaml:1: must be a mapping"),
        ("a: \t- b\n  c", "f.yaml"),
        ("? [1, 2]\n: 3\n", "f.yaml"),
    ],
)
def test_what_is_no_plain_mapping_is_refused_with_its_line(
    tmp_path: Path, text: str, why: str
) -> None:
    with pytest.raises(InputError, match=why):
        read_yaml(written(tmp_path, text))


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(b"a: \xff\n")
    with pytest.raises(InputError, match="not UTF-8 at byte 3"):
        read_yaml(path)
