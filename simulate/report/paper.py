"""The paper's figures: beside its released dialogues, and apart from a run of ours.

The figures are in `data/vs-paper.json`, with their source. They are of dialogues that the paper
released; imported (`simulate reference import vs-paper`) and measured here, these share a table
with them, and what differs is how things are counted. A run of `donation-paper` has other personas,
prompts and conventions: it replicates nothing, and the figures stand in a block of their own.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console
from rich.table import Column
from rich.text import Text

from simulate.measures.language import measure_dialogues
from simulate.reference.importers.vs_paper import NAME as RELEASED
from simulate.report.tables import new_table, print_notes, right
from simulate.runfile.export_reader import DialogueExport

if TYPE_CHECKING:
    from simulate.comparison.result import Comparison
    from simulate.runfile import RunReader
    from simulate.scenario import Cell

SCENARIO = "donation-paper"
SPEAKER = "persuadee"
COLUMNS = ("ks", "l1", "distinct_1", "distinct_2", "distinct_3", "semantic", "fk_grade")
LABELS = ("KS", "L1", "Dist-1", "Dist-2", "Dist-3", "sem.", "grade")


@cache
def figures() -> dict[str, Any]:
    """Return the paper's figures."""
    text = (files("simulate.report") / "data" / "vs-paper.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


Values = dict[str, float | tuple[float, float] | None]

NOT_A_REPLICATION = (
    "not a replication: the paper had other personas (200 of PersuasionForGood), other prompts, "
    "models of its own choice and its own conventions"
)
METHODS = {
    "direct": "direct",
    "sequence": "sequence",
    "vsautouniform": "vs_auto_uniform",
    "vs5probability": "vs_5_probability",
    "finetune": "fine_tuned",
    "finetuned": "fine_tuned",
}
"""What a released method is called, without what is no letter or digit, to the paper's figures."""


@dataclass(frozen=True)
class PaperRow:
    """One line of the table.

    Attributes:
        name: the method, the cell, or who it is.
        whose: `this run`, `released` (measured here), `paper`, or `paper, range` of its models.
        values: column to value; None where there is none, as for semantic diversity.
    """

    name: str
    whose: str
    values: Values

    @property
    def ours(self) -> bool:
        """Whether it was measured here."""
        return not self.whose.startswith("paper")


def paper_rows(run: RunReader | DialogueExport, comparison: Comparison) -> list[PaperRow]:
    """Return what is measured here of each cell, and what the paper says of it."""
    if isinstance(run, DialogueExport):
        rows = [row for cell in run.cells for row in _released(run, cell, comparison)]
        methods = dict.fromkeys(_method(cell.levels.get("method", "")) for cell in run.cells)
        rows += [row for key in methods if key for row in _method_rows(key.replace("_", "-"), key)]
    else:
        rows = []
        for cell in run.cells:
            rows.append(PaperRow(cell.label, "this run", _measured(run, cell, comparison)))
            key = cell.levels.get("method", "").replace("-", "_")
            rows += _method_rows(cell.label, key, ranges=True)
        rows += _method_rows("fine-tuned Llama-3.1-8B", "fine_tuned")
    human = figures()["dialogue"]["language_mean_over_models"]["human"]
    return [*rows, PaperRow("humans", "paper", _empty() | human)]


def _empty() -> Values:
    return dict.fromkeys(COLUMNS)


def _measured(run: RunReader | DialogueExport, cell: Cell, comparison: Comparison) -> Values:
    """Return what this package measures of a cell, by its own conventions."""
    spoken = (d for d in run.completed() if d.cell == cell)
    talks = ([(turn.speaker, turn.text) for turn in d.turns] for d in spoken)
    measured = measure_dialogues(talks, [SPEAKER])
    ours = _empty()
    for row in comparison.rows:
        if row.name == cell.label:
            ours |= {n: d.value for n, d in row.distances.items() if n in ("ks", "l1")}
    for name in COLUMNS[2:]:
        values = [v for v in measured.get(f"{SPEAKER}.{name}", ()) if v is not None]
        ours[name] = float(np.mean(values)) if values else None
    return ours


def _released(run: DialogueExport, cell: Cell, comparison: Comparison) -> list[PaperRow]:
    rows = [PaperRow(cell.label, "released", _measured(run, cell, comparison))]
    dialogue = figures()["dialogue"]
    model, key = _plain(cell.levels.get("model", "")), _method(cell.levels.get("method", ""))
    by_model = {_plain(name): found for name, found in dialogue["ks_l1"].items()}
    found = by_model.get(model.removesuffix("instruct"), {}).get(key)
    if key == "fine_tuned":
        found = dialogue["fine_tuned_llama_3_1_8b"]
    return [*rows, PaperRow(cell.label, "paper", _empty() | found)] if found else rows


def _method_rows(name: str, key: str, *, ranges: bool = False) -> list[PaperRow]:
    """Return the paper's means over models of a method, and their range; none without figures."""
    dialogue = figures()["dialogue"]
    if key == "fine_tuned":
        models = [dialogue["fine_tuned_llama_3_1_8b"]]
    else:
        models = [m[key] for m in dialogue["ks_l1"].values() if key in m]
    if not models:
        return []
    means = _empty() | {n: float(np.mean([m[n] for m in models])) for n in ("ks", "l1")}
    rows = [PaperRow(name, "paper", means | dialogue["language_mean_over_models"].get(key, {}))]
    if ranges:
        over: Values = {
            n: (min(m[n] for m in models), max(m[n] for m in models)) for n in ("ks", "l1")
        }
        rows.append(PaperRow(name, "paper, range", _empty() | over))
    return rows


def _plain(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())


def _method(name: str) -> str:
    """Return the key of the paper's figures of a released method; empty where it has none."""
    return METHODS.get(_plain(name), "")


def _shown(value: float | tuple[float, float] | None) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return "–".join(f"{v:.2f}".removeprefix("0") for v in value)
    return f"{value:.3f}".removeprefix("0")


def _print_rows(title: str, rows: list[PaperRow], console: Console) -> None:
    table = new_table(Column("", overflow="fold"), Column("", no_wrap=True), *right(*LABELS))
    last = None
    for row in rows:
        style = "bold" if row.ours else "dim"
        name = "" if row.name == last else row.name
        last = row.name
        cells = [Text(_shown(row.values[c]), style=style) for c in COLUMNS]
        table.add_row(Text(name), Text(row.whose, style=style), *cells)
    console.print(Text(title, style="bold"))
    console.print(table)


def print_paper(rows: list[PaperRow], console: Console) -> None:
    """Print the paper's figures with their source: in one table with the dialogues they are of."""
    paper = figures()
    source = (
        f"paper: {paper['source']}; means and ranges over {len(paper['dialogue']['ks_l1'])} models"
    )
    l1 = f"L1 is the histogram's here; the paper: {paper['dialogue']['l1']}"
    language = (
        "language: means over dialogues of what the persuadee says, here by the convention "
        "simulate-text/1, which need not be the paper's"
    )
    if any(row.whose == "released" for row in rows):
        _print_rows("The released dialogues, measured here, and the paper's figures", rows, console)
        counted = (
            "the paper's package counts a talk in which no amount is named as $0, as the outcome "
            "donation_paper does"
        )
        print_notes((source, language, l1, counted), console)
        return
    ours = [row for row in rows if row.ours]
    _print_rows("This run, in the columns of the paper", ours, console)
    print_notes((language,), console)
    others = [row for row in rows if not row.ours]
    _print_rows("The paper's figures: not a replication", others, console)
    print_notes((NOT_A_REPLICATION, source, l1), console)


def paper_dict(rows: list[PaperRow]) -> dict[str, Any]:
    """Return the figures as JSON; `beside` says what they stand beside."""
    released = any(row.whose == "released" for row in rows)
    return {
        "source": figures()["source"],
        "beside": "the released dialogues" if released else NOT_A_REPLICATION,
        "rows": [{"name": r.name, "whose": r.whose, "values": r.values} for r in rows],
    }


def has_figures(run: RunReader | DialogueExport, comparison: Comparison) -> bool:
    """Tell whether the paper has figures of this run or file, and this comparison."""
    if isinstance(run, DialogueExport):
        known = comparison.reference.name.startswith("persuasionforgood")
        return known and run.run_id == RELEASED
    return run.scenario.scenario == SCENARIO
