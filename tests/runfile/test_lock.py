"""One writer, truly: real links, real processes."""

import asyncio
import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from simulate.engine import run as simulated
from simulate.errors import RunFileError, SimulateError
from simulate.models import ScriptedModel
from simulate.population import Population
from simulate.population.people import People
from simulate.runfile import RunWriter, Turn, open_run
from simulate.runfile.lock import WriterLock, is_live
from simulate.scenario import Scenario
from tests.runfile.canned import answers
from tests.runfile.test_disk import where_nothing_can_be_written
from tests.runfile.test_runfile import HEADER

TALK = Scenario.model_validate(
    {
        "scenario": "talk",
        "speakers": {
            "bot": {"plays": "assistant"},
            "ada": {"plays": "user", "method": "direct", "instructions": "Be {{ persona.prose }}."},
        },
        "turns": {"maximum": 1},
    }
)

HOLDS = """
import sys
from pathlib import Path
from simulate.runfile.lock import WriterLock
lock = WriterLock(Path(sys.argv[1]))
print("locked", flush=True)
sys.stdin.read()
lock.release()
"""


class Holder:
    """Another process that holds the lock of a run file until it is told, or killed."""

    def __init__(self, path: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOLDS, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == b"locked\n"

    def __enter__(self) -> "Holder":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.communicate()

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def linked(path: Path) -> Path:
    """Return a link to a file, in a folder of its own."""
    link = path.parent / "elsewhere" / "link.db"
    link.parent.mkdir()
    link.symlink_to(path)
    return link


def test_a_run_is_live_while_another_process_holds_its_lock(own_run: Path) -> None:
    link = linked(own_run)
    assert not is_live(own_run)
    with Holder(link):
        assert is_live(own_run)
        assert is_live(link)
    assert not is_live(own_run)


def test_a_lock_that_a_killed_process_left_says_nothing(own_run: Path) -> None:
    holder = Holder(own_run)
    with holder:
        holder.kill()
    assert own_run.with_name("own.db.lock").exists()
    assert not is_live(own_run)
    WriterLock(own_run).release()
    assert [p.name for p in own_run.parent.iterdir()] == ["own.db"]


def test_asking_whether_a_run_is_live_keeps_no_writer_out(own_run: Path) -> None:
    asks = "import sys\nfrom pathlib import Path\nfrom simulate.runfile.lock import is_live\n"
    asks += "print('asks', flush=True)\nfor _ in range(10_000): is_live(Path(sys.argv[1]))"
    process = subprocess.Popen([sys.executable, "-c", asks, str(own_run)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    for _ in range(100):
        WriterLock(own_run).release()
    process.communicate()


def test_a_second_writer_through_a_link_is_refused(own_run: Path) -> None:
    link = linked(own_run)
    with (
        Holder(own_run),
        pytest.raises(RunFileError, match=r"link\.db: another process is writing"),
    ):
        RunWriter.resume(link)
    with Holder(link), pytest.raises(RunFileError, match=r"own\.db: another process is writing"):
        RunWriter.resume(own_run)


def test_a_disk_that_knows_no_locks_is_one_clear_line(own_run: Path) -> None:
    strace = ["strace", "-f", "-qq", "-o", os.devnull, "-e", "inject=flock:error=ENOLCK"]
    if shutil.which("strace") is None or subprocess.run([*strace, "true"], check=False).returncode:
        pytest.skip("strace is not here, or may not trace")
    code = HOLDS + "\nprint('not reached')"
    command = [*strace, sys.executable, "-c", code, str(own_run)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "RunFileError: run file" in done.stderr
    assert "cannot be locked (No locks available); on a network drive" in done.stderr
    assert done.stdout == ""


def test_a_file_with_a_second_name_is_not_written_to(own_run: Path) -> None:
    other = own_run.with_name("other.db")
    os.link(own_run, other)
    for path in (own_run, other):
        with pytest.raises(RunFileError, match="has 2 names"):
            RunWriter.resume(path)
    other.unlink()
    asyncio.run(RunWriter.resume(own_run).aclose())


def test_a_link_in_the_lock_s_place_is_not_followed(own_run: Path) -> None:
    prey = own_run.with_name("prey")
    own_run.with_name("own.db.lock").symlink_to(prey)
    with pytest.raises(RunFileError, match="cannot be written"):
        RunWriter.resume(own_run)
    assert not prey.exists()


def test_a_run_that_begins_at_a_link_is_written_where_it_points(tmp_path: Path) -> None:
    link = linked(tmp_path / "a.db")
    asyncio.run(RunWriter.create(link, HEADER).aclose())
    assert link.is_symlink()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.db", "elsewhere"]


def test_a_link_in_the_place_of_a_new_file_is_not_followed(tmp_path: Path) -> None:
    prey = tmp_path / "prey"
    prey.write_text("mine")
    (tmp_path / "a.db.new").symlink_to(prey)
    asyncio.run(RunWriter.create(tmp_path / "a.db", HEADER).aclose())
    assert prey.read_text() == "mine"


def test_what_a_killed_run_left_in_its_wal_is_read_through_a_link_too(tmp_path: Path) -> None:
    """Also where nothing can be written beside the link."""
    path = tmp_path / "a.db"
    writes = f"""
import asyncio, os
from pathlib import Path
from simulate.runfile import RunWriter, Turn
from tests.runfile.test_runfile import HEADER
async def go():
    writer = RunWriter.create(Path({str(path)!r}), HEADER)
    await writer.start(0, {{}})
    await writer.turn(0, Turn(0, "bot", "Hello."))
    os._exit(0)
asyncio.run(go())
"""
    subprocess.run([sys.executable, "-c", writes], check=True)
    assert path.with_name("a.db-wal").stat().st_size
    link = linked(path)
    reads = "import sys\nfrom simulate.runfile import open_run\n"
    reads += "print(len(next(open_run(sys.argv[1]).read()).turns))"
    done = where_nothing_can_be_written(link.parent, [sys.executable, "-c", reads, str(link)])
    assert done.stdout == "1\n", done.stderr


@pytest.mark.parametrize("status", ["completed", "failed", "planned"])
def test_a_dialogue_that_another_program_changed_is_not_written_to(
    tmp_path: Path, status: str
) -> None:
    path = tmp_path / "a.db"

    async def go() -> None:
        writer = RunWriter.create(path, HEADER)
        try:
            await writer.start(0, {})
            with contextlib.closing(sqlite3.connect(path)) as other, other:
                why = "model" if status == "failed" else None
                sql = "UPDATE dialogue SET status = ?, fault = ?, error = ? WHERE id = 0"
                other.execute(sql, (status, why, why))
            await writer.turn(0, Turn(0, "bot", "Hello."))
        finally:
            await writer.aclose()

    with pytest.raises(RunFileError, match="another program has changed it"):
        asyncio.run(go())
    with open_run(path) as file:
        assert [status for _, status in file.planned()] == [status, "planned"]
        assert file.dialogue(0).turns == ()


def test_a_dialogue_begins_and_ends_once(tmp_path: Path) -> None:
    async def go(path: Path, again: str) -> None:
        writer = RunWriter.create(path, HEADER)
        try:
            await writer.start(0, {})
            await writer.complete(0)
            await (writer.fail(0, "x", "y") if again == "fail" else getattr(writer, again)(0, {}))
        finally:
            await writer.aclose()

    for again in ("start", "complete", "fail"):
        with pytest.raises(RunFileError, match="another program has changed it"):
            asyncio.run(go(tmp_path / f"{again}.db", again))


def test_a_run_is_locked_before_its_plan_is_made(tmp_path: Path) -> None:
    path, seen = tmp_path / "a.db", []

    class Watched(Population):
        def people(self, seed: int) -> People:
            seen.append(is_live(path))
            return super().people(seed)

    people = Watched.model_validate({"population": "x", "personas": [{"id": "p"}]})
    settings: dict[str, Any] = {"population": people, "model": ScriptedModel(lambda _: "Hm.")}
    asyncio.run(simulated(TALK, n=2, out=path, **settings))
    asyncio.run(simulated(TALK, out=path, resume=True, **settings))
    assert (seen[0], seen[-1]) == (False, True)
    assert not is_live(path)


def test_a_run_that_cannot_be_resumed_lets_others_write(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    settings: dict[str, Any] = {"model": ScriptedModel(lambda _: "Hm."), "out": path}
    asyncio.run(simulated(TALK, n=2, **settings))
    for wrong in ({"n": 1}, {"rpm": -1}, {"population": "nobody"}):
        with pytest.raises(SimulateError):
            asyncio.run(simulated(TALK, resume=True, **settings, **wrong))
        assert [p.name for p in tmp_path.iterdir()] == ["a.db"]


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
def test_where_no_open_file_can_be_removed_a_run_ends_and_goes_on_all_the_same(
    tmp_path: Path,
) -> None:
    model, path = answers(tmp_path), tmp_path / "a.db"
    begin = ["run", "poem", "--model", model, "--out", str(path)]
    write = ["export", str(path), "--out", str(tmp_path / "a.jsonl")]
    refused = []
    for words in (
        [*begin, "-n", "1"],
        [*begin, "-n", "2", "--resume"],
        write,
        [*write, "--force"],
    ):
        command = [sys.executable, "-m", "tests.runfile.no_unlinking", *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert not is_live(path)
        refused += [line for line in done.stderr.splitlines() if line.startswith("refused")]
    assert refused == ["refused: os.remove a.db.lock"] * 2
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.db", "a.jsonl", "answers.yaml"]
