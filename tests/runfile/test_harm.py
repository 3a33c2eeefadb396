"""What can be wrong with a run file: a clear line, exit 2, and nothing made worse."""

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulate.errors import RunFileError
from simulate.runfile import RunReader
from tests.runfile.canned import resumed, told


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_all(path: Path) -> None:
    """Read everything that a run file has."""
    with RunReader(path) as file:
        file.usage()
        file.failures()
        file.refusals()
        file.counts()
        list(file.dialogues())
        for name in file.scenario.outcomes:
            list(file.outcome_rows(name))
        for planned, _ in list(file.planned()):
            list(file.calls(planned.id))
            file.dialogue(planned.id)


def cut(path: Path, share: float) -> None:
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])


def spoil_pages(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for start in range(4096, len(content), 4096):
        content[start : start + 100] = b"\xff" * 100
    path.write_bytes(content)


def execute(*statements: str) -> Callable[[Path], None]:
    def harm(path: Path) -> None:
        connection = sqlite3.connect(path)
        with connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()

    return harm


def replaced_by(make: Callable[[Path], Any]) -> Callable[[Path], None]:
    def harm(path: Path) -> None:
        path.unlink()
        make(path)

    return harm


UNLIKELY = (
    "INSERT INTO draw SELECT dialogue, position, '', 0, 'reply', NULL, '[1,1]', chosen, u "
    "FROM turn WHERE candidates IS NOT NULL",
)
"""Chances that no two candidates can have."""

UNREAD = (
    "no JSON",
    "a view",
    "not there",
    "chances that sum to 2",
    "a random number above 1",
    "a stated infinity",
    "an outcome that is none",
    "an infinite outcome",
    "a turn that is missing",
)
"""What is not looked at when a run goes on: values of dialogues that are completed."""

HARM: dict[str, tuple[Callable[[Path], None], str]] = {
    "truncated": (lambda path: cut(path, 0.6), "is truncated: "),
    "almost whole": (lambda path: cut(path, 0.99), "is truncated: "),
    "cut in the header": (lambda path: cut(path, 0.0005), "no header of SQLite"),
    "empty": (lambda path: cut(path, 0), "no header of SQLite"),
    "garbage": (
        replaced_by(lambda path: path.write_bytes(os.urandom(5000))),
        "no header of SQLite",
    ),
    "spoilt pages": (spoil_pages, "malformed"),
    "newer": (execute("PRAGMA user_version = 99"), "update simulate"),
    "a table is gone": (execute("DROP TABLE turn"), "table turn is missing"),
    "a view": (execute("CREATE VIEW v AS SELECT 1"), "simulate never writes"),
    "no JSON": (execute("UPDATE turn SET candidates = '[[1'"), "damaged"),
    "a later table": (execute("PRAGMA user_version = 2"), "is of a later schema version"),
    "chances that sum to 2": (execute(*UNLIKELY), "damaged"),
    "a random number above 1": (execute("UPDATE turn SET u = 1e999"), "damaged"),
    "a stated infinity": (
        execute("UPDATE turn SET candidates = replace(candidates, '0.6', '1e999')"),
        "damaged",
    ),
    "an outcome that is none": (execute("UPDATE outcome SET value = '{}'"), "damaged"),
    "an infinite outcome": (execute("UPDATE outcome SET value = '1e999'"), "damaged"),
    "a cell before the first": (
        execute("PRAGMA ignore_check_constraints = 1", "UPDATE dialogue SET cell = -1"),
        "damaged",
    ),
    "a turn that is missing": (execute("UPDATE turn SET position = position + 100"), "damaged"),
    "no such cell": (
        execute("PRAGMA ignore_check_constraints = 1", "UPDATE dialogue SET cell = 77"),
        "damaged",
    ),
    "a folder": (replaced_by(Path.mkdir), "is a folder"),
    "a pipe": (replaced_by(os.mkfifo), "is no file"),
    "not there": (replaced_by(lambda path: None), "there is no run file"),
}


@pytest.mark.parametrize("name", HARM)
def test_a_harmed_file_is_one_clear_line_and_is_left_as_it_is(
    copied: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    harm, why = HARM[name]
    harm(copied)
    before = digest(copied) if copied.is_file() else None
    code, text = told(capsys, "export", str(copied), "--out", str(copied) + ".jsonl")
    assert (code, why in text) == (2, True), text
    assert "a.db" in text
    assert before is None or digest(copied) == before
    assert {p.name for p in copied.parent.iterdir()} <= {"a.db", "a.db.jsonl"}


@pytest.mark.parametrize("name", [n for n in HARM if n not in UNREAD])
def test_a_harmed_file_is_not_resumed(
    copied: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    HARM[name][0](copied)
    before = digest(copied) if copied.is_file() else None
    code, text = resumed(capsys, copied)
    assert code == 2, text
    assert before is None or digest(copied) == before
    assert not copied.with_name("a.db.lock").exists()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["SCENARIO", "ultimatum"], "another scenario"),
        (["--seed", "2"], "another seed (there 1, here 2)"),
        (["--model", "other@http://127.0.0.1:9/v1"], "other@http://127.0.0.1:9/v1"),
        (["--method", "vs-cot"], "another scenario"),
    ],
)
def test_a_run_that_differs_is_not_resumed_and_what_differs_is_listed(
    copied: Path, capsys: pytest.CaptureFixture[str], words: list[str], why: str
) -> None:
    before = digest(copied)
    code, text = resumed(capsys, copied, *words)
    assert (code, why in text) == (2, True), text
    assert digest(copied) == before


def test_another_version_of_simulate_does_not_resume_a_run(
    copied: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    execute(
        "UPDATE meta SET value = json_set(value, '$.simulate-dialogues', '0.0.1') "
        "WHERE key = 'versions'"
    )(copied)
    code, text = resumed(capsys, copied)
    assert code == 2
    assert "another version of simulate-dialogues (there 0.0.1, here " in text


def test_the_same_run_is_resumed(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert resumed(capsys, copied)[0] == 0


MUTATIONS = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=8)),
    min_size=1,
    max_size=6,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(MUTATIONS, st.booleans())
def test_a_file_with_changed_bytes_is_read_or_refused_and_never_changed(
    finished: Path, tmp_path: Path, mutations: list[tuple[float, bytes]], early: bool
) -> None:
    content = bytearray(finished.read_bytes())
    reach = 200 if early else len(content)
    for place, piece in mutations:
        at = int(place * reach)
        content[at : at + len(piece)] = piece
    path = tmp_path / "m.db"
    path.write_bytes(content)
    with suppress(RunFileError):
        read_all(path)
    assert path.read_bytes() == content


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.sampled_from(
        [
            "meta.value",
            "persona.attributes",
            "turn.candidates",
            "turn.text",
            "outcome.value",
            "outcome.candidates",
            "dialogue.persona",
            "dialogue.cell",
            "turn.position",
            "cell.levels",
            "instructions.text",
            "call.request",
            "text.text",
            "dialogue.status",
        ]
    ),
    st.none()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from(
        ["[]", "{}", "null", "[[1,2,3]]", '[["a",1,1,0]]', '{"a":1}', "1e999", "[" * 5000]
    ),
)
def test_a_file_with_changed_values_is_read_or_refused(
    finished: Path, tmp_path: Path, column: str, value: Any
) -> None:
    path = tmp_path / "v.db"
    shutil.copy(finished, path)
    table, name = column.split(".")
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA ignore_check_constraints = 1")
        with connection:
            connection.execute(f"UPDATE OR IGNORE {table} SET {name} = ?", (value,))  # noqa: S608
    except (sqlite3.Error, OverflowError, UnicodeEncodeError):
        return  # the table itself holds no such value
    finally:
        connection.close()
    with suppress(RunFileError):
        read_all(path)
