"""The table of a calibration fits a terminal of 80 columns."""

from __future__ import annotations

import io

from rich.console import Console

from simulate.comparison.calibration import Calibration
from simulate.report.calibration_table import print_calibration


def test_no_number_is_cut_on_eighty_columns() -> None:
    row = Calibration(
        "dictator game", 4, 3, 20, 2, 0.5, (0.4, 0.6), 0.46, 10.41, 0.37, 0.33, 0.26, -0.04,
        (-0.31, 0.47), 0.44,
    )  # fmt: skip
    console = Console(file=io.StringIO(), width=80)
    print_calibration([row], console)
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    assert "…" not in text
    assert "-.04 [-.31, .47]" in text
    assert "10.41" in text
    assert "2 failed" in text
