"""People with human values beside what was simulated of them, and of others without any.

Each person counts once, however many values it has: with the mean of its rows. Whoever has no
simulated value gets the mean of everybody else's, which tells nothing of them; so no human is lost,
and nothing depends on whose simulation failed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from simulate.statistics.rows import Floats, Indices, Rows, persona_means


class Sides(NamedTuple):
    """One number of each person."""

    human: Floats
    """(n,) of their values."""
    simulated: Floats
    """(n,) of what was simulated of them."""
    others: Floats
    """(N,) of what was simulated of the others."""


@dataclass(frozen=True, eq=False)
class PairedPeople:
    """n people with human values and N others, who have simulated ones only."""

    human: Rows
    """Clusters are the n people."""
    simulated: Rows
    """Clusters are the people who were simulated."""
    place: Indices
    """(n,) the cluster of each of the n in `simulated`; −1 for none."""
    others: Indices
    """(N,) the cluster of each of the others; −1 for none."""
    weights: Floats | None = None
    """(N,) of the others, sum 1, so that they have the margins of the n; None: all alike."""
    margins: tuple[Floats, Floats] | None = None
    """(n, K) and (N, K) what the weights make alike, as numbers; None without weights."""

    @property
    def n(self) -> int:
        """People with human values."""
        return len(self.place)

    @cached_property
    def shares(self) -> Floats:
        """(N,) the weight of each of the others; sums to 1."""
        count = len(self.others)
        return np.full(count, 1 / count) if self.weights is None else self.weights

    def sides(self, score: Callable[[Floats], Floats]) -> Sides:
        """Return one number of each person: the mean of what its values count.

        Where the others are weighted, simulated values are without what the margins tell of them:
        a margin of the n is made the others' too, and helps nothing.

        Args:
            score: (m,) values to what they count.
        """
        human = _means(self.human.recoded(score(self.human.values)))
        simulated = _means(self.simulated.recoded(score(self.simulated.values)))
        known = np.append(simulated, self._present @ simulated)
        return self._within_margins(Sides(human, known[self.place], known[self.others]))

    def steps(self) -> tuple[Floats, Floats, Floats]:
        """Return what the distribution functions jump by, value after value.

        Returns:
            (m,) values of both sides, unsorted; (m,) the jumps of the human distribution function;
            (m,) those of the others' simulated one less that of the n.
        """
        change = np.zeros(self.simulated.cluster_count)
        there = self.place >= 0
        np.add.at(change, self.place[there], -1 / self.n)
        known = self.others >= 0
        np.add.at(change, self.others[known], self.shares[known])
        missing = self.shares[~known].sum() - np.count_nonzero(~there) / self.n
        change += missing * self._present
        ours = self.human.value_weights / self.human.cluster_weights[self.human.value_clusters]
        owner = self.simulated.value_clusters
        theirs = self.simulated.value_weights / self.simulated.cluster_weights[owner]
        values = np.concatenate([self.human.values, self.simulated.values])
        nothing = np.zeros(len(ours)), np.zeros(len(theirs))
        jumps = np.concatenate([ours / self.n, nothing[1]])
        return values, jumps, np.concatenate([nothing[0], theirs * change[owner]])

    @cached_property
    def _present(self) -> Floats:
        """(P,) 1/number of those of the n and N who were simulated, 0 of all who are neither."""
        taking_part = np.zeros(self.simulated.cluster_count)
        each = np.concatenate([self.place, self.others])
        taking_part[each[each >= 0]] = 1
        return np.asarray(taking_part / max(taking_part.sum(), 1))

    def _within_margins(self, sides: Sides) -> Sides:
        if self.margins is None:
            return sides
        ours, theirs = self.margins
        middle = ours.mean(axis=0)
        root = np.sqrt(self.shares)[:, None]
        design = np.column_stack([np.ones(len(theirs)), theirs - middle])
        slopes = np.linalg.lstsq(design * root, sides.others * root[:, 0], rcond=None)[0][1:]
        return sides._replace(
            simulated=sides.simulated - (ours - middle) @ slopes,
            others=sides.others - design[:, 1:] @ slopes,
        )


def _means(rows: Rows) -> Floats:
    """Return (G,) the mean of each cluster."""
    return np.asarray(persona_means(replace(rows, strata=np.zeros(rows.n, np.int64)))[0, :, 0])
