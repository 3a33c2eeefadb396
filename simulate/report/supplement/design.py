"""The design: cells, who met what, what was planned, and what was left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from simulate.engine.freezing import scenario_differences
from simulate.report.document import (
    Block,
    Items,
    Paragraph,
    Section,
    Verbatim,
    facts,
    section,
)
from simulate.report.document import table as new_table
from simulate.report.supplement.gathered import Gathered
from simulate.report.supplement.stated import (
    exclusions_table,
    factors_table,
    levels,
    planned_analysis,
)
from simulate.runfile.cell_sizes import cells_met
from simulate.scenario.frozen import DEPOSIT, Frozen
from simulate.terminal.safe_text import counted

NO_PLAN = (
    "No frozen plan is on file: as far as this file can show, all analyses are exploratory, those "
    "that the scenario states too."
)


def design(known: Gathered) -> Section:
    """Return factors, cells, and who was in which."""
    counts = known.run.counts()
    by_cell = {each.cell: each for each in known.sizes}
    rows = []
    for cell in known.cells:
        there, status = by_cell.get(cell.index), counts[cell.index]
        sizes = (there.dialogues, there.personas, there.replicates) if there else (0, 0, 0)
        unfinished = status["running"] + status["planned"]
        shown = (*sizes, status["completed"], status["failed"], unfinished)
        rows.append((cell.label, *(f"{each:,}" for each in shown)))
    head = ("cell", "dialogues", "personas", "of one persona", "completed", "failed", "unfinished")
    return section(
        "Design",
        factors_table(known.scenario),
        new_table(head, rows, "lrrrrrr"),
        Paragraph(_met(known)),
        *levels(known.scenario),
    )


def _met(known: Gathered) -> str:
    """Say whether a persona was in all cells, in one, or in some."""
    met = cells_met(known.run)
    cells = len(known.cells)
    if cells == 1:
        return "There is nothing to assign."
    if set(met) == {cells}:
        return (
            f"Each of {counted(met[cells], 'persona')} is in all {cells:,} cells. Nothing was "
            "assigned at random."
        )
    if len(met) == 1:
        each = next(iter(met))
        return f"Each of {counted(met[each], 'persona')} is in {counted(each, 'cell')}."
    told = ", ".join(f"{counted(n, 'persona')} in {counted(c, 'cell')}" for c, n in met.items())
    return f"Personas are in different numbers of cells: {told}."


def plan(known: Gathered) -> Section:
    """Return what was planned, what was not, and what is left out by rule."""
    n, frozen = known.run.n, known.run.frozen
    rules = Counter(known.run.rules_of_dialogues().values()) if known.scenario.exclude else None
    return section(
        "Plan",
        facts(
            ("hash of what was played", known.meta.get("fingerprint") or "not recorded"),
            ("dialogues in each cell", "not recorded" if n is None else f"{n:,}"),
        ),
        Paragraph(
            "The hash (SHA-256) is of all that reaches a prompt, a draw or an outcome: scenario, "
            "population, seed and prompts.",
            "note",
        ),
        *(_held_to(known, frozen) if frozen else [Paragraph(NO_PLAN)]),
        *planned_analysis(known.scenario),
        exclusions_table(known.scenario, rules),
    )


def _held_to(known: Gathered, frozen: Frozen) -> Iterator[Block]:
    """Yield the frozen plan, and what differs from it."""
    planned = frozen.dialogues
    yield facts(
        ("frozen plan (SHA-256)", frozen.sha256),
        ("planned", f"{frozen.plan.n:,} dialogues in each cell, seed {frozen.plan.seed}"),
        ("primary outcomes", ", ".join(frozen.primary) or "none"),
        ("not begun, or not finished", _rest(known)),
        ("planned at most", counted(planned, "dialogue")),
    )
    yield Paragraph(DEPOSIT)
    differing = tuple(scenario_differences(frozen, known.scenario))
    unplanned: dict[str, list[str]] = {}
    for sentence in frozen.unplanned(known.scenario):
        name, _, what = sentence.partition(": ")
        unplanned.setdefault(what, []).append(name)
    if differing:
        yield Items(tuple(f"differs from the plan: {each}" for each in differing))
    else:
        yield Paragraph("The scenario is the one that was planned.")
    if unplanned:
        yield Items(tuple(f"{what}: {', '.join(names)}" for what, names in unplanned.items()))
    yield Verbatim("The frozen plan", (("", frozen.text),))


def _rest(known: Gathered) -> str | None:
    left = known.totals.left
    return counted(left, "dialogue") if left else None
