"""Peak memory of a run at 1,000 and at 10,000 dialogues, each in a process of its own.

    uv run python -m benchmarks.memory

Canned answers, two turns by each of two speakers, one outcome; 64 dialogues at once. A run keeps
its plan in memory and nothing of what is finished, so that the peak should grow by little more
than the plan does. The script prints MiB; it gates nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import simulate
from benchmarks.answers import answer
from benchmarks.figure import peak_mib

SCENARIO: dict[str, Any] = {
    "scenario": "memory",
    "speakers": {"bot": {"plays": "assistant"}, "ada": {"plays": "user", "method": "vs"}},
    "turns": {"maximum": 2},
    "outcomes": {
        "gift": {
            "kind": "amount",
            "support": [0, 2],
            "asked": {"speaker": "ada", "question": "How much?"},
        }
    },
}


def measure(dialogues: int) -> None:
    """Run, and print the peak of this process in MiB and what came of the run."""
    with tempfile.TemporaryDirectory() as folder:
        result = asyncio.run(
            simulate.run(
                simulate.Scenario.model_validate(SCENARIO),
                n=dialogues,
                model=simulate.ScriptedModel(answer),
                out=Path(folder) / "a.db",
                concurrency=64,
            )
        )
    found = {
        "dialogues": dialogues,
        "completed": result.completed,
        "peak_mib": round(peak_mib(), 1),
    }
    print(json.dumps({**found, "seconds": round(result.seconds, 1)}))


def main() -> None:
    """Measure each size in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dialogues", type=int, help=argparse.SUPPRESS)
    dialogues = parser.parse_args().dialogues
    if dialogues is not None:
        measure(dialogues)
        return
    for size in (100, 1000, 10_000):
        words = ["-m", "benchmarks.memory", "--dialogues", str(size)]
        subprocess.run([sys.executable, *words], check=True)


if __name__ == "__main__":
    main()
