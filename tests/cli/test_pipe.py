"""Whoever reads a command's output may stop when it has seen enough."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.runfile.canned import finished_run


@pytest.mark.parametrize(
    "words",
    [
        ["export", "RUN"],  # more than a pipe holds
        ["reference", "list"],  # by Rich
    ],
)
def test_a_reader_that_goes_away_is_no_error(tmp_path: Path, words: list[str]) -> None:
    run = str(finished_run(tmp_path))
    command = [sys.executable, "-m", "simulate", *(w.replace("RUN", run) for w in words)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    told = process.stderr.read()
    process.stderr.close()
    assert (process.wait(), told) == (0, b"")
