"""Forecasts: what was stated at a point of a human dialogue, beside what the person did then.

A walk through human dialogues fills these records, and all scores are computed from them. One
record holds one method's forecasts of one thing: the next act, the next text, whether the person
leaves, or the outcome. Rows of one person are not independent, so that a person is a cluster.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulate.errors import StatisticsError
from simulate.population import Value
from simulate.reference.split import SPLITS, Split
from simulate.statistics.rows import TOLERANCE, Indices, cluster_index

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

NONE = "none of these"
"""The level of what happened and was not among those asked for; its probability is asked for too,
and where it is a level, it is the last one."""


@dataclass(frozen=True, eq=False)
class Positions:
    """n points of human dialogues, one a row. Made with `of`, which checks them."""

    person: tuple[str, ...]
    """(n,) who did what happened next."""
    dialogue: tuple[str, ...]
    """(n,) in which dialogue."""
    turn: Indices
    """(n,) the index of the turn that is forecast, from 0; for an outcome, how many turns had been
    taken when it was asked for."""
    role: tuple[str, ...]
    """(n,) the speaker who the person is."""
    split: tuple[Split, ...]
    """(n,) the same for all rows of a person."""
    amount_stated: Flags
    """(n,) whether an amount had been stated before."""
    previous_act: tuple[str, ...]
    """(n,) the act of the turn before, by whoever took it; empty where none is known."""
    traits: Mapping[str, tuple[Value | None, ...]] = field(default_factory=dict)
    """Attribute, known before the dialogue, to (n,) its values; None where it is not known."""

    @classmethod
    def of(
        cls,
        person: Sequence[str],
        dialogue: Sequence[str],
        turn: ArrayLike,
        role: Sequence[str],
        split: Sequence[Split],
        *,
        amount_stated: ArrayLike | None = None,
        previous_act: Sequence[str] | None = None,
        traits: Mapping[str, Sequence[Value | None]] | None = None,
    ) -> Self:
        """Make positions and check them; there may be none.

        Without `amount_stated` none was stated before, without `previous_act` none is known.

        Raises:
            StatisticsError: lengths differ, a turn is no whole number from 0, or a person is in
                both splits.
        """
        n = len(person)
        turns = np.asarray(turn).ravel()
        after = np.zeros(n) if amount_stated is None else np.asarray(amount_stated).ravel()
        acts = ("",) * n if previous_act is None else tuple(previous_act)
        known = {name: tuple(values) for name, values in (traits or {}).items()}
        columns = {
            "dialogues": dialogue, "turns": turns, "roles": role, "splits": split,
            "flags of a stated amount": after, "previous acts": acts, **known,
        }  # fmt: skip
        for name, column in columns.items():
            if len(column) != n:
                raise StatisticsError(f"{n:,} persons but {len(column):,} {name}")
        if n and not (np.issubdtype(turns.dtype, np.integer) and turns.min() >= 0):
            raise StatisticsError("turns must be whole numbers from 0")
        of_person: dict[str, Split] = {}
        for who, part in zip(person, split, strict=True):
            if part not in SPLITS:
                raise StatisticsError(f"split is {part!r}; it must be one of {', '.join(SPLITS)}")
            if of_person.setdefault(who, part) != part:
                raise StatisticsError(f"person {who!r} is in both splits; split by person")
        return cls(
            tuple(person), tuple(dialogue), turns.astype(np.int64), tuple(role), tuple(split),
            after.astype(np.bool_), acts, known,
        )  # fmt: skip

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(self.person)

    @cached_property
    def clusters(self) -> Indices:
        """(n,) the number of each row's person, from 0."""
        return cluster_index(self.person)

    @cached_property
    def keys(self) -> tuple[tuple[str, int, str], ...]:
        """(n,) dialogue, turn and role, by which forecasts of two methods are paired."""
        return tuple(zip(self.dialogue, self.turn.tolist(), self.role, strict=True))

    def of_split(self, split: Split) -> Indices:
        """Return the rows of the people of one split, (m,) indices."""
        return np.flatnonzero([part == split for part in self.split]).astype(np.int64)

    def taken(self, rows: Indices) -> Self:
        """Return these rows, (m,) indices, in this order."""
        at = rows.tolist()
        return replace(
            self,
            person=tuple(self.person[i] for i in at),
            dialogue=tuple(self.dialogue[i] for i in at),
            turn=self.turn[rows],
            role=tuple(self.role[i] for i in at),
            split=tuple(self.split[i] for i in at),
            amount_stated=self.amount_stated[rows],
            previous_act=tuple(self.previous_act[i] for i in at),
            traits={name: tuple(v[i] for i in at) for name, v in self.traits.items()},
        )


@dataclass(frozen=True, eq=False)
class Forecasts:
    """n distributions over K levels, with the level that came true. Made with `of`."""

    what: str
    """What is forecast: `act`, `leaving`, or the name of an outcome."""
    method: str
    """What stated them, such as `vs`, or the name of a baseline."""
    levels: tuple[str, ...]
    """K ≥ 2 levels; `NONE`, where it is one, is the last."""
    stated: Floats
    """(n, K) ≥ 0, each row sums to 1."""
    happened: Indices
    """(n,) the level that came true."""
    positions: Positions
    ordered: bool = False
    """Whether the levels, but `NONE`, are in an order."""
    codes: Floats | None = None
    """(K,) what the levels are in numbers, ascending, where they are amounts."""
    answers: Indices | None = None
    """(n,) of how many independent answers a row holds the relative frequencies; None where the
    probabilities were stated."""
    failed: int = 0
    """Further positions at which nothing could be read."""

    @classmethod
    def of(
        cls,
        what: str,
        method: str,
        levels: Sequence[str],
        stated: ArrayLike,
        happened: ArrayLike,
        positions: Positions,
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
        called, n = tuple(levels), positions.n
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
            what, method, called, shares, came.astype(np.int64), positions,
            ordered or numbers is not None, numbers,
            None if counts is None else counts.astype(np.int64), failed,
        )  # fmt: skip

    @property
    def n(self) -> int:
        """Number of forecasts."""
        return self.positions.n

    def taken(self, rows: Indices) -> Self:
        """Return these forecasts, (m,) indices, in this order."""
        answers = None if self.answers is None else self.answers[rows]
        return replace(
            self,
            stated=self.stated[rows],
            happened=self.happened[rows],
            positions=self.positions.taken(rows),
            answers=answers,
        )

    def of_split(self, split: Split) -> Self:
        """Return the forecasts of the people of one split."""
        return self.taken(self.positions.of_split(split))


@dataclass(frozen=True, eq=False)
class TextForecasts:
    """n distributions over at most k texts, by their distances in an embedding space."""

    method: str
    weights: Floats
    """(n, k) of the texts of each row, which sum to 1; 0 where a row has fewer."""
    to_truth: Floats
    """(n, k) distance of each text to what the person said; NaN where a row has fewer."""
    between: Floats
    """(n, k, k) distances of the texts of a row to each other; NaN likewise."""
    positions: Positions
    failed: int = 0
    """Further positions at which nothing could be read."""

    @classmethod
    def of(
        cls,
        method: str,
        candidates: Sequence[ArrayLike],
        weights: Sequence[ArrayLike],
        truths: ArrayLike,
        positions: Positions,
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
        n = positions.n
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
        return cls(method, shares, to_truth, between, positions, failed)

    @property
    def n(self) -> int:
        """Number of forecasts."""
        return self.positions.n

    def taken(self, rows: Indices) -> Self:
        """Return these forecasts, (m,) indices, in this order."""
        return replace(
            self,
            weights=self.weights[rows],
            to_truth=self.to_truth[rows],
            between=self.between[rows],
            positions=self.positions.taken(rows),
        )

    def of_split(self, split: Split) -> Self:
        """Return the forecasts of the people of one split."""
        return self.taken(self.positions.of_split(split))


def paired(
    one: Forecasts | TextForecasts, other: Forecasts | TextForecasts
) -> tuple[Indices, Indices]:
    """Return the rows of each, (m,) and (m,), that forecast the same dialogue, turn and role."""
    place = {key: i for i, key in enumerate(other.positions.keys)}
    both = [(i, place[key]) for i, key in enumerate(one.positions.keys) if key in place]
    pairs = np.array(both, dtype=np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]
