"""The summary of a run on the terminal: outcomes per cell, contrasts, sources of variance."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from simulate.comparison.sample import weighing_note
from simulate.comparison.summary import CellDifference, CellSummary, OutcomeSummary
from simulate.report.tables import new_table, print_notes, right
from simulate.report.variance_sources_table import print_components
from simulate.statistics.mean_contrasts import FEWEST_PERSONAS
from simulate.terminal.numbers import ends, number, p_text, signed

MOST_CONTRASTS = 20
MOST_LEVELS = 6


def print_summary(
    found: Sequence[OutcomeSummary],
    console: Console,
    cautions: Sequence[str] = (),
    endings: Sequence[str] = (),
    alphas: Sequence[str] = (),
) -> None:
    """Print the summary of each outcome, of batteries and talks, and what must be known."""
    for outcome in found:
        unit = f" ({outcome.variable.unit})" if outcome.variable.unit else ""
        console.print(Text(f"{outcome.name}{unit}", style="bold"))
        console.print(cells_table(outcome))
        _print_cell_notes(outcome, console)
        if outcome.claims is not None:
            console.print(Text(outcome.claims.sentence))
        if outcome.contrasts:
            _print_contrasts(outcome.contrasts, console)
        print_components(outcome.variance, outcome.variable.unit, console)
    for title, lines in (
        ("Cronbach's alpha of the answers drawn", alphas),
        ("How the talks ended", endings),
    ):
        if lines:
            console.print(Text(title, style="bold"))
        for line in lines:
            console.print(Text(line))
    print_notes(cautions, console)


def cells_table(outcome: OutcomeSummary) -> Table:
    """Return a line for each cell: its mean, or the shares of its levels."""
    levels = _levels(outcome)
    shown = [Column(Text(level), overflow="fold") for level in levels]
    if not levels:
        shown = [Column(outcome.variable.mean_name, overflow="fold"), *right("drawn")]
    counts = right("n", "personas", "failed", "missing")
    table = new_table(Column("cell", overflow="fold"), *counts, *shown)
    for cell in outcome.cells:
        sizes = (f"{cell.n:,}", _count(cell.personas), f"{cell.failed:,}", f"{cell.missing:,}")
        if levels:
            values = [_share(cell, level) for level in levels]
        else:
            values = [f"{number(cell.mean)}{ends(cell.interval)}", number(cell.drawn_mean)]
        table.add_row(Text(cell.cell), *sizes, *values)
    return table


def _levels(outcome: OutcomeSummary) -> tuple[str, ...]:
    """Return the levels that have a column; none where the outcome is shown by its mean."""
    if outcome.variable.scale != "nominal":
        return ()
    levels = outcome.variable.categories or ()
    return levels[1:] if len(levels) == 2 else levels[:MOST_LEVELS]


def _share(cell: CellSummary, level: str) -> str:
    value, interval = cell.shares.get(level, (None, None))
    return f"{number(value)}{ends(interval)}"


def _print_cell_notes(outcome: OutcomeSummary, console: Console) -> None:
    lines = [f"{cell.cell}: {note}" for cell in outcome.cells for note in cell.notes]
    lines += [
        f"{cell.cell}: does not apply to {_count(cell.not_applicable)} dialogues"
        for cell in outcome.cells
        if cell.not_applicable
    ]
    if any(not cell.not_applicable.is_integer() for cell in outcome.cells):
        lines.append(
            "a dialogue that states a chance that it does not apply counts there with this chance, "
            "and in n"
        )
    if told := weighing_note({cell.cell: cell.weighing for cell in outcome.cells}):
        lines.append(told)
    if _levels(outcome):
        hidden = len(outcome.variable.categories or ()) - MOST_LEVELS
        if hidden > 0:
            lines.append(f"no room for {hidden} more levels: --json has them")
    elif any(cell.mean != cell.drawn_mean for cell in outcome.cells):
        lines.append("drawn: the mean of the values that were drawn")
    few = any(cell.n and cell.personas < FEWEST_PERSONAS for cell in outcome.cells)
    if few and not _levels(outcome):
        lines.append(f"no interval of a mean with fewer than {FEWEST_PERSONAS} effective personas")
    print_notes(lines, console)


def _count(effective: float) -> str:
    return f"{effective:,.1f}".removesuffix(".0")


def _print_contrasts(contrasts: Sequence[CellDifference], console: Console) -> None:
    """Print differences of cells, the clearest first where there are many."""
    shown = list(contrasts)
    if len(shown) > MOST_CONTRASTS:
        shown.sort(key=lambda c: 2.0 if c.contrast.p is None else c.contrast.p)
    table = new_table(Column("difference", overflow="fold"), *right("personas", "value", ""))
    for each in shown[:MOST_CONTRASTS]:
        of = "" if each.of == "mean" else f", {each.of}"
        found = each.contrast
        value = f"{signed(found.value)}{ends(found.interval, signed)}"
        p = "" if found.p is None else p_text(found.p, adjusted=each.p_holm)
        table.add_row(Text(f"{each.a} − {each.b}{of}"), f"{found.personas:,}", value, p)
    console.print(table)
    lines = ["paired by persona, of the personas with a value in both cells; in brackets p by Holm"]
    if len(shown) > MOST_CONTRASTS:
        lines.append(f"the {MOST_CONTRASTS} clearest of {len(shown):,}: --json has all")
    if any(each.contrast.personas < FEWEST_PERSONAS for each in shown):
        lines.append(f"no interval and no p with fewer than {FEWEST_PERSONAS} such personas")
    print_notes(lines, console)
