"""Files are written aside, and put in their place whole: real links, pipes and processes."""

import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from simulate.errors import InputError
from simulate.files.writing import text_written_aside, written_aside


def write(path: Path, text: str = "new\n", *, force: bool = False) -> None:
    with text_written_aside(path, force=force) as file:
        file.write(text)


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def test_a_file_is_there_only_once_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with text_written_aside(path, force=False) as file:
        file.write("Grüße\n")
        assert not path.exists()
    assert path.read_bytes() == "Grüße\n".encode()
    assert names(tmp_path) == ["a.txt"]


def test_what_is_there_stays_without_force(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(InputError, match=r"a\.txt is there already: .*--force"):
        write(path)
    assert path.read_text() == "old"
    write(path, force=True)
    assert path.read_text() == "new\n"
    assert names(tmp_path) == ["a.txt"]


def test_a_run_file_is_replaced_by_nothing(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    path.write_bytes(b"SQLite format 3\0 and what was paid for")
    with pytest.raises(InputError, match=r"run\.db is a run file, which no --force replaces"):
        write(path, force=True)
    assert path.read_bytes().endswith(b"paid for")


@pytest.mark.parametrize("target", ["prey", "nowhere"])
def test_nothing_is_written_through_a_link(tmp_path: Path, target: str) -> None:
    prey = tmp_path / "prey"
    prey.write_text("old")
    link = tmp_path / "link"
    link.symlink_to(tmp_path / target)
    with pytest.raises(InputError, match="is there already"):
        write(link)
    write(link, force=True)
    assert (link.read_text(), link.is_symlink(), prey.read_text()) == ("new\n", False, "old")
    assert names(tmp_path) == ["link", "prey"]


def test_what_comes_meanwhile_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with pytest.raises(InputError, match="is there already"), written_aside(path, force=False):
        path.write_text("theirs")
    assert path.read_text() == "theirs"
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("force", [False, True])
def test_what_goes_wrong_leaves_everything_as_it_was(tmp_path: Path, force: bool) -> None:
    path = tmp_path / "a.txt"
    if force:
        path.write_text("old")

    def fails() -> None:
        with text_written_aside(path, force=force) as file:
            file.write("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    with pytest.raises(UnicodeEncodeError):
        write(path, "\ud800", force=force)
    assert [p.read_text() for p in tmp_path.iterdir()] == ["old"] * force


def test_a_folder_is_no_place_for_a_file(tmp_path: Path) -> None:
    for force in (False, True):
        with pytest.raises(InputError, match=r"is a folder|Is a directory"):
            write(tmp_path, force=force)
    with pytest.raises(InputError, match="cannot be written: No such file"):
        write(tmp_path / "no" / "a.txt")


def test_a_file_has_the_rights_of_any_new_one_or_of_that_which_it_replaces(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write(tmp_path / "a.txt")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o640
    (tmp_path / "a.txt").chmod(0o600)
    write(tmp_path / "a.txt", force=True)
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o600


def test_a_pipe_is_written_to_as_it_is(tmp_path: Path) -> None:
    pipe, got = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: got.append(pipe.read_text()))
    reader.start()
    write(pipe)
    reader.join()
    assert (got, names(tmp_path)) == (["new\n"], ["pipe"])


WRITES = """
import signal, sys
from pathlib import Path
from simulate.files.writing import text_written_aside
signal.signal(signal.SIGINT, signal.default_int_handler)  # also in the background
with text_written_aside(Path(sys.argv[1]), force=False) as file:
    file.write("new\\n")
    if len(sys.argv) > 2:
        print("half", flush=True)
        sys.stdin.read()
"""


def test_what_a_process_has_open_is_written_to_as_it_is(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_text("old\n")
    for name in ("/dev/stdout", "/dev/fd/1"):
        command = [sys.executable, "-c", WRITES, name]
        assert subprocess.run(command, capture_output=True, check=False).stdout == b"new\n"
        with kept.open("a") as stdout:
            subprocess.run(command, stdout=stdout, check=True)
    assert kept.read_text() == "old\nnew\nnew\n"
    assert names(tmp_path) == ["kept"]


def test_what_is_interrupted_leaves_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITES, str(tmp_path / "a.txt"), "wait"]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    assert process.stdout.readline() == b"half\n"
    assert len(names(tmp_path)) == 1
    process.send_signal(signal.SIGINT)
    process.wait(60)  # before its stdin ends, which would let it go on
    process.communicate()
    assert names(tmp_path) == []
