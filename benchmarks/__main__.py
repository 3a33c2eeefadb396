"""The table of figures: each benchmark in a process of its own, one after the other.

    uv run python -m benchmarks [NAME …] [--json]

A benchmark is a module of this folder with a function `figures() -> Iterable[Figure]`. Ratios are
of two measurements within one run, so that they mean the same on any machine; other numbers are
this machine's. The table gates nothing: figures of a busy machine are no figures.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from benchmarks.figure import Figure, read_figure

NAMES: tuple[str, ...] = (
    "hot_path",
    "start",
    "in_flight",
    "processes",
    "share_prefix",
    "merge",
    "stored_bytes",
    "export_speed",
    "compare_20000",
    "tui_100k",
)
"""The benchmarks of the table, in its order."""
LONGEST_S = 300.0
"""Seconds after which a benchmark is ended."""


def measured(name: str) -> tuple[list[Figure], float, str]:
    """Run a benchmark.

    Returns:
        Its figures, the seconds that it took, and why it ended early; empty where it did not.
    """
    environment = {**os.environ, "NO_COLOR": "1"}
    started = time.perf_counter()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks", "--one", name],
            stdout=subprocess.PIPE,
            env=environment,
            timeout=LONGEST_S,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        told, why = late.stdout or b"", f"not done after {LONGEST_S:g} s"
    else:
        told, why = done.stdout, f"ended with exit code {done.returncode}" * bool(done.returncode)
    found = [each for line in told.decode().splitlines() if (each := read_figure(line))]
    return found, time.perf_counter() - started, why


def machine() -> str:
    """Return on what the figures were measured, and when."""
    today = datetime.now(UTC).date().isoformat()
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{today}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores, {python}"


def shown(figure: Figure) -> Iterator[str]:
    """Return the cells of a figure's row."""
    yield figure.what
    form = ",.4g" if figure.value < 1000 else ",.0f"
    yield f"{figure.value:{form}} {figure.unit}"
    yield "" if figure.aim is None else f"{figure.bound} {figure.aim:,g}"
    yield {True: "✓", False: "✗", None: ""}[figure.reached]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(NAMES)}")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        for figure in importlib.import_module(f"benchmarks.{arguments.one}").figures():
            print(figure.line(), flush=True)
        return
    if unknown := [name for name in arguments.names if name not in NAMES]:
        parser.error(f"there is no benchmark {unknown[0]}; there are: {', '.join(NAMES)}")
    table = Table("what", "measured", "aim", "", title=machine(), title_justify="left")
    told: list[dict[str, object]] = []
    started = time.perf_counter()
    for name in arguments.names or NAMES:
        print(f"{name} …", file=sys.stderr, end=" ", flush=True)
        found, seconds, why = measured(name)
        print(f"{seconds:.0f} s {why}", file=sys.stderr)
        table.add_section()
        for figure in found:
            table.add_row(*shown(figure))
            if figure.note:
                table.add_row(f"[dim]  {figure.note}[/dim]")
            told.append({"benchmark": name, **asdict(figure), "reached": figure.reached})
        if why:
            table.add_row(name, why, "", "✗")
            told.append({"benchmark": name, "error": why})
    if arguments.json:
        print(json.dumps({"machine": machine(), "figures": told}, indent=1))
        return
    Console(width=110).print(table)
    print(f"{time.perf_counter() - started:.0f} s in all")


if __name__ == "__main__":
    main()
