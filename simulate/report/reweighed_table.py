"""A re-weighed run on the terminal: a line for each cell, what it rests on, what was refused."""

from __future__ import annotations

from collections.abc import Iterator
from math import isclose

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from simulate.comparison.result import Distance
from simulate.comparison.reweighing.result import Reweighed, ReweighedRow
from simulate.report.comparison_table import measured
from simulate.report.tables import new_table, print_notes, right
from simulate.statistics.distances import DISTANCES, SQUARED
from simulate.statistics.importance import LARGEST_SHARE, NEEDED_SIZE, STEADY_SHARE, WeightQuality
from simulate.terminal.numbers import ends, number
from simulate.terminal.safe_text import line


def reweighed_table(found: Reweighed) -> Table:
    """Return a line for each cell, and for each level where there is no mean."""
    stated = any(_differs(row) for row in found.rows)
    distant = any(SQUARED in row.distances for row in found.rows)
    table = new_table(
        Column("", overflow="fold"),
        *right("personas", "worth", "k̂", "largest", "as drawn"),
        *(right("as stated") if stated else []),
        Column("re-weighed", no_wrap=True),
        *([Column(f"{DISTANCES[SQUARED].label} to the humans", no_wrap=True)] if distant else []),
    )
    for row in found.rows:
        quality = row.quality
        cells = [
            *carried(quality),
            "–" if quality.largest is None else f"{quality.largest:.0%}",
            found.with_ends(*row.drawn),
        ]
        if stated:
            cells.append(_stated(found, row))
        cells.append(
            "refused" if row.refused else found.with_ends(row.mean.value, row.mean.interval)
        )
        if distant:
            cells.append(_distance(row.distances.get(SQUARED)))
        table.add_row(line(row.name), *cells)
        for level, (value, interval) in row.shares.items():
            blank = [""] * (6 if stated else 5)
            table.add_row(
                Text(f"  {line(level)}", style="dim"),
                *blank,
                f"{number(value)}{ends(interval)}",
                *([""] if distant else []),
            )
    return table


def _differs(row: ReweighedRow) -> bool:
    """Tell whether the replies were drawn by another rule than as stated."""
    there, drawn = row.stated, row.drawn[0]
    if there is None:
        return False
    return drawn is None or there.value is None or not isclose(there.value, drawn, abs_tol=1e-9)


def carried(quality: WeightQuality) -> tuple[str, str, str]:
    """Return how many personas there are, how many they are worth, and k̂."""
    worth = "–" if quality.effective_n is None else f"{quality.size:,.0f}"
    return f"{quality.clusters:,}", worth, number(quality.khat, 2)


def _stated(found: Reweighed, row: ReweighedRow) -> str:
    if row.stated is None:
        return ""
    return "refused" if row.stated.refused else found.shown(row.stated.value)


def _distance(found: Distance | None) -> str:
    if found is None or found.value is None:
        return "–"
    return measured(SQUARED, found.value) + ends(
        found.interval, lambda value: measured(SQUARED, value)
    )


def title(found: Reweighed) -> str:
    """Return what the table is of."""
    unit = f" ({found.variable.unit})" if found.variable.unit and not found.event else ""
    return f"{found.mean_name} of {found.outcome}{unit}; turns {found.how}"


def notes(found: Reweighed) -> Iterator[str]:
    """Yield what must be known to read the table."""
    for row in found.rows:
        if row.refused:
            yield f"{row.name}: refused: {row.refused}"
        if left_out := row.sample.left_out:
            yield f"{row.name}: left out: {left_out}"
        if row.unreached:
            yield f"{row.name}: {row.unreached:,} of {row.quality.n:,} dialogues weigh nothing"
        for note in row.notes:
            yield f"{row.name}: {note}"
    yield (
        f"worth: how many personas drawn by this rule would be worth as much; refused below "
        f"{NEEDED_SIZE:.0f}, where one carries more than {LARGEST_SHARE:.0%} of the weight, and "
        f"where the tail of the weights (Pareto k̂) is too heavy, unless {STEADY_SHARE:.0%} are left"
    )
    yield from found.notes
    yield f"each is {found.of}"


def print_reweighed(found: Reweighed, console: Console) -> None:
    """Print the table and its notes."""
    console.print(Text(title(found)))
    console.print(reweighed_table(found))
    print_notes(notes(found), console)
