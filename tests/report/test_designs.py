"""The reports that a design brings along, on runs against a real endpoint."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from simulate import open_run, run_sync
from simulate.comparison import compare
from simulate.reference.importing import Importing, import_data
from simulate.report.designs import design_tables
from simulate.report.paper import figures, paper_rows
from simulate.runfile.export_reader import DialogueExport
from tests.conftest import AsJson
from tests.endpoint import Serve


def printed(path: Path) -> str:
    console = Console(file=io.StringIO(), width=120)
    with open_run(path) as file:
        for show in design_tables(file, compare(file, draws=200)):
            show(console)
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    return text


def test_the_paper_design_prints_the_papers_figures_in_a_block_of_their_own(
    tmp_path: Path, serve: Serve
) -> None:
    path = tmp_path / "r.db"
    run_sync("donation-paper", n=2, model=serve().spec, out=path)
    ours, paper_block = printed(path).split("The paper's figures: not a replication")
    assert "vs-5-probability" in ours
    assert "vs-5-probability" in paper_block
    assert "arXiv 2510.01171" in paper_block
    assert "other personas" in paper_block
    assert "this run" in ours
    assert "this run" not in paper_block
    assert "paper, range" not in ours
    with open_run(path) as file:
        rows = paper_rows(file, compare(file, draws=200))
    measured = {r.name: r.values for r in rows if r.whose == "this run"}
    assert list(measured) == ["direct", "sequence", "vs-auto-uniform", "vs-5-probability"]
    assert all(measured["direct"][c] is not None for c in ("ks", "l1", "distinct_1", "fk_grade"))
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


def released(path: Path, *cells: tuple[str, str]) -> Path:
    """Write made-up dialogues in the layout of the paper's release, and import them."""
    rows = []
    for number in range(24):
        for model, method in cells:
            said = [{"role": 0, "text": "Would you give?"}]
            said.append({"role": 1, "text": f"I think so. [DONATE ${number % 3 / 2}]"})
            row = {"conversation_id": f"c{number}", "utterances": said}
            rows.append(row | {"model": model, "method": method})
    path.write_text(json.dumps(rows))
    return import_data("vs-paper", Importing(path), out=path.with_suffix(".jsonl"))


def test_the_released_dialogues_share_a_table_with_the_papers_figures(
    tmp_path: Path, as_json: AsJson
) -> None:
    cells = (("gpt_4_1", "Direct"), ("GPT-4.1-mini", "VS_CoT"), ("Llama_3_1_8B", "Fine_Tune"))
    path = released(tmp_path / "r.json", *cells)
    asked = ("compare", path, "--reference", "persuasionforgood-donations", "--draws", "200")
    found = as_json(*asked, "--outcome", "donation")
    assert found["paper"]["beside"] == "the released dialogues"
    rows = {(r["name"], r["whose"]): r["values"] for r in found["paper"]["rows"]}
    figure = figures()["dialogue"]
    assert rows["gpt_4_1+Direct", "paper"]["ks"] == figure["ks_l1"]["GPT-4.1"]["direct"]["ks"]
    assert rows["Llama_3_1_8B+Fine_Tune", "paper"]["l1"] == 0.608
    assert ("GPT-4.1-mini+VS_CoT", "paper") not in rows
    assert rows["direct", "paper"]["distinct_1"] == 0.178
    sample = next(r for r in found["rows"] if r["sample"] == "gpt_4_1+Direct")
    mine = rows["gpt_4_1+Direct", "released"]
    assert mine["ks"] == sample["distances"]["ks"]["value"]
    assert mine["distinct_1"] is not None
    console = Console(file=io.StringIO(), width=120)
    export = DialogueExport(path)
    compared = compare(path, "persuasionforgood-donations", outcome="donation", draws=200)
    for show in design_tables(export, compared):
        show(console)
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    assert "The released dialogues, measured here, and the paper's figures" in text
    assert "not a replication" not in text


def test_an_export_of_other_dialogues_has_no_figures_of_the_paper(
    tmp_path: Path, as_json: AsJson
) -> None:
    path = released(tmp_path / "r.json", ("M", "Direct"))
    path.write_text(path.read_text().replace('"run": "vs-paper"', '"run": "mine"'))
    asked = ("compare", path, "--reference", "persuasionforgood-donations", "--draws", "200")
    assert "paper" not in as_json(*asked, "--outcome", "donation")
