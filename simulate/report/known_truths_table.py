"""The table of a calibration on the terminal, and the same numbers as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from simulate.comparison.known_truths import TruthCheck, verdict
from simulate.report.tables import new_table, print_notes, right
from simulate.terminal.numbers import ends, number

OF = (
    "how near this model's stated probabilities, and its answers, come to chances that are known; "
    "not of people"
)
_number = partial(number, digits=2)


def known_truths_table(rows: Sequence[TruthCheck]) -> Table:
    """Return one line for each truth."""
    numbers = right("TV", "Brier", "mean", "log", "draws", "direct", "chance")
    truth, gain = (Column(title, no_wrap=True) for title in ("truth", "gain of drawing"))
    table = new_table(truth, *numbers, gain, padding=0)
    for row in rows:
        gained = _number(row.gain) + ends(row.gain_interval, _number)
        failed = f"\n{row.failed} failed" if row.failed else ""
        distances = (row.tv, row.brier, row.brier_of_mean, row.log_score)
        drawing = (row.tv_drawn, row.tv_direct, row.tv_truth)
        cells = map(_number, (*distances, *drawing))
        table.add_row(f"{row.name}{failed}", *cells, Text(gained, style="bold"))
    return table


def print_known_truths(rows: Sequence[TruthCheck], console: Console) -> None:
    """Print the table, how to read it, and the verdict."""
    console.print(known_truths_table(rows))
    n = max(r.direct for r in rows)
    better, worse, open_ = verdict(rows)
    lines = (
        "TV, Brier, log: of one stated distribution from the truth, on average; 0 is right",
        "mean: Brier of the mean stated distribution, without what they differ among themselves",
        f"draws, direct, chance: TV from the truth of {n} draws from the stated distribution, of "
        f"{n} direct answers, and of {n} draws from the truth itself",
        "gain: direct less draws; above 0 drawing beats asking as often, below 0 it is worse (95 % "
        "intervals, over new answers and new stated distributions)",
        f"drawing is better on {better}, worse on {worse}, and not told apart on {open_} of "
        f"{better + worse + open_}",
        f"each says {OF}",
    )
    print_notes(lines, console)


def known_truths_dict(rows: Sequence[TruthCheck]) -> dict[str, Any]:
    """Return what `simulate verbalize --check --json` prints."""
    better, worse, open_ = verdict(rows)
    return {
        "of": OF,
        "rows": [asdict(row) for row in rows],
        "drawing": {"better": better, "worse": worse, "not_told_apart": open_},
    }
