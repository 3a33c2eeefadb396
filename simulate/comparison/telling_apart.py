"""Whether a run's simulated users can be told from people by what they say.

A classifier two-sample test (`statistics.classifier_test`) on the turns of one speaker
(`measures.turn_features`): in each cell the turns of the completed dialogues against the turns of
the same speaker in human dialogues. Nobody's turns are in training and test at once, neither a
person's nor a persona's, and only turns at the same place among the speaker's own are compared, so
that how long dialogues last tells nothing. Beside it stands the floor: people against other people,
as many of each as the cell has personas where there are so many, in 10 random halves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simulate.comparison.talks import Talks, some_persons, talks_by_speaker
from simulate.measures.turn_features import feature_matrix, turns_with_history
from simulate.randomness import generator
from simulate.statistics.classifier_test import FOLDS, ToldApart, told_apart
from simulate.statistics.confidence import CONFIDENCE

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from simulate.runfile import RunReader
    from simulate.runfile.export_reader import DialogueExport

FLOORS = 10


@dataclass(frozen=True, slots=True)
class Floor:
    """What people against other people show.

    Attributes:
        persons: on each side.
        mean: of the areas, in [0, 1].
        highest: of them.
    """

    persons: int
    mean: float
    highest: float


@dataclass(frozen=True, slots=True)
class CellToldApart:
    """A cell's users beside people.

    Attributes:
        cell: the cell's label.
        speaker: whose turns are told apart.
        found: people first, the cell second.
        floor: None with fewer than five personas, or ten people.
    """

    cell: str
    speaker: str
    found: ToldApart
    floor: Floor | None


@dataclass(frozen=True, eq=False)
class _Side:
    """Turns of one sample: what they look like, whose they are, and their place among these."""

    features: csr_array
    persons: NDArray[np.int64]
    places: NDArray[np.int64]

    @classmethod
    def of(cls, talks: Talks, speaker: str, rng: np.random.Generator) -> _Side:
        turns, persons, places = [], [], []
        for number, own in enumerate(some_persons(talks, rng)):
            for talk in own:
                for place, turn in enumerate(turns_with_history(talk, speaker)):
                    turns.append(turn)
                    persons.append(number)
                    places.append(place)
        return cls(feature_matrix(turns), np.array(persons, np.int64), np.array(places, np.int64))

    def against(
        self, other: _Side, rng: np.random.Generator, confidence: float = CONFIDENCE
    ) -> ToldApart:
        from scipy.sparse import vstack

        persons = np.append(self.persons, other.persons + self.persons.max(initial=-1) + 1)
        return told_apart(
            vstack([self.features, other.features], "csr"),
            np.arange(len(persons)) >= len(self.persons),
            persons,
            np.append(self.places, other.places),
            rng,
            confidence,
        )

    def floor(self, persons: int, rng: np.random.Generator) -> Floor | None:
        people = np.unique(self.persons)
        size = min(persons, len(people) // 2)
        if size < FOLDS:
            return None
        areas = []
        for _ in range(FLOORS):
            order = rng.permutation(people)
            first, second = (
                self._only(np.isin(self.persons, some))
                for some in (order[:size], order[size : 2 * size])
            )
            areas.append(first.against(second, rng).area)
        known = [area for area in areas if area is not None]
        if not known:
            return None
        return Floor(size, float(np.mean(known)), max(known))

    def _only(self, kept: NDArray[np.bool_]) -> _Side:
        return _Side(self.features[kept], self.persons[kept], self.places[kept])


def tell_apart(
    run: RunReader | DialogueExport,
    records: Sequence[Mapping[str, Any]],
    *,
    cell: str | None = None,
    speakers: Sequence[str] | None = None,
    confidence: float = CONFIDENCE,
    seed: int = 0,
) -> list[CellToldApart]:
    """Tell the users of each cell from people; see the module.

    Args:
        run: the run.
        records: human dialogues as the JSONL export has them, with the same names of speakers.
        cell: only this cell, by its label.
        speakers: by default all that play a user.
        confidence: of the intervals, in (0, 1).
        seed: of folds and halves.

    Raises:
        StatisticsError: nobody of these names speaks in the human dialogues.
    """
    found = []
    for speaker, human, cells in talks_by_speaker(run, records, cell, speakers):
        rng = generator(seed, f"told apart/{speaker}")
        people = _Side.of(human, speaker, rng)
        floors: dict[int, Floor | None] = {}
        for label, talks in cells:
            own = _Side.of(talks, speaker, rng)
            told = people.against(own, rng, confidence)
            size = told.persons[1]
            if size not in floors:
                floors[size] = people.floor(size, rng)
            found.append(CellToldApart(label, speaker, told, floors[size]))
    return found
