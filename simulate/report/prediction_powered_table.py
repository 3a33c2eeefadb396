"""Few humans and many simulations on the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from simulate.comparison.prediction_powered.result import (
    OF,
    Estimated,
    HumansNeeded,
    Number,
    PredictionPowered,
)
from simulate.report.tables import new_table, print_notes
from simulate.statistics.confidence import CONFIDENCE
from simulate.statistics.prediction_powered import STUDENT_COVERS
from simulate.terminal.numbers import ends, number, p_text


def prediction_powered_table(found: PredictionPowered) -> Table:
    """Return the estimates, three lines each: humans alone, with simulations, simulations alone."""
    unit = f" ({found.unit})" if found.unit else ""
    table = new_table(
        Column("", overflow="fold"),
        *(Column(title, no_wrap=True) for title in (f"estimate{unit}", "λ", "ρ", "worth")),
        padding=(0, 1, 0, 0),
    )
    for row in found.rows:
        table.add_row(Text(f"{row.sample}: {row.statistic}", style="bold"))
        if row.refused:
            table.add_row(Text(f"  {row.refused}"))
            continue
        helped = row.arms[0] if len(row.arms) == 1 else None
        table.add_row(f"  {row.humans:,} humans", shown(row.human), "", "", f"{row.humans:,}")
        table.add_row(
            f"  and {row.others:,} others",
            shown(row.estimate),
            number(helped.weight, 2) if helped else "",
            shown(helped.correlation, 2) if helped else "",
            shown(row.worth, 0),
        )
        table.add_row("  simulated alone", shown(row.simulated), style="dim")
    return table


def print_prediction_powered(found: PredictionPowered, console: Console) -> None:
    """Print the sentence, the table, how many humans to ask, and how to read it."""
    console.print(Text(str(found), style="bold"))
    console.print(prediction_powered_table(found))
    for line in asked_for(found.rows):
        console.print(Text(line))
    print_notes(_notes(found), console)


def asked_for(rows: Sequence[Estimated]) -> Iterator[str]:
    """Yield how many humans each estimate needs, where a width is wanted."""
    for row in rows:
        if (needed := row.needed) is None:
            continue
        each = " in each arm" if len(row.arms) == 2 else ""
        yield (
            f"{row.sample}, {row.statistic}: an interval {number(needed.width)} wide takes "
            f"{_people(needed.alone)} humans{each}, or {_people(needed.with_simulations)} "
            f"{_range(needed)} with simulations of {row.others:,} others, if people vary as much "
            "as these (the range is that of ρ alone)"
        )


def shown(value: Number | None, digits: int = 3) -> str:
    """Return a value with its interval."""
    if value is None:
        return "–"

    def text(each: float) -> str:
        return f"{each:,.0f}" if digits == 0 else number(each, digits)

    return text(value.value) + ends(value.interval, text)


def _range(needed: HumansNeeded) -> str:
    low, high = map(_people, needed.interval)
    return f"[{low}, {high}]"


def _people(n: int | None) -> str:
    return "over a million" if n is None else f"{n:,}"


def _notes(found: PredictionPowered) -> Iterator[str]:
    yield f"of {OF}"
    low, high = STUDENT_COVERS
    students = (
        ", of fewer than 50 humans by Student's t, which held the mean in "
        f"{number(low)} to {number(high)} of simulated samples"
        if found.student and found.confidence == CONFIDENCE
        else ""
    )
    yield (
        f"{found.confidence:.0%} intervals over new people{students}; that of simulations alone is "
        "what it would be if they were people, and says nothing of how far they are from people"
    )
    yield (
        "λ: how much the simulated values count, 0 for not at all; ρ: correlation of human and "
        "simulated values; worth: how many humans alone would give as narrow an interval"
    )
    yield _balance(found)
    yield from found.notes


def _balance(found: PredictionPowered) -> str:
    looked_at = [each for each in found.balance if each.attribute not in found.raked]
    said = []
    if looked_at:
        least = min(looked_at, key=lambda each: each.p)
        said.append(
            "no attribute of the personas tells the humans from a random part of all "
            f"({len(looked_at)} looked at; the farthest: {least.attribute}, {p_text(least.p)}, "
            "adjusted for their number)"
        )
    if found.raked:
        said.append(f"the others are weighted to the humans' {', '.join(found.raked)}")
    return "; ".join(said) or "no attribute says whether the humans are a random part of all"
