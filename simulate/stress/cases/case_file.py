"""The file of a regression case: YAML that a person can read and review."""

from __future__ import annotations

import os
import re
from pathlib import Path

from pydantic import ValidationError

from simulate.errors import CaseError
from simulate.files.validation import validation_lines
from simulate.files.writing import text_written_aside
from simulate.files.yaml import read_yaml
from simulate.files.yaml_scalars import quoting
from simulate.stress.cases.case import Case

ODD_BREAKS = re.compile("[\\r\\x85\\u2028\\u2029]")

BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""What makes a text look like another one to whoever reviews the file."""

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
    import yaml

    class Dumper(yaml.SafeDumper):
        """The safe dumper; texts of several lines stand as they are where YAML can keep them."""

        def write_double_quoted(self, text: str, split: bool = True) -> None:
            """Write a text with escapes; all beyond ASCII where bidi marks are in it."""
            self.allow_unicode = BIDI.search(text) is None
            super().write_double_quoted(text, split)
            self.allow_unicode = True

    def text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
        style = None
        if ODD_BREAKS.search(value) or BIDI.search(value):
            style = '"'  # elsewhere they are folded, or read as another line break
        elif "\n" in value:
            style = "|"
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    Dumper.add_representer(str, text)
    quoting(Dumper)
    data = case.model_dump(mode="json", exclude_defaults=True)
    # A default that changes one day must not change what an old case asks for.
    data["scenario"]["prompt_version"] = case.scenario.prompt_version
    for name, check in case.scenario.checks.items():
        data["scenario"]["checks"][name] = check.model_dump(mode="json", exclude_none=True)
    written = yaml.dump(data, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=100)
    return HEADER + str(written)


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
