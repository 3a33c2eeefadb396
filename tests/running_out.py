"""A process that runs out of open files at a chosen moment: the real limit, lowered from inside.

`python -m tests.running_out EVENT NUMBER PROGRAM WORD…` runs the command line with these words; or,
with the program `run`, `simulate.run` on the endpoint and the run file that they name. At the n-th
audit event of this name, counted from the first connection on, nothing more can be opened until
something is closed.
"""

import asyncio
import itertools
import os
import resource
import sys
from pathlib import Path
from typing import Any

from simulate.cli import main
from simulate.engine import RunResult, run
from tests.engine.test_faults import scenario
from tests.ways import WAYS


def run_out(name: str, number: int) -> None:
    """Let no file be opened any more from the n-th event of a name on."""
    connections, events = itertools.count(), itertools.count(1)

    def hook(event: str, values: tuple[Any, ...]) -> None:
        if event == "socket.connect":
            next(connections)
        elif event == name and repr(connections) != "count(0)" and next(events) == number:
            lowest = os.dup(0)
            os.close(lowest)
            hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
            resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, hard))

    sys.addaudithook(hook)


async def simulated(url: str, way: Any, out: Path, *, resume: bool = False) -> RunResult:
    """Run the scenario of the faults, four dialogues a cell."""
    model = WAYS[way]("mock", url, name="m", retries=1, backoff_s=0.002, backoff_max_s=0.01)
    try:
        return await run(scenario(), model=model, n=4, concurrency=2, out=out, resume=resume)
    finally:
        await model.aclose()


if __name__ == "__main__":
    sys.modules["uvloop"] = None  # type: ignore[assignment]  # it raises no audit events
    event, number, program, *words = sys.argv[1:]
    run_out(event, int(number))
    if program == "run":
        url, way, path = words
        ended = asyncio.run(simulated(url, way, Path(path)))
        print(ended.completed, ended.failed, ended.left, ended.why, sep="|")
    else:
        main(words)
