"""A finished run for the tests that harm one."""

import shutil
from pathlib import Path

import pytest

from tests.runfile.canned import finished_run


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a finished run; copy it before you harm it."""
    return finished_run(tmp_path_factory.mktemp("finished"))


@pytest.fixture
def copied(finished: Path, tmp_path: Path) -> Path:
    """Return a copy of the finished run."""
    return Path(shutil.copy(finished, tmp_path / "a.db"))
