"""Simulated against human effects on the terminal."""

from __future__ import annotations

from functools import partial

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from simulate.comparison.human_effects.result import ComparedEffect, ComparedJoint, HumanEffects
from simulate.report.tables import new_table, print_notes
from simulate.statistics.effects import EffectEstimate, EffectLine
from simulate.terminal.numbers import ends, number, signed

MOST_NAMES = 3


_short = partial(number, digits=2)


def effects_table(found: HumanEffects) -> Table:
    """Return the effects, one line each."""
    unit = f" ({found.unit})" if found.unit else ""
    table = new_table(
        Column("effect", overflow="fold"),
        *(f"{name}{unit}" for name in ("simulated", found.whose)),
        "sign",
        Column(f"error, {found.whose} SE", justify="right"),
        f"simulated / {found.whose}",
    )
    for effect in found.effects:
        table.add_row(*_cells(effect))
    return table


def _cells(effect: ComparedEffect) -> list[Text]:
    sides = (_side(estimate, effect.confidence) for estimate in (effect.simulated, effect.human))
    cells = [effect.name, *sides]
    against = effect.against
    if against is None:
        return [Text(cell) for cell in (*cells, "–", "–", "–")]
    sign = {True: "same", False: "opposite", None: "open"}[against.same_sign]
    error = "–" if against.error is None else f"{against.error:+.1f}"
    ratio = "–"
    if against.ratio is not None:
        ratio = f"{number(against.ratio.value, 2)}{ends(against.ratio.interval, _short)}"
    return [Text(cell) for cell in (*cells, sign, error, ratio)]


def _side(estimate: EffectEstimate | None, confidence: float) -> str:
    if estimate is None:
        return "–"
    return f"{signed(estimate.value)}{ends(estimate.interval(confidence), signed)}"


def variance_table(found: HumanEffects) -> Table:
    """Return the variances, one line for each cell and level of a trait."""
    sides = ("simulated", found.whose, f"{found.whose} / simulated")
    table = new_table(Column("variance in", overflow="fold"), *sides)
    for variance in found.variances:
        ratio = variance.found
        shown = "–"
        if ratio.ratio is not None:
            shown = f"{number(ratio.ratio, 2)}{ends(ratio.interval, _short)}"
        name = variance.cell if variance.group == "all" else f"{variance.cell} | {variance.group}"
        table.add_row(Text(name), number(ratio.simulated), number(ratio.human), shown)
    return table


def print_human_effects(found: HumanEffects, console: Console) -> None:
    """Print both tables, the lines over several effects, and how to read them."""
    whose = f"{found.personas:,} personas"
    if found.people is not None:
        whose += f", {found.people:,} people of {found.reference}"
    title = f"Effects on the {found.mean_name} of {found.outcome} · {whose}"
    console.print(Text(title, style="bold"))
    console.print(effects_table(found))
    for name, line in found.lines.items():
        console.print(Text(f"{name}: {_line(line, found.whose)}"))
    if found.variances:
        console.print(variance_table(found))
    for joint in found.joint:
        console.print(Text(_joint(joint)))
    print_notes(_notes(found), console)


def _line(line: EffectLine, whose: str) -> str:
    signs = f"no {whose} sign is established"
    if line.signs:
        signs = f"{line.same_signs} of {line.signs} established {whose} signs are met"
    if line.corrected is None:
        return f"{signs}; no slope: {line.problem}"
    slope = f"{number(line.corrected.value, 2)}{ends(line.corrected.interval, _short)}"
    raw = "–" if line.raw is None else number(line.raw, 2)
    return f"{signs}; slope of {whose} on simulated effects {slope} corrected for noise, {raw} raw"


def _joint(joint: ComparedJoint) -> str:
    given = joint.found
    left = "" if given.covered > 1 - 1e-9 else f" ({given.covered:.1%} of the people)"
    return (
        f"{joint.cell}: D² given {joint.trait} {number(given.value)}{ends(given.interval)}{left}; "
        f"of all {number(joint.of_all)}"
    )


def _few(names: list[str]) -> str:
    """Return the first names of a list, and how many more there are."""
    more = len(names) - MOST_NAMES
    return "; ".join(names[:MOST_NAMES]) + (f"; and {more} more" if more > 0 else "")


def _notes(found: HumanEffects) -> list[str]:
    reasons = [
        ("an effect", f"{side}: {estimate.problem}", effect.name)
        for effect in found.effects
        for side, estimate in (("simulated", effect.simulated), (found.whose, effect.human))
        if estimate is not None and estimate.problem
    ]
    reasons += [
        ("a variance ratio", v.found.problem, f"{v.cell} | {v.group}")
        for v in found.variances
        if v.found.problem
    ]
    names: dict[str, list[str]] = {}
    for what, problem, name in reasons:
        names.setdefault(f"no interval of {what}: {problem}", []).append(name)
    lines = [*found.notes, *dict.fromkeys(e.without for e in found.effects if e.without)]
    lines = list(dict.fromkeys(lines))
    lines += [f"{reason} ({_few(whose)})" for reason, whose in names.items()]
    lines.append(
        f"{found.confidence:.0%} intervals over new personas of this model and prompt, and new "
        "people; not adjusted for the number of effects"
    )
    if found.people is not None:
        lines += [
            f"sign: open where the {found.whose} interval holds 0; then there is no ratio either",
            f"error: simulated less {found.whose}, in standard errors of the {found.whose} effect; "
            "a simulation without fault has about ±1",
        ]
    if found.joint:
        lines.append(
            "D² given a trait: the mean of D² within its levels, by their shares among people; 0 "
            "where people of each kind answer alike"
        )
    return lines
