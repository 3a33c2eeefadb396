"""A donation run on the embedded model beside busy processes, as a ratio within one run.

    uv run python benchmarks/embedded_load.py [--busy 2] [--n 4] [--rounds 1]

In turn, a quiet run and one beside processes that never rest. Printed are the seconds and the
processor time of the run, and the ratios of the medians. The aim is at most twice the quiet seconds
(on an idle machine; on another, quiet is not quiet) and hardly more processor time, also on a busy
machine: what that gains is lost to threads that wait for each other. No number of threads helps
where the kernel shares by session (Linux, `sched_autogroup_enabled`) and others have sessions too.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import simulate


def measured(n: int, busy: int) -> tuple[float, float]:
    """Return seconds and processor seconds of one run beside so many busy processes."""
    beside = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(busy)]
    try:
        with tempfile.TemporaryDirectory() as folder:
            began, spent = time.perf_counter(), time.process_time()
            simulate.run_sync("donation", model="embedded", n=n, out=Path(folder) / "run.db")
            return time.perf_counter() - began, time.process_time() - spent
    finally:
        for process in beside:
            process.kill()
            process.wait()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--busy", type=int, default=2)
    parser.add_argument("--n", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    rounds = [
        [measured(options.n, busy) for busy in (0, options.busy)] for _ in range(options.rounds)
    ]
    medians = [
        [statistics.median(r[beside][i] for r in rounds) for beside in (0, 1)] for i in (0, 1)
    ]
    for what, (quiet, beside) in zip(("seconds", "processor seconds"), medians, strict=True):
        print(f"{what}: quiet {quiet:.1f}, beside {options.busy} busy {beside:.1f}: ", end="")
        print(f"{beside / quiet:.2f}")


if __name__ == "__main__":
    main()
