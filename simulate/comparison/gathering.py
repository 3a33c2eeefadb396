"""The sample of some dialogues, gathered one at a time: a run is read once and not kept."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from sys import intern
from typing import TYPE_CHECKING, Any

import numpy as np

from simulate.comparison.sample import Sample
from simulate.reference import Variable
from simulate.scenario.applicability import MISSING, Answer, says_so

if TYPE_CHECKING:
    from simulate.runfile import OutcomeRow, ValueCandidate

MOST_REMEMBERED = 10_000


class Gathering:
    """Gathers the dialogues of one sample to which the outcome applies.

    One that states a chance that it does not counts with the rest. Where the variable has a level
    that says so, this is a value as any other.
    """

    def __init__(
        self,
        label: str,
        variable: Variable,
        root: Callable[[str], str],
        *,
        drawn: bool = False,
    ) -> None:
        """Begin with no dialogue.

        Args:
            label: what a table calls the sample.
            variable: codes the values.
            root: returns the person behind a persona.
            drawn: whether the values that were drawn count alone.
        """
        self._label, self._root, self._drawn = label, root, drawn
        self._level = next((w for w in variable.categories or () if says_so(w)), None)
        self._encode = variable.encode
        self._remembered = lru_cache(MOST_REMEMBERED, typed=True)(variable.encode)
        self._seen = self._missing = 0
        self._not_applicable = 0.0
        self._excluded: Counter[str] = Counter()
        self._as_stated = not drawn
        self._values, self._chances, self._sizes = array("d"), array("d"), array("q")
        self._applying, self._codes, self._places = array("d"), array("d"), array("q")
        self._personas: list[str] = []

    def _code(self, value: Any) -> float:
        """Return a value's code; people give few different values, and a file's may be a list."""
        return self._remembered(value) if isinstance(value, Hashable) else self._encode(value)

    def add(self, row: OutcomeRow) -> None:
        """Take one more dialogue.

        Raises:
            StatisticsError: its value does not fit the variable.
        """
        place, self._seen = self._seen, self._seen + 1
        if row.excluded is not None:
            self._excluded[row.excluded] += 1
        if not row.counts:
            return
        candidates = row.candidates or ()
        answers = _answers(row, candidates, drawn=self._drawn)
        if not answers:
            self._missing += 1
            return
        told = [(a.value if a.applies else self._level, chance) for a, chance in answers]
        parts = [(self._code(v), chance) for v, chance in told if v is not None]
        share = sum(chance for _, chance in parts) / sum(chance for _, chance in told)
        self._not_applicable += 1 - share
        if not parts:
            return
        for code, chance in parts:
            self._values.append(code)
            self._chances.append(chance)
        self._sizes.append(len(parts))
        self._places.append(place)
        self._applying.append(share)
        self._personas.append(intern(self._root(row.persona)))  # cells share them
        self._as_stated &= bool(candidates) and all(c.chance == c.weight for c in candidates)
        value = row.value if row.applies else self._level
        if value is not None:
            self._codes.append(self._code(value))

    def sample(self, log_weights: Sequence[float] | None = None) -> Sample:
        """Return the sample of the dialogues so far.

        Args:
            log_weights: of all of them, in their order; all 0 for `None`.
        """
        logs = np.log(self._applying) if self._not_applicable else None
        places = np.array(self._places, dtype=np.int64)
        if log_weights is not None:
            logs = np.log(self._applying) + np.array(log_weights, dtype=np.float64)[places]
        sample = Sample.of_parts(
            self._label,
            np.array(self._values, dtype=np.float64),
            np.array(self._chances, dtype=np.float64),
            np.array(self._sizes, dtype=np.int64),
            self._personas,
            log_weights=logs,
        )
        return replace(
            sample,
            places=places,
            missing=self._missing,
            not_applicable=self._not_applicable,
            excluded=dict(self._excluded),
            drawn=np.array(self._codes, dtype=np.float64),
            weighing=("as stated" if self._as_stated else "as drawn") if self._sizes else None,
        )


def sample_of_rows(
    label: str,
    rows: Iterable[OutcomeRow],
    variable: Variable,
    root: Callable[[str], str],
    *,
    log_weights: Sequence[float] | None = None,
) -> Sample:
    """Return the sample of some dialogues; see `Gathering`."""
    gathering = Gathering(label, variable, root)
    for row in rows:
        gathering.add(row)
    return gathering.sample(log_weights)


def _answers(
    row: OutcomeRow, candidates: Sequence[ValueCandidate], *, drawn: bool
) -> list[tuple[Answer, float]]:
    """Return what a dialogue can have answered, with the chances that this had.

    What is missing (a candidate in which nothing matches) is left out.
    """
    if drawn or not candidates:
        found = [(Answer(row.value, row.applies), 1.0)]
    else:
        found = [(Answer(c.value, c.applies), c.chance) for c in candidates]
    return [(answer, chance) for answer, chance in found if answer != MISSING and chance > 0]
