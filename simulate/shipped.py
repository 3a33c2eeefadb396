"""Where the shipped scenario and population files lie, and how a name is looked up."""

from __future__ import annotations

import difflib
from pathlib import Path

from simulate.errors import InputError, quote

__all__ = ["find", "folder", "names"]

_PACKAGE = Path(__file__).parent


def folder(kind: str) -> Path:
    """Return the folder of the shipped files of a kind, `scenarios` or `personas`.

    In an installed wheel it lies inside the package, in a checkout beside it.
    """
    inside = _PACKAGE / "_data" / kind
    return inside if inside.is_dir() else _PACKAGE.parent / kind


def names(kind: str) -> list[str]:
    """Return the names of the shipped files of a kind, sorted."""
    return sorted(p.stem for p in folder(kind).glob("*.yaml"))


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
        beside: a folder in which a relative path is looked up first.

    Raises:
        InputError: (as `error_type`) there is none; the message has the nearest shipped name.
    """
    looks_like_path = "/" in name or "\\" in name or name.endswith((".yaml", ".yml"))
    for base in ([beside] if beside else []) + [Path()]:
        if looks_like_path and (base / name).is_file():
            return base / name
    known = names(kind)
    if name in known:
        return folder(kind) / f"{name}.yaml"
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean “{near[0]}”? " if near else ""
    what = {"personas": "population"}.get(kind, kind.removesuffix("s"))
    raise error_type(
        f"there is no {what} {quote(name)}: {hint}Shipped: {', '.join(known) or 'none'}; "
        "or give the path of a .yaml file"
    )
