"""Texts that are compared with those on file."""

from __future__ import annotations

import difflib
import os
from itertools import islice
from pathlib import Path

MOST, LONGEST = 60, 200
"""Lines of a difference, and their characters."""


def as_on_file(path: Path, found: str) -> None:
    """Fail where a text is another than the one on file; `SIMULATE_SNAPSHOTS=write` writes it."""
    if os.environ.get("SIMULATE_SNAPSHOTS") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(found, encoding="utf-8")
        return
    expected = path.read_text(encoding="utf-8") if path.exists() else ""
    changes = difflib.unified_diff(expected.splitlines(), found.splitlines(), "on file", "now", n=1)
    lines = [change[:LONGEST] for change in islice(changes, MOST)]
    assert found == expected, f"{path.name} has changed:\n" + "\n".join(lines)
