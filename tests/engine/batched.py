"""A small run in batches, in this process or in one that may be killed."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sqlite3
from collections import Counter
from contextlib import closing
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from simulate.engine import RunResult, run
from simulate.models.batches import BatchSettings
from simulate.scenario import Scenario
from tests.batch_endpoint import BatchEndpoint
from tests.endpoint import Body, usual_text

QUICK = BatchSettings(quiet_s=0.05, poll_s=0.01, poll_max_s=0.02, give_up_s=0.2)
N, CALLS = 2, 4
"""Dialogues, and calls of each: the bot's turn, ada's (she is asked twice), and a value."""
SCENARIO = Scenario.model_validate(
    {
        "scenario": "batched",
        "speakers": {
            "bot": {"plays": "assistant"},
            "ada": {"plays": "user", "method": {"name": "vs", "k": 2}},
        },
        "turns": {"maximum": 1},
        "outcomes": {
            "gift": {
                "kind": "amount",
                "support": [0, 2],
                "asked": {"speaker": "ada", "question": "How much?"},
            }
        },
    }
)
NONSENSE = "This is nonsense."


def asked_twice(body: Body, number: int) -> str:
    """Answer a turn of ada's with nonsense until she is told so."""
    wants = "responses" in str(body.get("response_format"))
    told = any(NONSENSE in each["content"] for each in body["messages"])
    turn = "How much?" not in str(body["messages"])
    return NONSENSE if wants and turn and not told else usual_text(body)


async def played(spec: str, out: Path, **settings: Any) -> RunResult:
    """Play the small run, in batches unless it is said otherwise."""
    usual: dict[str, Any] = {"model": spec, "n": N, "batch": QUICK, "progress": False}
    return await run(SCENARIO, seed=7, out=out, **(usual | settings))


def play(endpoint: BatchEndpoint, out: Path, **settings: Any) -> RunResult:
    """Play it now, or go on with it."""
    return asyncio.run(played(endpoint.spec, out, resume=out.exists(), **settings))


def begin(spec: str, out: Path) -> ForkServerProcess:
    """Play it in a process of its own, which may be killed."""
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload([__name__, "openai", "aiohttp"])
    process = server.Process(target=_play, args=(spec, str(out)))
    process.start()
    return process


def _play(spec: str, out: str) -> None:
    os.environ.pop("OPENAI_API_KEY", None)
    asyncio.run(played(spec, Path(out)))


def in_outbox(path: Path) -> int:
    """Return how many calls are in the outbox of a run file."""
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT count(*) FROM outbox").fetchone()[0])


def batch_states(path: Path) -> Counter[str]:
    """Return how the batches of a run file ended."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT state FROM batch WHERE ended IS NOT NULL")
        return Counter(state for (state,) in rows)
