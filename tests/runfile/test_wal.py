"""A file that was copied without its WAL says so, and no other one does."""

import asyncio
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from simulate.errors import RunFileWarning
from simulate.runfile import RunWriter, Turn, files, open_run
from simulate.runfile.lock import WriterLock
from simulate.runfile.place import beside
from simulate.runfile.wal import LARGE_BYTES, NOTE
from tests.conftest import Command
from tests.runfile.test_runfile import HEADER
from tests.tui.drive import driven, in_loop

MISSING = r"copied without its WAL: .*copy b\.db-wal too"


def written(path: Path, then: Callable[[RunWriter], Awaitable[None]]) -> None:
    """Begin a run with one turn, and do something while its writer has it open."""

    async def go() -> None:
        writer = RunWriter.create(path, HEADER)
        try:
            await writer.start(0, {})
            await writer.turn(0, Turn(0, "bot", "Hello."))
            await then(writer)
        finally:
            await writer.aclose()

    asyncio.run(go())


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a run file that was copied, alone, while its run went on."""

    async def then(writer: RunWriter) -> None:
        shutil.copy(tmp_path / "a.db", tmp_path / "b.db")

    written(tmp_path / "a.db", then)
    return tmp_path / "b.db"


def turns(path: Path) -> int:
    with open_run(path) as file:
        return file.totals().turns


def test_a_copy_without_the_wal_is_told_whenever_it_is_opened(copy: Path) -> None:
    for _ in range(2):
        with pytest.warns(RunFileWarning, match=MISSING):
            assert turns(copy) == 0


def test_a_copy_without_the_wal_is_one_line_of_a_command(copy: Path, command: Command) -> None:
    code, out, err = command("export", copy)
    assert (code, out) == (0, "")
    assert err.startswith(f"simulate: run file {copy} was copied without its WAL: ")
    assert err.count("\n") == 1


@in_loop
async def test_a_copy_without_the_wal_is_told_on_the_screen(copy: Path) -> None:
    async with driven(copy) as driver:
        assert any("was copied without its WAL" in said for said in driver.said)


def test_a_copy_without_the_wal_is_gone_on_with_as_it_is_and_says_so_once(copy: Path) -> None:
    with pytest.warns(RunFileWarning, match=MISSING):
        writer = RunWriter.resume(copy)
    asyncio.run(writer.aclose())
    assert turns(copy) == 0


def test_a_copy_with_the_wal_is_whole_also_when_it_was_read_before(tmp_path: Path) -> None:
    async def then(writer: RunWriter) -> None:
        for suffix in ("", "-wal"):
            shutil.copy(tmp_path / f"a.db{suffix}", tmp_path / f"b.db{suffix}")
        assert turns(tmp_path / "a.db") == 1

    written(tmp_path / "a.db", then)
    assert turns(tmp_path / "b.db") == 1
    assert not (tmp_path / "b.db-wal").exists()
    assert turns(tmp_path / "b.db") == 1


def test_a_killed_run_and_one_that_has_ended_are_whole(tmp_path: Path) -> None:
    code = """
import os, sys
from pathlib import Path
from tests.runfile.test_wal import written
async def then(writer):
    if len(sys.argv) > 2:
        os._exit(0)
written(Path(sys.argv[1]), then)
"""
    for words in ([], ["killed"]):
        path = tmp_path / f"{len(words)}.db"
        subprocess.run([sys.executable, "-c", code, str(path), *words], check=True)
        for _ in range(2):
            assert turns(path) == 1
        with open_run(path) as file:
            assert NOTE not in file.meta


def test_a_run_that_is_killed_while_its_wal_is_folded_in_is_whole(tmp_path: Path) -> None:
    code = """
import os, sys
from pathlib import Path
from tests.runfile.test_wal import much, written
async def then(writer):
    def die(sql):
        if sql.startswith(sys.argv[2]):
            os._exit(0)
    writer._connection.set_trace_callback(die)
    await much(writer)
written(Path(sys.argv[1]), then)
"""
    for number, before in enumerate(("INSERT OR REPLACE INTO meta", "PRAGMA wal", "DELETE")):
        path = tmp_path / f"{number}.db"
        subprocess.run([sys.executable, "-c", code, str(path), before], check=True)
        for _ in range(2):
            assert turns(path) > 1
        WriterLock(path).release()  # as one does who finds that it is another run
        assert turns(path) > 1
        asyncio.run(RunWriter.resume(path).aclose())
        with open_run(path) as file:
            assert NOTE not in file.meta


async def much(writer: RunWriter, first: int = 1) -> int:
    """Write turns until more is written than a WAL takes."""
    count = LARGE_BYTES // 1_000_000 + 2
    for number in range(first, first + count):
        await writer.turn(0, Turn(number, "bot", f"{number} " * (1_000_000 // 2)))
    return count


def test_a_wal_that_has_grown_large_is_folded_in_and_a_copy_without_the_next_is_told(
    tmp_path: Path,
) -> None:
    async def then(writer: RunWriter) -> None:
        wrote = await much(writer)
        await writer.turn(0, Turn(wrote + 1, "bot", "Last."))
        shutil.copy(tmp_path / "a.db", tmp_path / "b.db")
        assert beside(tmp_path / "a.db", "-wal").stat().st_size < LARGE_BYTES
        with open_run(tmp_path / "a.db") as file:
            assert NOTE not in file.meta

    written(tmp_path / "a.db", then)
    with pytest.warns(RunFileWarning, match=MISSING):
        assert turns(tmp_path / "b.db") > LARGE_BYTES // 1_000_000


def test_a_reader_that_holds_the_wal_keeps_no_run_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "BUSY_S", 600.0)  # so that waiting for it never ends

    async def then(writer: RunWriter) -> None:
        with open_run(tmp_path / "a.db") as file:
            rows = file.rows("SELECT id FROM dialogue")
            next(rows)
            wrote = await much(writer)
            assert len(list(rows)) == 1
        await much(writer, wrote + 1)

    written(tmp_path / "a.db", then)
    assert turns(tmp_path / "a.db") == 2 * (LARGE_BYTES // 1_000_000 + 2) + 1


@pytest.mark.skipif(sys.platform == "win32", reason="no folder that somebody is in can be removed")
@pytest.mark.timeout(20)
def test_a_run_goes_on_where_its_working_directory_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")

    async def then(writer: RunWriter) -> None:
        (tmp_path / "work").rmdir()
        for number in (1, 2):
            await writer.turn(0, Turn(number, "bot", "Hello."))

    written(Path("..", "a.db"), then)
    monkeypatch.chdir(tmp_path)
    assert turns(tmp_path / "a.db") == 3
