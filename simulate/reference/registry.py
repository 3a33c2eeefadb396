"""The registry: shipped and imported references, and how a name finds one."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from simulate.errors import ReferenceDataError, quote
from simulate.reference.file import ReferenceFile, read
from simulate.reference.reference import Reference

__all__ = ["home", "load", "names", "open_reference"]

SHIPPED = Path(__file__).parent / "data"


def home() -> Path:
    """Return the folder of imported references.

    `SIMULATE_REFERENCES`, else `simulate/references` in the user's folder of data.
    """
    own = os.environ.get("SIMULATE_REFERENCES")
    if own:
        return Path(own)
    return platformdirs.user_data_path("simulate", appauthor=False) / "references"


def _files() -> dict[str, Path]:
    found = {path.stem: path for path in sorted(SHIPPED.glob("*.json"))}
    imported = home()
    if imported.is_dir():
        for path in sorted(imported.glob("*.json")):
            found.setdefault(path.stem, path)
    return found


def names() -> tuple[str, ...]:
    """Return the names of all references, the shipped ones first."""
    return tuple(_files())


def open_reference(name: str) -> ReferenceFile:
    """Open a reference by its name, or by the path of a reference file.

    Raises:
        ReferenceDataError: there is none, or the file is not a reference file.
    """
    files = _files()
    if name in files:
        return read(files[name])
    path = Path(name)
    if path.suffix == ".json" and path.is_file():
        return read(path)
    raise ReferenceDataError(
        f"there is no reference {quote(name)}; known: {', '.join(files)}. "
        "See `simulate reference list`, or import one with `simulate reference import`"
    )


def load(spec: str, outcome: str | None = None, cleaning: str | None = None) -> Reference:
    """Return the human values that a REF names.

    Args:
        spec: `NAME`, `NAME/VARIABLE`, or the path of a reference file.
        outcome: picks the variable of this name where the spec names none; the first variable
            where there is none of this name.
        cleaning: `drop`, `clip` or `none`; the variable's own rule for `None`.

    Raises:
        ReferenceDataError: nothing of this name, or an unknown variable or rule.
    """
    if spec in _files() or Path(spec).is_file():
        file, variable = open_reference(spec), None
    else:
        name, _, asked = spec.partition("/")
        file, variable = open_reference(name), asked or None
    if variable is None and outcome in file.variables:
        variable = outcome
    return file.reference(variable, cleaning)
