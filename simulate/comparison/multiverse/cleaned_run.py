"""A run file read by other rules of what counts: exclusions, drawn values, missing ones."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from simulate.comparison.multiverse.plan_file import Cleaning
from simulate.runfile import Dialogue, OutcomeRow, OutcomeValue, RunReader
from simulate.scenario import Scenario
from simulate.scenario.applicability import MISSING


class CleanedRun(RunReader):
    """A run file that is open for reading, one of whose outcomes is as a cleaning rule has it.

    Args:
        path: the run file.
        outcome: which one.
        cleaning: the rule.
    """

    def __init__(self, path: str | Path, outcome: str, cleaning: Cleaning) -> None:
        self._outcome, self._cleaning = outcome, cleaning
        super().__init__(path)

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario, with those of its exclusions that the rule takes."""
        found, taken = super().scenario, self._cleaning.exclude
        if taken is None:
            return found
        kept = {name: each for name, each in found.exclude.items() if name in taken}
        return found.model_copy(update={"exclude": kept})

    def outcome_rows(self, name: str, cells: Collection[int] | None = None) -> Iterator[OutcomeRow]:
        """Iterate over one outcome of all dialogues that began; see `RunReader.outcome_rows`."""
        for row in super().outcome_rows(name, cells):
            if name == self._outcome and row.status == "completed":
                yield row._replace(measured=self._cleaned(row.measured))
            else:
                yield row

    def read(self, ids: Iterable[int] | None = None) -> Iterator[Dialogue]:
        """Iterate over dialogues; see `RunReader.read`."""
        for dialogue in super().read(ids):
            found = self._cleaned(dialogue.outcomes.get(self._outcome))
            if dialogue.status == "completed" and found is not None:
                yield replace(dialogue, outcomes={**dialogue.outcomes, self._outcome: found})
            else:
                yield dialogue

    def _cleaned(self, found: OutcomeValue | None) -> OutcomeValue | None:
        if self._cleaning.values == "drawn" and found is not None:
            found = replace(found, draws=(), answers=(), possible=None)
        value = self._cleaning.missing
        missing = found is None or (not found.candidates and found.answer == MISSING)
        return OutcomeValue(self._outcome, value) if missing and value is not None else found
