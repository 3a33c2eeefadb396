"""The reports that a design brings along, on runs against a real endpoint."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from simulate import open_run, run_sync
from simulate.comparison import compare
from simulate.report.designs import print_design
from simulate.report.paper import figures, paper_rows
from tests.conftest import AsJson
from tests.endpoint import Serve


def printed(path: Path) -> str:
    console = Console(file=io.StringIO(), width=120)
    with open_run(path) as file:
        print_design(file, compare(file, draws=200), console)
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    return text


def test_the_paper_design_prints_the_papers_figures_beside_its_own(
    tmp_path: Path, serve: Serve
) -> None:
    path = tmp_path / "r.db"
    run_sync("donation-paper", n=2, model=serve().spec, out=path)
    text = printed(path)
    assert "vs-5-probability" in text
    assert "arXiv 2510.01171" in text
    with open_run(path) as file:
        rows = paper_rows(file, compare(file, draws=200))
    ours = {r.name: r.values for r in rows if r.whose == "this run"}
    assert list(ours) == ["direct", "sequence", "vs-auto-uniform", "vs-5-probability"]
    assert all(ours["direct"][c] is not None for c in ("ks", "l1", "distinct_1", "fk_grade"))
    paper = {r.name: r.values for r in rows if r.whose == "paper"}
    models = figures()["dialogue"]["ks_l1"].values()
    mean = sum(m["direct"]["ks"] for m in models) / len(models)
    assert paper["direct"]["ks"] == pytest.approx(mean)
    assert paper["humans"]["distinct_1"] == 0.419
    assert paper["fine-tuned Llama-3.1-8B"]["ks"] == 0.119


def test_the_two_by_two_design_prints_main_effects(tmp_path: Path, serve: Serve) -> None:
    path = tmp_path / "r.db"
    run_sync("donation-2x2", n=2, model=serve().spec, out=path)
    text = printed(path)
    assert "draw: uniform − probability" in text
    assert "k: auto − five" in text
    assert "k × draw" in text


def test_the_json_of_a_comparison_holds_what_the_design_asks_for(
    tmp_path: Path, serve: Serve, as_json: AsJson
) -> None:
    path = tmp_path / "r.db"
    run_sync("donation-2x2", n=2, model=serve().spec, out=path)
    found = as_json("compare", path, "--draws", "200")
    assert found["effects"]["personas"] == 2
    assert "paper" not in found
