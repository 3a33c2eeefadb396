"""The run files of a folder, each summed up in one line."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from simulate.errors import RunFileError
from simulate.runfile.files import connect_reader
from simulate.runfile.unwritten import BY_STATUS

SUFFIX = ".db"


class RunSummary(NamedTuple):
    """A run file in one line.

    Attributes:
        path: of the run file.
        scenario: name of the scenario.
        created: when, as ISO 8601 in UTC.
        dialogues: of the plan.
        completed: dialogues that are completed.
        failed: dialogues that failed.
        problem: why the file cannot be opened, or None.
    """

    path: Path
    scenario: str
    created: str
    dialogues: int
    completed: int
    failed: int
    problem: str | None = None

    @property
    def left(self) -> int:
        """Dialogues that have not ended."""
        return self.dialogues - self.completed - self.failed


def run_summary(path: Path) -> RunSummary:
    """Read one run file's summary; a file that cannot be opened has a problem."""
    try:
        with closing(connect_reader(path)) as connection:
            created = connection.execute(
                "SELECT json_extract(value, '$') FROM meta WHERE key = 'created'"
            ).fetchone()
            scenario = connection.execute(
                "SELECT json_extract(value, '$.scenario') FROM meta WHERE key = 'scenario'"
            ).fetchone()
            counts = dict(connection.execute(BY_STATUS).fetchall())
            dialogues = sum(counts.values())
    except RunFileError as error:
        return RunSummary(path, "", "", 0, 0, 0, str(error))
    except Exception as error:  # a damaged file says so in many ways
        return RunSummary(path, "", "", 0, 0, 0, f"{path} cannot be read: {error}")
    return RunSummary(
        path,
        str(scenario[0]) if scenario else "",
        str(created[0]) if created else "",
        dialogues,
        counts.get("completed", 0),
        counts.get("failed", 0),
    )


def runs_in(folder: Path) -> list[RunSummary]:
    """Return the run files of a folder, the newest first; other files are left out."""
    found = []
    try:
        paths = sorted(folder.glob("*" + SUFFIX), key=_changed, reverse=True)
    except OSError:
        return []
    for path in paths:
        each = run_summary(path)
        if each.problem is None or "schema version" in each.problem:
            found.append(each)
    return found


def _changed(path: Path) -> float:
    """Return when a file was last written, in s; 0 where it has gone, or its link leads nowhere."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
