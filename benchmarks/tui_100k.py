"""The terminal UI on a run file of 100,000 dialogues: time to paint, to scroll, and memory.

    uv run python -m benchmarks.tui_100k [--dialogues 100000] [--json]

Prints, each in s unless it says otherwise:
    import      of the application, in a process of its own
    paint       from opening the run file to the first full paint
    page        one page down: read, drawn, composed (median and slowest of 300)
    jump        to a row anywhere (median and slowest of 100)
    sort, filter, text
                until the table shows another order, and a search through all turns
    plots       of the page of distributions: from its key to the first plots and means
    complete    until all distances, floors and intervals are there
    memory      highest resident memory of the whole, in MB

The page of distributions is measured, too, on 2 × 2,000 dialogues that state five amounts each.
The goals of the project: paint under 1 s, first plots under 2 s, memory under 200 MB.
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
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.figure import Figure, peak_mib
from tests.made_runs import write_run
from tests.runfile.small_run import make_large_run

if TYPE_CHECKING:
    from simulate.tui.app import ViewApp

SIZE = (160, 48)
MEASURE = """
import sys, asyncio
sys.path.insert(0, "")
from benchmarks.tui_100k import WHAT
from pathlib import Path
import json
print(json.dumps(asyncio.run(WHAT(Path(sys.argv[1])))))
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
        found |= await page_of_distributions(app)
    found["memory"] = peak_mib()
    return found


async def page_of_distributions(app: ViewApp) -> dict[str, float]:
    """Open the page of distributions, and wait until it shows everything."""
    from simulate.tui.screens.distributions import Distributions

    found: dict[str, float] = {}
    began = time.perf_counter()
    await app.action_page("distributions")
    while "complete" not in found:
        page = app.screen
        if isinstance(page, Distributions):
            if page.found is not None:
                found.setdefault("plots", time.perf_counter() - began)
            if page.comparison is not None and not page.comparison.partial:
                found["complete"] = time.perf_counter() - began
        await asyncio.sleep(0.01)
    return found


async def measured_page(run: Path) -> dict[str, float]:
    """Measure the page of distributions of a run alone, in this process."""
    from simulate.tui.app import ViewApp

    app = ViewApp(run.parent, run, follows=False)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        found = await page_of_distributions(app)
    return found | {"memory": peak_mib()}


def stating_run(path: Path, n: int = 2000) -> Path:
    """Write a run of two cells of n dialogues that state five amounts each."""
    rng = random.Random(1)

    def answer() -> list[tuple[float, float]]:
        shares = [rng.random() ** 2 + 0.02 for _ in range(5)]
        amounts = rng.sample(range(201), 5)
        return [(a / 100, s / sum(shares)) for a, s in zip(amounts, shares, strict=True)]

    return write_run(path, {"vs": [answer() for _ in range(n)], "direct": [0.5, 1.0] * (n // 2)})


def _in_a_process(run: Path, what: str) -> dict[str, float]:
    words = [sys.executable, "-c", MEASURE.replace("WHAT", what), str(run)]
    done = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(done.stdout))


def figures() -> Iterator[Figure]:
    """Measure both runs, each in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        large = _in_a_process(make_large_run(Path(folder) / "large.db", 100_000), "measured")
        small = _in_a_process(stating_run(Path(folder) / "small.db"), "measured_page")
    yield Figure("view, 100,000 dialogues: first paint", large["paint"], "s", 1.0)
    for what, found in (("100,000 dialogues", large), ("2 × 2,000 stated", small)):
        told = f"distributions, {what}"
        yield Figure(f"{told}: first plots", found["plots"], "s", 2.0)
        yield Figure(f"{told}: complete", found["complete"], "s")
        yield Figure(f"{told}: memory", found["memory"], "MiB in all", 200.0)


def main() -> None:
    """Make the run file, measure in a fresh process, print."""
    arguments = argparse.ArgumentParser(description="Measure the terminal UI.")
    arguments.add_argument("--dialogues", type=int, default=100_000)
    arguments.add_argument("--run", type=Path, help="a run file that is there already")
    arguments.add_argument("--json", action="store_true")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run = given.run or make_large_run(Path(folder) / "large.db", given.dialogues)
        found = _in_a_process(run, "measured")
    if given.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        unit = "MB" if name == "memory" else "s"
        print(f"{name:<14} {value:10.3f} {unit}")


if __name__ == "__main__":
    main()
