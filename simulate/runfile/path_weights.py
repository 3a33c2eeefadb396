"""How probable each dialogue of a cell was as stated: the weights of all that was drawn in it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from simulate.errors import quote
from simulate.runfile.corruption import damage_told, reading
from simulate.runfile.query import Queryable

ROWS_BETWEEN = 20_000
_OF_CELL = """FROM dialogue d JOIN {table} w ON w.dialogue = d.id
    LEFT JOIN given_turn g ON g.dialogue = w.dialogue AND g.position = {turn}
    WHERE d.cell = ? AND d.status = 'completed' AND w.candidates IS NOT NULL AND g.source IS NULL"""
_WEIGHT = "json_extract(w.candidates, '$[' || w.chosen || '][2]')"
_REPLIES = f"SELECT w.dialogue, {_WEIGHT} " + _OF_CELL.format(table="turn", turn="w.position")
_PICKS = (
    f"SELECT w.dialogue, {_WEIGHT} "
    + _OF_CELL.format(table="draw", turn="w.turn")
    + (" AND w.turn >= 0 AND w.outcome = '' AND w.what NOT IN ('tail', 'part')")
)

_TOTAL = """SELECT coalesce(sum(distributions), 0) FROM dialogue
    WHERE cell = ? AND status = 'completed'"""


class PathWeight(NamedTuple):
    """How probable what was drawn in a dialogue was as stated.

    Attributes:
        turns: how many turns were drawn from a list, ≥ 1.
        log_weight: the natural logarithm of the product of the weights of what was drawn, ≤ 0;
            −∞ where one was 0.
    """

    turns: int
    log_weight: float

    @property
    def per_turn(self) -> float:
        """Mean logarithm per drawn turn, rounded so that the same weights in any order tie."""
        return round(self.log_weight / self.turns, 12)


def log_product(weights: list[float]) -> float:
    """Return the logarithm of a product of weights in [0, 1]; the order does not matter."""
    if min(weights, default=1.0) <= 0:
        return -math.inf
    return math.fsum(map(math.log, weights))


@damage_told
def path_weights(
    run: Queryable, cell: int, progress: Callable[[int, int], None] = lambda read, of: None
) -> dict[int, PathWeight]:
    """Return the path of each completed dialogue of a cell in which a turn was drawn.

    A turn that was given was not drawn. Whether a turn was asked for from the tail, and the part of
    a mixture that it came from, are no part of what was said.

    Args:
        run: the run file.
        cell: the cell's index.
        progress: is told now and then how many turns were read, and of how many.
    """
    found: dict[int, list[float]] = {}
    turns: dict[int, int] = {}
    (total,) = next(run.rows(_TOTAL, (cell,)))
    for done, (dialogue, weight) in enumerate(run.rows(_REPLIES, (cell,))):
        if done % ROWS_BETWEEN == 0:
            progress(done, total)
        found.setdefault(dialogue, []).append(_checked(dialogue, weight))
        turns[dialogue] = turns.get(dialogue, 0) + 1
    for dialogue, weight in run.rows(_PICKS, (cell,)):
        if dialogue in found:
            found[dialogue].append(_checked(dialogue, weight))
    return {each: PathWeight(turns[each], log_product(weights)) for each, weights in found.items()}


def _checked(dialogue: int, weight: object) -> float:
    with reading("turn", dialogue=dialogue):
        if not isinstance(weight, int | float) or not 0 <= weight <= 1.000001:
            raise ValueError(f"the weight of what was drawn is {quote(repr(weight), 40)}")
    return float(weight)
