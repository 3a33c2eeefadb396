"""Put the shards of a plan together in one run file; all of it in SQL, one attached file at a time.

Dialogues keep their numbers, which are those of the plan. What is numbered by each shard for
itself (its calls, its batches, its branches) is numbered anew by a rule that needs no memory: the
k-th of shard I of N becomes number (k - 1) N + I. So a merge can be repeated as shards grow, and
takes what has changed, wherever that is.

Which tables and columns there are is read from the schema: a column that refers to a dialogue, a
call or a batch says so there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from simulate.runfile.branches import BEHIND_ALL
from simulate.runfile.files import reading_uri
from simulate.runfile.header import PlannedDialogue
from simulate.runfile.json_columns import dump
from simulate.runfile.shard import Shard
from simulate.runfile.statements import META

SHARED = ("refusal", "notice", "cell")
"""Tables of facts that several shards may have."""
NUMBERED = {"call": "id", "batch": "number"}
"""Tables whose rows each shard numbers for itself, from 1, with the column of the number."""
SUMMED = "answered_by"
"""A table of which a run has one row for what several shards have a row each for."""

_TAKEN = "CREATE TEMP TABLE taken (old INTEGER PRIMARY KEY, new INTEGER NOT NULL)"
_CHANGED = """LEFT JOIN {there}.dialogue m ON m.id = {new}
    WHERE m.id IS NULL OR 'running' IN (s.status, m.status) OR ({of_shard}) IS NOT ({on_file})"""
"""A dialogue that runs may have steps that its row does not tell."""
_PERSONAS = """INSERT INTO main.persona SELECT s.* FROM shard.persona s {changed}
    ON CONFLICT (id) DO UPDATE SET position = excluded.position"""
_MOVED = "LEFT JOIN {there}.persona m ON m.id = s.id WHERE m.id IS NULL OR m.position <> s.position"
_UNKNOWN = "WHERE NOT EXISTS (SELECT 1 FROM {there}.text m WHERE m.hash = s.hash)"
_SUM = """INSERT INTO main.answered_by
    SELECT model, served, fingerprint, {dialogue}, {first_call}, {last_call}, calls
    FROM shard.answered_by WHERE TRUE
    ON CONFLICT DO UPDATE SET calls = calls + excluded.calls,
        dialogue = iif(excluded.first_call < first_call, excluded.dialogue, dialogue),
        first_call = min(first_call, excluded.first_call),
        last_call = max(last_call, excluded.last_call)"""


class _Column(NamedTuple):
    name: str
    of: str | None
    """The table whose rows it refers to, or numbers."""


@contextmanager
def attached(connection: sqlite3.Connection, path: Path, name: str) -> Iterator[None]:
    """Read a run file beside the one that a connection is to; outside of a transaction.

    Args:
        connection: to a run file, opened for writing.
        path: the other run file, which was checked before.
        name: what its tables are found under.
    """
    connection.execute(f"ATTACH ? AS {name}", (reading_uri(path),))
    try:
        yield
    finally:
        connection.execute(f"DETACH {name}")


def attached_version(connection: sqlite3.Connection, name: str) -> int:
    """Return the schema version of an attached run file."""
    return int(connection.execute(f"PRAGMA {name}.user_version").fetchone()[0])


def begin_draft(connection: sqlite3.Connection) -> None:
    """Have a file written as quickly as can be: whatever happens to it, it is made anew."""
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("PRAGMA synchronous = OFF")


def keep_draft(connection: sqlite3.Connection) -> None:
    """Make a run file as all are of a draft that is complete."""
    connection.execute("PRAGMA journal_mode = WAL")


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Commit all of it, or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def take(connection: sqlite3.Connection, shard: Shard, there: str | None) -> int:
    """Take the dialogues of the attached `shard` that are new or changed, within a transaction.

    Args:
        connection: to the run file that they come into.
        shard: which one it is; the only one for a file of rows that are numbered already.
        there: the attached file in which dialogues are looked for, where they are the same; None
            for nowhere. In `main` itself those that have changed are replaced.

    Returns:
        How many were taken.

    Raises:
        sqlite3.IntegrityError: a dialogue is there already.
    """
    tables = _tables(connection)
    columns = [c.name for c in tables["dialogue"] if c.name != "id"]
    new = _renumbered("s.id", "dialogue", shard)
    of_shard, on_file = (", ".join(f"{of}.{name}" for name in columns) for of in "sm")
    changed = moved = unknown = "WHERE TRUE"
    if there is not None:
        changed = _CHANGED.format(there=there, new=new, of_shard=of_shard, on_file=on_file)
        moved, unknown = _MOVED.format(there=there), _UNKNOWN.format(there=there)
    connection.execute("DROP TABLE IF EXISTS temp.taken")
    connection.execute(_TAKEN)
    found = connection.execute(
        f"INSERT INTO temp.taken SELECT s.id, {new} FROM shard.dialogue s {changed}"  # noqa: S608
    )
    count = found.rowcount
    connection.execute(
        f"INSERT OR IGNORE INTO main.text SELECT s.* FROM shard.text s {unknown}"  # noqa: S608
    )
    for name in SHARED:
        connection.execute(f"INSERT OR IGNORE INTO main.{name} SELECT * FROM shard.{name}")  # noqa: S608
    connection.execute(_PERSONAS.format(changed=moved))
    _sum(connection, shard)
    if not count:
        return 0
    of_dialogues = {
        name: key
        for name, each in tables.items()
        if name not in (SUMMED, "served_model")
        and (key := next((c.name for c in each if c.of == "dialogue"), None)) is not None
    }
    for name, key in of_dialogues.items() if there == "main" else ():
        connection.execute(
            f"DELETE FROM main.{name} WHERE {key} IN (SELECT new FROM temp.taken)"  # noqa: S608
        )
    for name, key in {**of_dialogues, "batch": ""}.items():
        names = ", ".join(c.name for c in tables[name])
        values = ", ".join(_renumbered(c.name, c.of, shard) for c in tables[name])
        only = f"WHERE {key} IN (SELECT old FROM temp.taken)" if key else ""  # noqa: S608
        how = "INSERT" if key else "INSERT OR REPLACE"
        connection.execute(
            f"{how} INTO main.{name} ({names}) SELECT {values} FROM shard.{name} {only}"  # noqa: S608
        )
    return count


def _sum(connection: sqlite3.Connection, shard: Shard) -> None:
    """Add what answered in a shard to what answered in those before it."""
    connection.execute(
        _SUM.format(
            dialogue=_renumbered("dialogue", "dialogue", shard),
            first_call=_renumbered("first_call", "call", shard),
            last_call=_renumbered("last_call", "call", shard),
        )
    )


def forget_sums(connection: sqlite3.Connection) -> None:
    """Forget what answered, before it is summed over all shards anew."""
    connection.execute(f"DELETE FROM main.{SUMMED}")  # noqa: S608


def note(connection: sqlite3.Connection, meta: Mapping[str, Any]) -> None:
    """Write what a run file says of its run as a whole."""
    connection.executemany(META, [(key, dump(value)) for key, value in meta.items()])


def planned_on_file(connection: sqlite3.Connection) -> Iterator[PlannedDialogue]:
    """Iterate over the dialogues of the plan, in order."""
    sql = f"""SELECT id, key, cell, persona, replicate FROM main.dialogue WHERE id < {BEHIND_ALL}
        ORDER BY id"""  # noqa: S608
    for row in connection.execute(sql):
        yield PlannedDialogue(*row)


def count_planned(connection: sqlite3.Connection) -> int:
    """Return how many dialogues of the plan a file has."""
    sql = f"SELECT count(*) FROM main.dialogue WHERE id < {BEHIND_ALL}"  # noqa: S608
    return int(connection.execute(sql).fetchone()[0])


def fill(
    connection: sqlite3.Connection,
    personas: Iterable[tuple[str, int, Mapping[str, Any], str]],
    dialogues: Iterable[PlannedDialogue],
) -> None:
    """Write what a file lacks of its plan.

    Args:
        connection: to the run file.
        personas: all of the plan: id, place, attributes and prose.
        dialogues: all of the plan.
    """
    connection.executemany(
        """INSERT INTO main.persona VALUES (?,?,?,?)
        ON CONFLICT (id) DO UPDATE SET position = excluded.position""",
        ((pid, place, dump(attributes), prose) for pid, place, attributes, prose in personas),
    )
    connection.executemany(
        """INSERT INTO main.dialogue (id, key, cell, persona, replicate) VALUES (?,?,?,?,?)
        ON CONFLICT DO NOTHING""",
        ((d.id, d.key, d.cell, d.persona, d.replicate) for d in dialogues),
    )


def _tables(connection: sqlite3.Connection) -> dict[str, list[_Column]]:
    """Return the columns of each table."""
    names = connection.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'")
    found: dict[str, list[_Column]] = {}
    for (name,) in names.fetchall():
        keys = connection.execute(f"PRAGMA main.foreign_key_list({name})")
        of = {column: table for _, _, table, column, *_ in keys} | {NUMBERED.get(name, ""): name}
        columns = connection.execute(f"PRAGMA main.table_info({name})").fetchall()
        found[name] = [_Column(each[1], of.get(each[1])) for each in columns]
    found["dialogue"][0] = _Column("id", "dialogue")
    return found


def _renumbered(column: str, of: str | None, shard: Shard) -> str:
    """Return the SQL of a column's value in the file that a shard comes into."""
    if shard.of == 1:
        return column
    if of == "dialogue":
        branch = f"({column} - {BEHIND_ALL}) * {shard.of} + {shard.index - 1} + {BEHIND_ALL}"
        return f"iif({column} < {BEHIND_ALL}, {column}, {branch})"
    if of in NUMBERED:
        return f"(({column} - 1) * {shard.of} + {shard.index})"
    return column


def renumbered(dialogue: int, shard: Shard) -> int:
    """Return the number of a dialogue of a shard in the file that it comes into."""
    if dialogue < BEHIND_ALL:
        return dialogue
    return (dialogue - BEHIND_ALL) * shard.of + shard.index - 1 + BEHIND_ALL
