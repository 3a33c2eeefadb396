"""The cell and the turns of users that typical replies can be about, and how many are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulate.comparison.humans_of_groups import CellsAsOne, cells_told_apart, humans_of
from simulate.errors import StatisticsError, first_of, quote
from simulate.reference import Variable
from simulate.runfile.listed_replies import asked_turns, dialogues_by_key

if TYPE_CHECKING:
    from simulate.reference.respondents import Respondents
    from simulate.runfile import RunReader
    from simulate.scenario import Cell

MOST_DIALOGUES = 400
"""Dialogues whose replies are pooled."""
MOST_CANDIDATES = 1000
"""Replies that are pooled: the distances of all pairs take about a second."""
LOOKED_AT = 40
"""Dialogues in which turns of users are looked for."""


@dataclass(frozen=True)
class UserTurn:
    """A turn at which a simulated user speaks.

    Attributes:
        position: its index.
        speaker: who.
    """

    position: int
    speaker: str


def choices(
    run: RunReader, cells: Sequence[str], dialogue: int | None = None
) -> tuple[tuple[CellsAsOne, ...], CellsAsOne]:
    """Return the cells that can be chosen, and the one that is.

    By default that of a dialogue, else the first in which users state distributions, of those that
    have begun.

    Groups of a protected attribute are told apart as `humans_of_groups` says.

    Raises:
        StatisticsError: there is no cell of this label.
    """
    scenario = run.scenario

    def humans() -> Respondents | None:
        for name in scenario.compare:
            variable = Variable.of_outcome(name, scenario.outcomes[name])
            if (people := humans_of(run, name, variable)) is not None:
                return people
        return None

    found = cells_told_apart(run, run.cells, humans)
    if not cells:
        index = None if dialogue is None else run.dialogue(dialogue).cell.index
        of_it = (each for each in found if any(c.index == index for c in each.cells))
        there = [each for each in found if begun(run, each, 0)]
        stated = (each for each in there if any(map(_states, each.cells)))
        return found, next(of_it, next(stated, (there or found)[0]))
    chosen = next((each for each in found if each.label == cells[0]), None)
    if chosen is None:
        have = first_of([each.label for each in found])
        raise StatisticsError(f"there is no cell {quote(cells[0], 40)}; there are: {have}")
    return found, chosen


def _states(cell: Cell) -> bool:
    """Tell whether a user of a cell states distributions."""
    return any(each.plays == "user" and each.method.states for each in cell.speakers.values())


def users_of(cell: CellsAsOne) -> frozenset[str]:
    """Return the names of the simulated users of a cell."""
    return frozenset(
        name
        for each in cell.cells
        for name, speaker in each.speakers.items()
        if speaker.plays == "user"
    )


def begun(run: RunReader, cell: CellsAsOne, turns: int, *, completed: bool = False) -> list[int]:
    """Return the dialogues of a cell with so many turns, by their keys; see `dialogues_by_key`."""
    return dialogues_by_key(run, [c.index for c in cell.cells], turns, completed=completed)


def user_turns(run: RunReader, cell: CellsAsOne) -> tuple[UserTurn, ...]:
    """Return the turns at which simulated users speak in some dialogues of a cell."""
    users = users_of(cell)
    found: dict[int, str] = {}
    for number in begun(run, cell, 1)[:LOOKED_AT]:
        for position, speaker in asked_turns(run, number):
            if speaker in users:
                found.setdefault(position, speaker)
    return tuple(UserTurn(position, found[position]) for position in sorted(found))
