"""The weight of a dialogue under another rule: how much likelier it would have been.

For each draw of a simulated user's turns, W = p/q, with q the chance that the drawn text had and p
the one that it would have had; candidates of one text are one. The weight of a dialogue is the
product. What it is squared on average is known before anything is drawn, C = Σ p²/q over the
candidates of a turn; not so where chances depend on earlier draws, as under `tail-first`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from simulate.comparison.reweighing.rule import TurnRule
from simulate.errors import ParseError
from simulate.runfile import Turn
from simulate.runfile.dialogue import NEXT
from simulate.scenario import Cell
from simulate.verbalized import RecordedDraw

Reason = Literal["kept no distribution", "never drawn", "no candidate"]


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a dialogue has no weight.

    Attributes:
        reason: `kept no distribution`: its method gives one reply; `never drawn`: the rule takes
            a candidate that had no chance; `no candidate`: the rule takes none.
        where: such as `turn 3`.
        detail: the method, where it kept no distribution.
    """

    reason: Reason
    where: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Weight:
    """The weight of a chain of draws.

    Attributes:
        log: its logarithm; −∞ where the rule would never have drawn one of them.
        log_square: that of what its square was expected to be; NaN where that is not known.
        obstacle: why it is none; None where it is one.
    """

    log: float = 0.0
    log_square: float = 0.0
    obstacle: Obstacle | None = None

    def times(self, other: Weight) -> Weight:
        """Return the weight of these draws and later ones; those count where these have one."""
        if self.obstacle is not None or self.log == -math.inf:
            return self
        return Weight(self.log + other.log, self.log_square + other.log_square, other.obstacle)


def draw_weight(draw: RecordedDraw, rule: TurnRule, where: str) -> Weight:
    """Return the weight of one draw under a rule."""
    try:
        wanted = rule.chances(draw)
    except ParseError:
        return Weight(obstacle=Obstacle("no candidate", where))
    had = draw.chances
    if wanted is had:
        return Weight()
    texts: dict[tuple[str, bool], int] = {}
    group = [texts.setdefault((c.text, c.ends), len(texts)) for c in draw.distribution.candidates]
    if len(texts) < len(group):
        wanted, had = (np.bincount(group, each).astype(np.float64) for each in (wanted, had))
    if ((wanted > 0) & (had <= 0)).any():
        return Weight(obstacle=Obstacle("never drawn", where))
    chosen = group[draw.chosen]
    held = wanted > 0
    square = float(np.logaddexp.reduce(2 * np.log(wanted[held]) - np.log(had[held])))
    if not held[chosen]:
        return Weight(-math.inf, square)
    return Weight(math.log(wanted[chosen]) - math.log(had[chosen]), square)


def turns_weight(turns: Sequence[Turn], cell: Cell, rule: TurnRule, integrated: int = 0) -> Weight:
    """Return the weight of the turns of simulated users.

    A draw that is made once, and stands in the chain of each turn, counts once.

    Args:
        turns: in order.
        cell: of the dialogue.
        rule: that they are weighed to.
        integrated: how many draws at the end are not counted, as all candidates are.
    """
    found = Weight()
    once: set[tuple[str, str, float]] = set()
    for turn in turns:
        speaker = cell.speakers[turn.speaker]
        if turn.given or speaker.plays != "user":
            continue
        where, own = f"turn {turn.index}", rule.of_speaker(turn.speaker)
        picks = [draw for draw in turn.draws if draw.what not in ("tail", NEXT)]
        method = speaker.method.drawn(picks) if picks else speaker.method
        if not (picks and method.verbalizes):
            found = found.times(
                Weight(obstacle=Obstacle("kept no distribution", where, method.name))
            )
            continue
        last = integrated if turn is turns[-1] else 0
        for draw in turn.draws[: len(turn.draws) - last]:
            key = (turn.speaker, draw.what, draw.u)
            if draw.what == "part" and key in once:
                continue
            once.add(key)
            weight = draw_weight(draw, own, where)
            known = method.draw != "tail-first"
            found = found.times(weight if known else replace(weight, log_square=math.nan))
    return found


def chain_weight(draws: Iterable[RecordedDraw], rule: TurnRule, where: str) -> Weight:
    """Return the weight of a chain of draws, such as those before an outcome."""
    found = Weight()
    for draw in draws:
        found = found.times(draw_weight(draw, rule, where))
    return found
