"""Twins on file: the dialogues of two cells that have the same persona, replicate and draws.

The random number of a draw is named by the persona, the replicate and the turn, and not by the
cell, so that two such dialogues differ only by what the cells do. Branches are no twins.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from simulate.runfile.corruption import damage_told, reading
from simulate.runfile.dialogue import Status
from simulate.runfile.json_columns import load_value
from simulate.runfile.query import Queryable
from simulate.scenario import OutcomeScalar


class TwinRow(NamedTuple):
    """Two dialogues of one persona and replicate.

    Attributes:
        a: the place in the plan of that of the first cell.
        b: of that of the second.
        status_a: how far the first is.
        status_b: how far the second is.
        value_a: of the outcome; None where it is missing.
        value_b: likewise.
    """

    a: int
    b: int
    status_a: Status
    status_b: Status
    value_a: OutcomeScalar | None
    value_b: OutcomeScalar | None


_PAIRS = """SELECT a.id, b.id, a.status, b.status, oa.value, ob.value
    FROM dialogue a
    JOIN dialogue b ON b.cell = ? AND b.persona = a.persona AND b.replicate = a.replicate
    LEFT JOIN outcome oa ON oa.dialogue = a.id AND oa.name = ?
    LEFT JOIN outcome ob ON ob.dialogue = b.id AND ob.name = ?
    WHERE a.cell = ? ORDER BY a.id"""
_MEETING = """SELECT DISTINCT b.cell FROM dialogue a
    JOIN dialogue b ON b.persona = a.persona AND b.replicate = a.replicate AND b.cell <> a.cell
    WHERE a.cell = ? ORDER BY b.cell"""
_PARTING = """SELECT position, speaker FROM (
    SELECT x.position, x.speaker FROM turn x
    LEFT JOIN turn y ON y.dialogue = ?2 AND y.position = x.position
    WHERE x.dialogue = ?1 AND (y.speaker IS NOT x.speaker OR y.text IS NOT x.text
        OR y.ends IS NOT x.ends)
    UNION ALL
    SELECT y.position, y.speaker FROM turn y WHERE y.dialogue = ?2 AND y.position >= (
        SELECT count(*) FROM turn x WHERE x.dialogue = ?1))
    ORDER BY position LIMIT 1"""
NOWHERE = -1


@damage_told
def twin_rows(run: Queryable, a: int, b: int, outcome: str | None) -> Iterator[TwinRow]:
    """Iterate over the twins of two cells, in the order of the plan.

    Args:
        run: the run file.
        a: the index of the first cell.
        b: of the second.
        outcome: whose values are read; no value for None.
    """
    for row in run.rows(_PAIRS, (b, outcome, outcome, a)):
        one, other, status_a, status_b, *values = row
        with reading("outcome", dialogue=f"{one} or {other}", name=outcome or ""):
            read = [None if value is None else load_value(value) for value in values]
        yield TwinRow(one, other, status_a, status_b, *read)


@damage_told
def cells_with_twins(run: Queryable, cell: int) -> tuple[int, ...]:
    """Return the other cells that share personas and replicates with a cell."""
    return tuple(row[0] for row in run.rows(_MEETING, (cell,)))


@damage_told
def dialogues_of_cells(run: Queryable) -> dict[int, int]:
    """Return how many dialogues the plan has in each cell."""
    return dict(run.rows("SELECT cell, count(*) FROM dialogue GROUP BY cell"))


@damage_told
def parts_at(run: Queryable, a: int, b: int) -> tuple[int, str | None]:
    """Return the first turn in which two dialogues differ, and who speaks there.

    They differ in a turn where its speaker, its text, or whether it ends the dialogue differs, or
    where only one of them has it. The turn is `NOWHERE` where they do not, so far.
    """
    found = next(run.rows(_PARTING, (a, b)), None)
    return (NOWHERE, None) if found is None else (int(found[0]), str(found[1]))
