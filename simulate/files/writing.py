"""Write a file aside and put it in its place whole: the old one is there, or the new one."""

from __future__ import annotations

import io
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from simulate.errors import InputError

OPEN_FILES = re.compile(r"/dev|/dev/fd|/proc/[^/]+/fd")
"""Folders whose names stand for what a process has open, whatever that is."""

MAGIC = b"SQLite format 3\0"
"""How a file of SQLite begins, in which runs are kept."""


@contextmanager
def written_aside(path: Path, *, force: bool) -> Iterator[IO[bytes]]:
    """Give a file to write to, which takes its place once it is whole and on disk.

    Until then it has a random name in the same folder, under which nothing was before; it is
    removed where anything goes wrong. A device, a pipe and what a process has open (`/dev/stdout`)
    are written to as they are.

    Args:
        path: the file.
        force: whether what is there is replaced; a link is replaced itself, and what it points
            to stays.

    Raises:
        InputError: something is there and not to be replaced, it is a run file, or it cannot be
            written.
    """
    try:
        if _goes_elsewhere(path):
            with path.open("ab") as stream:
                yield stream
            return
        if not force:
            refuse_if_there(path)
        elif not path.is_symlink() and is_database(path):
            raise InputError(f"{path} is a run file, which no --force replaces: name another file")
        aside = path.parent / f".simulate-{secrets.token_hex(8)}.part"
        file = aside.open("xb")  # makes it, and follows no link
        try:
            with file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            _put(aside, path, force=force)
        finally:
            with suppress(OSError):
                aside.unlink(missing_ok=True)
    except OSError as error:
        why = error.strerror or str(error)
        raise InputError(f"{path}: cannot be written: {why}") from None


@contextmanager
def text_written_aside(path: Path, *, force: bool) -> Iterator[IO[str]]:
    """Give a file to write text to, in UTF-8 with the line breaks as they are; `written_aside`."""
    with written_aside(path, force=force) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        try:
            yield text
        finally:
            with suppress(ValueError):  # what cannot be written is told where it was
                text.detach()


def made_folder(folder: Path) -> Path:
    """Return a folder, which is made where it is not there.

    Raises:
        InputError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot be made: {error.strerror or error}") from None
    return folder


def refuse_if_there(path: Path) -> None:
    """Refuse a name that something has, a link to nothing included.

    Raises:
        InputError: it has.
    """
    if path.is_dir():
        raise InputError(f"{path} is a folder, and a file is to be written")
    if os.path.lexists(path):
        raise InputError(f"{path} is there already: choose another name, or give --force")


def refuse_own_input(out: Path, *read: Path | None) -> None:
    """Refuse to write over a file that the same command reads, whatever is forced.

    Raises:
        InputError: it is one of them.
    """
    for path in read:
        if path is not None and path.exists() and out.exists() and out.samefile(path):
            raise InputError(f"{out} is what is read: name another file")


def is_database(path: Path) -> bool:
    """Tell whether a file is one of SQLite, as run files are."""
    try:
        if not path.is_file():  # a pipe may have no end
            return False
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except (OSError, ValueError):
        return False


def _goes_elsewhere(path: Path) -> bool:
    """Tell whether what is written under a name is kept under no name, or under another one."""
    if OPEN_FILES.fullmatch(path.absolute().parent.as_posix()):
        return True
    return path.exists() and not path.is_file() and not path.is_dir()


def _put(aside: Path, path: Path, *, force: bool) -> None:
    """Put a file in its place; without `force` only where nothing has come meanwhile."""
    if force:
        if path.is_file() and not path.is_symlink():
            shutil.copymode(path, aside)
        aside.replace(path)
        return
    try:
        os.link(aside, path)
    except FileExistsError:
        refuse_if_there(path)
        raise
    except OSError:  # a disk without hard links
        refuse_if_there(path)
        aside.rename(path)
