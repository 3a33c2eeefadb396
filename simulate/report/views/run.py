"""A run in a notebook: how far each cell is."""

from __future__ import annotations

from simulate.engine import RunResult
from simulate.engine.merging import MergeResult
from simulate.report.notebook_html import escaped, table
from simulate.runfile import RunReader
from simulate.terminal.safe_text import counted


def html(found: RunResult | MergeResult | RunReader) -> str:
    """Return dialogues by cell and status, and what was spent."""
    if isinstance(found, RunReader):
        return _html(found)
    with found.open() as run:
        return _html(run)


def _html(run: RunReader) -> str:
    labels = {cell.index: cell.label for cell in run.cells}
    rows = [
        (
            escaped(labels[index]),
            f"{found['completed']:,}",
            f"{found['failed']:,}",
            f"{found['running'] + found['planned']:,}",
        )
        for index, found in run.counts().items()
    ]
    totals = run.totals()
    cost = "cost unknown" if totals.cost_usd is None else f"${totals.cost_usd:.4f}"
    tokens = totals.prompt_tokens + totals.completion_tokens
    spent = f"{counted(totals.calls, 'call')}, {tokens:,} tokens, {cost}"
    columns = ("cell", "completed", "failed", "left")
    title = f"{run.scenario.name} · {run.path}"
    return table(title, columns, rows, notes=[spent])
