from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simulate.calibration.wordings import prepared
from simulate.calibration.wordings.templates import read_templates
from simulate.errors import InputError
from simulate.scenario import Scenario
from simulate.verbalized.prompts import shipped
from tests.made_runs import scenario_of


def _file(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text)
    return str(folder / name)


def test_versions_and_files_get_labels_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    files = [
        _file(tmp_path, "my own.jinja", "a"),
        _file(tmp_path / "other", "my own.jinja", "b"),
        _file(tmp_path, "3.jinja", "c"),
    ]
    found = read_templates(["1", *files])
    labels = ["version-1", "my-own", "my-own-2", "template-3"]
    assert [each.label for each in found] == labels


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (("2",), "1 given"),
        (("1", "7"), "--template 7: prompt_version 7: there are 1 and 2"),
        (("2", "02"), "--template 02: the same wording as --template 2"),
        (("2", "nowhere.jinja"), "cannot be read: No such file or directory; give 1 or 2"),
        (("2", "{folder}/empty.jinja"), "the file is empty"),
        (("{folder}/a.jinja", "{folder}/b.jinja"), "the same wording as --template"),
        (("2", "{folder}/long.jinja"), "longer than 100,000 characters"),
        (("2", "{folder}/latin.jinja"), "it is not in UTF-8"),
        (("2", "{folder}"), "cannot be read: Is a directory"),
    ],
)
def test_wordings_that_cannot_be_compared_are_refused(
    tmp_path: Path, names: tuple[str, ...], told: str
) -> None:
    for name, text in {"empty": " \n", "a": "same", "b": "same", "long": "x" * 100_001}.items():
        _file(tmp_path, f"{name}.jinja", text)
    (tmp_path / "latin.jinja").write_bytes("é".encode("latin-1"))
    with pytest.raises(InputError, match=told):
        read_templates([name.format(folder=tmp_path) for name in names])


def _scenario(**fields: Any) -> Scenario:
    return scenario_of(conditions={"method": {"vs": {}, "cot": {}}}, fields=fields)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{{ mark }} Write replies. {{ json_form }} {{ question }}", "does not use the variable k"),
        ("{{ mark }} Write {{ several }}. {{ question }}", "does not use the variable json_form"),
        ("{{ several }} {{ json_form }}", "does not use the variable question, and outcomes.don"),
        ("{{ several }} {{ json_form }} {{ question }} {{ nobody }}", "nobody"),
        ("{{ several {{ json_form }}", "template line 1"),
    ],
)
def test_what_is_wrong_with_a_template_is_said_of_its_file(
    tmp_path: Path, text: str, told: str
) -> None:
    path = _file(tmp_path, "mine.jinja", text)
    with pytest.raises(InputError, match=told) as error:
        prepared(_scenario(), ["2", path], cell="vs")
    assert str(error.value).startswith(f"--template {path}")


def test_each_wording_is_a_cell_and_nothing_else_differs(tmp_path: Path) -> None:
    path = _file(tmp_path, "mine.jinja", f"{shipped('vs')} Be honest.")
    found = prepared(_scenario(), ["1", "2", path], cell="vs").scenario.cells()
    assert [cell.label for cell in found] == ["vs+version-1", "vs+version-2", "vs+mine"]
    assert [cell.prompt_version for cell in found] == [1, 2, 2]
    prompts = [cell.speakers["persuadee"].method.prompt for cell in found]
    assert prompts == [None, None, f"{shipped('vs')} Be honest."]


def test_a_scenario_of_several_cells_needs_one_to_be_named() -> None:
    with pytest.raises(InputError, match=r"has 2 cells.*--cell: vs, cot"):
        prepared(_scenario(), ["1", "2"])


def test_a_prompt_of_the_scenario_itself_is_not_replaced_by_a_version() -> None:
    own = {"name": "vs", "prompt": shipped("vs")}
    speakers = {"persuader": {"plays": "assistant"}, "persuadee": {"plays": "user", "method": own}}
    with pytest.raises(InputError, match=r"--template 1: speakers\.persuadee\.method has a prompt"):
        prepared(_scenario(speakers=speakers), ["1", "2"], cell="vs")


def test_a_template_that_would_reach_nobody_is_refused(tmp_path: Path) -> None:
    path = _file(tmp_path, "mine.jinja", shipped("vs"))
    asked = {"speaker": "persuadee", "question": "How much?"}
    outcomes = {"gift": {"kind": "yesno", "asked": asked}}
    scenario = _scenario(outcomes=outcomes, compare={}, steps=[{"ask": ["gift"]}])
    with pytest.raises(InputError, match="the file would reach nobody; write `method: as-in-talk`"):
        prepared(scenario, ["2", path], cell="vs")
