"""The cells of an outcome in blocks: how many, means or shares, expected and drawn."""

from __future__ import annotations

from collections.abc import Iterator

from simulate.comparison.sample import weighing_note
from simulate.comparison.summary.cells import OutcomeCells, Shares
from simulate.report.document import Block, Items
from simulate.report.document import table as new_table
from simulate.statistics.mean_contrasts import FEWEST_PERSONAS
from simulate.terminal.numbers import ends, number

MOST_COLUMNS = 6
"""Of more levels, each has a line of its own."""
MOST_LEVELS = 30


def cell_blocks(outcome: OutcomeCells) -> Iterator[Block]:
    """Yield a line for each cell, with its mean or the shares of its levels, and the notes."""
    variable = outcome.variable
    drawn = any(
        cell.mean != cell.drawn_mean or dict(cell.shares) != dict(cell.drawn_shares)
        for cell in outcome.cells
    )
    more = ("drawn",) if drawn else ()
    excluded = any(cell.excluded for cell in outcome.cells)
    heads = ["cell", "n", "personas", "failed", "missing", *(["excluded"] if excluded else [])]
    sides = "lrrrr" + "r" * excluded
    sizes = [
        (
            *(c.cell, f"{c.n:,}", _count(c.personas), f"{c.failed:,}", f"{c.missing:,}"),
            *([f"{sum(c.excluded.values()):,}"] if excluded else []),
        )
        for c in outcome.cells
    ]
    of_cells = list(zip(outcome.cells, sizes, strict=True))
    if variable.scale != "nominal":
        rows = [
            (
                *size,
                f"{number(cell.mean)}{ends(cell.interval)}",
                *([f"{number(cell.drawn_mean)}{ends(cell.drawn_interval)}"] if drawn else []),
            )
            for cell, size in of_cells
        ]
        yield new_table((*heads, variable.mean_name, *more), rows, sides + "rr")
    elif len(levels := _shown_levels(outcome)) <= MOST_COLUMNS:
        titles = [*levels, *(f"{level}, drawn" for level in levels if drawn)]
        rows = [
            (
                *size,
                *(_share(cell.shares, level) for level in levels),
                *(_share(cell.drawn_shares, level) for level in levels if drawn),
            )
            for cell, size in of_cells
        ]
        yield new_table((*heads, *titles), rows, sides + "r" * len(titles))
    else:
        rows = [
            (
                *size,
                level,
                _share(cell.shares, level),
                *([_share(cell.drawn_shares, level)] if drawn else []),
            )
            for cell, size in of_cells
            for level in levels
        ]
        yield new_table((*heads, "level", "share", *more), rows, sides + "lrr")
    if lines := list(_cell_notes(outcome, drawn=drawn)):
        yield Items(tuple(lines))


def outcome_title(outcome: OutcomeCells) -> str:
    """Return the name of an outcome with its unit."""
    unit = outcome.variable.unit
    return f"{outcome.name} ({unit})" if unit else outcome.name


def _shown_levels(outcome: OutcomeCells) -> tuple[str, ...]:
    """Return the levels of words that are shown."""
    levels = outcome.variable.categories or ()
    return levels[1:] if len(levels) == 2 else levels[:MOST_LEVELS]


def _share(shares: Shares, level: str) -> str:
    value, interval = shares.get(level, (None, None))
    return f"{number(value)}{ends(interval)}"


def _cell_notes(outcome: OutcomeCells, *, drawn: bool) -> Iterator[str]:
    for cell in outcome.cells:
        yield from (f"{cell.cell}: {note}" for note in cell.notes)
    for cell in outcome.cells:
        if cell.not_applicable:
            yield f"{cell.cell}: does not apply to {_count(cell.not_applicable)} dialogues"
    if any(not cell.not_applicable.is_integer() for cell in outcome.cells):
        yield (
            "a dialogue that states a chance that it does not apply counts there with this chance, "
            "and in n"
        )
    if told := weighing_note({cell.cell: cell.weighing for cell in outcome.cells}):
        yield told
    if drawn:
        yield "drawn: the mean of the values that were drawn"
    if outcome.variable.scale == "nominal":
        hidden = len(outcome.variable.categories or ()) - MOST_LEVELS
        if hidden > 0:
            yield f"{hidden} more levels: --json has them"
    elif any(cell.n and cell.personas < FEWEST_PERSONAS for cell in outcome.cells):
        yield f"no interval of a mean with fewer than {FEWEST_PERSONAS} effective personas"


def _count(effective: float) -> str:
    return f"{effective:,.1f}".removesuffix(".0")
