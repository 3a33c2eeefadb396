"""The export of a usual dialogue, made of what is stored, is what reading it whole gives."""

import io
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from simulate.errors import RunFileError
from simulate.runfile import export_jsonl, open_run
from simulate.runfile.jsonl import line_of
from simulate.runfile.usual_lines import UsualLines
from tests.runfile.canned import finished_run


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return finished_run(tmp_path_factory.mktemp("usual"))


def both(path: Path) -> tuple[list[str], list[str]]:
    """Return the lines as they are exported, and of dialogues that were read whole.

    What a reader says of damage stands for the lines.
    """
    found: list[list[str]] = []
    with open_run(path) as run:
        out = io.StringIO()
        for way in (lambda: export_jsonl(run, out), lambda: list(map(line_of, run.dialogues()))):
            try:
                lines = way()
            except RunFileError as error:
                lines = [str(error)]
            found.append(out.getvalue().split("\n")[:-1] if isinstance(lines, int) else lines)
    return found[0], found[1]


def test_a_usual_dialogue_is_not_read_whole(
    finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str | None] = []
    line = UsualLines.line

    def kept(usual: UsualLines, row: tuple[Any, ...]) -> str | None:
        made.append(line(usual, row))
        return made[-1]

    monkeypatch.setattr(UsualLines, "line", kept)
    exported, whole = both(finished)
    assert exported == whole == made
    assert len(whole) == 1


FIRST = "json_set(candidates, '$[0][{}]', {})"
CHANGES = [
    *(
        f"UPDATE {table} SET candidates = {change}"  # noqa: S608
        for table in ("turn", "outcome")
        for change in (
            FIRST.format(2, "0.9"),
            FIRST.format(2, "1"),
            FIRST.format(2, "NULL"),
            FIRST.format(1, "NULL"),
            FIRST.format(1, "2"),
            FIRST.format(1, "true"),
            FIRST.format(1, "'x'"),
            FIRST.format(3, "1"),
            FIRST.format(3, "'yes'"),
            FIRST.format(0, "NULL"),
            FIRST.format(0, "1"),
            FIRST.format(0, "'0'"),
            FIRST.format(4, "1"),
            "replace(candidates, '0.6,', '1e999,')",
            "replace(candidates, '0.6,', 'NaN,')",
            "replace(candidates, '0.6,', '0.60,')",
            "replace(candidates, '0.6,', '60000000000000000,')",
            r"replace(candidates, 'Hello', '\ud800')",
            r"replace(candidates, 'Hello', '\u0041')",
            "'[]'",
            "'{}'",
            "'['",
            "NULL",
        )
    ),
    *(
        f"UPDATE {table} SET {change}"  # noqa: S608
        for table in ("turn", "outcome")
        for change in ("chosen = 7", "chosen = -1", "chosen = NULL", "u = 1.0", "u = NULL")
    ),
    "UPDATE turn SET parse = 'guessed'",
    "UPDATE turn SET parse = 'repaired', ends = 1",
    "UPDATE turn SET ends = 2",
    "UPDATE turn SET text = ''",
    "UPDATE turn SET text = 'new' || char(10) || char(8232) || '\"' WHERE candidates IS NULL",
    "UPDATE turn SET speaker = 'nobody' WHERE position = 3",
    "UPDATE turn SET chosen = 0 WHERE candidates IS NULL",
    "DELETE FROM turn WHERE position = 2",
    "DELETE FROM turn",
    "DELETE FROM outcome",
    "UPDATE outcome SET name = 'other' WHERE name = 'pledge'",
    "UPDATE outcome SET value = NULL",
    "UPDATE outcome SET value = '0.50'",
    "UPDATE outcome SET value = '\"much\"'",
    "UPDATE outcome SET value = '1e999'",
    "UPDATE outcome SET parse = 'guessed'",
    "UPDATE dialogue SET status = 'failed', fault = 'endpoint', error = 'gone' || char(1)",
    "UPDATE dialogue SET status = 'running', cost_usd = 1.5",
    "UPDATE dialogue SET persona = (SELECT max(id) FROM persona)",
    "DELETE FROM speaker_persona",
    "UPDATE persona SET attributes = '{'",
    "INSERT INTO tail_turn VALUES (0, 1, 0.1)",
    "INSERT INTO given_turn VALUES (0, 0, 'scenario')",
    "INSERT INTO target_state VALUES (0, '{\"paid\":1}')",
    "INSERT INTO draw VALUES (0, 1, '', 0, 'tail', '[[\"no\",null,1.0,false]]', NULL, 0, 0.5)",
    "DELETE FROM meta WHERE key = 'draws'",
]


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_changed_is_exported_or_refused_as_if_it_was_read_whole(
    finished: Path, tmp_path: Path, change: str
) -> None:
    path = Path(shutil.copy(finished, tmp_path / "a.db"))
    connection = sqlite3.connect(path)
    connection.execute(change)
    connection.commit()
    connection.close()
    exported, whole = both(path)
    assert exported == whole
