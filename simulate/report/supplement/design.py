"""The design: cells, who met what, and what of the analysis was stated in the scenario."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from simulate.report.supplement.document import (
    Block,
    Paragraph,
    Section,
    Verbatim,
    facts,
    section,
)
from simulate.report.supplement.document import table as new_table
from simulate.report.supplement.gathered import Gathered
from simulate.report.supplement.measures import as_yaml
from simulate.report.tables import percent
from simulate.runfile.cell_sizes import cells_met
from simulate.scenario import Scenario
from simulate.scenario.analysis import Analysis
from simulate.scenario.design import Design
from simulate.terminal.safe_text import counted

KINDS = {
    "within": "within subjects: each meets all levels",
    "between": "between subjects: each was assigned one level at random",
    "stratum": "measured, not assigned: an attribute of the persona",
    "random": "random: levels are a sample of those that could be, each meets one",
}

NO_PLAN = (
    "No frozen plan is on file: as far as this file can show, all analyses are exploratory, those "
    "that the scenario states too."
)


def design(known: Gathered) -> Section:
    """Return conditions, cells, and who was in which."""
    conditions = known.scenario.conditions
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
    factors = [
        (
            each.name,
            KINDS[each.kind] + (", a nuisance" if each.name in known.scenario.nuisance else ""),
            ", ".join(each.levels),
            "–" if each.probability is None else percent(each.probability),
        )
        for each in known.scenario.factors
    ]
    blocks: list[Block] = [
        new_table(("factor", "kind", "levels", "chance of each level"), factors, "lllr")
        if factors
        else Paragraph("There are no conditions, and one cell."),
        new_table(head, rows, "lrrrrrr"),
        Paragraph(_met(known)),
    ]
    if known.scenario.design != Design():
        said = as_yaml(known.scenario.design.model_dump(mode="json", exclude_defaults=True))
        blocks.append(Verbatim("The design, as the scenario says it", (("", said),)))
    for name, levels in conditions.items():
        changes = tuple(
            (label, as_yaml(level.model_dump(mode="json", exclude_defaults=True)))
            for label, level in levels.items()
        )
        blocks.append(Verbatim(f"What the levels of {name} change", changes))
    return section("Design", *blocks)


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
    if set(met) == {1}:
        return f"Each of {counted(met[1], 'persona')} is in one cell."
    told = ", ".join(f"{counted(n, 'persona')} in {counted(c, 'cell')}" for c, n in met.items())
    return f"Personas are in different numbers of cells: {told}."


def plan(known: Gathered) -> Section:
    """Return what was stated beforehand, and the hash of the plan."""
    n = known.run.n
    return section(
        "Plan",
        facts(
            ("hash of what was played", known.meta.get("fingerprint") or "not recorded"),
            ("dialogues in each cell", "not recorded" if n is None else f"{n:,}"),
        ),
        Paragraph(
            "The hash (SHA-256) is of all that reaches a prompt, a draw or an outcome: scenario, "
            "population, seed and prompts. It shows that two runs are of the same plan, and not "
            "when that was made.",
            "note",
        ),
        Paragraph(NO_PLAN) if not known.meta.get("frozen") else None,
        *_stated(known.scenario),
        *_left_out(known),
    )


def _stated(scenario: Scenario) -> Iterator[Block]:
    """Yield the analysis that the scenario states."""
    if scenario.contrasts:
        each = scenario.contrasts.items()
        rows = [(name, " − ".join(contrast.cells), contrast.meaning) for name, contrast in each]
        yield new_table(("contrast that the scenario states", "cells", "meaning"), rows)
    if scenario.analysis != Analysis():
        said = as_yaml(scenario.analysis.model_dump(mode="json", exclude_defaults=True))
        yield Verbatim("The analysis, as the scenario states it", (("", said),))
    if scenario.compare:
        told = (f"outcome {name} with {ref}" for name, ref in scenario.compare.items())
        yield Paragraph(f"Compared with human data by default: {', '.join(told)}.")


def _left_out(known: Gathered) -> Iterator[Block]:
    """Yield the rules that leave completed dialogues out, with how many they do."""
    rules = known.scenario.exclude
    if not rules:
        yield Paragraph("No rule leaves out a completed dialogue.")
        return
    counts = Counter(known.run.rules_of_dialogues().values())
    rows = [
        (name, as_yaml(rule.model_dump(mode="json")["when"]), rule.why, f"{counts[name]:,}")
        for name, rule in rules.items()
    ]
    head = ("rule that leaves out", "where", "why", "completed dialogues left out")
    yield new_table(head, rows, "lllr")
