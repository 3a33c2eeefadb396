"""Does a simulated user keep sounding like the one who began the dialogue?

What a user sounds like is what its first two turns are: their hashed words and characters
(`measures.turn_features`) by tf-idf. Each later turn is compared with that profile of its own, and
with the profiles of the other personas' dialogues of the cell, by cosine, as the baseline of
authorship verification does with n-grams (Kestemont et al. 2020, PAN). A at a place among a
speaker's own turns is the share of pairs in which the turn is nearer to its own user's beginning
(`statistics.recognition`): ½ where it could be anybody's. Where A falls from place to place, users
come to sound alike.

A turn sounds like the beginning because of who speaks, and because of what is spoken of; people are
therefore set beside where there are transcripts. More than people is no better: who repeats itself
is always recognized.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simulate.comparison.talks import Talk, some_persons, talks_by_speaker
from simulate.measures.turn_features import COLUMNS, feature_matrix, turns_with_history
from simulate.randomness import generator
from simulate.statistics.confidence import CONFIDENCE, Interval
from simulate.statistics.mean_contrasts import FEWEST_PERSONAS
from simulate.statistics.recognition import jackknife_interval, recognized

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from simulate.runfile import RunReader
    from simulate.runfile.export_reader import DialogueExport

BEGINNING = 2
"""How many turns of its own a user is known by."""
PEOPLE = "people"


@dataclass(frozen=True, slots=True)
class AtPlace:
    """How well the turns at one place among a speaker's own are recognized.

    Attributes:
        place: from 1; the first is 3.
        dialogues: that have it.
        share: A, in [0, 1].
    """

    place: int
    dialogues: int
    share: float


@dataclass(frozen=True, slots=True)
class Consistency:
    """One cell's users, or people.

    Attributes:
        name: the cell's label, or `people`.
        speaker: whose turns they are.
        personas: people or personas whose dialogues have three turns of the speaker or more.
        by_place: the places that at least half of the dialogues have.
        share: the mean of A over these places; None with fewer than two personas.
        interval: of the share; None with fewer than 20 personas.
        change: A at the last of these places less A at the first; None where there is one.
        change_interval: of the change.
    """

    name: str
    speaker: str
    personas: int = 0
    by_place: tuple[AtPlace, ...] = ()
    share: float | None = None
    interval: Interval | None = None
    change: float | None = None
    change_interval: Interval | None = None


def consistency(
    run: RunReader | DialogueExport,
    records: Sequence[Mapping[str, Any]] | None = None,
    *,
    cell: str | None = None,
    speakers: Sequence[str] | None = None,
    confidence: float = CONFIDENCE,
    seed: int = 0,
) -> list[Consistency]:
    """Return one row for each cell and speaker, those of people first; see the module.

    Args:
        run: the run.
        records: human dialogues as the JSONL export has them, with the same names of speakers.
        cell: only this cell, by its label.
        speakers: by default all that play a user.
        confidence: of the intervals, in (0, 1).
        seed: of the choice of personas, where there are many.

    Raises:
        StatisticsError: nobody of these names speaks in the human dialogues.
    """
    found = []
    for speaker, people, cells in talks_by_speaker(run, records, cell, speakers):
        for name, talks in cells if records is None else [(PEOPLE, people), *cells]:
            rng = generator(seed, f"consistency/{speaker}/{name}")
            found.append(_row(name, speaker, some_persons(talks, rng), confidence))
    return found


def _row(
    name: str, speaker: str, by_person: Sequence[Sequence[Talk]], confidence: float
) -> Consistency:
    turns, persons, spans = [], [], [0]
    for person, talk in ((p, talk) for p, talks in enumerate(by_person) for talk in talks):
        own = list(turns_with_history(talk, speaker))
        if len(own) > BEGINNING:
            turns += own
            persons.append(person)
            spans.append(len(turns))
    people, index = np.unique(np.array(persons, dtype=np.int64), return_inverse=True)
    if len(people) < BEGINNING:
        return Consistency(name, speaker, len(people))
    vectors = _tf_idf(feature_matrix(turns)[:, :COLUMNS])
    starts, lengths = np.array(spans[:-1]), np.diff(spans)
    profiles = _units(sum((vectors[starts + i] for i in range(1, BEGINNING)), vectors[starts]))
    by_place, without = [], []
    for place in range(BEGINNING, int(np.median(lengths))):
        here = np.flatnonzero(lengths > place)
        similarity = (vectors[starts[here] + place] @ profiles[here].T).toarray()
        share, left = recognized(similarity, index[here], len(people))
        if share is not None:
            by_place.append(AtPlace(place + 1, len(here), share))
            without.append(left)
    shares = np.array([at.share for at in by_place])
    rows = np.array(without)
    enough = len(people) >= FEWEST_PERSONAS
    share = float(shares.mean())
    change = float(shares[-1] - shares[0]) if len(shares) > 1 else None
    return Consistency(
        name,
        speaker,
        len(people),
        tuple(by_place),
        share,
        jackknife_interval(share, rows.mean(axis=0), confidence) if enough else None,
        change,
        jackknife_interval(change, rows[-1] - rows[0], confidence)
        if enough and change is not None
        else None,
    )


def _tf_idf(counts: csr_array) -> csr_array:
    """Weigh (n, p) damped counts by ln((n + 1) / (how many turns have it + 1)), to length 1."""
    turns, columns = counts.shape
    having = np.bincount(counts.indices, minlength=columns)
    return _units(counts.multiply(np.log((turns + 1) / (having + 1))[None, :]).tocsr())


def _units(vectors: csr_array) -> csr_array:
    lengths = np.sqrt(vectors.multiply(vectors).sum(axis=1))
    return vectors.multiply(1 / np.where(lengths == 0, 1.0, lengths)[:, None]).tocsr()
