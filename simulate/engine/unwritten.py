"""What of a plan is not on file yet: it gets there batch by batch, each before it is played.

So a plan of a million dialogues is played within seconds, and what an interrupted run has not come
to is planned again when it goes on.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np

from simulate.engine.plan import Plan
from simulate.population import Persona
from simulate.runfile import Header, PlannedDialogue
from simulate.runfile.recorder import Recorder
from simulate.runfile.statements import Statement, moved_statements, plan_statements
from simulate.runfile.unwritten import UNWRITTEN, unwritten_statement

AT_FIRST = 10_000
"""Dialogues that are on file before any is played: of most runs, all."""
BATCH = 64

Planned = tuple[PlannedDialogue, Persona, dict[str, Persona]]
"""A dialogue, its first user's persona, and those of further speakers."""


class Unwritten:
    """The dialogues and the personas of a plan that are not on file yet.

    Args:
        plan: the plan.
        dialogues: the numbers of the dialogues on file.
        people: the places of the personas on file, by id.
    """

    def __init__(
        self, plan: Plan, dialogues: Sequence[int] = (), people: Mapping[str, int] | None = None
    ) -> None:
        left = np.flatnonzero(~np.isin(plan.dialogues.numbers, np.array(dialogues, np.int64)))
        self._left = np.bincount(plan.dialogues.cells[left], minlength=len(plan.cells))
        self._planned = plan.dialogues.with_people(left)
        self._places = map(int, plan.dialogues.people[left])
        self._whole = plan.dialogues.personas
        self._people: Sequence[int] = (
            range(len(plan.personas)) if plan.places is None else plan.places
        )
        self._moved: dict[str, int] = {}
        if people:
            own = None if plan.places is None else set(plan.places)
            new = self._people = array("q")
            for place, who in enumerate(self._whole.ids()):
                if own is not None and place not in own:
                    continue
                if who not in people:
                    new.append(place)
                elif people[who] != place:
                    self._moved[who] = place
        self._written = 0
        self._first: list[Planned] = []

    def __bool__(self) -> bool:
        return bool(self._left.any())

    def begun(self, header: Header) -> Header:
        """Return what a new run file is begun with, the first dialogues of the plan among it."""
        personas, places = self._next(AT_FIRST, self._first)
        left = {UNWRITTEN: self._left.tolist()} if self else {}
        dialogues = [dialogue for dialogue, *_ in self._first]
        meta = {**header.meta, **left}
        return replace(header, meta=meta, personas=personas, dialogues=dialogues, places=places)

    def first_statements(self) -> list[Statement]:
        """Return what puts the first of them into a run file that is there already."""
        return [*moved_statements(self._moved), *self._statements(AT_FIRST, self._first)]

    def played(self, record: Recorder) -> Iterator[Planned]:
        """Iterate over them all, each when it is on its way into the run file."""
        yield from self._first
        self._first.clear()
        while self:
            batch: list[Planned] = []
            record.commit_soon(self._statements(BATCH, batch))
            yield from batch

    def _statements(self, count: int, batch: list[Planned]) -> list[Statement]:
        personas, places = self._next(count, batch)
        planned = [dialogue for dialogue, *_ in batch]
        left = unwritten_statement(self._left.tolist())
        return [*plan_statements(personas, planned, places), left]

    def _next(
        self, count: int, batch: list[Planned]
    ) -> tuple[list[tuple[str, Mapping[str, object], str]], list[int]]:
        """Fill a batch; return the personas that get on file with it, and their places.

        Where not all meet the same cells, those between them come along: a run file has no gaps.
        """
        known: dict[int, Persona] = {}
        for (dialogue, persona, others), place in zip(
            islice(self._planned, count), self._places, strict=False
        ):
            batch.append((dialogue, persona, others))
            known[place] = persona
            self._left[dialogue.cell] -= 1
        end = bisect_right(self._people, max(known, default=-1)) if self else len(self._people)
        places = list(self._people[self._written : end])
        self._written = max(self._written, end)
        between = [place for place in places if place not in known]
        known |= zip(between, self._whole.take(between), strict=True)
        return [(p.id, p.attributes, p.prose) for p in map(known.__getitem__, places)], places
