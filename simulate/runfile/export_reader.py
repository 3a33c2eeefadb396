"""Read a JSONL export as far as it goes: what was said and measured, in which cell, by whom.

An export is read where dialogues of a run are compared, and shows the same there. It does not say
how candidates were drawn, so it counts with the values that were drawn.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, cast, get_args

from simulate.errors import ReferenceDataError, quote
from simulate.files.transcripts import read_transcripts
from simulate.population import Persona
from simulate.reference.transcripts import person_of
from simulate.runfile.dialogue import Dialogue, OutcomeRow, OutcomeValue, Status, Turn
from simulate.runfile.totals import STATUSES
from simulate.scenario import Cell
from simulate.scenario.speaker import Speaker

ENDINGS = (".jsonl", ".ndjson")


def is_export(path: Path) -> bool:
    """Tell whether a file's first line is a dialogue as `simulate export` writes it."""
    if path.suffix.casefold() not in ENDINGS:
        return False
    try:
        with path.open(encoding="utf-8") as lines:
            first = json.loads(next((line for line in lines if line.strip()), "null"))
    except (OSError, ValueError, RecursionError):
        return False
    return (
        isinstance(first, dict)
        and isinstance(first.get("turns"), list)
        and isinstance(first.get("outcomes"), dict)
    )


@dataclass(frozen=True)
class ShownScenario:
    """What an export shows of its scenario."""

    speakers: Mapping[str, Speaker] = field(default_factory=dict)
    """Those whose replies have candidates play users; where nobody's have, all who speak."""
    conditions: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Condition to levels."""
    nuisance: Sequence[str] = ()
    """The conditions that should not matter."""


class DialogueExport:
    """A JSONL export that was read: what `simulate.comparison` asks of a run.

    Args:
        path: the export.
        with_excluded: whether dialogues count that a rule of their scenario leaves out.
        with_branches: whether branches count as dialogues.

    Raises:
        ReferenceDataError: it cannot be read, or a line is no dialogue.
    """

    def __init__(
        self, path: str | Path, *, with_excluded: bool = False, with_branches: bool = False
    ) -> None:
        self.path = Path(path)
        self._excluded: dict[int, str] = {}
        self._dialogues: list[Dialogue] = []
        self._cells: dict[str, Cell] = {}
        self._users: dict[str, None] = {}
        self._runs: dict[str, None] = {}
        self._nuisance: dict[str, None] = {}
        self.listed: set[str] = set()
        """The outcomes of which candidates are listed."""
        self.branches = 0
        """How many branches count as dialogues."""
        for number, record in enumerate(read_transcripts(self.path, ReferenceDataError)):
            if record.get("parent") is not None:
                if not with_branches:
                    continue
                self.branches += 1
            self._dialogues.append(self._read(record, number))
            if record.get("excluded") and not with_excluded:
                self._excluded[number] = str(record["excluded"])

    @property
    def run_id(self) -> str:
        """The run's id; those of several, joined by commas."""
        return ", ".join(self._runs)

    @property
    def human_data(self) -> list[str]:
        """What of it people gave: it does not say, and they may have given it all."""
        return [f"the dialogues of {self.path}"]

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The cells, in the order in which they come."""
        return tuple(self._cells.values())

    @cached_property
    def scenario(self) -> ShownScenario:
        """Who speaks, and what is varied."""
        spoken = dict.fromkeys(turn.speaker for d in self._dialogues for turn in d.turns)
        users = [name for name in spoken if name in self._users] or list(spoken)
        speakers = {n: Speaker(plays="user" if n in users else "assistant") for n in spoken}
        names = dict.fromkeys(name for cell in self.cells for name in cell.levels)
        levels = {
            n: list(dict.fromkeys(c.levels[n] for c in self.cells if n in c.levels)) for n in names
        }
        return ShownScenario(speakers, levels, [name for name in self._nuisance if name in levels])

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The names of all outcomes."""
        return tuple(dict.fromkeys(name for d in self._dialogues for name in d.outcomes))

    def root(self, persona: str) -> str:
        """Return the person behind a persona: an export names people as they are."""
        return persona

    def counts(self) -> dict[int, dict[str, int]]:
        """Return how many dialogues of each cell are planned, running, completed and failed."""
        found = {cell.index: dict.fromkeys(STATUSES, 0) for cell in self.cells}
        for dialogue in self._dialogues:
            found[dialogue.cell.index][dialogue.status] += 1
        return found

    def read(self) -> Iterator[Dialogue]:
        """Iterate over the dialogues, in the order of the file."""
        yield from self._dialogues

    def completed(self) -> Iterator[Dialogue]:
        """Iterate over the completed dialogues that no rule of their scenario leaves out."""
        return (
            d for d in self._dialogues if d.status == "completed" and d.id not in self._excluded
        )

    def outcome_rows(self, name: str, cells: Collection[int] | None = None) -> Iterator[OutcomeRow]:
        """Iterate over one outcome of all dialogues, or of those of some cells.

        Raises:
            ReferenceDataError: no dialogue has it.
        """
        if name not in self.outcomes:
            raise ReferenceDataError(
                f"{self.path}: there is no outcome {quote(name)}; it has: "
                f"{', '.join(self.outcomes) or 'none'}"
            )
        for d in self._dialogues:
            if cells is not None and d.cell.index not in cells:
                continue
            yield OutcomeRow(
                d.cell.index,
                d.persona.id,
                d.replicate,
                d.status,
                d.outcomes.get(name),
                self._excluded.get(d.id),
            )

    def _read(self, record: Mapping[str, Any], number: int) -> Dialogue:
        outcomes = record.get("outcomes") or {}
        status = record.get("status", "completed")
        if status not in get_args(Status):
            raise ReferenceDataError(
                f"{self.path}, dialogue {number + 1:,}: status {quote(repr(status), 40)} is none "
                f"of {', '.join(get_args(Status))}"
            )
        levels = record.get("cell") or {}
        levels = {str(name): str(level) for name, level in levels.items()}
        new = Cell(len(self._cells), levels, {}, {}, ())
        nuisance = record.get("nuisance")
        self._nuisance |= dict.fromkeys(map(str, nuisance if isinstance(nuisance, list) else ()))
        turns = record["turns"]
        named = any(record.get(name) for name in ("participants", "persona", "dialogue"))
        self._users |= dict.fromkeys(str(t["speaker"]) for t in turns if t.get("candidates"))
        self.listed |= {
            n for n, v in outcomes.items() if isinstance(v, dict) and v.get("candidates")
        }
        self._runs.setdefault(str(record.get("run") or self.path.stem))
        return Dialogue(
            id=number,
            key=str(record.get("dialogue") or number),
            cell=self._cells.setdefault(json.dumps(levels, sort_keys=True), new),
            persona=Persona(person_of(record) if named else str(number)),
            replicate=number,
            status=cast("Status", status),
            fault=None,
            error=record.get("error"),
            turns=tuple(
                Turn(i, str(t["speaker"]), t["text"], given=t.get("given") is True)
                for i, t in enumerate(turns)
            ),
            outcomes={name: _outcome(name, stored) for name, stored in outcomes.items()},
        )


def _outcome(name: str, stored: Mapping[str, Any] | None) -> OutcomeValue:
    stored = stored or {}
    return OutcomeValue(name, stored.get("value"), applies=stored.get("applies") is not False)
