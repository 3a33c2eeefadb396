"""What a report needs to know of a run: each thing is asked for once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import ValidationError

from simulate.comparison.reliability import ScaleReliability, reliabilities
from simulate.comparison.result import Comparison
from simulate.comparison.summary import OutcomeSummary, summaries
from simulate.errors import InputError, RunFileError
from simulate.files.validation import first_problem
from simulate.population import Persona, Population
from simulate.report.supplement.stated import cells_told
from simulate.runfile import RunReader
from simulate.runfile.answered_by import AnsweredBy
from simulate.runfile.cell_sizes import CellSize, cell_sizes
from simulate.runfile.corrections import Corrections, corrections
from simulate.runfile.meta import populations_of_speakers
from simulate.runfile.totals import ModelTotals, Totals, totals_by_model
from simulate.scenario import Cell, Scenario
from simulate.terminal.safe_text import counted

JUDGE = "judge"
EMBEDDED = "embedded"
CANNED = ("scripted", "echo")
"""Kinds of models that answer without a language model."""


@dataclass(frozen=True)
class NotCompared:
    """An outcome for which the scenario names a reference, and why they were not compared."""

    outcome: str
    why: str


class Gathered:
    """What is known of a run.

    Args:
        run: the run file, open.
        reference: what outcomes are compared with, in place of what the scenario names.
        seed: of resampling.
    """

    def __init__(self, run: RunReader, reference: str | None = None, seed: int = 0) -> None:
        self.run = run
        self.reference = reference
        self.seed = seed

    @property
    def scenario(self) -> Scenario:
        """The scenario as it was resolved."""
        return self.run.scenario

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The cells, in order."""
        return self.run.cells

    @property
    def meta(self) -> dict[str, Any]:
        """What the file says about the run as a whole."""
        return self.run.meta

    @cached_property
    def totals(self) -> Totals:
        """The totals of the whole run."""
        return self.run.totals()

    @cached_property
    def by_model(self) -> list[ModelTotals]:
        """What the calls of each model took."""
        return totals_by_model(self.run)

    @cached_property
    def sizes(self) -> list[CellSize]:
        """The dialogues of each cell."""
        return cell_sizes(self.run)

    @cached_property
    def corrections(self) -> Corrections:
        """What was not taken as it came."""
        return corrections(self.run)

    @cached_property
    def answered(self) -> dict[str, tuple[AnsweredBy, ...]]:
        """What endpoints say has answered each model."""
        return self.run.answered_by()

    @cached_property
    def summaries(self) -> list[OutcomeSummary]:
        """The summary of each outcome; none where nothing is measured."""
        return summaries(self.run, seed=self.seed) if self.scenario.outcomes else []

    @cached_property
    def scales(self) -> list[ScaleReliability]:
        """Cronbach's alpha of each battery and wave."""
        return reliabilities(self.run)

    @cached_property
    def compared(self) -> list[Comparison | NotCompared]:
        """Each outcome that is compared with human data.

        Raises:
            InputError: the reference that is asked for cannot be used.
        """
        from simulate.comparison.api import compare

        if self.reference is not None:
            return [compare(self.run, self.reference, seed=self.seed)]
        found: list[Comparison | NotCompared] = []
        for outcome in self.scenario.compare:
            try:
                found.append(compare(self.run, outcome=outcome, seed=self.seed))
            except InputError as error:  # what cannot be compared is told
                found.append(NotCompared(outcome, str(error)))
        return found

    @cached_property
    def models(self) -> dict[str, dict[str, list[str]]]:
        """Each model as the run names it: who it speaks for, to the labels of cells."""
        return self._named(targets=False)

    @cached_property
    def targets(self) -> dict[str, dict[str, list[str]]]:
        """Likewise of the external systems."""
        return self._named(targets=True)

    def _named(self, *, targets: bool) -> dict[str, dict[str, list[str]]]:
        found: dict[str, dict[str, list[str]]] = {}
        for cell, of_cell in zip(self.cells, self.meta.get("models") or (), strict=False):
            for role, name in of_cell.items():
                speaker = cell.speakers.get(role)
                asked = bool(self.judges) if speaker is None else True
                is_target = speaker is not None and speaker.plays == "target"
                if asked and is_target is targets:
                    found.setdefault(name, {}).setdefault(role, []).append(cell.label)
        return found

    @cached_property
    def judges(self) -> list[str]:
        """What a model judges from the transcript: outcomes, and checks."""
        judged = [f"outcome {n}" for n, o in self.scenario.outcomes.items() if o.judged]
        checks = self.scenario.checks.items()
        return judged + [f"check {name}" for name, check in checks if check.rule.asks_judge]

    @cached_property
    def populations(self) -> list[tuple[str | None, Population, list[Persona]]]:
        """Whose personas are from which population, and the personas of this run.

        What is the same population is one object.
        """
        own = self.meta.get("population")
        stored: dict[str | None, Any] = {self.scenario.first_user: own} if own else {}
        stored.update(populations_of_speakers(self.meta).items())
        different: list[Any] = []
        for each in stored.values():
            if each not in different:
                different.append(each)
        read = list(map(self._stored, different))
        return [
            (speaker, read[different.index(each)], self._played_by(speaker))
            for speaker, each in stored.items()
        ]

    def _stored(self, population: dict[str, Any]) -> Population:
        try:
            return Population.stored(population)
        except ValidationError as error:
            raise RunFileError(
                f"run file {self.run.path}: its population cannot be read by this version of "
                f"simulate ({first_problem(error)}); report it with the version that wrote it"
            ) from None

    def _played_by(self, speaker: str | None) -> list[Persona]:
        if speaker is None or speaker == self.scenario.first_user:
            return list(self.run.personas.values())
        return list(self.run.personas_played_by(speaker))

    @property
    def different_populations(self) -> list[Population]:
        """The populations, each once."""
        return list({id(people): people for _, people, _ in self.populations}.values())

    @cached_property
    def file_hash(self) -> str | None:
        """SHA-256 of the run file; None while part of the run is in its write-ahead log."""
        path = self.run.path
        log = path.with_name(f"{path.name}-wal")
        if log.exists() and log.stat().st_size:
            return None
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def label(self, cells: Sequence[str]) -> str:
        """Return which cells these are, by their labels."""
        return cells_told(cells, self.scenario)

    @property
    def dialogues_told(self) -> str:
        """How many dialogues there are, such as `48 dialogues`, and how many were planned."""
        done, planned = self.totals.completed, self.totals.dialogues
        return f"{done:,} of {counted(planned, 'dialogue')} completed"


def kind_of(model: str) -> str:
    """Return what kind of model a run's name of it stands for, such as `embedded`."""
    return model.partition(":")[0]
