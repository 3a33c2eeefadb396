import gc
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import settings

from simulate.cli import main
from tests.endpoint import Behaviour, Endpoint, Serve
from tests.made_runs import donations, make_run
from tests.runfile.small_run import own_run, small_run

Command = Callable[..., tuple[int, str, str]]
AsJson = Callable[..., dict[str, Any]]

__all__ = ["donations", "make_run", "own_run", "small_run"]

# Workers and child processes share compiled modules, also where the environment says not to write
# any (as containers do): compiling all that is imported takes each of them ten seconds.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# No test depends on how fast a machine is, nor, unless random search is asked for by
# `--hypothesis-profile random`, on chance or on what an earlier run has found.
settings.register_profile("fixed", deadline=None, derandomize=True, database=None)
settings.register_profile("random", deadline=None, print_blob=True)
settings.load_profile("fixed")


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Give each worker neighbouring tests, so that what a module shares is made once."""
    if getattr(config.option, "numprocesses", None) and config.option.dist == "no":
        config.option.dist = "worksteal"


def pytest_xdist_auto_num_workers() -> int:
    """Take more workers than cores, since tests of sockets and processes wait much."""
    return (os.cpu_count() or 1) * 3 // 2 or 1


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over what is imported: looking through it took a third."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(autouse=True)
def _no_user_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the developer's own models and keys out of the tests."""
    for name in (
        "SIMULATE_MODEL",
        "SIMULATE_MODELS",
        "OPENAI_BASE_URL",
        "OPENAI_API_KEY",
        "OPENAI_API_KEY_FILE",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def command(capfd: pytest.CaptureFixture[str]) -> Command:
    """Return a way to run a command in this process: exit code, stdout and stderr come back."""

    def call(*words: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        out, err = capfd.readouterr()
        assert "Traceback" not in out + err
        return int(ended.value.code or 0), out, err

    return call


@pytest.fixture
def as_json(command: Command) -> AsJson:
    """Return a way to run a command that succeeds with --json; its object comes back."""

    def call(*words: object) -> dict[str, Any]:
        code, out, err = command(*words, "--json")
        assert code == 0, err
        found = json.loads(out)
        assert isinstance(found, dict)
        return found

    return call


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start real endpoints that are stopped when the test ends."""
    with ExitStack() as stack:

        def start(behaviour: Behaviour | None = None, delay_s: float = 0.0) -> Endpoint:
            return stack.enter_context(Endpoint(behaviour, delay_s))

        yield start
