"""An outcome by kinds of personas, in words and tables."""

from __future__ import annotations

from functools import partial

from simulate.comparison.persona_groups import PersonaGroup, PersonaGroups
from simulate.report.document import (
    Block,
    Document,
    Figure,
    Items,
    Paragraph,
    Table,
    section,
    table,
)
from simulate.report.groups_figure import groups_figure
from simulate.terminal.bars import bar
from simulate.terminal.numbers import ends, number

BAR = 12
"""Characters of a bar."""


def groups_document(found: PersonaGroups) -> Document:
    """Return the groups: what is seen, the numbers, the shares of each bin, what must be known."""
    unit = f" ({found.variable.unit})" if found.variable.unit else ""
    many = len(found.groups) > 1
    title = f"{found.outcome}{unit} by {found.label}" if many else f"{found.outcome}{unit}"
    lead: list[Block] = [Paragraph(found.sentence, "headline")]
    if any(group.shares is not None for group in found.groups):
        lead.append(Figure(found.sentence, "", partial(groups_figure, found)))
    if found.running:
        lead.append(Paragraph(f"{found.running:,} dialogues have not ended yet.", "note"))
    sections = [section("Groups", _numbers(found)), section("Where the values lie", _shares(found))]
    if found.notes:
        sections.append(section("To read this", Items(found.notes)))
    return Document(title, tuple(lead), tuple(sections))


def _numbers(found: PersonaGroups) -> Table:
    mean = found.variable.mean_name if found.variable.has_mean else None
    head = [found.attribute if len(found.groups) > 1 and found.attribute else "", "people"]
    head += [f"{mean} [95 %]", "humans beside it"] if mean else ["humans beside it"]
    rows = [_row(group, with_mean=mean is not None) for group in found.groups]
    head += ["D² [95 %]", "floor 95 % ≤"]
    return table(head, rows, "lr" + "r" * (len(head) - 2))


def _row(group: PersonaGroup, *, with_mean: bool) -> list[str]:
    if group.withheld is not None:
        return [group.level, group.withheld, *[""] * (4 if with_mean else 3)]
    side = group.humans
    humans = "–"
    if side is not None:
        size = "" if side.reference.declared else f" (n = {side.reference.n:,})"
        humans = f"{side.whose}{size}"
        if with_mean and side.mean is not None:
            humans = f"{number(side.mean, 2)}: {humans}"
    found = group.distance
    distance, floor = "–", "–"
    if found is not None:
        distance = f"{number(found.value, 4)}{ends(found.interval, _four)}"
        floor = number(found.floor.p95, 4)
    mean = [f"{number(group.mean, 2)}{ends(group.interval, _two)}"] if with_mean else []
    return [group.level, group.sized, *mean, humans, distance, floor]


def _shares(found: PersonaGroups) -> Table:
    """Return a row for each group and one for the humans beside it, with the share of each bin."""
    everybody = {
        side.whose: side.shares
        for group in found.groups
        if (side := group.humans) is not None and not side.of_group and group.shares is not None
    }
    rows = [[whose, *map(_share, shares)] for whose, shares in everybody.items()]
    for group in found.groups:
        if group.shares is None:
            continue
        rows.append([group.level, *map(_share, group.shares)])
        if (side := group.humans) is not None and side.of_group:
            name = f"{side.reference.noun}: {group.level}"
            rows.append([name, *map(_share, side.shares)])
    return table(["", *found.bins.labels], rows, "l" * (1 + len(found.bins.labels)))


def _share(value: float) -> str:
    drawn = bar(value, BAR).rstrip()
    return f"{drawn} {value:.0%}".strip()


def _two(value: float) -> str:
    return number(value, 2)


def _four(value: float) -> str:
    return number(value, 4)
