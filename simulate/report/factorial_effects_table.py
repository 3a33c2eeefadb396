"""The main effects of a factorial design on the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from simulate.comparison.factorial_effects import Effects
from simulate.report.tables import new_table, print_notes
from simulate.statistics.distances import DISTANCES
from simulate.terminal.numbers import ends, signed


def effects_table(found: Effects) -> Table:
    """Return the effects, one line each."""
    quantities = list(dict.fromkeys(e.quantity for e in found.effects))
    titles = ["effect on"]
    for quantity in quantities:
        unit = f" ({found.unit})" if found.unit and quantity == "mean" else ""
        label = DISTANCES[quantity].label if quantity in DISTANCES else quantity
        titles.append(f"{label}{unit}")
    table = new_table(*(Column(title, no_wrap=True) for title in titles))
    for name in dict.fromkeys(e.name for e in found.effects):
        cells = (
            f"{signed(effect.value, 4)}{ends(effect.interval, lambda v: signed(v, 4))}"
            for effect in found.effects
            if effect.name == name
        )
        table.add_row(name, *cells)
    return table


def print_effects(found: Effects, console: Console) -> None:
    """Print the table and how to read it."""
    console.print(Text(f"Effects on {found.outcome} · reference {found.reference}", style="bold"))
    console.print(effects_table(found))
    lines = [
        f"second level less first, the other conditions averaged out; {found.personas:,} personas "
        "with a value in every cell, resampled for all cells together (95 % intervals)",
        "D² that falls is nearer to the reference; its intervals cover new people, too",
    ]
    if not any(e.interval for e in found.effects):
        lines.append("no interval: it needs at least 30 such personas")
    print_notes(lines, console)
