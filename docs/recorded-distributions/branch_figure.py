"""Draw branch.png, and print what `simulate branch --explore` says of the same dialogue.

    PYTHONPATH=. uv run python docs/recorded-distributions/branch_figure.py

A guest chooses one of four doors in each of six rooms. The gift in the end hangs most on the third
room, so that its leverage is known.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from simulate import explore_sync, run_sync
from simulate.report.leverage_table import print_leverage
from simulate.report.plotting import write_figure
from simulate.terminal.safe_console import SafeConsole
from tests.enumerated import Tree, path_of

STATED = ((0.55, 0.25, 0.15, 0.05), (0.4, 0.3, 0.2, 0.1), (0.7, 0.1, 0.1, 0.1))


def stated(path: Sequence[int]) -> Sequence[float]:
    """Return the probabilities of the doors of the next room."""
    return STATED[sum(path) % 3]


def outcome(path: Sequence[int]) -> Sequence[tuple[float, float]]:
    """Return the distribution of the gift: 0 or 2."""
    gives = 0.1 + 0.05 * path[0] + 0.15 * path[2] + 0.02 * sum(path[i] for i in (1, 3, 4, 5))
    return ((0.0, 1 - gives), (2.0, gives))


TREE = Tree(6, 4, stated, outcome)


def main() -> None:
    """Write the figure, and print what the command says beside what is true."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "doors.db"
        result = run_sync(TREE.scenario(), n=1, model=TREE.model(), out=path)
        found = explore_sync(path, 0, budget_calls=6000, model=TREE.model())
        with result.open() as file:
            taken = path_of([turn.text for turn in file.dialogue(0).turns])
    print_leverage(found, SafeConsole(width=100))
    for turn, of in enumerate(each for each in found.turns if each.speaker == "guest"):
        means = [TREE.expectation(begins=(*taken[:turn], k)) for k in range(TREE.k)]
        weights = np.array(stated(taken[:turn]))
        spread = float(weights @ (means - weights @ means) ** 2)
        surprise = means[taken[turn]] - float(weights @ means)
        print(f"turn {of.turn}: true surprise {surprise:+.3f}, true leverage {spread:.4f}")
    write_figure(found.plot(), Path(__file__).parent / "branch.png")


if __name__ == "__main__":
    main()
