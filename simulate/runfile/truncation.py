"""Is a run file as long as its header says, or was its copying broken off?"""

from __future__ import annotations

import time
from pathlib import Path

from simulate.errors import RunFileError
from simulate.files.writing import MAGIC
from simulate.runfile.place import beside, real_path

HEADER_BYTES = 100
LOOKS = 3
"""How often a file is read before it is called truncated."""


def refuse_truncated(path: Path) -> None:
    """Refuse a file that is shorter than its header says.

    Raises:
        RunFileError: it is, it cannot be read, or it has no header of SQLite.
    """
    file = real_path(path)
    for _ in range(LOOKS):
        there, meant = _bytes_of(file)
        if there >= meant:
            return
        time.sleep(0.01)  # a writer may be folding its WAL in
    raise RunFileError(
        f"run file {file} is truncated: {there:,} of {meant:,} bytes are there; copy it again, or "
        "try the sqlite3 command's .recover on a copy"
    )


def _bytes_of(path: Path) -> tuple[int, int]:
    """Return how many bytes a file has, and how many it should have at least.

    With a WAL beside it, it may have fewer for a while.
    """
    wal = beside(path, "-wal")
    try:
        with path.open("rb") as file:
            header = file.read(HEADER_BYTES)
        size = path.stat().st_size
        folded = not (wal.exists() and wal.stat().st_size)
    except OSError as error:
        raise RunFileError(f"run file {path}: cannot be read ({error.strerror})") from None
    if len(header) < HEADER_BYTES or not header.startswith(MAGIC):
        raise RunFileError(f"{path} is not a run file: it has no header of SQLite")
    page = int.from_bytes(header[16:18], "big")
    page = 65536 if page == 1 else page
    in_force = header[24:28] == header[92:96]  # else an old program wrote the number of pages
    return size, page * int.from_bytes(header[28:32], "big") if in_force and folded else 0
