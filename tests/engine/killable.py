"""A process of its own that runs the command line and may be killed at any moment.

It is forked from a server that has loaded what a run needs and has no thread, so that fifty of
them do not load it fifty times.
"""

import multiprocessing
import os
from collections.abc import Sequence
from multiprocessing.context import ForkServerProcess

from simulate.cli import main

_SERVER = multiprocessing.get_context("forkserver")


def begin(words: Sequence[str], **environment: str) -> ForkServerProcess:
    """Run the command line with these words; nobody hears what it says."""
    _SERVER.set_forkserver_preload([__name__, "tests.engine.loaded"])
    process = _SERVER.Process(target=_run, args=(words, environment))
    process.start()
    return process


def _run(words: Sequence[str], environment: dict[str, str]) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.environ.update(environment)
    main(list(words))
