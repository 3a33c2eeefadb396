"""The dialogues of a plan, kept as columns: a million take some megabytes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulate.engine.computed_sequence import BLOCK, ComputedSequence
from simulate.engine.personas import Personas
from simulate.limits import MOST_CELLS, MOST_DIALOGUES
from simulate.population import Partners, Persona
from simulate.population.people import Anyone
from simulate.runfile import PlannedDialogue
from simulate.runfile.json_columns import dump
from simulate.scenario import Cell

Ints = NDArray[np.int32]


@dataclass(frozen=True)
class Keys:
    """Names dialogues by what they are: a hash of all that makes them differ.

    Attributes:
        identity: of the scenario.
        seed: of the run.
        cells: of the scenario.
    """

    identity: str = ""
    seed: int = 0
    cells: Sequence[Cell] = ()

    @cached_property
    def _beginnings(self) -> list[bytes]:
        return [
            _written([self.identity, self.seed, cell.levels]).removesuffix(b"]")
            for cell in self.cells
        ]

    def key(self, cell: int, persona: bytes, replicate: int) -> str:
        """Return the key of a dialogue.

        Args:
            cell: its index.
            persona: as `said` returns it.
            replicate: the n-th dialogue of the same cell and persona, from 0.
        """
        what = b"%s,%s,%d]" % (self._beginnings[cell], persona, replicate)
        return hashlib.sha256(what).hexdigest()[:16]

    @staticmethod
    def said(persona: Persona) -> bytes:
        """Return what a key says of a persona."""
        return _written([persona.id, persona.attributes, persona.prose])[1:-1]


def _written(value: Any) -> bytes:
    # What no file can hold is told by the run file, which names it.
    return dump(value).encode("utf-8", "surrogatepass")


def _none() -> Ints:
    return np.zeros((4, 0), np.int32)


@dataclass(frozen=True, eq=False)
class Dialogues(ComputedSequence[PlannedDialogue]):
    """The dialogues of a plan, or of a part of it.

    Attributes:
        personas: those of the whole plan.
        keys: names the dialogues that are not on file.
        columns: (4, n) `numbers`, `cells`, `people` and `replicates` of the dialogues.
        on_file: keys of the first dialogues: of those that are on file.
        partners: draws their further speakers; None where no other has a persona of its own.
    """

    personas: Personas = field(default_factory=lambda: Personas(Anyone(), ()))
    keys: Keys = Keys()
    columns: Ints = field(default_factory=_none)
    on_file: Sequence[str] = ()
    partners: Partners | None = None

    @property
    def numbers(self) -> Ints:
        """Places of the dialogues in the whole plan, (n,)."""
        return self._column(0)

    @property
    def cells(self) -> Ints:
        """Indices of their cells, (n,)."""
        return self._column(1)

    @property
    def people(self) -> Ints:
        """Places of the personas of their first users in `personas`, (n,)."""
        return self._column(2)

    @property
    def replicates(self) -> Ints:
        """Which dialogue of the same cell and persona each is, from 0, (n,)."""
        return self._column(3)

    def _column(self, number: int) -> Ints:
        column: Ints = self.columns[number]
        return column

    def __len__(self) -> int:
        return len(self.numbers)

    def take(self, places: Sequence[int]) -> list[PlannedDialogue]:
        """Return the dialogues at some places, from 0, in their order."""
        return [dialogue for dialogue, _ in self._made(places)]

    def with_people(
        self, places: Sequence[int] | NDArray[np.integer[Any]] | None = None
    ) -> Iterator[tuple[PlannedDialogue, Persona, dict[str, Persona]]]:
        """Iterate over dialogues, each with its first user's persona, and other speakers' own.

        Args:
            places: which, from 0; None for all.

        Raises:
            PopulationError: nobody fits as a further speaker.
            InputError: a prose template cannot be rendered.
        """
        places = range(len(self)) if places is None else places
        met: tuple[str, int] | None = None
        others: dict[str, Persona] = {}
        for first in range(0, len(places), BLOCK):
            for dialogue, persona in self._made(places[first : first + BLOCK]):
                who = (persona.id, dialogue.replicate)
                if self.partners is not None and who != met:  # the same in cells one after another
                    met, others = who, self.partners.beside(persona, dialogue.replicate)
                yield dialogue, persona, others

    def _made(
        self, places: Sequence[int] | NDArray[np.integer[Any]]
    ) -> Iterator[tuple[PlannedDialogue, Persona]]:
        """Make some dialogues; keys and prose when each is asked for."""
        columns = self.columns[:, np.asarray(places, np.intp)].tolist()
        people = list(dict.fromkeys(columns[2]))
        known = dict(zip(people, self.personas.take(people), strict=True))
        if self.partners is not None:
            each = zip(columns[2], columns[3], strict=True)
            self.partners.expect((known[who].id, replicate) for who, replicate in each)
        said: dict[int, bytes] = {}
        for place, number, cell, who, replicate in zip(places, *columns, strict=True):
            persona = known[who]
            if place < len(self.on_file):
                key = self.on_file[place]
            else:
                if who not in said:
                    said[who] = self.keys.said(persona)
                key = self.keys.key(cell, said[who], replicate)
            yield PlannedDialogue(number, key, cell, persona.id, replicate), persona

    def only(self, places: NDArray[np.integer[Any]]) -> Dialogues:
        """Return some of the dialogues, in their order.

        Args:
            places: which, from 0, increasing.
        """
        keys = [self.on_file[place] for place in places.tolist() if place < len(self.on_file)]
        return replace(self, columns=self.columns[:, places], on_file=keys)

    def going_on_from(
        self, there: Sequence[PlannedDialogue], people: Mapping[str, int], first: int
    ) -> Dialogues:
        """Return dialogues that are on file, and after them those of these that are not.

        What is on file keeps its key, which is its name there.

        Args:
            there: those on file, in their order.
            people: places of their personas in `personas`, by id.
            first: the number of the first that is not.
        """
        rows = [(d.id, d.cell, people[d.persona], d.replicate) for d in there]
        on_file = np.array(rows, np.int32).reshape(-1, 4).T
        new = self.columns[:, ~np.isin(_named(self.columns), _named(on_file))]
        new[0] = np.arange(first, first + new.shape[1])
        columns = np.concatenate([on_file, new], axis=1)
        return replace(self, columns=columns, on_file=[dialogue.key for dialogue in there])

    def sizes(self, cells: int) -> list[tuple[int, int]]:
        """Return the number of dialogues, and of personas, of each cell.

        Args:
            cells: how many there are.
        """
        dialogues = np.bincount(self.cells, minlength=cells)
        met = np.unique(self.people.astype(np.int64) * cells + self.cells)
        people = np.bincount(met % cells, minlength=cells)
        return list(zip(dialogues.tolist(), people.tolist(), strict=True))


def _named(columns: Ints) -> NDArray[np.int64]:
    """Return a number for each dialogue, by its cell, its persona and its replicate, (n,)."""
    _, cells, people, replicates = columns.astype(np.int64)
    named: NDArray[np.int64] = (people * MOST_CELLS + cells) * (MOST_DIALOGUES + 1) + replicates
    return named
