import json
from pathlib import Path

import pytest
import yaml

from simulate.errors import InputError
from simulate.files.yaml import read_yaml
from simulate.files.yaml_scalars import quoting


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


@pytest.mark.parametrize(
    ("word", "number"),
    [
        *(("0", 0), ("-1", -1), ("+1", 1), ("12", 12), ("9223372036854775807", 2**63 - 1)),
        *(("1.0", 1.0), (".5", 0.5), ("-.5", -0.5), ("+0.3", 0.3), ("5.", 5.0), ("-0.25", -0.25)),
        *(("1e-05", 1e-5), ("1.5e3", 1500.0), ("1E+16", 1e16)),
    ],
)
def test_a_number_is_what_nobody_could_read_as_another(
    tmp_path: Path, word: str, number: float
) -> None:
    found = read_yaml(written(tmp_path, f"a: {word}\n")).data["a"]
    assert (found, type(found)) == (number, type(number))


@pytest.mark.parametrize(
    "word",
    [
        *("01234", "010", "-01", "00", "08", "01.5", "0o14", "0x1F", "-0x1", "0b1", "1_000"),
        *("2024_01", "0.1_5", "1_0.5", "12:30", "12:30:45.5", "1:1", ".inf", "-.INF", ".nan"),
        *("1e3", "12e5", "+4915112345678", "1e+400", "9223372036854775808", "9" * 91),
    ],
)
def test_what_may_be_another_number_or_a_text_is_refused_with_its_line(
    tmp_path: Path, word: str
) -> None:
    for text in (f"b: 1\na: {word}\n", f"b: 1\na: [x, {word}]\n", f"b: 1\na: {{{word}: x}}\n"):
        with pytest.raises(InputError, match=r"f\.yaml:2: .*put it in quotes if it is a text"):
            read_yaml(written(tmp_path, text))
    assert read_yaml(written(tmp_path, f"a: '{word}'\n")).data == {"a": word}


@pytest.mark.parametrize(
    "word",
    [
        *("yes", "no", "on", "off", "y", "N", "NO", "=", "<<", "2026-01-01", "01.02.2026", "1,000"),
        *("1.2.3", "1/2", "10:30 am", "0x", "inf", "nan", "٣", "١٢", "1 000", "$5", "5%"),
    ],
)
def test_what_is_no_number_is_text_as_it_stands(tmp_path: Path, word: str) -> None:
    text = f"a: {word}\nb:\n- {word}\n"
    assert read_yaml(written(tmp_path, text)).data == {"a": word, "b": [word]}


@pytest.mark.parametrize("tagged", ["!!int 0x1F", "!!float 12:30", "!!bool maybe", "!!null x"])
def test_a_tag_makes_no_other_number_of_a_word(tmp_path: Path, tagged: str) -> None:
    with pytest.raises(InputError, match=r"f\.yaml:1: the tag .* is not allowed"):
        read_yaml(written(tmp_path, f"a: {tagged}\n"))


@pytest.mark.parametrize("keys", [("1", "1.0"), ("1", "true"), ("0", "-0.0"), ("x", "'x'")])
def test_two_keys_that_are_one_to_python_stand_here_twice(
    tmp_path: Path, keys: tuple[str, str]
) -> None:
    with pytest.raises(InputError, match=r"f\.yaml:3: .* stands here twice"):
        read_yaml(written(tmp_path, "a:\n" + "".join(f"  {key}: x\n" for key in keys)))


def test_what_a_case_is_written_with_is_read_as_it_was(tmp_path: Path) -> None:
    texts = ["1e3", "08", "0o14", "01234", "12:30", "no", "+4915112345678", ".5", "=", "<<", "~"]

    class Dumper(yaml.SafeDumper):
        pass

    quoting(Dumper)
    data = {"a": texts, "b": dict.fromkeys(texts[:4], 1e22)}
    assert read_yaml(written(tmp_path, yaml.dump(data, Dumper=Dumper))).data == data


def test_json_is_read_as_json(tmp_path: Path) -> None:
    data = {"a": [0, -1, 1.5, 1e-07, 1e22, True, None, "yes", "01"], "b": {"1": "x"}}
    assert read_yaml(written(tmp_path, json.dumps(data))).data == data
