"""The file of a regression case: YAML that a person can read and review."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import ValidationError

from simulate.errors import CaseError
from simulate.files.validation import validation_lines
from simulate.files.writing import text_written_aside
from simulate.files.yaml import read_yaml
from simulate.files.yaml_writing import yaml_text
from simulate.stress.cases.case import Case

HEADER = (
    "# A regression case of `simulate`: the messages are said again, and the check must hold.\n"
    "# What stands under `found` and `said` is for the reader.\n"
)


def write_case(case: Case, folder: str | Path = "cases") -> Path:
    """Write a case as `folder/NAME.yaml`, and return the path.

    A case that is there already, found in another run perhaps, stays as it is; under the name of
    another one, the new case is numbered.

    Raises:
        InputError: the file cannot be written.
    """
    number = 1
    while True:
        named = case if number == 1 else case.model_copy(update={"case": f"{case.name}-{number}"})
        path = Path(folder) / f"{named.name}.yaml"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CaseError(f"case {path}: cannot be written: {error.strerror}") from None
        if not os.path.lexists(path):
            with text_written_aside(path, force=False) as file:
                file.write(_text(named))
            return path
        if _says_the_same(path, case):
            return path
        number += 1


def _text(case: Case) -> str:
    data = case.model_dump(mode="json", exclude_defaults=True)
    return HEADER + yaml_text({**data, "scenario": case.scenario.written()})


def _says_the_same(path: Path, case: Case) -> bool:
    """Tell whether a file holds a case that replays as this one does."""
    try:
        there = load_case(path)
    except CaseError:
        return False
    parts = ("check", "messages", "scenario", "cell", "persona")
    return all(getattr(there, part) == getattr(case, part) for part in parts)


def load_case(path: str | Path) -> Case:
    """Read a case file.

    Raises:
        CaseError: it cannot be read, or breaks a rule; the message has file and line.
    """
    file = read_yaml(Path(path), CaseError)
    try:
        return Case.model_validate(file.data)
    except ValidationError as error:
        raise CaseError(validation_lines(file, error, Case)) from None
