"""A multiverse on the terminal: its contrasts from the smallest to the largest, and by choice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from simulate.comparison.multiverse import Multiverse
from simulate.comparison.multiverse.result import UniverseContrast
from simulate.report.tables import new_table, print_notes, right
from simulate.terminal.numbers import signed

MOST_SHOWN = 48
"""Universes; of more, so many are shown, evenly by rank."""
WIDTH = 30
"""Of a drawn interval, in characters."""


def curve_table(found: Multiverse) -> Table:
    """Return the universes in the order of their contrasts, each with its interval drawn."""
    shown, low, high = _shown(found), *_range(found)
    scale = f"{signed(low)}{signed(high).rjust(WIDTH - len(signed(low)))}"
    table = new_table("universe", *right("contrast"), Column(scale, no_wrap=True, width=WIDTH))
    for each in shown:
        name = Text(each.name)
        if each.origin == "re-weighed":
            name.append(" ~", style="dim")
        drawn = _drawn(each.value or 0.0, each.interval, low, high)
        table.add_row(name, signed(each.value), drawn)
    return table


def choices_table(found: Multiverse) -> Table:
    """Return the median contrast of the universes with each choice."""
    table = new_table("choice", "", *right("median", "from", "to", "universes"))
    for kind, choices in found.grid.items():
        for at, choice in enumerate(choices):
            values = [each.value or 0.0 for each in found.found if each.choices[kind] == choice]
            numbers = (np.median(values), min(values), max(values)) if values else (None,) * 3
            told = [signed(None if each is None else float(each)) for each in numbers]
            table.add_row(kind if at == 0 else "", choice, *told, f"{len(values):,}")
        table.add_section()
    return table


def _shown(found: Multiverse) -> Sequence[UniverseContrast]:
    every = found.found
    if len(every) <= MOST_SHOWN:
        return every
    return [every[round(at)] for at in np.linspace(0, len(every) - 1, MOST_SHOWN)]


def _range(found: Multiverse) -> tuple[float, float]:
    ends_of = [0.0]
    for each in found.found:
        ends_of += [each.value or 0.0, *(each.interval or ())]
    low, high = min(ends_of), max(ends_of)
    return (low, high) if low < high else (low - 0.5, high + 0.5)


def _drawn(value: float, interval: tuple[float, float] | None, low: float, high: float) -> str:
    """Draw a value as `o` on its interval, and 0 as `|`."""

    def place(number: float) -> int:
        return round((number - low) / (high - low) * (WIDTH - 1))

    found = [" "] * WIDTH
    if interval is not None:
        first, last = map(place, interval)
        found[first : last + 1] = "-" * (last + 1 - first)
    found[place(0.0)] = "|"
    found[place(value)] = "o"
    return "".join(found)


def _lines(found: Multiverse) -> Iterator[str]:
    if (count := len(found.found)) > MOST_SHOWN:
        yield f"{MOST_SHOWN} of {count:,} universes are shown, evenly by rank; --json has all"
    yield "o: the contrast, -: its interval over personas, |: 0; --json has them as numbers"
    if any(each.origin == "re-weighed" for each in found.found):
        yield "~: from recorded draws that are weighed anew, without a call"


def print_multiverse(found: Multiverse, console: Console) -> None:
    """Print what to quote, the curve, the choices, and what must be known."""
    print_choices(found, console, curve=True)


def print_choices(found: Multiverse, console: Console, *, curve: bool = False) -> None:
    """Print all of it, but for the curve where that is a figure."""
    console.print(Text(found.sentence, style="bold"))
    if found.meaning:
        console.print(Text(f"{found.label}: {found.meaning}"))
    if found.found:
        if curve:
            console.print(curve_table(found))
        console.print(choices_table(found))
    if found.universes:
        print_notes([*(_lines(found) if curve else ()), *found.notes], console)
