"""Whether the replies to be drawn from narrow as a dialogue goes on.

A turn's effective size is exp(H), H the entropy of its distribution in nats: how many equally
likely replies would be as uncertain (`ReplyDistribution.effective_size`). Candidates of the same
text are one reply, and where an act is drawn before the reply, H is of both. Of one speaker of one
cell, over the D completed dialogues with at least two drawn turns, H_d1 … H_dn,

    first = exp(mean_d H_d1),   middle = exp(mean_d H_d at the median turn),
    last = exp(mean_d H_dn),    ratio = first / last = exp(mean_d (H_d1 − H_dn)),

so that all are geometric means over the same dialogues, and the ratio is paired within each. Its
interval is that of the mean of H_d1 − H_dn over dialogues in clusters, a persona's together
(`statistics.clusters`), exponentiated. A ratio above 1: the last turn leaves fewer replies
than the first. Why is not told: what a person can plausibly say narrows too, when a talk comes to
its end.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from simulate.runfile.draw_statistics import TurnEntropy, turn_entropies
from simulate.statistics.clusters import effective_size, interval_of_mean
from simulate.statistics.confidence import Interval
from simulate.statistics.mean_contrasts import FEWEST_PERSONAS
from simulate.statistics.rows import cluster_index
from simulate.verbalized import MethodSpec

if TYPE_CHECKING:
    from simulate.runfile import RunReader


@dataclass(frozen=True, slots=True)
class AtReply:
    """The drawn turns of a speaker that come at one place among its own.

    Attributes:
        reply: the place, from 1.
        dialogues: how many have it.
        effective_size: exp of the mean entropy.
    """

    reply: int
    dialogues: int
    effective_size: float


@dataclass(frozen=True, slots=True)
class EntropyByTurn:
    """One speaker of one cell; see the module.

    Attributes:
        cell: the cell's label.
        speaker: who draws.
        method: how its distributions are obtained.
        stated: whether their weights are stated; where they are all equal, the effective size
            only says how many different candidates there are.
        dialogues: completed ones with at least two drawn turns.
        personas: the people behind them.
        first: effective size at the first drawn turn; None without such a dialogue.
        middle: at the median one.
        last: at the last one.
        ratio: first / last.
        interval: 95 % of the ratio; None with fewer than 20 effective personas, or where all
            dialogues have the same ratio.
        by_reply: the effective size at each drawn turn, over the dialogues that have it.
        k: how many candidates the method asks for; None where the model decides.
    """

    cell: str
    speaker: str
    method: str
    stated: bool
    dialogues: int = 0
    personas: int = 0
    first: float | None = None
    middle: float | None = None
    last: float | None = None
    ratio: float | None = None
    interval: Interval | None = None
    by_reply: tuple[AtReply, ...] = ()
    k: int | None = None


@dataclass
class _Drawn:
    """What a speaker of a cell has drawn: per dialogue, H at the first, middle and last turn."""

    ends: list[tuple[float, float, float]] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    sums: list[float] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)

    def add(self, person: str, entropies: Sequence[float]) -> None:
        for place, entropy in enumerate(entropies):
            if place == len(self.sums):
                self.sums.append(0.0)
                self.counts.append(0)
            self.sums[place] += entropy
            self.counts[place] += 1
        size = len(entropies)
        if size > 1:
            middle = (entropies[(size - 1) // 2] + entropies[size // 2]) / 2
            self.ends.append((entropies[0], middle, entropies[-1]))
            self.people.append(person)


def entropy_by_turn(run: RunReader) -> list[EntropyByTurn]:
    """Return one row for each speaker of each cell that plays a user.

    Raises:
        RunFileError: the run file cannot be read.
    """
    drawn: dict[tuple[int, str], _Drawn] = {}
    for _, turns in groupby(turn_entropies(run), key=lambda turn: turn.dialogue):
        of_speaker: dict[str, list[TurnEntropy]] = {}
        for turn in turns:
            of_speaker.setdefault(turn.speaker, []).append(turn)
        for speaker, own in of_speaker.items():
            of = drawn.setdefault((own[0].cell, speaker), _Drawn())
            of.add(run.root(own[0].persona), [turn.entropy for turn in own])
    return [
        _row(cell.label, name, speaker.method, drawn.get((cell.index, name), _Drawn()))
        for cell in run.cells
        for name, speaker in cell.speakers.items()
        if speaker.plays == "user"
    ]


def _row(cell: str, speaker: str, method: MethodSpec, drawn: _Drawn) -> EntropyByTurn:
    by_reply = tuple(
        AtReply(place, count, math.exp(total / count))
        for place, (total, count) in enumerate(zip(drawn.sums, drawn.counts, strict=True), start=1)
    )
    row = EntropyByTurn(cell, speaker, method.name, method.states, by_reply=by_reply, k=_k(method))
    if not drawn.ends:
        return row
    ends, people = np.array(drawn.ends), cluster_index(drawn.people)
    first, middle, last = np.exp(ends.mean(axis=0)).tolist()
    narrowing = ends[:, 0] - ends[:, 2]
    interval = None
    if effective_size(np.bincount(people).astype(float)) >= FEWEST_PERSONAS and np.ptp(narrowing):
        low, high = interval_of_mean(narrowing, people)
        interval = (math.exp(low), math.exp(high))
    return replace(
        row,
        dialogues=len(ends),
        personas=int(people.max()) + 1,
        first=first,
        middle=middle,
        last=last,
        ratio=math.exp(float(narrowing.mean())),
        interval=interval,
    )


def _k(method: MethodSpec) -> int | None:
    return method.k if isinstance(method.k, int) else None
