"""A run file read by other rules of what counts: exclusions, drawn values, missing ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from simulate.comparison.multiverse.plan_file import Cleaning
from simulate.runfile import OutcomeRow, OutcomeValue, RunReader
from simulate.scenario import Scenario
from simulate.scenario.applicability import MISSING


class CleanedRun(RunReader):
    """A run file that is open for reading, whose outcomes are as a cleaning rule has them.

    Args:
        path: the run file.
        cleaning: the rule.
    """

    def __init__(self, path: str | Path, cleaning: Cleaning) -> None:
        self._cleaning = cleaning
        super().__init__(path)

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario, with those of its exclusions that the rule takes."""
        found, taken = super().scenario, self._cleaning.exclude
        if taken is None:
            return found
        kept = {name: each for name, each in found.exclude.items() if name in taken}
        return found.model_copy(update={"exclude": kept})

    def outcome_rows(self, name: str) -> Iterator[OutcomeRow]:
        """Iterate over one outcome of all dialogues that began; see `RunReader.outcome_rows`."""
        drawn, value = self._cleaning.values == "drawn", self._cleaning.missing
        for row in super().outcome_rows(name):
            found = row.measured
            if drawn and found is not None:
                found = replace(found, draws=(), answers=(), possible=None)
            if value is not None and row.counts and _is_missing(found):
                found = OutcomeValue(name, value)
            yield row._replace(measured=found)


def _is_missing(found: OutcomeValue | None) -> bool:
    return found is None or (not found.candidates and found.answer == MISSING)
