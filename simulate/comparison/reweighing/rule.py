"""The rule that turns are weighed to: how likely each candidate would have been under it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from simulate.errors import StatisticsError, quote
from simulate.runfile.dialogue import NEXT
from simulate.verbalized import DrawSettings, RecordedDraw, ReplyDistribution
from simulate.verbalized.draw_settings import Draw, lighter
from simulate.verbalized.probability_map import LEAVING, REPLIES, ProbabilityMap

OF_THE_DESIGN = frozenset({"tail", "part", NEXT})
"""What is drawn by the design of a run, and by its stated probabilities under every rule: whether a
turn is asked for from the tail, the part of a mixture, whom a moderator calls on."""


@dataclass(frozen=True)
class TurnRule:
    """How a reply, or an act, would be drawn.

    Attributes:
        settings: how a candidate is drawn from weights.
        below: only candidates whose weight is below it are drawn, in (0, 1]; None for all.
        map: what becomes of the weights before; None where they stay.
        mapped: the speakers whose weights it is for.
    """

    settings: DrawSettings
    below: float | None = None
    map: ProbabilityMap | None = None
    mapped: tuple[str, ...] = ()

    def of_speaker(self, name: str) -> TurnRule:
        """Return the rule by which a speaker's turns are drawn."""
        fits = self.map is None or name in self.mapped
        return self if fits else replace(self, map=None)

    def chances(self, draw: RecordedDraw) -> NDArray[np.float64]:
        """Return how likely each candidate of a draw would have been, (k,), sums to 1.

        Raises:
            ParseError: no candidate lies below `below`.
        """
        stated = draw.distribution.weights
        if draw.what in OF_THE_DESIGN:
            return stated
        weights = stated
        if self.map is not None:
            weights = self.map.applied(stated, _of_event(draw.distribution, self.map))
        if self.below is None:
            return self.settings.chances(weights)
        kept = lighter(weights, self.below)
        chances = np.zeros(len(weights))
        chances[kept] = self.settings.chances(weights[kept] / weights[kept].sum())
        return chances

    @property
    def words(self) -> str:
        """The rule in a few words, such as `by probability, tempered by 1.5`."""
        settings = self.settings
        parts = [f"by {settings.rule}" if settings.rule == "probability" else settings.rule]
        parts += [f"tempered by {settings.temper:g}"] if settings.temper is not None else []
        parts += [f"only candidates below {self.below:g}"] if self.below is not None else []
        parts += [f"with a {self.map.kind} map of {self.map.what}"] if self.map is not None else []
        stated = len(parts) == 1 and settings.rule == "probability"
        return "as stated" if stated else ", ".join(parts)


AS_STATED = TurnRule(DrawSettings())
"""By the probabilities that the model stated."""


def _of_event(
    distribution: ReplyDistribution, probability_map: ProbabilityMap
) -> NDArray[np.bool_]:
    """Tell which candidates are the event of a map."""
    if probability_map.what == LEAVING:
        return np.array([each.ends for each in distribution.candidates])
    return probability_map.is_event(distribution.texts)


def turn_rule(
    draw: Draw | None = None,
    temper: float | None = None,
    below: float | None = None,
    probability_map: ProbabilityMap | None = None,
) -> TurnRule | None:
    """Return the rule that is asked for; None where none is.

    Args:
        draw: the rule that picks a candidate.
        temper: what weights are tempered by.
        below: only candidates whose weight is below it are drawn.
        probability_map: of what users say, or of how likely they leave; else it is no rule of
            turns, and left out.

    Raises:
        StatisticsError: a number lies outside its range, or two options contradict each other.
    """
    if probability_map is not None and probability_map.what not in (REPLIES, LEAVING):
        probability_map = None
    if draw is None and temper is None and below is None and probability_map is None:
        return None
    if draw not in (None, "probability", "uniform", "mode"):
        raise StatisticsError(f"draw must be probability, uniform or mode, got {quote(str(draw))}")
    if temper is not None and draw not in (None, "probability"):
        raise StatisticsError(
            f"temper flattens the draw by probability, but draw is {draw}: leave one of them out"
        )
    if below is not None and not 0 < below <= 1:
        raise StatisticsError(f"below must lie in (0, 1], got {below:g}")
    try:
        settings = DrawSettings(draw or "probability", temper)
    except ValueError as error:
        raise StatisticsError(str(error)) from None
    return TurnRule(settings, below, probability_map)
