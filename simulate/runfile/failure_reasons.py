"""Why dialogues failed: the reasons, the dialogues of each, and the texts that were not usable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from simulate.runfile.column_rules import UNUSABLE_TEXT, check_row
from simulate.runfile.corruption import damage_told, reading
from simulate.runfile.query import Queryable

FAILED_BEFORE = "failed_before"
"""The fact about a run that keeps the failures of dialogues that were played again since."""


class Failure(NamedTuple):
    """The failed dialogues of one reason.

    Attributes:
        fault: whose failure it is.
        error: the reason.
        dialogues: how many.
        first: the first of them, by its place in the plan.
    """

    fault: str
    error: str
    dialogues: int
    first: int


class FailedDialogue(NamedTuple):
    """A dialogue that failed.

    Attributes:
        dialogue: its place in the plan.
        fault: whose failure it is.
        error: the reason.
        stands: the status that it had before, `planned` or `running`.
    """

    dialogue: int
    fault: str
    error: str
    stands: str


class UnusableText(NamedTuple):
    """What a model wrote that could not be used.

    Attributes:
        raw: the text; None where nothing came.
        problem: why it could not be used.
    """

    raw: str | None
    problem: str


def failures(run: Queryable) -> list[Failure]:
    """Return the reasons of failed dialogues, most frequent first."""
    sql = """SELECT fault, error, count(*), min(id) FROM dialogue WHERE status = 'failed'
        GROUP BY fault, error ORDER BY count(*) DESC, fault, error"""
    return [Failure(*row) for row in run.rows(sql)]


def failed_dialogues(run: Queryable, failure: Failure, most: int = 500) -> list[int]:
    """Return the first dialogues that failed for one reason."""
    sql = """SELECT id FROM dialogue WHERE status = 'failed' AND fault = ? AND error = ?
        ORDER BY id LIMIT ?"""
    return [row[0] for row in run.rows(sql, (failure.fault, failure.error, most))]


def failed_by(run: Queryable, faults: Sequence[str]) -> list[FailedDialogue]:
    """Return the dialogues that failed by one of some faults, in the order of the plan."""
    sql = f"""SELECT id, fault, error, CASE WHEN started IS NULL THEN 'planned' ELSE 'running' END
        FROM dialogue WHERE status = 'failed' AND fault IN ({", ".join("?" * len(faults))})
        ORDER BY id"""  # noqa: S608
    return [FailedDialogue(*row) for row in run.rows(sql, tuple(faults))]


def next_failed(run: Queryable, after: int, step: int = 1) -> int | None:
    """Return the next failed dialogue after one (with step -1, before it), or None.

    The end wraps to the beginning.
    """
    compare, direction = (">", "ASC") if step > 0 else ("<", "DESC")
    start = "SELECT id FROM dialogue WHERE status = 'failed'"
    end = f"ORDER BY id {direction} LIMIT 1"
    for sql, values in (
        (f"{start} AND id {compare} ? {end}", (after,)),
        (f"{start} {end}", ()),
    ):
        for row in run.rows(sql, values):
            return int(row[0])
    return None


@damage_told
def unusable_texts(run: Queryable, dialogue: int) -> list[UnusableText]:
    """Return the calls of a dialogue whose text could not be used, in the order they were made."""
    sql = "SELECT raw, problem FROM call WHERE dialogue = ? AND problem IS NOT NULL ORDER BY id"
    found = [UnusableText(*row) for row in run.rows(sql, (dialogue,))]
    with reading("call", dialogue=dialogue):
        for text in found:
            check_row(UNUSABLE_TEXT, text)
    return found
