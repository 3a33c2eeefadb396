"""Rank correlations: by what the normal scores of a copula must correlate for them to come out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from simulate.errors import PopulationError, quote
from simulate.files.strict import Strict
from simulate.population.attribute import Attribute
from simulate.population.marginal import Discrete
from simulate.statistics.rank_correlation import (
    CLOSE,
    LARGEST_SCORE_CORRELATION,
    Steps,
    nearest_correlation,
    rank_correlation,
    reach,
    score_correlation,
)

Floats = NDArray[np.float64]

ROUNDING = 0.005
"""What correlations with two decimals can be off by: so far they may be moved to fit together."""
LEAST_EIGENVALUE = 1e-6
MOST_ROUNDS = 40
DRAWN_WITHIN = 0.002
"""How near a correlation comes to what is stated where it is found by drawing."""


class RankCorrelation(Strict):
    """Spearman's rank correlation between two ordered attributes, ties by their mid-ranks."""

    between: tuple[str, str]
    """Two attributes that are ordinal, integers or numbers, or categories of two values."""
    rank: Annotated[float, Field(gt=-1, lt=1)]
    """As it comes out among the people who are drawn."""


def check_pairs(
    correlations: Sequence[RankCorrelation], attributes: Mapping[str, Attribute]
) -> None:
    """Check that correlations name attributes with an order, and each pair once.

    Raises:
        ValueError: one does not; the message begins with the field.
    """
    pairs: set[frozenset[str]] = set()
    for number, row in enumerate(correlations):
        field = f"correlations.{number}.between"
        pair = frozenset(row.between)
        if len(pair) < 2 or pair in pairs:
            one, other = (quote(name, 40) for name in row.between)
            wrong = "is one attribute" if len(pair) < 2 else "stands there twice"
            raise ValueError(
                f"{field}: {one} and {other} {wrong}; give each two attributes one correlation"
            )
        pairs.add(pair)
        for name, other in (row.between, row.between[::-1]):
            if name in attributes and other in attributes[name].parents:
                raise ValueError(
                    f"{field}: {quote(name, 40)} is given {quote(other, 40)}: the table says how "
                    "they go together; leave the correlation out"
                )
            attribute = attributes.get(name)
            if attribute is None:
                raise ValueError(
                    f"{field}: {quote(name, 40)} is no attribute; there are: "
                    f"{', '.join(attributes) or 'none'}"
                )
            if attribute.kind == "category" and len(attribute.values or ()) != 2:
                raise ValueError(
                    f"{field}: {quote(name, 40)} is a category and has no ranks to correlate; say "
                    "what it is given the other one by a conditional table (`given`)"
                )


def steps_of(attribute: Attribute) -> Steps:
    """Return the steps of an attribute that is given no others."""
    (marginal,) = attribute.marginals
    return Steps.of(marginal.probabilities if isinstance(marginal, Discrete) else None)


@dataclass(frozen=True)
class Copula:
    """What joins the attributes: how their normal scores correlate.

    Attributes:
        names: the attributes that are correlated.
        matrix: (d, d) of their scores.
        factor: its Cholesky factor.
        moved: by how much the farthest correlation was moved so that all fit together.
    """

    names: tuple[str, ...]
    matrix: Floats
    factor: Floats
    moved: float = 0.0

    def joined(self, scores: Sequence[Floats]) -> list[Floats]:
        """Return correlated scores of independent ones, (n,) of each attribute.

        Sums are taken one by one, so that a person's scores do not depend on who else is drawn.
        """
        found = []
        for row in self.factor:
            total: Floats = np.zeros_like(scores[0])
            for weight, score in zip(row, scores, strict=True):
                if weight:
                    total = total + weight * score
            found.append(total)
        return found


Ranks = Callable[[Copula], Mapping[str, Floats]]
"""Draws people under a copula, and returns the ranks of some attributes, (n,) each."""


def copula_of(
    correlations: Sequence[RankCorrelation], attributes: Mapping[str, Attribute], drawn: Ranks
) -> Copula:
    """Return the copula under which the stated rank correlations come out.

    Of two attributes with marginals it is solved for. Where one is given others, it is found by
    drawing: each score correlation is moved by what its rank correlation misses. The score of what
    is given others is independent of theirs, so that its table holds.

    Args:
        correlations: as stated.
        attributes: all of them.
        drawn: draws people.

    Raises:
        PopulationError: they cannot come out, each by itself or together; with the nearest.
    """
    names = tuple(n for n in attributes if any(n in row.between for row in correlations))
    steps = {name: steps_of(attributes[name]) for name in names if not attributes[name].given}
    matrix: Floats = np.eye(len(names))
    by_drawing: list[tuple[int, int, int]] = []
    for number, row in enumerate(correlations):
        i, j = (names.index(name) for name in row.between)
        if all(name in steps for name in row.between):
            one, other = (steps[name] for name in row.between)
            _check_reach(number, row, one, other)
            found = score_correlation(one, other, row.rank)
            if abs(found) > LARGEST_SCORE_CORRELATION - CLOSE:
                _check_comes_out(number, row, rank_correlation(one, other, found))
            matrix[i, j] = matrix[j, i] = found
        else:
            by_drawing.append((number, i, j))
            matrix[i, j] = matrix[j, i] = row.rank
    if by_drawing:
        matrix = _found_by_drawing(names, matrix, correlations, by_drawing, drawn)
    smallest = float(np.linalg.eigvalsh(matrix).min()) if len(names) else 1.0
    if smallest >= LEAST_EIGENVALUE / 2:
        return Copula(names, matrix, _factor(matrix))
    nearest = nearest_correlation(matrix, LEAST_EIGENVALUE)
    moved = _moved(names, matrix, nearest, steps)
    if moved[0][0] > ROUNDING:
        said = ", ".join(f"{a}–{b} {was:.3f} → {now:.3f}" for _, a, b, was, now in moved[:4])
        raise PopulationError(
            "correlations: nobody can have all of these rank correlations together (the matrix of "
            f"their scores is not positive definite); the nearest that can be: {said}"
            + (f", and {len(moved) - 4} more" if len(moved) > 4 else "")
        )
    return Copula(names, nearest, _factor(nearest), moved[0][0])


def _factor(matrix: Floats) -> Floats:
    return np.linalg.cholesky(matrix).astype(np.float64)


def _check_reach(number: int, row: RankCorrelation, one: Steps, other: Steps) -> None:
    low, high = reach(one, other)
    if low - 1e-9 <= row.rank <= high + 1e-9:
        return
    a, b = row.between
    raise PopulationError(
        f"correlations.{number}.rank: {row.rank:g} between {a} and {b} cannot be reached: with "
        f"these marginals it lies from {_inwards(low)} to {_inwards(high)}; the nearest is "
        f"{_inwards(high if row.rank > high else low)}"
    )


def _check_comes_out(number: int, row: RankCorrelation, achieved: float) -> None:
    """Refuse what needs scores that are nearly one and the same."""
    if abs(achieved - row.rank) > DRAWN_WITHIN:
        raise PopulationError(
            f"correlations.{number}.rank: {row.rank:g} between {' and '.join(row.between)} would "
            f"make them nearly one attribute; the nearest that can be is {_inwards(achieved)}"
        )


def _inwards(end: float) -> str:
    """Write an end of a reach so that it can be given: rounded towards zero."""
    return f"{np.trunc(end * 1000) / 1000:.3f}"


def _found_by_drawing(
    names: Sequence[str],
    matrix: Floats,
    correlations: Sequence[RankCorrelation],
    pairs: Sequence[tuple[int, int, int]],
    drawn: Ranks,
) -> Floats:
    missed: dict[int, float] = {}
    for _ in range(MOST_ROUNDS):
        possible = matrix
        if float(np.linalg.eigvalsh(matrix).min()) < LEAST_EIGENVALUE / 2:
            possible = nearest_correlation(matrix, LEAST_EIGENVALUE)
        copula = Copula(tuple(names), possible, _factor(possible))
        ranks = drawn(copula)
        missed = {
            number: correlations[number].rank - spearman(ranks[names[i]], ranks[names[j]])
            for number, i, j in pairs
        }
        if max(map(abs, missed.values())) < DRAWN_WITHIN:
            return possible
        for number, i, j in pairs:
            r = possible[i, j] + missed[number]
            limit = LARGEST_SCORE_CORRELATION
            matrix[i, j] = matrix[j, i] = min(max(r, -limit), limit)
    number = max(missed, key=lambda each: abs(missed[each]))
    row = correlations[number]
    raise PopulationError(
        f"correlations.{number}.rank: {row.rank:g} between {' and '.join(row.between)} cannot be "
        f"reached, with what they are given and the other correlations; the nearest is about "
        f"{row.rank - missed[number]:.2f}"
    )


def spearman(one: Floats, other: Floats, weights: Floats | None = None) -> float:
    """Return Spearman's ρ of two columns, ties by their mid-ranks; 0 where one is constant.

    Args:
        one: (n,).
        other: (n,).
        weights: (n,) of the people; None where all weigh the same.
    """
    w: Floats = np.ones(len(one)) if weights is None else weights
    centred = []
    for column in (one, other):
        values, place = np.unique(column, return_inverse=True)
        sizes = np.bincount(place, w, minlength=len(values))
        grades = (np.cumsum(sizes) - sizes / 2)[place]
        centred.append(grades - grades @ w / w.sum())
    size = float(np.sqrt((centred[0] ** 2 @ w) * (centred[1] ** 2 @ w)))
    return float(centred[0] * centred[1] @ w) / size if size > 0 else 0.0


def _moved(
    names: Sequence[str], stated: Floats, nearest: Floats, steps: Mapping[str, Steps]
) -> list[tuple[float, str, str, float, float]]:
    """Return by how much each rank correlation moves, from what to what; the farthest first."""
    found = []
    for i, a in enumerate(names):
        for j, b in enumerate(names[:i]):
            was, now = (
                rank_correlation(steps[a], steps[b], float(m[i, j]))
                if a in steps and b in steps
                else float(m[i, j])
                for m in (stated, nearest)
            )
            found.append((abs(now - was), b, a, was, now))
    return sorted(found, reverse=True)
