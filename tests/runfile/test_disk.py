"""A full disk, a folder that cannot be written, another writer: one clear line, nothing lost."""

import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from simulate.runfile import files, open_run
from tests.endpoint import Serve
from tests.runfile.canned import answers, finished_run, resumed, told, whole


def test_a_file_that_another_program_holds_is_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    copied = finished_run(tmp_path)
    monkeypatch.setattr(files, "BUSY_S", 0.05)
    holder = sqlite3.connect(copied, isolation_level=None)
    holder.execute("PRAGMA locking_mode = EXCLUSIVE")
    holder.execute("BEGIN IMMEDIATE")
    try:
        code, text = told(capsys, "export", str(copied))
        assert code == 2
        assert "another program holds it; try again" in text
        code, text = resumed(capsys, copied)
        assert code == 2
    finally:
        holder.close()
    assert whole(copied)


@pytest.mark.parametrize(
    "text",
    ["locking protocol", "database is locked", "unable to open database file", "disk I/O error"],
)
def test_an_error_of_locks_speaks_of_network_folders(text: str) -> None:
    told = str(files.reason(sqlite3.OperationalError(text), Path("shared/a.db")))
    assert told.startswith(f"run file shared/a.db: {text}; ")
    assert "NFS" in told
    assert "OneDrive" in told
    assert "--out" in told


def test_a_second_process_that_writes_is_refused(tmp_path: Path, serve: Serve) -> None:
    path = tmp_path / "a.db"
    second: list[subprocess.CompletedProcess[str]] = []

    def behave(body: Any, number: int) -> None:
        if number == 10:
            words = [*command, "--resume"]
            second.append(subprocess.run(words, capture_output=True, text=True, check=False))

    endpoint = serve(behave)
    command = [sys.executable, "-m", "simulate", "run", "donation", "-n", "1"]
    command += ["--model", endpoint.spec, "--out", str(path)]
    first = subprocess.run(command, capture_output=True, text=True, check=False)
    assert first.returncode == 0, first.stderr
    assert second[0].returncode == 2
    assert "another process is writing to it" in second[0].stderr
    assert whole(path)


@pytest.mark.parametrize(
    "out", ["/proc/a.db", "/dev/null/a.db", "x" * 300 + ".db", "answers.yaml/a"]
)
def test_where_no_file_can_be_made_is_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], out: str
) -> None:
    words = ["run", "poem", "-n", "1", "--model", answers(tmp_path)]
    code, text = told(capsys, *words, "--out", str(tmp_path / out))
    assert code == 2
    assert text.startswith("simulate: ")


def run_with_little_room(path: Path, model: str, how: str) -> subprocess.CompletedProcess[str]:
    """Run in a process whose files cannot grow beyond some size, or on a small disk."""
    words = [sys.executable, "-m", "simulate", "run", "donation", "-n", "5", "--model", model]
    words += ["--out", str(path)]
    if how == "limit":
        size = 300_000
        return subprocess.run(
            words,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
            capture_output=True,
            text=True,
            check=False,
        )
    # The small disk is there only for this process and its children; the run file is copied out.
    script = (
        'mount -t tmpfs -o size=600k tmpfs "$1" && shift && "$@"; code=$?; '
        'cp -a "$0"/. "$0.out"/ ; exit $code'
    )
    out = Path(f"{path.parent}.out")
    out.mkdir()
    command = ["unshare", "-rm", "sh", "-c", script, str(path.parent), str(path.parent), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    for file in out.iterdir():
        shutil.copy(file, path.parent)
    return done


def can_mount() -> bool:
    if shutil.which("unshare") is None:
        return False
    command = ["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def where_nothing_can_be_written(
    folder: Path, words: list[str]
) -> subprocess.CompletedProcess[str]:
    """Run a command for which nothing can be written in a folder."""
    if os.geteuid() == 0:  # root may write to any folder, but to no read-only disk
        if not can_mount():
            pytest.skip("this user may not mount a disk of its own")
        script = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && "$@"'
        words = ["unshare", "-rm", "sh", "-c", script, str(folder), *words]
    else:
        folder.chmod(0o555)
    try:
        return subprocess.run(words, capture_output=True, text=True, check=False)
    finally:
        folder.chmod(0o755)


def test_a_read_only_folder_is_one_clear_line(tmp_path: Path) -> None:
    model, folder = answers(tmp_path), tmp_path / "runs"
    folder.mkdir()
    words = [sys.executable, "-m", "simulate", "run", "poem", "-n", "1", "--model", model]
    words += ["--out", str(folder / "a.db")]
    done = where_nothing_can_be_written(folder, words)
    assert (done.returncode, "choose another with --out" in done.stderr) == (2, True), done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("how", [pytest.param("limit", marks=pytest.mark.slow), "disk"])
def test_a_disk_that_is_full_ends_a_run_with_one_line_and_it_goes_on_where_there_is_room(
    tmp_path: Path, serve: Serve, how: str
) -> None:
    if how == "disk" and not can_mount():
        pytest.skip("this user may not mount a disk of its own")
    folder = tmp_path / "disk"
    folder.mkdir()
    path, endpoint = folder / "a.db", serve()
    done = run_with_little_room(path, endpoint.spec, how)
    assert done.returncode == 2, done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith(f"simulate: run file {path}: "), done.stderr
    assert "nothing that was committed is lost" in last
    assert "Traceback" not in done.stderr
    assert whole(path)
    with open_run(path) as file:
        before = {d.id: file.dialogue(d.id).turns for d, _ in file.planned()}
        counted = next(file.rows("SELECT sum(turns) FROM dialogue"))[0]
    assert sum(map(len, before.values())) == counted > 0
    words = [sys.executable, "-m", "simulate", "run", "donation", "-n", "5"]
    words += ["--model", endpoint.spec, "--out", str(path), "--resume"]
    again = subprocess.run(words, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    with open_run(path) as file:
        for number, turns in before.items():
            assert file.dialogue(number).turns[: len(turns)] == turns


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_an_export_to_a_full_disk_is_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    copied = finished_run(tmp_path)
    code, text = told(capsys, "export", str(copied), "--format", form, "--out", "/dev/full")
    assert (code, "cannot be written" in text) == (2, True), text


def test_a_disk_too_small_for_any_run_file_is_left_as_it_was(tmp_path: Path) -> None:
    if not can_mount():
        pytest.skip("this user may not mount a disk of its own")
    folder = tmp_path / "disk"
    folder.mkdir()
    script = 'mount -t tmpfs -o size=200k tmpfs "$0" && "$@"; code=$?; ls -A "$0" >&2; exit $code'
    words = [sys.executable, "-m", "simulate", "run", "poem", "-n", "1"]
    words += ["--model", answers(tmp_path), "--out", str(folder / "a.db")]
    command = ["unshare", "-rm", "sh", "-c", script, str(folder), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    last = done.stderr.strip().splitlines()[-1]  # no file is listed after it
    assert "free some space, or choose another with --out" in last
