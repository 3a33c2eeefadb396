"""Faults of `simulate` itself: one is a failed dialogue, one that repeats ends the run."""

from __future__ import annotations

import traceback
from collections import Counter
from pathlib import Path

from simulate.errors import LocalFaultError, own_fault

MOST = 3
"""How many dialogues in a row may fail by the same fault; the last of them ends the run."""


class OwnFaults:
    """Counts faults by their type and place, until a dialogue is completed."""

    def __init__(self) -> None:
        self._dialogues: Counter[str] = Counter()

    def completed(self) -> None:
        """Take note that a dialogue was completed, so that `simulate` works at least at times."""
        self._dialogues.clear()

    def reason(self, error: Exception) -> str:
        """Return the reason why a dialogue failed.

        Raises:
            LocalFaultError: others have failed by the same, and none was completed between.
        """
        *_, (frame, line) = traceback.walk_tb(error.__traceback__)
        place = f"{Path(frame.f_code.co_filename).name}, line {line}"
        told = f"{type(error).__name__}: {error}"
        fault = f"{type(error).__name__} in {place}"
        self._dialogues[fault] += 1
        if self._dialogues[fault] >= MOST:
            raise LocalFaultError(
                f"{told} ({place}), in {self._dialogues[fault]} dialogues in a row: a fault of "
                "simulate itself, which nothing more is paid for; please report it, then resume "
                "the run with a version that is mended"
            )
        return own_fault(error)
