"""Reading what users said at a turn, or last, of some dialogues of a cell.

Of many dialogues some are read: those that come first by their keys. A key is a hash of what the
dialogue is, known before it runs, so that this is a sample by identity: the same dialogues whenever
it is asked for, in whatever order they were played.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from simulate.comparison.humans_of_groups import CellsAsOne, cells_told_apart, humans_of
from simulate.errors import StatisticsError, first_of, quote
from simulate.reference import Variable
from simulate.runfile.corruption import reading
from simulate.runfile.json_columns import draw_from

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


class Listed(NamedTuple):
    """A reply that a dialogue lists at the turn.

    Attributes:
        dialogue: its place in the plan.
        text: of the reply; empty where the user would leave without a word.
        weight: in the dialogue; those of a dialogue sum to 1.
        drawn: whether it was said.
    """

    dialogue: int
    text: str
    weight: float
    drawn: bool


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

    By default that of a dialogue, else the first in which users state distributions.

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
        stated = (each for each in found if any(map(_states, each.cells)))
        return found, next(of_it, next(stated, found[0]))
    chosen = next((each for each in found if each.label == cells[0]), None)
    if chosen is None:
        have = first_of([each.label for each in found])
        raise StatisticsError(f"there is no cell {quote(cells[0], 40)}; there are: {have}")
    return found, chosen


def _states(cell: Cell) -> bool:
    """Tell whether a user of a cell states distributions."""
    return any(each.plays == "user" and each.method.states for each in cell.speakers.values())


def begun(
    run: RunReader, cell: CellsAsOne, position: int = 0, *, completed: bool = False
) -> list[int]:
    """Return the dialogues of a cell that have reached a turn and did not fail, by their keys."""
    statuses = "('completed')" if completed else "('completed', 'running')"
    indexes = ", ".join(str(each.index) for each in cell.cells)
    sql = f"""SELECT id FROM dialogue WHERE cell IN ({indexes}) AND status IN {statuses}
        AND turns > ? ORDER BY key"""  # noqa: S608
    return [row[0] for row in run.rows(sql, (position,))]


def user_turns(run: RunReader, cell: CellsAsOne) -> tuple[UserTurn, ...]:
    """Return the turns at which simulated users speak in some dialogues of a cell."""
    users = {
        name
        for each in cell.cells
        for name, speaker in each.speakers.items()
        if speaker.plays == "user"
    }
    found: dict[int, str] = {}
    sql = """SELECT position, speaker FROM turn t WHERE dialogue = ? AND NOT EXISTS (
        SELECT 1 FROM given_turn g WHERE (g.dialogue, g.position) = (t.dialogue, t.position))"""
    for number in begun(run, cell)[:LOOKED_AT]:
        for position, speaker in run.rows(sql, (number,)):
            if speaker in users:
                found.setdefault(position, speaker)
    return tuple(UserTurn(position, found[position]) for position in sorted(found))


def listed(run: RunReader, dialogues: Sequence[int], turn: UserTurn) -> Iterator[Listed]:
    """Yield what some dialogues list at a turn; where nothing was drawn, what was said."""
    sql = """SELECT text, candidates, chosen, parse FROM turn
        WHERE dialogue = ? AND position = ? AND speaker = ?"""
    for number in dialogues:
        for text, candidates, chosen, parse in run.rows(sql, (number, turn.position, turn.speaker)):
            if candidates is None:
                yield Listed(number, text, 1.0, drawn=True)
                continue
            with reading("turn", dialogue=number, position=turn.position):
                draw = draw_from("reply", candidates, chosen, 0.0, parse=parse, text=text)
            weights = draw.distribution.weights.tolist()
            each = zip(draw.distribution.candidates, weights, strict=True)
            for place, (candidate, weight) in enumerate(each):
                yield Listed(number, candidate.text, weight, drawn=place == draw.chosen)


def last_words(run: RunReader, number: int, users: frozenset[str]) -> tuple[int, str] | None:
    """Return index and text of the last turn of a user in a dialogue; None without one."""
    sql = "SELECT position, speaker, text FROM turn WHERE dialogue = ? ORDER BY position DESC"
    for position, speaker, text in run.rows(sql, (number,)):
        if speaker in users and text:
            return position, text
    return None
