"""Bytes a turn of a donation run on disk, and what it costs to put its texts together again.

    uv run python -m benchmarks stored_bytes

A run of `donation` (both its methods, 20 turns a dialogue) is answered by `tests/endpoint.py`,
whose turns have 33 characters in the mean, and again with turns about as long as people's, who have
109 and 69 (persuaders and persuadees of PersuasionForGood). The whole file is divided by its turns
when its WAL is folded in.

Reading is measured against a copy of the file in which every text stands where it belongs, as often
as it is said.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import simulate
from benchmarks.figure import Figure
from benchmarks.server import forgetful
from simulate.runfile import open_run
from simulate.runfile.search import Found, parse_search, search
from tests.endpoint import Body, usual_text

N = 100
"""Dialogues of each of the two methods."""
PERSUADEE = "you do not know what about"
"""Stands in the instructions of the persuadee."""


def long_text(body: Body, number: int) -> str:
    """Answer with turns about as long as people's."""
    times = 2 if PERSUADEE in body["messages"][0]["content"] else 3
    text = usual_text(body)
    if not body.get("response_format"):
        return " ".join([text] * times)
    value = json.loads(text)
    for each in value.get("responses", ()):
        if "text" in each:
            each["text"] = " ".join([each["text"]] * times)
    return json.dumps(value)


def donation_run(path: Path, behaviour: Callable[[Body, int], str] | None = None) -> Path:
    """Make a run of `donation`."""
    with forgetful(behaviour) as endpoint:
        asyncio.run(
            simulate.run("donation", n=N, model=endpoint.spec, out=path, concurrency=32, seed=3)
        )
    return path


def bytes_a_turn(path: Path) -> float:
    """Return the size of a run file divided by its turns."""
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        turns = int(file.execute("SELECT count(*) FROM turn").fetchone()[0])
    return path.stat().st_size / turns


def with_all_texts(path: Path, to: Path) -> Path:
    """Copy a run file, and write every text where it belongs, as often as it is said."""
    shutil.copy(path, to)
    whole: list[tuple[str, int, int]] = []
    with open_run(path) as run:
        for planned, _ in run.planned():
            calls = enumerate(run.calls(planned.id))
            whole += [(c.reply.text, planned.id, i) for i, c in calls if c.reply is not None]
    with closing(sqlite3.connect(to)) as file, file:
        file.executemany(
            "UPDATE call SET raw = ? WHERE id = (SELECT id FROM call WHERE dialogue = ? "
            "ORDER BY id LIMIT 1 OFFSET ?)",
            whole,
        )
        file.execute(
            "UPDATE turn SET candidates = json_set(candidates, '$[' || chosen || '][0]', text) "
            "WHERE candidates IS NOT NULL"
        )
    return to


def reading_s(path: Path, read: Callable[[simulate.RunReader], object]) -> float:
    """Return the CPU seconds that reading takes, the least of three times."""
    took = []
    for _ in range(3):
        with open_run(path) as run:
            _ = run.scenario, run.cells
            started = time.process_time()
            read(run)
            took.append(time.process_time() - started)
    return min(took)


def dialogues(run: simulate.RunReader) -> None:
    """Read all dialogues."""
    for _ in run.read():
        pass


def calls(run: simulate.RunReader) -> None:
    """Read all calls, with their prompts and what was written."""
    for planned, _ in run.planned():
        for _ in run.calls(planned.id):
            pass


def searching(run: simulate.RunReader) -> None:
    """Search all turns for what nobody says."""
    ids = range(2 * N)
    assert search(run, parse_search("abracadabra"), ids, Found(0, -1)) is None


def figures() -> Iterator[Figure]:
    """Measure."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = donation_run(folder / "a.db")
        size = bytes_a_turn(path)
        yield Figure("a turn on disk", size, "bytes", 500, note="turns of 33 characters")
        long = bytes_a_turn(donation_run(folder / "b.db", long_text))
        yield Figure("a turn on disk, long turns", long, "bytes", note="turns of 101 and 67")
        whole = with_all_texts(path, folder / "c.db")
        for what, read in (("dialogues", dialogues), ("calls", calls), ("search", searching)):
            ratio = reading_s(path, read) / reading_s(whole, read)
            yield Figure(f"reading {what} / the same with all texts", ratio, "×", 1.1)
