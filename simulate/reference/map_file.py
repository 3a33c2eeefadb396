"""Files of probability maps, which are fitted to human data."""

from __future__ import annotations

from pathlib import Path

from simulate.errors import InputError, unreadable
from simulate.files.writing import text_written_aside
from simulate.verbalized.probability_map import ProbabilityMap

MOST_BYTES = 1_000_000


def read_map(path: Path) -> ProbabilityMap:
    """Read a map.

    Raises:
        InputError: the file cannot be read, or holds no map.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise InputError(f"{path}: larger than {MOST_BYTES:,} bytes; no map is so large")
        return ProbabilityMap.of_json(content.decode(), path)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read: {unreadable(error)}") from None


def write_map(found: ProbabilityMap, path: Path, *, force: bool = False) -> None:
    """Write a map.

    Raises:
        InputError: a file is there and not to be replaced, or it cannot be written.
    """
    with text_written_aside(path, force=force) as file:
        file.write(found.to_json())
