"""What was declared when: kept beside the run files, so that a grid that grew later says so."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from simulate.comparison.multiverse.grid import Declared
from simulate.errors import InputError, unreadable
from simulate.files.strict import Strict
from simulate.files.validation import first_problem
from simulate.files.writing import made_folder, text_written_aside

FILE = "declared.json"


class Declaration(Strict):
    """A grid as it was declared at one time."""

    sha256: str
    """Of the plan, the scenario and the people."""
    at: str
    """When, as this machine says."""
    universes: list[str]
    """Their names."""
    shown: bool = False
    """Whether results of it were shown."""


class Record(Strict):
    """All declarations of a folder, in their order."""

    declared: Annotated[list[Declaration], Field(max_length=10_000)] = []

    def now(self, declared: Declared) -> Record:
        """Return the record with what is declared now, unless it was declared last."""
        if self.declared and self.declared[-1].sha256 == declared.sha256:
            return self
        stamp = datetime.now(UTC).isoformat(timespec="seconds")
        names = [each.name for each in declared.universes]
        here = Declaration(sha256=declared.sha256, at=stamp, universes=names)
        return Record(declared=[*self.declared, here])

    def shown(self) -> Record:
        """Return the record after the results of what was declared last were shown."""
        *before, last = self.declared
        return Record(declared=[*before, last.model_copy(update={"shown": True})])

    @property
    def first(self) -> tuple[Declaration, ...]:
        """What was declared before any result was shown."""
        shown = next((i for i, each in enumerate(self.declared) if each.shown), None)
        return tuple(self.declared if shown is None else self.declared[: shown + 1])

    def later(self, declared: Declared) -> tuple[str, ...]:
        """Return the universes that were added after results of others were shown."""
        known = {name for each in self.first for name in each.universes}
        return tuple(each.name for each in declared.universes if each.name not in known)

    def changed(self, declared: Declared) -> bool:
        """Whether it was declared as it is only after results were shown."""
        return declared.sha256 not in {each.sha256 for each in self.first}

    def write(self, folder: Path) -> None:
        """Write it into the folder."""
        with text_written_aside(made_folder(folder) / FILE, force=True) as file:
            file.write(json.dumps(self.model_dump(), indent=1) + "\n")


def read_record(folder: Path) -> Record:
    """Read the record of a folder; an empty one where there is none.

    Raises:
        InputError: it cannot be read.
    """
    path = folder / FILE
    if not path.exists():
        return Record()
    try:
        return Record.model_validate_json(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {unreadable(error)}") from None
    except ValidationError as error:
        raise InputError(f"{path}: {first_problem(error)}; name another folder") from None
