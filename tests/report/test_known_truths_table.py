"""The table of known truths fits a terminal of 80 columns, and says what it is of."""

from __future__ import annotations

import io

from rich.console import Console

from simulate.comparison.known_truths import TruthCheck
from simulate.report.known_truths_table import known_truths_dict, print_known_truths


def test_no_number_is_cut_on_eighty_columns() -> None:
    row = TruthCheck(
        "dictator game", 4, 3, 20, 2, 0.5, (0.4, 0.6), 0.46, 10.41, 0.37, 0.33, 0.26, -0.04,
        (-0.31, 0.47), 0.44,
    )  # fmt: skip
    console = Console(file=io.StringIO(), width=80)
    print_known_truths([row], console)
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    assert "…" not in text
    assert "-.04 [-.31, .47]" in text
    assert "10.41" in text
    assert "2 failed" in text
    assert "not of people" in text
    assert "not of people" in known_truths_dict([row])["of"]
