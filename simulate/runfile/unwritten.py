"""How much of a plan is not on file yet; see `simulate.engine.unwritten`."""

from __future__ import annotations

from collections.abc import Sequence

from simulate.runfile.json_columns import dump
from simulate.runfile.statements import META, Statement

UNWRITTEN = "unwritten"
"""The key of `meta` that says how many dialogues of each cell are planned and not on file yet."""
NOTHING_LEFT = "DELETE FROM meta WHERE key = ?"
BY_CELL = """SELECT u.key AS cell, 'planned' AS status, u.value AS dialogues
    FROM meta m, json_each(m.value) u WHERE m.key = 'unwritten'"""
COUNTED = f"""SELECT cell, status, count(*) AS dialogues FROM dialogue GROUP BY cell, status
    UNION ALL {BY_CELL}"""  # noqa: S608
"""Dialogues of the plan; those that are not on file yet are planned, too."""
BY_STATUS = f"SELECT status, sum(dialogues) FROM ({COUNTED}) GROUP BY status"  # noqa: S608
BY_CELL_AND_STATUS = f"""SELECT cell, status, sum(dialogues) FROM ({COUNTED})
    GROUP BY cell, status"""  # noqa: S608


def unwritten_statement(left: Sequence[int]) -> Statement:
    """Say how many dialogues of each cell are not on file yet."""
    return (META, (UNWRITTEN, dump(left))) if any(left) else (NOTHING_LEFT, (UNWRITTEN,))
