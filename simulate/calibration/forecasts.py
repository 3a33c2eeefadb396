"""Forecasts: what was stated at a point of a human dialogue, beside what the person did then.

A walk through human dialogues fills these records, and all scores are computed from them. One
record holds one method's forecasts of one thing: the next act, the next text, whether the person
leaves, or the outcome. Rows of one person are not independent, so that a person is a cluster.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulate.errors import StatisticsError
from simulate.population import Value
from simulate.reference.split import Split
from simulate.statistics.rows import TOLERANCE, Floats, Indices, cluster_index

Flags = NDArray[np.bool_]

NONE = "none of these"
"""The level of what happened and was not among those asked for; its probability is asked for too,
and where it is a level, it is the last one."""


@dataclass(frozen=True, slots=True)
class Position:
    """A point of a human dialogue at which something was forecast.

    Attributes:
        person: who did what happened next.
        dialogue: in which dialogue.
        turn: the index of the turn that is forecast, from 0; of an outcome, how many turns had been
            taken when it was asked for.
        role: the speaker who the person is.
        split: on which side the person is.
        amount_stated: whether an amount had been stated before.
        previous_act: of the turn before, by whoever took it; empty where it is not known.
        traits: attributes of the person, known before the dialogue; without unknown ones.
    """

    person: str
    dialogue: str
    turn: int
    role: str
    split: Split
    amount_stated: bool = False
    previous_act: str = ""
    traits: Mapping[str, Value] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, int, str]:
        """By which forecasts of two methods are paired."""
        return self.dialogue, self.turn, self.role


@dataclass(frozen=True, eq=False, kw_only=True)
class _AtPositions:
    """What one method stated at n positions."""

    method: str
    """What stated it, such as `vs`, or the name of a baseline."""
    positions: tuple[Position, ...]
    """(n,)"""
    failed: int = 0
    """Further positions at which nothing could be read."""
    _columns: ClassVar[tuple[str, ...]]
    """The fields with a row for each position."""

    @property
    def n(self) -> int:
        """Number of positions."""
        return len(self.positions)

    @property
    def persons(self) -> int:
        """Number of different people."""
        return len({at.person for at in self.positions})

    @cached_property
    def clusters(self) -> Indices:
        """(n,) the number of each row's person, from 0."""
        return cluster_index([at.person for at in self.positions])

    @cached_property
    def turns(self) -> Indices:
        """(n,) the turn of each row."""
        return np.array([at.turn for at in self.positions], dtype=np.int64)

    def taken(self, rows: Indices) -> Self:
        """Return these rows, (m,) indices, in this order."""
        there = {name: getattr(self, name) for name in self._columns}
        columns: dict[str, Any] = {k: v[rows] for k, v in there.items() if v is not None}
        return replace(self, positions=tuple(self.positions[i] for i in rows.tolist()), **columns)

    def of_split(self, split: Split) -> Self:
        """Return the rows of the people of one split."""
        there = np.array([at.split == split for at in self.positions], np.bool_)
        return self.taken(np.flatnonzero(there))


@dataclass(frozen=True, eq=False, kw_only=True)
class Forecasts(_AtPositions):
    """n distributions over K levels, with the level that came true. Made with `of`."""

    what: str
    """What is forecast: `act`, `leaving`, or the name of an outcome."""
    levels: tuple[str, ...]
    """K ≥ 2 levels; `NONE`, where it is one, is the last."""
    stated: Floats
    """(n, K) ≥ 0, each row sums to 1."""
    happened: Indices
    """(n,) the level that came true."""
    ordered: bool = False
    """Whether the levels, but `NONE`, are in an order."""
    codes: Floats | None = None
    """(K,) what the levels are in numbers, ascending, where they are amounts."""
    answers: Indices | None = None
    """(n,) of how many independent answers a row holds the relative frequencies; None where the
    probabilities were stated."""
    _columns = ("stated", "happened", "answers")

    @classmethod
    def of(
        cls,
        what: str,
        method: str,
        levels: Sequence[str],
        stated: ArrayLike,
        happened: ArrayLike,
        positions: Sequence[Position],
        *,
        ordered: bool = False,
        codes: ArrayLike | None = None,
        answers: ArrayLike | None = None,
        failed: int = 0,
    ) -> Self:
        """Make forecasts and check them; there may be none.

        Raises:
            StatisticsError: lengths differ, a level stands twice, probabilities are negative, no
                numbers or do not sum to 1, no such level came true, or codes do not ascend.
        """
        called, n = tuple(levels), len(positions)
        if len(called) < 2 or len(set(called)) < len(called):
            raise StatisticsError(f"{what}: two or more different levels are needed: {called}")
        if NONE in called[:-1]:
            raise StatisticsError(f"{what}: “{NONE}” must be the last level")
        shares = np.asarray(stated, dtype=np.float64).reshape(-1, len(called))
        came = np.asarray(happened).ravel()
        counts = None if answers is None else np.asarray(answers).ravel()
        for name, column in (("forecasts", shares), ("levels that came true", came)):
            if len(column) != n:
                raise StatisticsError(f"{what}: {n:,} positions but {len(column):,} {name}")
        wrong = ~((shares >= 0).all(axis=1) & (np.abs(shares.sum(axis=1) - 1) <= TOLERANCE))
        if wrong.any():
            raise StatisticsError(
                f"{what}: the probabilities of forecast {int(wrong.argmax()) + 1:,} of {method} "
                "must be 0 or above and sum to 1"
            )
        whole = np.issubdtype(came.dtype, np.integer)
        if n and not (whole and came.min() >= 0 and came.max() < len(called)):
            raise StatisticsError(f"{what}: what came true must be one of {len(called)} levels")
        if counts is not None and not (len(counts) == n and (counts >= 1).all()):
            raise StatisticsError(f"{what}: each forecast must be of one answer or more")
        numbers = None if codes is None else np.asarray(codes, dtype=np.float64).ravel()
        if numbers is not None and not (
            len(numbers) == len(called)
            and np.isfinite(numbers).all()
            and (np.diff(numbers) > 0).all()
        ):
            raise StatisticsError(f"{what}: the codes of the levels must be numbers that ascend")
        return cls(
            what=what, method=method, levels=called, stated=shares, happened=came.astype(np.int64),
            positions=tuple(positions), ordered=ordered or numbers is not None, codes=numbers,
            answers=None if counts is None else counts.astype(np.int64), failed=failed,
        )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class TextForecasts(_AtPositions):
    """n distributions over at most k texts, by their distances in an embedding space."""

    weights: Floats
    """(n, k) of the texts of each row, which sum to 1; 0 where a row has fewer."""
    to_truth: Floats
    """(n, k) distance of each text to what the person said; NaN where a row has fewer."""
    between: Floats
    """(n, k, k) distances of the texts of a row to each other; NaN likewise."""
    _columns = ("weights", "to_truth", "between")

    @classmethod
    def of(
        cls,
        method: str,
        candidates: Sequence[ArrayLike],
        weights: Sequence[ArrayLike],
        truths: ArrayLike,
        positions: Sequence[Position],
        *,
        failed: int = 0,
    ) -> Self:
        """Measure the distances, Euclidean, of embedded texts.

        Args:
            method: what stated them.
            candidates: of each row (k_i, d), k_i ≥ 1.
            weights: of each row (k_i,) ≥ 0, which sum to 1.
            truths: (n, d) of what the persons said.
            positions: n.
            failed: further positions at which nothing could be read.

        Raises:
            StatisticsError: lengths differ, or weights do not sum to 1.
        """
        n = len(positions)
        said = np.asarray(truths, dtype=np.float64).reshape(n, -1)
        if not n == len(candidates) == len(weights):
            raise StatisticsError(
                f"{n:,} positions but {len(candidates):,} forecasts of {len(weights):,} weights"
            )
        most = max((len(np.asarray(w)) for w in weights), default=1)
        shares = np.zeros((n, most))
        to_truth, between = np.full((n, most), np.nan), np.full((n, most, most), np.nan)
        for i, (listed, parts) in enumerate(zip(candidates, weights, strict=True)):
            texts, given = np.asarray(listed, np.float64), np.asarray(parts, np.float64)
            k = len(given)
            unusable = not (len(texts) == k and (given >= 0).all())
            if unusable or abs(given.sum() - 1) > TOLERANCE:
                raise StatisticsError(f"the weights of forecast {i + 1:,} must sum to 1")
            shares[i, :k] = given
            to_truth[i, :k] = np.linalg.norm(texts - said[i], axis=1)
            between[i, :k, :k] = np.linalg.norm(texts[:, None] - texts[None], axis=2)
        return cls(
            method=method, weights=shares, to_truth=to_truth, between=between,
            positions=tuple(positions), failed=failed,
        )  # fmt: skip


def paired(
    one: Forecasts | TextForecasts, other: Forecasts | TextForecasts
) -> tuple[Indices, Indices]:
    """Return the rows of each, (m,) and (m,), that forecast the same dialogue, turn and role."""
    place = {at.key: i for i, at in enumerate(other.positions)}
    both = [(i, place[at.key]) for i, at in enumerate(one.positions) if at.key in place]
    pairs = np.array(both, dtype=np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def level_of(act: str, levels: Sequence[str]) -> int:
    """Return the number of the level that an act is.

    Raises:
        StatisticsError: the levels do not end with `NONE`.
    """
    if levels[-1] != NONE:
        raise StatisticsError(f"the acts {', '.join(levels)} do not end with “{NONE}”")
    return levels.index(act) if act in levels else len(levels) - 1
