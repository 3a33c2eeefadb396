"""A sample beside its population on the terminal: margins, correlations, constraints, weights."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from simulate.population.achieved import Achieved, Margin, Share, Z
from simulate.report.tables import new_table, percent, print_notes, right
from simulate.terminal.bars import bar
from simulate.terminal.numbers import number, signed

BAR = 16
MOST_ROWS = 40
"""Correlations, and rows of conditional tables, that are shown; the farthest off first."""


def print_achieved(found: Achieved, console: Console) -> None:
    """Print what a sample has beside what is stated."""
    console.print(Text(found.sentence))
    moved = any(level.moved for m in found.margins for level in m.levels)
    for margin in found.margins:
        _print_margin(margin, console, moved=moved)
    _print_correlations(found, console, moved=moved)
    _print_conditionals(found, console)
    _print_constraints(found, console)
    for name, shares in found.groups.items():
        console.print(Text("Strata" if name == "strata" else f"Quotas of {name}", style="bold"))
        console.print(_shares_table(shares, moved=False))
    if (weights := found.weights) is not None:
        console.print(
            Text(
                f"Weights of {weights.people:,} people: {number(weights.smallest)} to "
                f"{number(weights.largest)} times the mean; design effect "
                f"{number(weights.design_effect, 2)}, as many as {weights.effective:,.0f} people."
            )
        )
    lines = ["±: 1.96 standard errors of independent draws; ! marks what lies outside"]
    if moved:
        lines.append("expected: with constraints, strata, quotas or raking")
    print_notes([*lines, *found.notes], console)


def _print_margin(margin: Margin, console: Console, *, moved: bool) -> None:
    unit = f", {margin.unit}" if margin.unit else ""
    console.print(Text(margin.name, style="bold").append(f"  {margin.kind}{unit}", style="dim"))
    console.print(_shares_table(margin.levels, moved=moved))
    if margin.mean is not None:
        of = margin.mean
        expected = f", expected {number(of.expected)}" if moved else ""
        achieved = f"{number(of.achieved)} ± {number(of.error)}{_mark(of)}"
        console.print(Text(f"mean {number(of.stated)} stated{expected}, {achieved} drawn\n"))


def _shares_table(shares: Sequence[Share], *, moved: bool) -> Table:
    columns = right("stated", *(["expected"] if moved else []), "drawn", "±")
    table = new_table(Column("value", overflow="fold", max_width=30), *columns, Column(""))
    for each in shares:
        stated = "–" if each.stated is None else percent(each.stated)
        wanted = [percent(each.expected)] if moved else []
        drawn = each.achieved or 0.0
        table.add_row(
            Text(each.label),
            stated,
            *wanted,
            percent(drawn),
            f"{100 * each.error:.1f}",
            f"{_mark(each) or ' '} {bar(drawn, BAR)}",
        )
    return table


def _mark(share: Share) -> str:
    return " !" if share.off > Z else ""


def _print_correlations(found: Achieved, console: Console, *, moved: bool) -> None:
    if not found.correlations:
        return
    console.print(Text("Rank correlations", style="bold"))
    columns = right("stated", *(["expected"] if moved else []), "drawn", "±")
    table = new_table(Column("between", overflow="fold"), *columns, Column(""))
    for each in sorted(found.correlations, key=lambda share: -share.off)[:MOST_ROWS]:
        wanted = [signed(each.expected)] if moved else []
        shown = signed(each.stated), *wanted, signed(each.achieved), number(each.error)
        table.add_row(Text(each.label), *shown, _mark(each).strip())
    console.print(table)
    _left_out(len(found.correlations), console)


def _print_conditionals(found: Achieved, console: Console) -> None:
    if not found.conditionals:
        return
    console.print(
        Text("Conditional tables: of each row the share that is farthest off", style="bold")
    )
    heads = Column("attribute and row", overflow="fold"), Column("value", overflow="fold")
    table = new_table(*heads, *right("n", "stated", "drawn", "±"), Column(""))
    rows = sorted(found.conditionals, key=lambda row: -(row.farthest.off if row.farthest else 0))
    for row in rows[:MOST_ROWS]:
        said = Text(f"{row.attribute}: {row.label}")
        if row.farthest is None:
            table.add_row(said, "nobody", "0", "", "", "", "")
            continue
        of = row.farthest
        drawn, error = percent(of.achieved or 0.0), f"{100 * of.error:.1f}"
        stated = percent(of.expected)
        table.add_row(said, Text(of.label), f"{row.n:,}", stated, drawn, error, _mark(of).strip())
    console.print(table)
    _left_out(len(rows), console)


def _left_out(rows: int, console: Console) -> None:
    if rows > MOST_ROWS:
        print_notes([f"the {MOST_ROWS} farthest off of {rows:,}: --json has all"], console)


def _print_constraints(found: Achieved, console: Console) -> None:
    if found.acceptance is None:
        return
    console.print(Text("Constraints", style="bold"))
    table = new_table(Column("holds of everybody", overflow="fold"), *right("met by"))
    for source, share in found.constraints.items():
        table.add_row(Text(source), percent(share))
    if len(found.constraints) > 1:
        table.add_row("all together", percent(found.acceptance))
    console.print(table)
