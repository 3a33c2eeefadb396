"""Where the variance comes from, on the terminal: sentences with the shares, a table beside it."""

from __future__ import annotations

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from simulate.comparison.variance_sources import VarianceSources
from simulate.report.tables import new_table, print_notes
from simulate.statistics.components import FEWEST_PERSONAS, Components
from simulate.terminal.numbers import number

COLUMNS = ("personas", "run again", "between personas", "between reruns", "of it stated", "k")


def components_table(found: VarianceSources, unit: str | None) -> Table:
    """Return the variances, a line for each cell and one for humans."""
    first = Column(f"variance ({unit}²)" if unit else "variance", overflow="fold")
    table = new_table(first, *(Column(title, justify="right") for title in COLUMNS))
    for cell, of_cell in found.cells.items():
        table.add_row(Text(cell), *_numbers(of_cell))
    if found.human is not None:
        table.add_row(Text("humans who repeat", style="dim"), *_numbers(found.human))
    return table


def _numbers(found: Components) -> list[str]:
    counts = [f"{found.personas:,}", f"{found.repeated:,}"]
    told_apart = [
        number(found.parts[name].variance if found.identified else None)
        for name in ("personas", "reruns")
    ]
    verbalized = found.candidates > 1 and found.stated is not None
    stated = found.stated.variance if verbalized and found.stated else None
    return [*counts, *told_apart, number(stated), f"{found.candidates:.1f}"]


def print_components(found: VarianceSources, unit: str | None, console: Console) -> None:
    """Print the sentences, the table and how to read it."""
    console.print(Text("Where the variance comes from", style="bold"))
    for sentence in found.sentences:
        console.print(Text(sentence))
    console.print(components_table(found, unit))
    lines = [
        "between reruns: of the values that two runs of one persona draw; each persona counts once",
        "stated: what a distribution of k candidates says of itself; set it beside the reruns of a "
        "cell that draws single values (k = 1): nothing makes the two equal",
    ]
    every = [*found.cells.values(), *found.conditions.values()]
    parts = [part for each in every for part in (*each.parts.values(), each.stated) if part]
    if any(part.interval for part in parts):
        lines.append("95 % intervals cover new personas from this population, model and prompt")
    else:
        lines.append(
            f"no intervals: they need at least {FEWEST_PERSONAS} personas that were run again"
        )
    if any(part.variance < 0 for part in parts):
        lines.append("estimates are unbiased and may lie below 0; then their share is 0 %")
    print_notes(lines, console)
