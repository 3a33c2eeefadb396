"""Where a run file stands: what lies beside it lies beside the file itself, not beside a link."""

from __future__ import annotations

import contextlib
from pathlib import Path

from simulate.errors import RunFileError, quote

NETWORK = (
    "on a network drive (NFS, SMB) or in a folder that OneDrive, Dropbox or such keeps in step, "
    "locks of SQLite may not work: take a folder on a disk of this machine, with --out"
)
"""What to know where SQLite has an error that such a folder may be the cause of."""


def real_path(path: Path) -> Path:
    """Return where the file behind a name stands, links resolved; it need not be there.

    Raises:
        RunFileError: the links go round in circles, or the name is none.
    """
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: a circle, up to 3.12
        why = error.strerror if isinstance(error, OSError) else error
        raise RunFileError(f"run file {quote(str(path))}: {why}") from None


def newest_hint(asked: Path | None = None) -> str:
    """Return what to say of the newest run file, where another or none was asked for.

    It is looked for beside the one that was asked for, then in `runs`; often there is none.
    """
    for folder in (*([] if asked is None else [asked.parent]), Path("runs")):
        with contextlib.suppress(OSError, ValueError):
            if there := list(folder.glob("*.db")):
                return f"; the newest is {quote(str(max(there, key=lambda p: p.stat().st_mtime)))}"
    return ""


def beside(path: Path, suffix: str) -> Path:
    """Return the name of what belongs to the file at a real path: its WAL, its lock."""
    return path.with_name(path.name + suffix)


def make_folder_of(file: Path) -> None:
    """Make the folder that a run file at a real path comes into, where it is not there.

    Raises:
        RunFileError: it cannot be made.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunFileError(f"folder {file.parent}: {error.strerror}") from None


def remove(path: Path) -> None:
    """Remove an SQLite file with what lies beside it; what is not there, or must stay, is left.

    A link is removed, and not what it points to; see `real_path`.
    """
    for suffix in ("", "-wal", "-shm"):
        with contextlib.suppress(OSError):
            beside(path, suffix).unlink(missing_ok=True)


def refuse_other_kinds(path: Path) -> None:
    """Refuse what is no file: a folder, a pipe, a device.

    Raises:
        RunFileError: it is one of those, or nothing is there.
    """
    try:
        if path.is_file():
            return
        kind = "a folder" if path.is_dir() else "no file" if path.exists() else None
    except (OSError, ValueError) as error:
        raise RunFileError(f"run file {quote(str(path))}: {error}") from None
    if kind is None:
        raise RunFileError(f"there is no run file {quote(str(path))}{newest_hint(path)}")
    raise RunFileError(f"{quote(str(path))} is {kind}, and a run file was expected")
