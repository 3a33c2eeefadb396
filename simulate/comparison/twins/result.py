"""Twins of two cells: how many, in which order, and what they say together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulate.comparison.sentences import moved
from simulate.comparison.summary.contrasts import CellDifference
from simulate.comparison.summary.persona_means import MEAN
from simulate.comparison.twins.parting import Parting
from simulate.runfile import Dialogue
from simulate.runfile.twin_pairs import NOWHERE
from simulate.terminal.numbers import ends, p_text, signed
from simulate.terminal.safe_text import counted

MOST_LISTED = 1000
"""Pairs in JSON."""
HOW = {
    "failed": "of which one failed",
    "missing": "of which one has no value",
    "not_applicable": "to one of which the outcome does not apply",
    "excluded": "of which a rule of the scenario leaves one out",
    "unfinished": "still to be played",
}
"""What became of a pair without a difference, in words."""


class PairCounts(NamedTuple):
    """Pairs, by what became of them.

    Attributes:
        compared: both are completed and have a value.
        failed: one of them failed, or both.
        missing: the outcome of one is missing.
        not_applicable: it does not apply to one.
        excluded: a rule of the scenario leaves one out.
        unfinished: one is still to be played.
        alone_a: dialogues of the first cell that have no twin in the plan.
        alone_b: of the second.
    """

    compared: int = 0
    failed: int = 0
    missing: int = 0
    not_applicable: int = 0
    excluded: int = 0
    unfinished: int = 0
    alone_a: int = 0
    alone_b: int = 0

    @property
    def pairs(self) -> int:
        """Pairs of the plan."""
        return sum(self[:6])

    @property
    def told(self) -> list[str]:
        """Say how many pairs have no difference, and why."""
        found = [
            f"{counted(n, 'pair')} {how}" for name, how in HOW.items() if (n := getattr(self, name))
        ]
        if alone := self.alone_a + self.alone_b:
            found.append(f"{counted(alone, 'dialogue')} whose persona did not meet the other cell")
        return found


class Twin(NamedTuple):
    """A pair.

    Attributes:
        a: the dialogue of the first cell, by its place in the plan.
        b: of the second.
        difference: of the drawn outcomes, the first less the second; of words without an order,
            1 where they differ, else 0; None where one has no value.
        state: a field of `PairCounts`.
    """

    a: int
    b: int
    difference: float | None
    state: str


class TwinDetail(NamedTuple):
    """What a list shows of a pair.

    Attributes:
        pair: which.
        persona: of both.
        replicate: of both.
        shown_a: the outcome of the first, or how far it is where it is not completed.
        shown_b: of the second.
        turn: the first in which they differ; `NOWHERE` where they do not, so far.
        speaker: who speaks there.
    """

    pair: Twin
    persona: str
    replicate: int
    shown_a: str
    shown_b: str
    turn: int
    speaker: str | None


class TwinDialogues(NamedTuple):
    """A pair with all that was said, and where the two part."""

    pair: Twin
    a: Dialogue
    b: Dialogue
    parting: Parting


@dataclass(frozen=True, eq=False)
class Twins:
    """Twins of two cells of a run.

    Attributes:
        path: the run file.
        cells: the labels of all cells.
        a: the index of the first cell.
        b: of the second; None where there is none to set beside it.
        outcome: by whose difference they are sorted; None where none can be coded.
        unit: of it.
        signed: whether a difference is a number with a sign, and not only that words differ.
        counts: of all pairs.
        left: (n,) dialogues of the first cell, by their difference: first what goes farthest in the
            direction of the mean, last what goes farthest against it, then what has none.
        right: (n,) of the second.
        differences: (n,) NaN where there is none.
        states: (n,) fields of `PairCounts`, as `STATES` numbers them.
        why_none: why there are no pairs; empty where there are.
        withheld: why nothing is said of the outcome, as of a group of a protected attribute of
            which too few humans are known; empty where something is.
        contrast: of the two cells, as `simulate summary` computes it; None until it is asked for,
            empty where there is none.
        parted: turn to how many of the pairs that were looked at part there; -1: not at all.
        speakers: who speaks at each of those turns.
        looked: how many pairs that have ended were looked at, evenly over the list.
        top: the first pairs.
        example: the first of them.
    """

    path: Path
    cells: tuple[str, ...]
    a: int
    b: int | None
    outcome: str | None
    unit: str | None
    signed: bool
    counts: PairCounts
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    differences: NDArray[np.float64]
    states: NDArray[np.int8]
    why_none: str = ""
    withheld: str = ""
    contrast: tuple[CellDifference, ...] | None = None
    parted: Mapping[int, int] = field(default_factory=dict)
    speakers: Mapping[int, str] = field(default_factory=dict)
    looked: int = 0
    top: tuple[TwinDetail, ...] = ()
    example: TwinDialogues | None = None

    def __len__(self) -> int:
        return len(self.left)

    def __bool__(self) -> bool:
        return True

    def at(self, start: int, stop: int) -> list[Twin]:
        """Return some pairs in their order."""
        some = slice(start, stop)
        columns = (self.left, self.right, self.differences, self.states)
        return [
            Twin(a, b, None if np.isnan(d) else d, PairCounts._fields[state])
            for a, b, d, state in zip(*(each[some].tolist() for each in columns), strict=True)
        ]

    @property
    def names(self) -> tuple[str, str]:
        """The labels of the two cells."""
        return self.cells[self.a], "" if self.b is None else self.cells[self.b]

    @property
    def differing(self) -> int:
        """How many pairs have another outcome."""
        return int((np.nan_to_num(self.differences) != 0).sum())

    @property
    def sentence(self) -> str:
        """Where the cells differ, in plain words."""
        if self.why_none:
            return self.why_none
        a, b = self.names
        parts = [told for c in self.contrast or () if (told := self._moved(c))][:1]
        if self.withheld:
            parts.append(f"of {self.outcome} nothing is said: {self.withheld}")
        elif self.outcome is not None and self.counts.compared:
            parts.append(self._counted())
        elif self.outcome is not None:
            parts.append(f"no pair has {self.outcome} in both yet")
        elif not self.looked:
            parts.append("none has ended yet")
        pairs = "the same person with the same random numbers in both"
        return f"{a} against {b}, {pairs}: {'; '.join(parts or ['what is said is compared'])}."

    def _counted(self) -> str:
        """Say in how many pairs the outcome differs, and in which direction."""
        pairs = counted(self.counts.compared, "pair")
        if not self.signed or not self.differing:
            return f"{self.outcome} differs in {self.differing:,} of {pairs}"
        higher, lower = int((self.differences > 0).sum()), int((self.differences < 0).sum())
        a, b = self.names
        if higher < lower:
            higher, lower, a, b = lower, higher, b, a
        return f"{self.outcome} is higher in {a} in {higher:,} of {pairs}, and in {b} in {lower:,}"

    @property
    def parting_told(self) -> str:
        """Where what is said begins to differ, and what that does not say; empty where unknown."""
        if (turn := self.usual_turn) is None:
            same = f"{self.parted.get(NOWHERE, 0):,} of {counted(self.looked, 'pair')}"
            return f"The same is said in {same}." if self.looked else ""
        who = f" ({self.speakers[turn]})" if turn in self.speakers else ""
        share = f"{self.parted[turn]:,} of {counted(self.looked, 'pair')}"
        told = f"What is said differs from turn {turn}{who} on in {share}"
        parting = None if self.example is None else self.example.parting
        if parting is not None and parting.turn == turn and parting.designed:
            told += f", by design: {parting.designed}"
        return f"{told}. Which turn decided is another question: the tree of a dialogue says that."

    @property
    def usual_turn(self) -> int | None:
        """The turn at which most pairs part; None where more do not part at all."""
        turn = max(self.parted, key=lambda t: (self.parted[t], -t), default=NOWHERE)
        return None if turn < 0 else turn

    def _moved(self, found: CellDifference) -> str:
        """Say by how much the first cell's mean, or share, is higher or lower; nothing for none."""
        of = found.contrast
        if of.value is None:
            return ""
        told = moved(found, self.outcome or "", self.unit)
        return told if of.p is None else f"{told} ({p_text(of.p)})"

    @property
    def notes(self) -> tuple[str, ...]:
        """What must be known to read the numbers, beside `counts.told`."""
        return tuple(self._notes())

    def _notes(self) -> list[str]:
        if self.why_none or self.outcome is None:
            return []
        found: list[str] = []
        a, b = self.names
        if self.signed and not self.withheld:
            found.append(
                f"a pair's difference is {self.outcome} as it was drawn in {a}, less that in {b}; "
                "the mean is over all that could have been drawn, each persona once, as in "
                "simulate summary"
            )
        if self.contrast == () and self.signed and self.counts.compared and not self.withheld:
            found.append("no difference between these cells is claimed: see simulate summary")
        found += [
            f"share of “{c.of}”: {signed(c.contrast.value)}{ends(c.contrast.interval, signed)}"
            for c in self.contrast or ()
            if c.of != MEAN
        ]
        if any(c.contrast.interval is None for c in self.contrast or ()):
            found.append("no interval: it takes 20 personas that do not all differ by the same")
        if self.looked and self.looked < self.counts.pairs - self.counts.unfinished:
            found.append(
                f"where they part was looked up in {self.looked:,} pairs, evenly over the list"
            )
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON, at most 1,000 pairs."""
        a, b = self.names
        listed = self.at(0, MOST_LISTED)
        return {
            "run": str(self.path),
            "sentence": self.sentence,
            "parting_told": self.parting_told or None,
            "cells": list(self.cells),
            "a": a,
            "b": b or None,
            "outcome": self.outcome,
            "unit": self.unit,
            "counts": self.counts._asdict(),
            "contrast": None if self.contrast is None else [c.to_dict() for c in self.contrast],
            "parted": {
                "looked": self.looked,
                "turns": {str(t): n for t, n in sorted(self.parted.items()) if t >= 0},
                "never": self.parted.get(NOWHERE, 0),
            },
            "largest": self.example
            and {**self.example.pair._asdict(), "parting": self.example.parting.to_dict()},
            "showing": len(listed),
            "of": len(self),
            "pairs": [each._asdict() for each in listed],
            "notes": (*self.counts.told, *self.notes),
        }


STATES = {name: place for place, name in enumerate(PairCounts._fields)}
