"""What becomes of stdout and stderr changes neither what is stored nor what an exit code says."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.made_runs import exported
from tests.runfile.canned import answers, finished_run

SHELL = Path("/bin/sh")
pytestmark = pytest.mark.skipif(not SHELL.exists(), reason="no POSIX shell to redirect with")

full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
NARROW = {"PYTHONIOENCODING": "ascii:strict"}
WINDOWS = {"PYTHONIOENCODING": "cp1252"}
POSIX = {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
DUMB = {"TERM": "dumb", "NO_COLOR": "1", "COLUMNS": "20"}

CONDITIONS: dict[str, tuple[str, dict[str, str]]] = {
    "stdout closed": (">&-", {}),
    "stderr closed": ("2>&-", {}),
    "all closed": ("<&- >&- 2>&-", {}),
    "all closed, narrow": ("<&- >&- 2>&-", POSIX),
    "stdout full": (">/dev/full", {}),
    "stderr full": ("2>/dev/full", {}),
    "both full": (">/dev/full 2>&1", {}),
    "stdout full, narrow": (">/dev/full", NARROW),
    "nobody reads": ("GONE", {}),
    "nobody reads, narrow": ("GONE", NARROW),
    "nobody reads either": ("GONE 2>&1", {}),
    "Windows": ("", WINDOWS),
    "ASCII": ("", NARROW),
    "POSIX": ("", POSIX),
    "dumb and small": ("", DUMB),
}

COMMANDS: dict[str, tuple[str, int]] = {
    "--help": ("--help", 0),
    "--version": ("--version", 0),
    "no argument": ("run", 2),
    "no such scenario": ("run nosuch", 2),
    "run --dry-run": ("run donation -n 1 --dry-run", 0),
    "plan": ("plan donation -n 1 --model MODEL", 0),
    "run --json": ("run donation -n 1 --method vs --seed 1 --model MODEL --out NEW --json", 0),
    "summary": ("summary RUN", 0),
    "compare": ("compare RUN", 0),
    "compare --json": ("compare RUN --json", 0),
    "run": ("run donation -n 1 --method vs --seed 1 --model MODEL --out NEW", 0),
    "diversity": ("diversity RUN", 0),
    "report": ("report RUN", 0),
    "export": ("export RUN", 0),
    "export csv": ("export RUN --format csv", 0),
    "check": ("check donation", 0),
    "check --json": ("check nosuch --json", 2),
    "persona": ("persona sample crowdworkers -n 2", 0),
    "reference list": ("reference list", 0),
    "reference show": ("reference show persuasionforgood-donations", 0),
    "verbalize": ("verbalize Hello --model MODEL", 0),
    "doctor": ("doctor --model MODEL", 0),
    "view": ("view RUN", 2),
    "view --keys": ("view --keys", 0),
    "view --json": ("view RUN --json", 0),
    "view --markdown": ("view RUN --dialogue 0 --markdown", 0),
    "view --screenshot": ("view RUN --screenshot NEW.svg", 0),
}
"""Both runs meet streams of which nothing is heard: both full, and nobody reads either."""

SHARE = len(CONDITIONS)

ONLY_SHOWN = {"run", "run --json", "view --screenshot"}
"""Commands whose result is on file, whatever becomes of stdout."""


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run of one dialogue, for tests that leave it as it is."""
    return finished_run(tmp_path_factory.mktemp("finished"))


@pytest.fixture
def folder(tmp_path: Path, finished: Path) -> Path:
    """Return a folder with a run file of its own."""
    shutil.copy(finished, tmp_path)
    return tmp_path


def slow(*values: Any) -> Any:
    """Return parameters whose test is slow."""
    return pytest.param(*values, marks=pytest.mark.slow)


def call(
    folder: Path, words: str, redirection: str = "", **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """Run a command as a shell does, with its streams redirected; GONE is a pipe nobody reads."""
    reader, writer = os.pipe()
    os.close(reader)
    redirection = redirection.replace("GONE", ">&0")
    given = words.replace("MODEL", answers(folder)).replace("NEW", str(folder / "new.db"))
    command = given.replace("RUN", str(folder / "a.db")).split()
    try:
        return subprocess.run(
            [SHELL, "-c", f'exec {sys.executable} -m simulate "$@" {redirection}', "sh", *command],
            cwd=folder,
            capture_output=True,
            stdin=writer,
            env={**os.environ, "COLUMNS": "100", **environment},
            check=False,
        )
    finally:
        os.close(writer)


def quiet(done: subprocess.CompletedProcess[bytes]) -> bool:
    """Whether nothing was told that only a developer reads."""
    return not any(word in done.stderr for word in (b"Traceback", b"ignored", b"fault of"))


def test_a_run_that_nobody_hears_stores_what_any_other_does(folder: Path) -> None:
    redirection, environment = CONDITIONS["all closed, narrow"]
    assert call(folder, COMMANDS["run"][0], redirection, **environment).returncode == 0
    assert exported(folder / "new.db") == exported(folder / "a.db")


@full
def test_output_that_is_lost_is_told_once_and_is_no_success(folder: Path) -> None:
    done = call(folder, "export RUN", ">/dev/full")
    assert done.returncode == 2
    assert done.stderr.decode().splitlines() == [
        "simulate: stdout cannot be written (No space left on device): "
        "what was printed there is not whole"
    ]


def test_what_is_printed_never_goes_into_a_file_that_took_the_number_of_stdout(
    folder: Path,
) -> None:
    before = (folder / "a.db").read_bytes()
    done = call(folder, "summary RUN", "<&- >&- 2>&-")
    assert (done.returncode, done.stdout, done.stderr) == (2, b"", b"")
    assert (folder / "a.db").read_bytes() == before


def test_stdout_holds_one_json_object_where_stderr_is_closed(folder: Path) -> None:
    printed = call(folder, COMMANDS["run --json"][0], "2>&-").stdout
    assert json.loads(printed)["dialogues"]["completed"] == 1


@pytest.mark.parametrize(
    ("words", "code"), [("export RUN", 0), ("reference list", 0), ("check nosuch --json", 2)]
)
def test_a_reader_that_goes_away_is_no_error_and_hides_none(
    folder: Path, words: str, code: int
) -> None:
    done = call(folder, words, "GONE")
    assert (done.returncode, done.stderr) == (code, b"")


UTF8 = ("view RUN --dialogue 0 --markdown", "reference list --json")


@pytest.fixture(scope="module")
def usual(finished: Path) -> tuple[Path, list[bytes]]:
    """Return where a run is, and what the commands of `UTF8` print in the usual locale."""
    return finished.parent, [call(finished.parent, words).stdout for words in UTF8]


@pytest.mark.parametrize(
    ("which", "environment"),
    [(0, WINDOWS), slow(1, WINDOWS), slow(0, NARROW), slow(1, POSIX)],
)
def test_data_are_utf8_in_any_locale(
    usual: tuple[Path, list[bytes]], which: int, environment: dict[str, str]
) -> None:
    folder, printed = usual
    assert call(folder, UTF8[which], **environment).stdout == printed[which]
    assert not printed[which].isascii()


@pytest.mark.slow
@full
@pytest.mark.timeout(300)
@pytest.mark.parametrize("condition", CONDITIONS)
def test_every_command_bears_it(folder: Path, condition: str) -> None:
    """Try each command under one of the conditions; SHARE = 1 tries it under all, by hand."""
    turn = list(CONDITIONS).index(condition) % SHARE
    redirection, environment = CONDITIONS[condition]
    lost = "closed" in condition.partition(",")[0] and "stderr" not in condition
    lost |= "full" in condition and "stderr" not in condition
    wrong: dict[str, Any] = {}
    for name, (words, code) in list(COMMANDS.items())[turn::SHARE]:
        for left in folder.glob("new.db*"):
            left.unlink()
        expected = code or (2 if lost and name not in ONLY_SHOWN else 0)
        done = call(folder, words, redirection, **environment)
        if done.returncode != expected or not quiet(done):
            wrong[name] = (done.returncode, done.stderr.decode(errors="replace"))
        if words.startswith("run") and (new := folder / "new.db").exists():
            assert exported(new) == exported(folder / "a.db")
    assert wrong == {}
