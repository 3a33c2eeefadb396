"""Paths that stand in files, options and names of runs, on POSIX and on Windows alike."""

from __future__ import annotations

from pathlib import Path, PureWindowsPath


def leads_elsewhere(name: str) -> bool:
    r"""Tell whether a path that a file names can lead out of the file's folder by itself.

    The file may come from another machine, so that the rules of both systems hold on each: `/x`,
    `\x`, `C:\x`, `C:x` (the current folder of that drive) and `..` lead elsewhere.
    """
    path = PureWindowsPath(name)
    return bool(path.anchor) or ".." in path.parts


def split_path(spec: str) -> tuple[Path, str | None] | None:
    """Split `FILE:NAME` into the file and the name; None where there is no such file.

    A file that exists is taken whole, and the name begins after the first colon that ends a file's
    path: `C:\\runs\\a.db:vs` is read as it is meant, and so is a name with a colon in it.
    """
    ends = [len(spec), *(at for at, each in enumerate(spec) if each == ":")]
    for end in ends:
        path = Path(spec[:end])
        if path.is_file():
            return path, None if end == len(spec) else spec[end + 1 :]
    return None
