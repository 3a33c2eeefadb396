"""Is what a run file says of its plan possible? Checked once, when the file is opened.

Totals, filters and orders are SQL over the table of dialogues, so its values are looked at in SQL
too: a fraction of a second at 100,000 dialogues. What they point to must be there. The rows of all
other tables, of which there are many more, are checked where they are read.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from simulate.errors import quote
from simulate.limits import LARGEST_COUNT
from simulate.runfile.branches import BEHIND_ALL
from simulate.runfile.column_rules import MOST_NATS
from simulate.runfile.corruption import StoredValueError, damage_told
from simulate.runfile.query import Queryable
from simulate.runfile.totals import STATUSES


class _RunFile(Queryable, Protocol):
    path: Path


_TEXT = "typeof({0}) = 'text'", "a text"
_AMOUNT = f"{{0}} BETWEEN 0 AND {LARGEST_COUNT}", "a number ≥ 0"
_COUNT = f"typeof({{0}}) = 'integer' AND {_AMOUNT[0]}", "a whole number ≥ 0"
_AMOUNT_OR_NULL = f"{{0}} IS NULL OR ({_AMOUNT[0]})", f"{_AMOUNT[1]}, or NULL"
_WHERE_FAILED = (
    "typeof({0}) = 'text' OR ({0} IS NULL AND status <> 'failed')",
    "a text where the dialogue failed",
)

DIALOGUE = {
    "id": _COUNT,
    "key": _TEXT,
    "cell": ("{0} IN (SELECT id FROM cell)", "in the table cell"),
    "persona": ("{0} IN (SELECT id FROM persona)", "in the table persona"),
    "replicate": _COUNT,
    "status": (f"{{0}} IN {STATUSES}", f"one of {', '.join(STATUSES)}"),
    "fault": _WHERE_FAILED,
    "error": _WHERE_FAILED,
    "turns": _COUNT,
    "distributions": _COUNT,
    "entropy": (
        f"{{0}} BETWEEN 0 AND {MOST_NATS} * distributions",
        f"a number of nats ≥ 0, at most {MOST_NATS} for each distribution",
    ),
    "calls": _COUNT,
    "prompt_tokens": _COUNT,
    "cached_tokens": _COUNT,
    "completion_tokens": _COUNT,
    "cost_usd": _AMOUNT_OR_NULL,
    "started": _AMOUNT_OR_NULL,
    "finished": _AMOUNT_OR_NULL,
}
"""Column to what holds of each value, in SQL and in words."""

OF_DIALOGUES = (
    "turn",
    "outcome",
    "instructions",
    "call",
    "target_turn",
    "tail_turn",
    "target_state",
    "verdict",
    "draw",
    "step",
    "given_turn",
    "speaker_persona",
    "branch",
)
"""Tables whose rows are of a dialogue; each is ordered, or has an index, by it."""

OF_SHARDS = "SELECT key FROM meta WHERE key IN ('shard', 'merged')"
"""What tells of a file with a part of the plan, and of one with branches of several such files."""

LOST_BRANCHES = """SELECT dialogue, parent, root FROM branch WHERE (
        0 <= root AND root <= parent AND parent < dialogue
        AND root NOT IN (SELECT dialogue FROM branch)
    ) IS NOT TRUE LIMIT 1"""


@damage_told
def check_plan(run: _RunFile) -> None:
    """Refuse a file whose plan cannot be one.

    Raises:
        RunFileError: a dialogue's value breaks a rule, or a row is of no dialogue of the plan.
    """
    # What is of dialogues first: a run that goes on may get more of both meanwhile.
    ends = {name: _ends(run, name, "dialogue") for name in OF_DIALOGUES}
    of_shards = {key for (key,) in run.rows(OF_SHARDS)}
    if "shard" not in of_shards:
        behind = f" WHERE id < {BEHIND_ALL}" if of_shards else ""
        _without_gaps(run, "main.dialogue", behind)
    first, last = _ends(run, "main.dialogue", "id") or (0, -1)
    _without_gaps(run, "cell")
    for table, end in ends.items():
        for number in end:
            if not (isinstance(number, int) and first <= number <= last):
                raise StoredValueError(
                    f"table {table}: a row is of dialogue {_shown(number)}, and the plan has "
                    f"{last - first + 1:,}, from {first}"
                )
    for branch, parent, root in run.rows(LOST_BRANCHES):
        raise StoredValueError(
            f"table branch, dialogue {_shown(branch)}: parent is {_shown(parent)} and root "
            f"{_shown(root)}, and must be dialogues before it, the root one of the plan"
        )
    rules = {column: f"({rule.format(column)})" for column, (rule, _) in DIALOGUE.items()}
    if not _broken(run, "id", " AND ".join(rules.values())):
        return
    for column, rule in rules.items():
        for number, value in _broken(run, f"id, {column}", rule):
            raise StoredValueError(
                f"table dialogue, id {_shown(number)}: {column} is {_shown(value)}, and must be "
                f"{DIALOGUE[column][1]}"
            )


def _broken(run: Queryable, columns: str, rule: str) -> list[tuple[Any, ...]]:
    sql = f"SELECT {columns} FROM main.dialogue WHERE ({rule}) IS NOT TRUE LIMIT 1"  # noqa: S608
    return list(run.rows(sql))


def _ends(run: Queryable, table: str, column: str, only: str = "") -> tuple[Any, ...]:
    """Return the lowest and the highest value of a column; nothing for an empty table."""
    lowest, highest = (f"(SELECT {end}({column}) FROM {table}{only})" for end in ("min", "max"))  # noqa: S608
    sql = f"SELECT {lowest}, {highest}"
    return tuple(end for end in next(run.rows(sql)) if end is not None)


def _without_gaps(run: Queryable, table: str, only: str = "") -> None:
    """Refuse a table whose ids do not go from 0 without gaps."""
    count = int(next(run.rows(f"SELECT count(*) FROM {table}{only}"))[0])  # noqa: S608
    if _ends(run, table, "id", only) not in ((), (0, count - 1)):
        name = table.removeprefix("main.")
        raise StoredValueError(f"table {name}: its {count:,} ids do not go from 0 without gaps")


def _shown(value: Any) -> str:
    return str(value) if isinstance(value, int) else quote(repr(value), 40)
