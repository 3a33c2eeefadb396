"""Effects of the factors of a run: main effects, and how one changes another.

- The *main effect* of a factor is the mean over the cells with one of its levels less that over the
  cells with another one: of each two levels, or of each against the first where there are many.
- The *interaction* of two factors is a difference of differences: by how much the effect of one,
  each level less the first, is larger at a level of the other than at its first.
- *Strata* are groups of people that were measured, and not assigned: their differences are shown as
  such, and are no effects; how an effect differs between strata is an interaction.

Intervals and p are those of `simulate.statistics.mean_contrasts`, for whatever design; p by Holm
over all effects of the outcome. A run with reference has effects on D², too; see
`simulate.comparison.factorial_effects`, whose interaction is half of the one here. Source: Box,
Hunter and Hunter 2005, ch. 5.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from simulate.comparison.summary.persona_means import PersonaMeans
from simulate.population.protected import Protects, is_protected
from simulate.statistics.mean_contrasts import MeanContrast
from simulate.statistics.permutation import holm

if TYPE_CHECKING:
    from simulate.comparison.nuisance import Claims
    from simulate.scenario.design import Factor

MOST_ALL_PAIRS = 4
"""Of a factor with more levels, each is set against the first only."""
MOST_FACTORS = 6
"""Interactions are of the first factors."""

Kind = Literal["main", "interaction", "strata"]


@dataclass(frozen=True)
class FactorEffect:
    """An effect on one quantity.

    Attributes:
        kind: `main`, `interaction`, or `strata`: a difference between measured groups.
        factors: the one, or the two, whose effect it is.
        name: such as `tone: warm − cool`.
        of: `mean`, or the level whose share it is.
        contrast: the effect.
        p_holm: adjusted over all effects of the outcome, measured groups left out.
    """

    kind: Kind
    factors: tuple[str, ...]
    name: str
    of: str
    contrast: MeanContrast
    p_holm: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        own = {name: getattr(self, name) for name in ("kind", "factors", "name", "of")}
        return {**own, **asdict(self.contrast), "p_holm": self.p_holm}


def factor_effects(
    means: PersonaMeans,
    factors: Sequence[Factor],
    claims: Claims | None,
    protects: Protects = is_protected,
) -> tuple[FactorEffect, ...]:
    """Return the effects of factors on an outcome; nothing with fewer than two that vary.

    Those of strata by a protected attribute are called the model's portrayal.
    """
    unclaimed = () if claims is None else claims.unclaimed
    varied = [
        factor
        for factor in factors
        if factor.kind != "random"
        and factor.name not in unclaimed
        and len({cell.levels.get(factor.name) for cell in means.cells}) > 1
    ]
    if len(varied) < 2:
        return ()
    found = [effect for factor in varied for effect in _main(means, factor)]
    for one, other in itertools.combinations(varied[:MOST_FACTORS], 2):
        if not one.kind == other.kind == "stratum":
            found += _interactions(means, one, other)
    portrayed = {f.name for f in varied if f.kind == "stratum" and protects(f.name)}
    found = [
        replace(each, name=f"{each.name} (the model's portrayal of {name})")
        if (name := next((n for n in each.factors if n in portrayed), None))
        else each
        for each in found
    ]
    tested = [effect for effect in found if effect.kind != "strata"]
    adjusted = iter(holm([effect.contrast.p for effect in tested]))
    return tuple(
        effect if effect.kind == "strata" else replace(effect, p_holm=next(adjusted))
        for effect in found
    )


def main_effects(means: PersonaMeans, factor: Factor) -> Iterator[tuple[str, list[float]]]:
    """Yield the name and the weights of each main effect of a factor."""
    cells = {level: places(means, {factor.name: level}) for level in factor.levels}
    levels = [level for level, found in cells.items() if found]
    pairs = [(level, levels[0]) for level in levels[1:]]
    if len(levels) <= MOST_ALL_PAIRS:
        pairs = [(b, a) for a, b in itertools.combinations(levels, 2)]
    for a, b in pairs:
        yield f"{factor.name}: {a} − {b}", means.weights(cells[a], cells[b])


def places(means: PersonaMeans, levels: dict[str, str]) -> list[int]:
    """Return the cells that have these levels, by their place."""
    return [i for i, cell in enumerate(means.cells) if levels.items() <= cell.levels.items()]


def _main(means: PersonaMeans, factor: Factor) -> Iterator[FactorEffect]:
    kind: Kind = "strata" if factor.kind == "stratum" else "main"
    for name, weights in main_effects(means, factor):
        for at, of in enumerate(means.of):
            contrast = means.contrast(weights, at)
            yield FactorEffect(kind, (factor.name,), name, of, contrast)


def _interactions(means: PersonaMeans, one: Factor, other: Factor) -> Iterator[FactorEffect]:
    if one.kind == "stratum":  # the effect is that of the other one
        one, other = other, one
    first, base = one.levels[0], other.levels[0]
    for level, at_level in itertools.product(one.levels[1:], other.levels[1:]):
        corners = [
            places(means, {one.name: x, other.name: y})
            for x, y in ((level, at_level), (first, at_level), (level, base), (first, base))
        ]
        if not all(corners):
            continue
        there = means.weights(corners[0], corners[1])
        here = means.weights(corners[2], corners[3])
        weights = [a - b for a, b in zip(there, here, strict=True)]
        name = f"({one.name}: {level} − {first}) at {at_level} − at {base}"
        for at, of in enumerate(means.of):
            contrast = means.contrast(weights, at)
            yield FactorEffect("interaction", (one.name, other.name), name, of, contrast)
