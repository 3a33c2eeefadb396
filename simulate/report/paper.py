"""The paper's table: a run of `donation-paper` beside the figures that the paper reports.

The paper's figures are in `data/vs-paper.json`, with their source. Ours are computed by this
package's own conventions (`simulate-text/1` for language, the declared histogram for L1), so a
figure of the paper is a landmark and not a target. The floors and baselines that the paper lacks
stand in the comparison above this table.
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
from simulate.report.tables import new_table, print_notes, right

if TYPE_CHECKING:
    from simulate.comparison.result import Comparison
    from simulate.runfile import RunReader

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


@dataclass(frozen=True)
class PaperRow:
    """One line of the table.

    Attributes:
        name: the method, or who it is.
        whose: `this run`, `paper`, or `paper, range` of its models.
        values: column to value; None where there is none, as for semantic diversity of this run.
    """

    name: str
    whose: str
    values: dict[str, float | tuple[float, float] | None]


def paper_rows(run: RunReader, comparison: Comparison) -> list[PaperRow]:
    """Return the rows: for each method this run, the paper's mean and its range over models."""
    dialogue = figures()["dialogue"]
    language = dialogue["language_mean_over_models"]
    rows = []
    for cell in run.cells:
        key = cell.levels.get("method", "").replace("-", "_")
        spoken = (d for d in run.read() if d.status == "completed" and d.cell == cell)
        talks = ([(turn.speaker, turn.text) for turn in d.turns] for d in spoken)
        measured = measure_dialogues(talks, [SPEAKER])
        ours: dict[str, float | tuple[float, float] | None] = dict.fromkeys(COLUMNS)
        for row in comparison.rows:
            if row.name == cell.label:
                ours |= {n: d.value for n, d in row.distances.items() if n in ("ks", "l1")}
        for name in COLUMNS[2:]:
            values = [v for v in measured.get(f"{SPEAKER}.{name}", ()) if v is not None]
            ours[name] = float(np.mean(values)) if values else None
        rows.append(PaperRow(cell.label, "this run", ours))
        models = [m[key] for m in dialogue["ks_l1"].values() if key in m]
        if not models:
            continue
        means: dict[str, float | tuple[float, float] | None] = dict.fromkeys(COLUMNS)
        means |= {n: float(np.mean([m[n] for m in models])) for n in ("ks", "l1")}
        means |= language.get(key, {})
        ranges = {n: (min(m[n] for m in models), max(m[n] for m in models)) for n in ("ks", "l1")}
        rows.append(PaperRow(cell.label, "paper", means))
        rows.append(PaperRow(cell.label, "paper, range", dict.fromkeys(COLUMNS) | ranges))
    tuned = {**dialogue["fine_tuned_llama_3_1_8b"], **language["fine_tuned"]}
    rows.append(PaperRow("fine-tuned Llama-3.1-8B", "paper", dict.fromkeys(COLUMNS) | tuned))
    rows.append(PaperRow("humans", "paper", dict.fromkeys(COLUMNS) | language["human"]))
    return rows


def _shown(value: float | tuple[float, float] | None) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return "–".join(f"{v:.2f}".removeprefix("0") for v in value)
    return f"{value:.3f}".removeprefix("0")


def print_paper(rows: list[PaperRow], console: Console) -> None:
    """Print the table with its source."""
    table = new_table(Column("", overflow="fold"), Column("", no_wrap=True), *right(*LABELS))
    last = None
    for row in rows:
        style = "bold" if row.whose == "this run" else "dim"
        name = "" if row.name == last else row.name
        last = row.name
        cells = [Text(_shown(row.values[c]), style=style) for c in COLUMNS]
        table.add_row(name, Text(row.whose, style=style), *cells)
    console.print(Text("Beside the paper's own figures", style="bold"))
    console.print(table)
    paper = figures()
    lines = (
        f"paper: {paper['source']}; means and ranges over {len(paper['dialogue']['ks_l1'])} models",
        "language: means over dialogues of what the persuadee says, by the convention "
        "simulate-text/1, which need not be the paper's; read them as landmarks",
        "KS and L1 are of one value per persona, and fall with the number of personas: read those "
        "of the paper beside a run of as many",
        f"L1 is the histogram's here; the paper: {paper['dialogue']['l1']}",
    )
    print_notes(lines, console)


def paper_dict(rows: list[PaperRow]) -> dict[str, Any]:
    """Return the table as JSON."""
    return {
        "source": figures()["source"],
        "rows": [{"name": r.name, "whose": r.whose, "values": r.values} for r in rows],
    }
