"""Texts that are compared with those on file."""

from __future__ import annotations

import difflib
import os
from pathlib import Path


def as_on_file(path: Path, found: str) -> None:
    """Fail where a text is another than the one on file; `SIMULATE_SNAPSHOTS=write` writes it."""
    if os.environ.get("SIMULATE_SNAPSHOTS") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(found, encoding="utf-8")
        return
    expected = path.read_text(encoding="utf-8") if path.exists() else ""
    lines = difflib.unified_diff(expected.splitlines(), found.splitlines(), "on file", "now", n=1)
    assert found == expected, f"{path.name} has changed:\n" + "\n".join(lines)
