"""What was decided in reading a table is told, once a sentence."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from pathlib import Path

from simulate.errors import TableWarning


def tell_of_table(path: Path, told: Iterable[str]) -> None:
    """Warn of what was decided; the command line prints each sentence once on stderr."""
    for sentence in told:
        warnings.warn(f"{path}: {sentence}", TableWarning, stacklevel=2)
