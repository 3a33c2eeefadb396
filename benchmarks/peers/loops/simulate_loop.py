"""simulate: the same talk, with METHOD (`direct` or `vs`), into a run file."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from measuring import ASSISTANT, MODEL, USER, Talk, asked, measure

METHOD = os.environ["METHOD"]
WHAT = asked()

import simulate  # noqa: E402

SCENARIO = {
    "scenario": "peers",
    "speakers": {
        "person": {"plays": "user", "instructions": USER, "method": METHOD},
        "bot": {"plays": "assistant", "instructions": ASSISTANT},
    },
    "turns": {"maximum": WHAT.replies},
}


async def play() -> list[Talk | None]:
    """Play all dialogues."""
    with tempfile.TemporaryDirectory() as folder:
        result = await simulate.run(
            simulate.Scenario.model_validate(SCENARIO),
            n=WHAT.dialogues,
            model=f"{MODEL}@{WHAT.url}",
            concurrency=WHAT.at_once,
            out=Path(folder) / "run.db",
            progress=False,
        )
        with result.open() as run:
            talks: list[Talk | None] = [
                [turn.text for turn in each.turns] if each.status == "completed" else None
                for each in run.read()
            ]
            for reason in run.failures():
                print(reason, file=sys.stderr)
    return talks


measure("simulate-dialogues", WHAT, play)
