"""People from marginals: uniform numbers become attributes, many people at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulate.population.attribute import Attribute
from simulate.population.correlation import Copula, RankCorrelation, copula_of
from simulate.population.given import RowFinder, in_order
from simulate.population.marginal import LARGEST_U
from simulate.population.persona import Attributes, Value
from simulate.randomness import generator

if TYPE_CHECKING:
    from scipy.stats import qmc

Floats = NDArray[np.float64]

EVEN = 2**15
"""People who stand for all where something has no closed form: correlations of what is given
others, the acceptance of constraints, the shares of strata."""


class Joint:
    """The joint distribution of attributes: marginals, a Gaussian copula, conditional tables."""

    def __init__(
        self, attributes: Mapping[str, Attribute], correlations: Sequence[RankCorrelation]
    ) -> None:
        self.attributes = attributes
        self.correlations = correlations
        self._order = in_order(attributes)
        self._finders = {n: RowFinder(n, attributes) for n, a in attributes.items() if a.given}

    @cached_property
    def copula(self) -> Copula:
        """How the normal scores of the attributes correlate.

        Raises:
            PopulationError: the rank correlations cannot come out.
        """
        return copula_of(self.correlations, self.attributes, self._ranks_under)

    def people(self, uniforms: Sequence[Floats]) -> list[Attributes]:
        """Return the attributes of people.

        Args:
            uniforms: (n,) for each attribute, in their order; independent, in [0, 1).

        Raises:
            PopulationError: the rank correlations cannot come out.
        """
        columns = self._columns(dict(zip(self.attributes, uniforms, strict=True)), self.copula)
        names = list(self.attributes)
        return [
            dict(zip(names, values, strict=True))
            for values in zip(*(columns[name] for name in names), strict=True)
        ]

    def evenly(self, n: int = EVEN) -> list[Attributes]:
        """Return 2^m people who fill the space evenly, always the same: to compute with.

        Raises:
            PopulationError: the rank correlations cannot come out.
        """
        return self.people(_points("population:even", len(self.attributes), n))

    def _columns(self, uniforms: dict[str, Floats], copula: Copula) -> dict[str, list[Value]]:
        if copula.names:
            from scipy.special import ndtr, ndtri

            scores = [ndtri(np.maximum(uniforms[name], 2.0**-53)) for name in copula.names]
            for name, joined in zip(copula.names, copula.joined(scores), strict=True):
                uniforms[name] = np.minimum(ndtr(joined), LARGEST_U)
        columns: dict[str, list[Value]] = {}
        for name in self._order:
            if name in uniforms:
                columns[name] = self._drawn(name, uniforms[name], columns)
        return columns

    def _drawn(self, name: str, u: Floats, columns: Mapping[str, Sequence[Value]]) -> list[Value]:
        marginals = self.attributes[name].marginals
        if name not in self._finders:
            return marginals[0].draw(u)
        rows = np.array(self._finders[name].rows(columns))
        values = np.empty(len(u), object)
        for row in np.unique(rows):
            here = rows == row
            values[here] = marginals[row].draw(u[here])
        found: list[Value] = values.tolist()
        return found

    def _ranks_under(self, copula: Copula) -> dict[str, Floats]:
        needed = set(copula.names)
        for name in reversed(self._order):
            if name in needed:
                needed.update(self.attributes[name].parents)
        names = [name for name in self.attributes if name in needed]
        points = _points("population:calibration", len(names), EVEN)
        columns = self._columns(dict(zip(names, points, strict=True)), copula)
        return {name: ranks(self.attributes[name], columns[name]) for name in copula.names}


def ranks(attribute: Attribute, values: Iterable[Value | None]) -> Floats:
    """Return what orders the values of an attribute, (n,)."""
    if attribute.kind in ("integer", "number"):
        return np.array(list(values), float)
    places = {value: float(i) for i, value in enumerate(attribute.values or ())}
    return np.array([places[value] for value in values if value is not None])


def _points(what: str, dimensions: int, n: int) -> list[Floats]:
    """Return 2^m points that are always the same, (n,) for each dimension."""
    return list(sobol(generator(0, what), dimensions).random(n).T)


def sobol(random: np.random.Generator, dimensions: int) -> qmc.Sobol:
    """Return a scrambled Sobol sequence in [0, 1), to take 2^m points and then as many again of."""
    from scipy.stats import qmc

    return qmc.Sobol(dimensions, rng=random)
