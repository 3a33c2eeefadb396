"""`--figure` and `--width`, of the commands that draw what a run shows by itself."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import Command
from tests.made_runs import MakeRun


def test_a_summary_is_drawn_as_wide_as_a_column(
    command: Command, make_run: MakeRun, tmp_path: Path
) -> None:
    run, figure = make_run({"vs": [0.0, 0.5] * 12, "direct": [1.0, 2.0] * 12}), tmp_path / "a.svg"
    code, _, said = command("summary", run, "--figure", figure, "--width", "column")
    assert (code, said.splitlines()[-1]) == (0, f"wrote {figure}")
    assert 'width="237.6pt"' in figure.read_text("utf-8")


def test_a_width_without_a_figure_is_refused(command: Command, make_run: MakeRun) -> None:
    run = make_run({"vs": [0.0], "direct": [1.0]})
    code, _, said = command("summary", run, "--width", "column")
    assert (code, "--width column is for --figure; name its file" in said) == (2, True)
    code, _, said = command("compare", run, "--width", "wide")
    assert (code, "must be column or page, of --figures, or a number" in said) == (2, True)
