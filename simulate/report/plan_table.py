"""A plan on the terminal: cells, who meets them, and the power of what is planned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.table import Column
from rich.text import Text

from simulate.comparison.planned_power import ALPHA, WANTED, PlannedPower
from simulate.engine import Plan
from simulate.report.tables import new_table, print_notes, right
from simulate.scenario import Factor
from simulate.scenario.design import Design
from simulate.terminal.numbers import number

MOST_CELLS_SHOWN = 40


def plan_dict(plan: Plan, powers: Sequence[PlannedPower]) -> dict[str, Any]:
    """Return a plan as JSON."""
    part = plan.scenario.design.fraction_of(plan.scenario.conditions)
    return {
        "scenario": plan.scenario.name,
        "n": plan.n,
        "seed": plan.seed,
        "dialogues": len(plan.dialogues),
        "people": len(plan.personas),
        "factors": [
            {
                "factor": each.name,
                "kind": each.kind,
                "levels": each.levels,
                "probability": each.probability,
            }
            for each in plan.scenario.factors
        ],
        "fraction": None
        if part is None
        else {"resolution": part.resolution, "told": part.sentences()},
        "cells": [
            {"cell": label, "levels": plan.cells[index].levels, "dialogues": d, "people": p}
            for index, (label, d, p) in enumerate(_sizes(plan))
        ],
        "looked_through": plan.assignment.looked_through if plan.assignment else None,
        "warnings": plan.warnings,
        "left_out": plan.left_out,
        "power": [each.to_dict() for each in powers],
    }


def _sizes(plan: Plan) -> Iterator[tuple[str, int, int]]:
    """Iterate over the label of each cell, its dialogues and its people."""
    sizes = plan.dialogues.sizes(len(plan.cells))
    for cell, (dialogues, people) in zip(plan.cells, sizes, strict=True):
        yield cell.label, dialogues, people


def print_plan(plan: Plan, console: Console) -> None:
    """Print the cells of a plan, and who meets them."""
    cells, people = len(plan.cells), len(plan.personas)
    head = (
        f"{plan.scenario.name}: {len(plan.dialogues):,} dialogues of {people:,} people in "
        f"{cells:,} cell{'s' * (cells != 1)}, n = {plan.n:,}, seed {plan.seed}"
    )
    console.print(Text(head, style="bold"))
    table = new_table(Column("cell", overflow="fold"), *right("dialogues", "people"))
    for label, dialogues, met in list(_sizes(plan))[:MOST_CELLS_SHOWN]:
        table.add_row(Text(label), f"{dialogues:,}", f"{met:,}")
    console.print(table)
    if cells > MOST_CELLS_SHOWN:
        console.print(Text(f"and {cells - MOST_CELLS_SHOWN:,} more cells: --json has all"))
    for line in _who(plan):
        console.print(Text(line))
    console.print()


def _who(plan: Plan) -> Iterator[str]:
    """Say who meets which cells, a sentence for each factor."""
    design = plan.scenario.design
    if design.plain and plan.scenario.conditions:
        yield "Every persona meets every cell, with the same random numbers."
    for factor in () if design.plain else plan.scenario.factors:
        yield f"{factor.name}: {factor_words(factor, design)}"
    if plan.assignment is not None and design.strata:
        looked = plan.assignment.looked_through
        yield f"{looked:,} people were drawn to find the {len(plan.personas):,} who take part."
    if (part := design.fraction_of(plan.scenario.conditions)) is not None:
        for sentence in part.sentences():
            yield sentence[0].upper() + sentence[1:] + "."


def factor_words(factor: Factor, design: Design) -> str:
    """Return who meets which levels of a factor, in a few words."""
    count = len(factor.levels)
    match factor.kind:
        case "between":
            within = f" within {', '.join(design.block)}" if design.block else ""
            chance = f"with a chance of 1/{count} each"
            return f"between persons, assigned at random {chance} ({design.assignment}{within})"
        case "stratum":
            return "strata of people, measured and not assigned: n of each"
        case "random":
            return f"random: each persona meets one of {count} levels, n counts all together"
        case _:
            return "within persons: each meets all levels"


def print_powers(powers: Sequence[PlannedPower], plan: Plan, console: Console) -> None:
    """Print the power of each planned contrast, with what is assumed."""
    console.print()
    if not powers:
        console.print(Text("No contrast is planned: name some under `contrasts` for their power."))
        return
    columns = [f"n for {wanted:.1f}".replace("0.", ".") for wanted in WANTED]
    table = new_table(
        Column("contrast", overflow="fold"),
        Column("outcome", overflow="fold"),
        *right("effect", "power", *columns, "detects"),
    )
    for each in powers:
        needed = each.needed or (None, None)
        table.add_row(
            Text(each.contrast),
            Text(each.outcome),
            number(each.effect),
            number(each.power, 2),
            *(_count(count, known=each.needed is not None) for count in needed),
            number(each.detectable),
        )
    console.print(table)
    needed_n = "n for .8, n for .9: dialogues per cell for such a power"
    print_notes([*power_notes(powers, plan.n), needed_n], console)


def _count(count: int | None, *, known: bool) -> str:
    return f"{count:,}" if count is not None else "> 1 M" if known else "–"


def power_notes(powers: Sequence[PlannedPower], n: int) -> Iterator[str]:
    """Yield what is assumed, for n dialogues per cell."""
    yield from dict.fromkeys(map(_what, powers))
    for name in dict.fromkeys(each.outcome for each in powers):
        yield f"{name}: {_spread([each for each in powers if each.outcome == name])}"
    if powers:
        yield "effect: the smallest that would matter (analysis.smallest_effect)"
    several = any(each.alpha < ALPHA for each in powers)
    by = " over the number of contrasts of an outcome, the first step of Holm" if several else ""
    yield (
        f"two-sided tests at {number(ALPHA, 2)}{by}; detects: the smallest difference found with a "
        f"power of .8 at n = {n:,}"
    )


def _what(found: PlannedPower) -> str:
    groups = "; it compares groups of people, and is no effect of an assignment"
    alias = f"; the fraction cannot tell it from {' and '.join(found.aliases)}"
    return (
        f"{found.contrast}: {found.a} − {found.b}, {found.pairing}"
        + (groups if found.groups_of_people else "")
        + (alias if found.aliases else "")
    )


def _spread(powers: Sequence[PlannedPower]) -> str:
    """Say how an outcome is taken to vary, and who says so."""
    first = powers[0]
    if first.sd is None:
        return first.source
    unit = f" {first.unit}" if first.unit else ""
    told = f"standard deviation {number(first.sd)}{unit} ({first.source})"
    if all(each.pairing == "between persons" for each in powers):
        return told
    assumed = " (assumed)" if first.correlation_assumed else ""
    return f"{told}, correlation of a persona's cells {number(first.correlation, 2)}{assumed}"
