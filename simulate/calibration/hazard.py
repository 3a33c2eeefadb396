"""The hazard of leaving: of those who are still there, what share leaves in a turn?

Where a study asks for a minimum length nobody may leave before it, so that nothing is scored or
compared there; in PersuasionForGood each of both had to send ten messages.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulate.calibration.forecasts import Forecasts
from simulate.errors import StatisticsError
from simulate.statistics.proportions import Proportion, proportion
from simulate.statistics.rows import Rows
from simulate.statistics.skill import Mean, mean


@dataclass(frozen=True, slots=True)
class HazardRow:
    """One turn.

    Attributes:
        turn: its index.
        human: the share of people who leave of those who are there, with its interval.
        stated: the mean probability that they leave, with its interval.
        bias: stated − human, with its interval by person.
    """

    turn: int
    human: Proportion
    stated: Mean
    bias: Mean


def could_leave(forecasts: Forecasts, shortest: int) -> Forecasts:
    """Return the forecasts of turns that may be a person's last.

    Args:
        forecasts: of leaving.
        shortest: turns that a dialogue had to have, of both together; the last but one of them may
            be the last of who took it.
    """
    return forecasts.taken(np.flatnonzero(forecasts.turns + 2 >= shortest))


def hazard(forecasts: Forecasts) -> tuple[HazardRow, ...]:
    """Return the hazard by turn.

    Args:
        forecasts: of leaving; the second of their two levels is that the person leaves.

    Raises:
        StatisticsError: there are not two levels.
    """
    if len(forecasts.levels) != 2:
        raise StatisticsError(f"{forecasts.what}: leaving has two levels, not {forecasts.levels}")
    p, left = forecasts.stated[:, 1], forecasts.happened.astype(np.float64)
    turns, people = forecasts.turns, forecasts.clusters
    found = []
    for turn in np.unique(turns).tolist():
        here = turns == turn
        persons = np.unique(people[here], return_inverse=True)[1]
        human = proportion(Rows.of(left[here], clusters=persons))
        found.append(
            HazardRow(turn, human, mean(p[here], persons), mean((p - left)[here], persons))
        )
    return tuple(found)
