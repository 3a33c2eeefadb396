"""A million outcomes against the human donations, with 2,000 bootstrap draws.

Run: `uv run python -m benchmarks.compare_million [heaped|distinct|verbalized|clustered]`. Each
case runs in a process of its own; seconds are wall-clock, memory is the peak of the process.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time

import numpy as np

from benchmarks.figure import peak_mib
from simulate.comparison import Sample, Settings, compare_samples
from simulate.reference import load
from simulate.statistics.rows import Rows

N = 1_000_000
CASES = ("heaped", "distinct", "verbalized", "clustered")


def sample(case: str) -> Sample:
    """Return a million dialogues of one of the cases."""
    rng = np.random.default_rng(0)
    if case == "distinct":
        return Sample.of(case, rng.beta(0.5, 2, N) * 2)
    values = rng.choice([0.0, 0.1, 0.25, 0.5, 1.0, 2.0], N, p=[0.4, 0.1, 0.1, 0.15, 0.15, 0.1])
    if case == "clustered":
        return Sample.of(case, values, personas=np.repeat(np.arange(N // 5), 5))
    if case == "verbalized":
        rows = Rows.of(
            np.tile([0.0, 0.25, 0.5, 1.0, 2.0], N),
            shares=rng.dirichlet(np.ones(5), N).ravel(),
            row=np.repeat(np.arange(N), 5),
        )
        return Sample(case, rows)
    return Sample.of(case, values)


def measure(case: str) -> dict[str, object]:
    """Compare one case and return what it took."""
    outcomes = sample(case)
    started = time.perf_counter()
    found = compare_samples([outcomes], load("persuasionforgood-donations"), settings=Settings())
    seconds = time.perf_counter() - started
    ks = found.rows[0].distances["ks"]
    return {
        "case": case,
        "outcomes": N,
        "draws": found.draws,
        "rows": len(found.rows),
        "seconds": round(seconds, 2),
        "peak_mib": round(peak_mib()),
        "ks": ks.value,
        "interval": ks.interval,
    }


def main() -> None:
    """Run the cases named on the command line, each in a new process."""
    asked = sys.argv[1:] or list(CASES)
    if len(asked) == 1:
        print(json.dumps(measure(asked[0])))
        return
    for case in asked:
        subprocess.run([sys.executable, "-m", "benchmarks.compare_million", case], check=True)


if __name__ == "__main__":
    main()
