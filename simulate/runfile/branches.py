"""Branches: dialogues that share the turns of another one, and then go on from another candidate.

They stand in the same file as their parents, after all dialogues that are there when they are
made. Whoever reads a run meets the dialogues of its plan: `PLAN_ONLY` is what readers call the
table `dialogue`, unless they ask for branches too. In `main.dialogue` stand all of them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from simulate.runfile.dialogue import Spent
from simulate.runfile.query import Queryable

PLAN_ONLY = """CREATE TEMP VIEW dialogue AS SELECT * FROM main.dialogue
    WHERE id NOT IN (SELECT dialogue FROM branch)"""
BEHIND_ALL = 10**12
"""The number of the first branch of a shard: no dialogue of a plan has such a one."""
OF_PLAN = "dialogue NOT IN (SELECT dialogue FROM branch)"
"""Holds of a row that is of a dialogue of the plan, in a table that is read as a whole."""


@dataclass(frozen=True, slots=True)
class NewBranch:
    """A branch that is to be begun.

    Attributes:
        id: its place in the file.
        key: a hash of what it is.
        parent: the dialogue whose turns it shares.
        root: the dialogue of the plan that it goes back to.
        turn: where it leaves its parent.
        chosen: the candidate that it takes there.
        text: what is said there.
        ends: whether that ends the talk.
        asked: the outcomes that were measured before that turn.
    """

    id: int
    key: str
    parent: int
    root: int
    turn: int
    chosen: int
    text: str
    ends: bool
    asked: Sequence[str] = ()


class BranchOnFile(NamedTuple):
    """A branch that was begun: its place in the file, and how far it is."""

    id: int
    status: str


_COPIED = (
    "INSERT INTO instructions SELECT :id, speaker, text FROM instructions WHERE dialogue = :parent",
    """INSERT INTO speaker_persona SELECT :id, speaker, persona FROM speaker_persona
        WHERE dialogue = :parent""",
    """INSERT INTO turn SELECT :id, position, speaker, text, parse, chosen, candidates, entropy, u,
        ends FROM turn WHERE dialogue = :parent AND position <= :turn""",
    # What null stood for is said no more.
    """UPDATE turn SET candidates = json_set(candidates, '$[' || chosen || '][0]', text)
        WHERE dialogue = :id AND position = :turn
        AND json_type(candidates, '$[' || chosen || '][0]') = 'null'""",
    "UPDATE turn SET text = :text, chosen = :chosen, ends = :ends "
    "WHERE dialogue = :id AND position = :turn",
    """INSERT INTO given_turn SELECT :id, t.position, coalesce(g.source, d.key)
        FROM turn t JOIN dialogue d ON d.id = t.dialogue
        LEFT JOIN given_turn g ON g.dialogue = t.dialogue AND g.position = t.position
        WHERE t.dialogue = :parent AND t.position <= :turn""",
    """INSERT INTO target_turn SELECT :id, position, messages, tool_calls, latency_s
        FROM target_turn WHERE dialogue = :parent AND position <= :turn""",
    """INSERT INTO tail_turn SELECT :id, position, below FROM tail_turn
        WHERE dialogue = :parent AND position <= :turn""",
    # How likely each candidate was to be drawn says nothing of one that is taken by force.
    """INSERT INTO draw SELECT :id, turn, outcome, number, what, candidates, chances, chosen, u
        FROM draw WHERE dialogue = :parent AND turn BETWEEN 0 AND :turn
        AND (turn < :turn OR candidates IS NOT NULL)""",
)
"""What a branch has of its parent. Turns are given, and keep what they were drawn from."""
_ASKED = """INSERT INTO outcome SELECT :id, name, value, number, NULL, NULL, parse, NULL
    FROM outcome WHERE dialogue = :parent AND name = :name"""
"""An outcome that was measured before is given too: the value that was drawn."""


def branch_statements(branch: NewBranch) -> Iterator[tuple[str, Any]]:
    """Write the beginning of a branch, so that it goes on like a dialogue that was interrupted."""
    values = {
        "id": branch.id,
        "key": branch.key,
        "parent": branch.parent,
        "root": branch.root,
        "turn": branch.turn,
        "chosen": branch.chosen,
        "text": branch.text,
        "ends": int(branch.ends),
        "turns": branch.turn + 1,
        "now": time.time(),
    }
    yield (
        """INSERT INTO dialogue (id, key, cell, persona, replicate, status, turns, started)
        SELECT :id, :key, cell, persona, replicate, 'running', :turns, :now
        FROM dialogue WHERE id = :parent""",
        values,
    )
    yield "INSERT INTO branch VALUES (:id, :parent, :root, :turn, :chosen)", values
    for sql in _COPIED:
        yield sql, values
    for name in branch.asked:
        yield _ASKED, {**values, "name": name}


def next_number(run: Queryable) -> int:
    """Return the number of the next dialogue of the plan; behind branches, but those of shards."""
    sql = f"SELECT coalesce(max(id) + 1, 0) FROM main.dialogue WHERE id < {BEHIND_ALL}"  # noqa: S608
    return int(next(run.rows(sql))[0])


def next_branch(run: Queryable) -> int:
    """Return the number of the next branch; in a shard, behind all that the whole plan may have."""
    shard = next(run.rows("SELECT 1 FROM meta WHERE key = 'shard'"), None)
    last = next(run.rows("SELECT coalesce(max(id), -1) FROM main.dialogue"))[0]
    return max(int(last) + 1, 0 if shard is None else BEHIND_ALL)


def branch_on_file(run: Queryable, key: str) -> BranchOnFile | None:
    """Return the branch of a key; None where it was not begun."""
    sql = "SELECT id, status FROM main.dialogue WHERE key = ?"
    return next((BranchOnFile(*row) for row in run.rows(sql, (key,))), None)


def branches_of(run: Queryable, dialogue: int) -> list[tuple[int, int, int, str]]:
    """Return the branches that leave a dialogue: place in the file, turn, candidate and status."""
    sql = """SELECT d.id, b.turn, b.chosen, d.status FROM branch b
        JOIN main.dialogue d ON d.id = b.dialogue WHERE b.parent = ? ORDER BY d.id"""
    return [(number, *rest) for number, *rest in run.rows(sql, (dialogue,))]


def asked_before(run: Queryable, dialogue: int, turn: int) -> tuple[str, ...]:
    """Return the outcomes that a dialogue was asked for before a turn."""
    sql = """SELECT what FROM step WHERE dialogue = ? AND kind = 'ask' AND turn <= ?
        ORDER BY number"""
    return tuple(name for (name,) in run.rows(sql, (dialogue, turn)))


def branches_told(run: Queryable) -> list[str]:
    """Say how many branches a file has, and what they took; nothing where it has none."""
    sql = """SELECT count(*), coalesce(sum(d.calls), 0), coalesce(sum(d.prompt_tokens), 0),
        coalesce(sum(d.cached_tokens), 0), coalesce(sum(d.completion_tokens), 0), sum(d.cost_usd)
        FROM branch b JOIN main.dialogue d ON d.id = b.dialogue"""
    count, *took = next(run.rows(sql))
    if not count:
        return []
    spent = Spent(*took)
    tokens = spent.prompt_tokens + spent.completion_tokens
    branches = "1 branch is" if count == 1 else f"{count:,} branches are"
    return [
        f"{branches} on file too, in {spent.calls:,} calls and {tokens:,} tokens, and not counted "
        "here: a reply was forced on them"
    ]


def paid(run: Queryable) -> Spent:
    """Return what all calls on file took, those of branches too."""
    sql = """SELECT coalesce(sum(calls), 0), coalesce(sum(prompt_tokens), 0),
        coalesce(sum(cached_tokens), 0), coalesce(sum(completion_tokens), 0),
        CASE WHEN sum(calls > 0 AND cost_usd IS NULL) THEN NULL ELSE sum(cost_usd) END
        FROM main.dialogue"""
    return Spent(*next(run.rows(sql)))
