"""Where the shipped scenarios, populations and prompts lie, and how a name is looked up."""

from __future__ import annotations

import difflib
from functools import cache
from importlib.resources import files
from pathlib import Path

from simulate.errors import InputError, quote
from simulate.files.paths import leads_elsewhere
from simulate.files.tables import is_table

_PACKAGE = Path(__file__).parent.parent


def folder(kind: str) -> Path:
    """Return the folder of the shipped files of a kind, `scenarios` or `personas`.

    In an installed wheel it lies inside the package, in a checkout beside it.
    """
    inside = _PACKAGE / "_data" / kind
    return inside if inside.is_dir() else _PACKAGE.parent / kind


@cache
def prompt(room: str, name: str, version: int) -> str:
    """Return the text of a version of a prompt that a room ships, such as `stress`.

    Raises:
        FileNotFoundError: the version has no prompt of this name.
    """
    folder = files(f"simulate.{room}") / "prompts" / str(version)
    return (folder / f"{name}.jinja").read_text("utf-8")


def names(kind: str) -> list[str]:
    """Return the names of the shipped files of a kind, sorted."""
    return sorted(p.stem for p in folder(kind).glob("*.yaml"))


def inside(folder: Path, name: str) -> Path | None:
    """Return the file of that name in a folder, or below it; None where it leads out of it.

    Links are followed first: one that leads out of the folder leads out of it.
    """
    if leads_elsewhere(name):
        return None
    try:
        found = (folder / name).resolve()
        if any(path.is_symlink() for path in (found, *found.parents)):  # links in a circle
            return None
        return found if found.is_relative_to(folder.resolve()) else None
    except (OSError, RuntimeError, ValueError):  # the same before Python 3.13; a NUL in the name
        return None


def find(
    name: str,
    kind: str,
    error_type: type[InputError] = InputError,
    beside: Path | None = None,
) -> Path:
    """Find a file by its path, or a shipped one by its name.

    Args:
        name: a path, or a name without ending.
        kind: `scenarios` or `personas`.
        error_type: the error to raise.
        beside: the folder of the file that names it. A file may come from anywhere, so what it
            names must lie in its own folder, or below it; what a user names may lie anywhere.

    Raises:
        InputError: (as `error_type`) there is none; the message has the nearest shipped name.
    """
    looks_like_path = (
        "/" in name or "\\" in name or name.endswith((".yaml", ".yml")) or is_table(name)
    )
    if looks_like_path and "\0" not in name:
        path = (beside or Path()) / name
        if beside is not None and inside(beside, name) is None:
            raise error_type(
                f"{quote(name)} lies outside the folder {beside.resolve()} of the file that names "
                "it: put it there, or name it on the command line"
            )
        if path.is_file():
            return path
    known = names(kind)
    if name in known:
        return folder(kind) / f"{name}.yaml"
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"; did you mean “{near[0]}”? Else give" if near else "; give"
    people = kind == "personas"
    what = "population" if people else kind.removesuffix("s")
    ending = "a .yaml file or of a table (.csv, .xlsx, .sav, …)" if people else "a .yaml file"
    raise error_type(
        f"there is no {what} {quote(name)}{hint} the path of {ending}, or one of those "
        f"that are shipped: {', '.join(known) or 'none'}"
    )
