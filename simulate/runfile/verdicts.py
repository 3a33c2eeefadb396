"""What checks say across a run: each verdict with the dialogue that it is of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from simulate.runfile.column_rules import VERDICT, check_row
from simulate.runfile.corruption import reading
from simulate.runfile.dialogue import CheckVerdict
from simulate.runfile.query import Queryable

COLUMNS = """v.name, v.verdict, v.whose, v.probability, v.turn, v.reason, v.quote,
    v.disagreement"""


class VerdictAt(NamedTuple):
    """A verdict, and the dialogue that it is of.

    Attributes:
        dialogue: the dialogue's place in the plan, from 0.
        key: its id.
        cell: the index of its cell.
        turns: how many it has.
        verdict: what the check says.
    """

    dialogue: int
    key: str
    cell: int
    turns: int
    verdict: CheckVerdict


class TargetFailure(NamedTuple):
    """A dialogue that failed since the target did not do its part.

    Attributes:
        dialogue: its place in the plan, from 0.
        key: its id.
        cell: the index of its cell.
        turns: how many it has.
        reason: what the target did.
    """

    dialogue: int
    key: str
    cell: int
    turns: int
    reason: str


def verdicts(run: Queryable) -> Iterator[VerdictAt]:
    """Iterate over all verdicts, those of short dialogues first, then in the order of the plan."""
    sql = f"""SELECT d.id, d.key, d.cell, d.turns, {COLUMNS}
        FROM verdict v JOIN dialogue d ON d.id = v.dialogue
        ORDER BY d.turns, d.id, v.name"""  # noqa: S608
    for number, key, cell, turns, *said in run.rows(sql):
        yield VerdictAt(number, key, cell, turns, _verdict(number, said))


def verdicts_of(run: Queryable, dialogue: int) -> tuple[CheckVerdict, ...]:
    """Return what the checks say of a dialogue, by name."""
    sql = f"SELECT {COLUMNS} FROM verdict v WHERE dialogue = ? ORDER BY name"  # noqa: S608
    return tuple(_verdict(dialogue, row) for row in run.rows(sql, (dialogue,)))


def target_failures(run: Queryable) -> Iterator[TargetFailure]:
    """Iterate over the dialogues that failed by the target's fault, short ones first."""
    sql = """SELECT id, key, cell, turns, coalesce(error, '') FROM dialogue
        WHERE status = 'failed' AND fault = 'target' ORDER BY turns, id"""
    return (TargetFailure(*row) for row in run.rows(sql))


def unchecked_dialogues(run: Queryable) -> int:
    """Return how many completed dialogues have no verdict."""
    sql = """SELECT count(*) FROM dialogue WHERE status = 'completed'
        AND id NOT IN (SELECT dialogue FROM verdict)"""
    return int(next(run.rows(sql))[0])


def _verdict(dialogue: int, row: Sequence[Any]) -> CheckVerdict:
    with reading("verdict", dialogue=dialogue, name=row[0]):
        check_row(VERDICT, row)
    return CheckVerdict(*row)
