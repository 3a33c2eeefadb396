"""What a loop takes, measured within the process that runs it; only the standard library.

A loop is a script that runs in an environment of its own:

    python LOOP.py URL DIALOGUES REPLIES AT_ONCE

It has a simulated user and an assistant talk, both played by the model at URL, and prints one line
of JSON. Imports are not counted, but in the peak memory.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

USER = "You are a person who thinks about giving to a charity. Write your next message."
ASSISTANT = "You ask people to give to a charity that helps children. Write your next message."
MODEL = "gpt-4.1-mini"  # a name that every package knows; nothing is sent but to URL

os.environ |= {
    "DEEPEVAL_TELEMETRY_OPT_OUT": "YES",
    "DO_NOT_TRACK": "1",
    "INSPECT_DISPLAY": "none",
    "LANGCHAIN_TRACING_V2": "false",
    "LANGSMITH_TRACING": "false",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_TELEMETRY": "False",
    "OPENAI_API_KEY": "none",
    "SCENARIO_DISABLE_SIMULATION_REPORT_INFO": "1",
}

Talk = list[str]
"""What was said, in order."""


@dataclass(frozen=True)
class Asked:
    """What a loop is to do.

    Attributes:
        url: of the endpoint, up to `/v1`.
        dialogues: how many.
        replies: how often each of the two speaks in a dialogue.
        at_once: dialogues at the same time.
    """

    url: str
    dialogues: int
    replies: int
    at_once: int


def asked() -> Asked:
    """Return what the command line asks for; models of the `openai` package go there too."""
    url, *numbers = sys.argv[1:]
    os.environ["OPENAI_BASE_URL"] = url
    return Asked(url, *map(int, numbers))


async def gathered(what: Asked, talk: Callable[[int], Awaitable[Talk]]) -> list[Talk | None]:
    """Play all dialogues, `at_once` at a time; None for one that fails."""
    room = asyncio.Semaphore(what.at_once)

    async def one(number: int) -> Talk | None:
        async with room:
            try:
                return await talk(number)
            except Exception as error:
                print(f"dialogue {number}: {type(error).__name__}: {error}"[:300], file=sys.stderr)
                return None

    return await asyncio.gather(*map(one, range(what.dialogues)))


def measure(
    package: str, what: Asked, play: Callable[[], Coroutine[Any, Any, list[Talk | None]]]
) -> None:
    """Play, and print what it took."""
    started, cpu = time.perf_counter(), sum(os.times()[:4])
    talks = asyncio.run(play())
    wall_s, cpu_s = time.perf_counter() - started, sum(os.times()[:4]) - cpu
    whole = [t for t in talks if t and len(t) >= 2 * what.replies and all(s.strip() for s in t)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        json.dumps(
            {
                "version": version(package),
                "whole": len(whole),
                "turns": sum(len(talk) for talk in talks if talk),
                "cpu_s": cpu_s,
                "wall_s": wall_s,
                "peak_mib": peak / (2**20 if sys.platform == "darwin" else 2**10),
            }
        )
    )
