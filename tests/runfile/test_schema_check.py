"""A run file has the schema of its version and nothing besides, however it is hidden."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from simulate.errors import RunFileError
from simulate.runfile import open_run
from simulate.runfile.files import connect_writer
from simulate.runfile.schema import SCHEMA_VERSION
from tests.runfile.canned import resumed, told

TRIGGER = "CREATE TRIGGER t AFTER INSERT ON turn BEGIN UPDATE turn SET text = 'forged'; END"


def harm(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        with connection:
            for statement in statements:
                connection.execute(statement)


def replaced(table: str, old: str, new: str) -> str:
    return f"UPDATE sqlite_master SET sql = replace(sql, '{old}', '{new}') WHERE name = '{table}'"  # noqa: S608


OTHER: dict[str, tuple[tuple[str, ...], str]] = {
    "a view": (("CREATE VIEW v AS SELECT 1",), "“view v”"),
    "a trigger": ((TRIGGER,), "“trigger t”"),
    "a trigger by another label": (
        (TRIGGER, "UPDATE sqlite_master SET type = 'Trigger' WHERE name = 't'"),
        "“Trigger t”",
    ),
    "a trigger that is called a table": (
        (TRIGGER, "UPDATE sqlite_master SET type = 'table', name = 'turn' WHERE name = 't'"),
        "malformed database schema (turn)",
    ),
    "a table": (("CREATE TABLE more (x)",), "“table more”"),
    "a table for search": (("CREATE VIRTUAL TABLE found USING fts5(x)",), "“table found”"),
    "an index": (("CREATE INDEX i ON turn (text)",), "“index i”"),
    "statistics": (("ANALYZE",), "“table sqlite_stat1”"),
    "a column": (("ALTER TABLE turn ADD COLUMN x TEXT",), "table turn is not as"),
    "a generated column": (
        ("ALTER TABLE turn ADD COLUMN x TEXT AS (hex(zeroblob(1000000000)))",),
        "table turn is not as",
    ),
    "a default": (
        (replaced("turn", "ends INTEGER NOT NULL DEFAULT 0", "ends INTEGER NOT NULL DEFAULT 1"),),
        "table turn is not as",
    ),
    "a rule": (
        (replaced("outcome", "number REAL", "number REAL CHECK (number < 1)"),),
        "table outcome is not as",
    ),
    "a rule with other space in it": (
        (replaced("dialogue", "''failed''", "''failed ''"),),
        "table dialogue is not as",
    ),
    "a rule behind what looks like a comment": (
        (replaced("outcome", "number REAL", "number REAL DEFAULT ''--''"),),
        "table outcome is not as",
    ),
    "no strict types": ((replaced("outcome", "STRICT,", ""),), "table outcome is not as"),
    "an index on another column": (
        ("DROP INDEX call_dialogue", "CREATE INDEX call_dialogue ON call (dialogue, attempt)"),
        "index call_dialogue is not as",
    ),
    "an index that is gone": (("DROP INDEX call_dialogue",), "index call_dialogue is missing"),
}


@pytest.mark.parametrize("name", OTHER)
def test_what_simulate_never_writes_is_neither_read_nor_written_to(
    copied: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    statements, why = OTHER[name]
    harm(copied, *statements)
    before = copied.read_bytes()
    for code, text in (
        told(capsys, "export", str(copied), "--out", str(copied) + ".jsonl"),
        resumed(capsys, copied),
    ):
        assert (code, why in text, text.count("\n")) == (2, True, 1), text
    assert copied.read_bytes() == before


@pytest.mark.parametrize("version", [0, -5, -(2**31), SCHEMA_VERSION + 1, 2**31 - 1])
def test_a_version_that_there_is_not_is_refused(copied: Path, version: int) -> None:
    harm(copied, f"PRAGMA user_version = {version}")
    for connect in (open_run, lambda path: connect_writer(path, create=False)):
        with pytest.raises(RunFileError, match=f"has schema version {version}"):
            connect(copied)


@pytest.mark.parametrize("version", range(1, SCHEMA_VERSION))
def test_a_file_that_claims_an_older_version_is_refused(copied: Path, version: int) -> None:
    harm(copied, f"PRAGMA user_version = {version}")
    with pytest.raises(RunFileError, match=f"of a later schema version than {version}"):
        open_run(copied)


def test_space_and_comments_may_be_others(copied: Path) -> None:
    with closing(sqlite3.connect(copied)) as connection:
        sql = str(
            connection.execute("SELECT sql FROM sqlite_master WHERE name = 'turn'").fetchone()
        )
    assert "-- from 0" in sql
    harm(
        copied,
        replaced("turn", "-- from 0", "/* the first is 0 */"),
        replaced("turn", "speaker TEXT", "speaker  -- who\n TEXT"),
    )
    with open_run(copied) as file:
        assert len(list(file.read())) == 1


def test_space_is_what_sqlite_takes_for_it(copied: Path) -> None:
    harm(copied, replaced("turn", "speaker TEXT NOT NULL", "speaker TEXT\xa0NOT NULL"))
    with pytest.raises(RunFileError, match=re.escape(str(copied))):
        open_run(copied)
