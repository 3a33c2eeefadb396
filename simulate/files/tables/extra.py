"""Packages that only some tables need: the extra `data`."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType

from simulate.errors import InputError


def needed(module: str, path: Path, error_type: type[InputError]) -> ModuleType:
    """Return a module of the extra `data`.

    Raises:
        InputError: (as `error_type`) it is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        why = "" if isinstance(error, ModuleNotFoundError) else f" ({error})"
        raise error_type(
            f"{path}: {path.suffix} files need the extra `data`, which is not installed{why}: "
            "pip install 'simulate-dialogues[data]'"
        ) from None
