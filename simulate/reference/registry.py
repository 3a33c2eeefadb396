"""The registry: shipped and imported references, and how a name finds one."""

from __future__ import annotations

from pathlib import Path

from simulate.errors import ReferenceDataError, quote
from simulate.files.tables import ENDINGS, is_table
from simulate.reference.file import ReferenceFile, read
from simulate.reference.home import home
from simulate.reference.reference import Reference
from simulate.reference.released import is_release, release_of
from simulate.registry import Registry, UnknownNameError

SHIPPED = Path(__file__).parent / "data"

REFERENCES: Registry[Path] = Registry(
    "reference",
    "simulate.references",
    {path.stem: path for path in sorted(SHIPPED.glob("*.json"))},
    fits=lambda found: isinstance(found, Path),
    must_be="the Path of a reference file",
)
"""The shipped reference files, and those of installed packages."""


def _imported() -> dict[str, Path]:
    folder = home()
    return {path.stem: path for path in sorted(folder.glob("*.json"))} if folder.is_dir() else {}


def names() -> tuple[str, ...]:
    """Return the names of all references: the shipped ones, the imported ones, and packages'."""
    return tuple(dict.fromkeys([*REFERENCES.built_in, *_imported(), *REFERENCES]))


def open_reference(name: str) -> ReferenceFile:
    """Open a reference by its name, by the path of a reference file, or as `IMPORTER:PATH`.

    Raises:
        ReferenceDataError: there is none, or the file is not a reference file.
    """
    imported = _imported()
    if name in imported and name not in REFERENCES.built_in:
        return read(imported[name])
    if name in REFERENCES:
        try:
            return read(REFERENCES[name])
        except UnknownNameError as error:
            raise ReferenceDataError(str(error)) from None
    if (release := release_of(name)) is not None:
        return release.file
    path = Path(name)
    if path.suffix == ".json" and path.is_file():
        return read(path)
    if path.is_file():
        raise ReferenceDataError(
            f"{quote(name)} is no reference, and tables end in one of {', '.join(ENDINGS)}; a run "
            "file is a SAMPLE, and `simulate export` makes a table of it"
        )
    raise ReferenceDataError(
        f"there is no reference {quote(name)}; known: {', '.join(names())}. "
        "See `simulate reference list`, or import one with `simulate reference import`"
    )


def open_variable(spec: str) -> tuple[ReferenceFile, str | None]:
    """Open the reference that a REF names; return it and the variable that the REF names, if any.

    Raises:
        ReferenceDataError: there is none, or the file is not a reference file.
    """
    if spec in names() or spec.endswith(".json") or Path(spec).is_file() or is_release(spec):
        return open_reference(spec), None
    for path in (spec, spec.rpartition(":")[0]):
        if is_table(path):
            raise ReferenceDataError(f"there is no file {quote(path)}; give the path of a table")
    name, _, variable = spec.partition("/")
    return open_reference(name), variable or None


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
    file, variable = open_variable(spec)
    if variable is None and outcome in file.variables:
        variable = outcome
    return file.reference(variable, cleaning)
