"""The terminal UI on a run file of 100,000 dialogues: time to paint, to scroll, and memory.

    uv run python -m benchmarks.tui_100k [--dialogues 100000] [--json]

Prints, each in s unless it says otherwise:
    import      of the application, in a process of its own
    paint       from opening the run file to the first full paint
    page        one page down: read, drawn, composed (median and slowest of 300)
    jump        to a row anywhere (median and slowest of 100)
    sort, filter, text
                until the table shows another order, and a search through all turns
    memory      highest resident memory of the whole, in MB

The goals of the project: paint under 1 s, memory under 200 MB.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.figure import peak_mib
from tests.runfile.small_run import make_large_run

SIZE = (160, 48)
MEASURE = """
import sys, asyncio
sys.path.insert(0, "")
from benchmarks.tui_100k import measured
from pathlib import Path
import json
print(json.dumps(asyncio.run(measured(Path(sys.argv[1])))))
"""


async def measured(run: Path) -> dict[str, float]:
    """Measure the application on a run file, in this process."""
    began = time.perf_counter()
    from simulate.runfile.dialogue_list import Order
    from simulate.tui.app import ViewApp
    from simulate.tui.screens.browse import Browse

    found = {"import": time.perf_counter() - began}
    began = time.perf_counter()
    app = ViewApp(run.parent, run, follows=False)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, Browse)
        assert "Dialogues" in app.export_text()
        found["paint"] = time.perf_counter() - began
        table = screen.table

        def drawn() -> None:
            screen._compositor.render_update(full=True, screen_stack=[])

        rng = random.Random(1)
        pages, jumps = [], []
        for _ in range(300):
            began = time.perf_counter()
            table.action_page(1)
            drawn()
            pages.append(time.perf_counter() - began)
            await asyncio.sleep(0)
        for _ in range(100):
            began = time.perf_counter()
            table.cursor = rng.randrange(len(table))
            drawn()
            jumps.append(time.perf_counter() - began)
            await asyncio.sleep(0)
        found["page"], found["page_slowest"] = statistics.median(pages), max(pages)
        found["jump"], found["jump_slowest"] = statistics.median(jumps), max(jumps)
        for name, order in (
            ("sort", Order("", "entropy", True)),
            ("filter", Order("cell:vs outcome>0.5")),
            ("text", Order('text:"rent is due"')),
        ):
            began = time.perf_counter()
            screen._reorder(order)
            await asyncio.to_thread(app.queries.wait)
            await pilot.pause()
            drawn()
            found[name] = time.perf_counter() - began
        assert len(screen.ids) > 0
    found["memory"] = peak_mib()
    return found


def main() -> None:
    """Make the run file, measure in a fresh process, print."""
    arguments = argparse.ArgumentParser(description="Measure the terminal UI.")
    arguments.add_argument("--dialogues", type=int, default=100_000)
    arguments.add_argument("--run", type=Path, help="a run file that is there already")
    arguments.add_argument("--json", action="store_true")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run = given.run or make_large_run(Path(folder) / "large.db", given.dialogues)
        words = [sys.executable, "-c", MEASURE, str(run)]
        done = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True)
    found = json.loads(done.stdout)
    if given.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        unit = "MB" if name == "memory" else "s"
        print(f"{name:<14} {value:10.3f} {unit}")


if __name__ == "__main__":
    main()
