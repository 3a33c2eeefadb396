"""What `simulate summary` says of an outcome, in sections: for terminal, page and report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from simulate.comparison.summary import (
    AttributeDifference,
    CellDifference,
    FactorEffect,
    LevelEstimate,
    OutcomeSummary,
)
from simulate.comparison.summary.persona_means import MEAN
from simulate.errors import first_of
from simulate.population.protected import FEWEST_HUMANS
from simulate.report.cell_blocks import cell_blocks, outcome_title
from simulate.report.document import Block, Items, Paragraph, Section, Table, section
from simulate.report.document import table as new_table
from simulate.report.variance_sources_table import variance_blocks
from simulate.scenario.frozen import Frozen
from simulate.statistics.mean_contrasts import FEWEST_IN_BLOCK, FEWEST_PERSONAS, MeanContrast
from simulate.terminal.numbers import ends, number, p_text, signed

MOST_CONTRASTS = 20
MOST_EFFECTS = 40
LEVEL = 0.05
"""The levels of an attribute are shown where p, adjusted by Holm, lies below it."""


def summary_sections(
    found: Sequence[OutcomeSummary],
    by: Sequence[str] = (),
    *,
    frozen: Frozen | None = None,
    whole: bool = False,
) -> Iterator[Section]:
    """Yield the sections of each outcome.

    Args:
        found: the summaries of a run.
        by: attributes of personas whose levels are shown whatever the test says.
        whole: whether of outcomes that the study is not about more is told than their cells.
        frozen: the plan that was frozen before the run, if any: contrasts say whether it has them.
    """
    for outcome in found:
        claims = [] if outcome.claims is None else [Paragraph(outcome.claims.sentence)]
        yield section(outcome_title(outcome), *cell_blocks(outcome), *claims)
        if not (outcome.in_question or whole):
            continue
        shown = partial(_contrasts, outcome=outcome.name, frozen=frozen, margin=outcome.margin)
        stated = [each for each in outcome.contrasts if each.name]
        others = [each for each in outcome.contrasts if not each.name]
        parts = {
            "contrasts that the scenario states": shown(stated),
            "differences between cells": shown(others),
            "effects of the factors": _effects(outcome.effects),
            "differences between kinds of personas": attribute_blocks(outcome.attributes, by),
            "where the variance comes from": variance_blocks(
                outcome.variance, outcome.variable.unit
            ),
        }
        for part, blocks in parts.items():
            if found_blocks := list(blocks):
                yield section(f"{outcome.name}: {part}", *found_blocks, level=3)


def _of(name: str, of: str) -> str:
    return name if of == MEAN else f"{name}, {of}"


def _value(contrast: MeanContrast) -> str:
    return f"{signed(contrast.value)}{ends(contrast.interval, signed)}"


def _p(p: float | None, adjusted: float | None) -> str:
    return "" if p is None else p_text(p, adjusted=adjusted)


def _contrasts(
    contrasts: Sequence[CellDifference],
    outcome: str,
    frozen: Frozen | None,
    margin: float | None = None,
) -> Iterator[Block]:
    """Yield differences of cells, the clearest first where there are many; nothing for none."""
    shown = list(contrasts)
    if not shown:
        return
    if len(shown) > MOST_CONTRASTS and not shown[0].name:
        shown.sort(key=lambda c: 2.0 if c.contrast.p is None else c.contrast.p)
        shown = shown[:MOST_CONTRASTS]
    rows = []
    for each in shown:
        found = each.contrast
        name = _of(f"{each.a} − {each.b}", each.of)
        row = (name, f"{found.personas:,}", _value(found), _p(found.p, each.p_holm))
        planned = frozen is not None and frozen.plans(outcome, each.a, each.b)
        rows.append((*row, *((("planned" if planned else "not planned"),) if frozen else ())))
    heads = ("difference", "personas", "value", "")
    yield new_table((*heads, "frozen plan") if frozen else heads, rows, "lrrrl")
    meanings = {f"{each.a} − {each.b}": each.meaning for each in shown if each.meaning}
    for pair, meaning in meanings.items():
        yield Paragraph(f"{pair}: {meaning}")
    lines = list(_people_notes([each.contrast for each in shown]))
    if margin is not None:
        lines.append(_within([each for each in shown if each.of == MEAN], margin))
    if len(contrasts) > len(shown):
        lines.append(f"the {MOST_CONTRASTS} clearest of {len(contrasts):,}: --json has all")
    yield Items(tuple(lines))


def _within(contrasts: Sequence[CellDifference], margin: float) -> str:
    """Say which differences count as none: their whole interval lies within the margin."""
    inside = [
        f"{each.a} − {each.b}"
        for each in contrasts
        if (found := each.contrast.interval) is not None and max(map(abs, found)) < margin
    ]
    names = ", ".join(inside) or "none"
    told = f"smaller than {number(margin)}, the margin of no difference, by the whole interval"
    return f"{told}: {names}"


HOW = {
    "same": "paired by persona",
    "different": "between personas (Welch)",
    "some the same": "of cells that share some personas only: all count, the shared ones as pairs",
}


def _people_notes(contrasts: Sequence[MeanContrast]) -> Iterator[str]:
    """Yield how the differences are made, and why some have no interval."""
    contrasts = [each for each in contrasts if each.personas] or contrasts
    kinds = list(dict.fromkeys(each.people for each in contrasts))
    if len(kinds) == 1:
        yield f"{HOW[kinds[0]]}; in brackets p by Holm"
    else:
        yield "; ".join(f"{sum(e.people == k for e in contrasts)} {HOW[k]}" for k in kinds)
        yield "in brackets p by Holm"
    if set(kinds) - {"some the same"}:
        yield "a persona counts if it has a value in each of these cells that it met"
    without = [each for each in contrasts if each.interval is None]
    if any(each.people == "same" and each.personas < FEWEST_PERSONAS for each in without):
        yield f"no interval and no p with fewer than {FEWEST_PERSONAS} such personas"
    elif without:
        yield (
            f"no interval and no p with fewer than {FEWEST_PERSONAS} personas on a side, or "
            f"{FEWEST_IN_BLOCK} in a cell"
        )


def _effects(effects: Sequence[FactorEffect]) -> Iterator[Block]:
    tested = [each for each in effects if each.kind != "strata"]
    if not effects:
        return
    if tested:
        rows = [
            (_of(each.name, each.of), _value(each.contrast), _p(each.contrast.p, each.p_holm))
            for each in tested[:MOST_EFFECTS]
        ]
        yield new_table(("effect", "value", ""), rows, "lrr")
    groups = [each for each in effects if each.kind == "strata"]
    if groups:
        pairs = [(_of(each.name, each.of), _value(each.contrast)) for each in groups]
        yield new_table(("measured groups", "difference"), pairs, "lr")
    lines = []
    if any(each.kind == "interaction" for each in tested):
        lines.append(
            "effects average over the other factors; of two factors, how much the difference in "
            "brackets changes from one level to the other"
        )
    if groups:
        lines.append(
            "measured groups: nobody was assigned to them, so that a difference is of the people, "
            "and no effect"
        )
    if len(tested) > MOST_EFFECTS:
        lines.append(f"{len(tested) - MOST_EFFECTS} more: --json has them")
    yield Items((*lines, *_people_notes([each.contrast for each in tested or groups])))


def attribute_blocks(
    attributes: Sequence[AttributeDifference], by: Sequence[str] = ()
) -> Iterator[Block]:
    """Yield how much each attribute matters, then the levels of those that do."""
    if not attributes:
        return
    known = [each for each in attributes if each.reason is None]
    quantities = list(dict.fromkeys(map(_quantity, known)))
    shown = {(each.label, _quantity(each)): _spread(each) for each in known}
    rows = [
        (label, *(shown.get((label, quantity), "") for quantity in quantities))
        for label in dict.fromkeys(each.label for each in known)
    ]
    if rows:
        heads = ("SD between levels of", *quantities)
        yield new_table(heads, rows, "l" + "r" * len(quantities))
    for each in known:
        clear = each.p_holm is not None and each.p_holm < LEVEL and not each.protected
        if clear or each.attribute in by:
            yield _levels(each)
    lines = []
    if rows:
        lines.append(
            "SD between levels (words, or thirds of a number): what is left of their differences "
            "after chance; p that all are equal, by Holm over all of these in brackets. Levels are "
            "shown where that is below .05, and with --by ATTRIBUTE"
        )
    reasons: dict[tuple[str, str], dict[str, None]] = {}
    told = {each.attribute for each in known}
    for each in attributes:
        if each.reason is not None:
            of = f" of {_quantity(each)}" if each.attribute in told else ""
            reasons.setdefault((of, each.reason), {})[each.attribute] = None
    lines += [f"no number{of} by {first_of(names)}: {why}" for (of, why), names in reasons.items()]
    if any(each.protected for each in attributes):
        lines.append(
            "by a protected attribute nobody is ranked, and a group has a number only beside "
            f"{FEWEST_HUMANS} humans of that group in the reference: what it shows is the model's "
            "portrayal of them"
        )
    yield Items(tuple(lines))


def _quantity(each: AttributeDifference) -> str:
    return _of(each.quantity, each.of)


def _spread(each: AttributeDifference) -> str:
    return f"{number(each.deviation)}\n{_p(each.p, each.p_holm)}"


def _levels(each: AttributeDifference) -> Table:
    title = f"{each.label}: {_quantity(each)}"
    rows = [(level.level, f"{level.personas:,}", *_estimates(each, level)) for level in each.levels]
    return new_table((title, "personas", "value", "drawn to the others"), rows, "lrrr")


def _estimates(each: AttributeDifference, level: LevelEstimate) -> tuple[str, str]:
    if level.value is None:
        few = each.protected and (level.humans or 0) < FEWEST_HUMANS
        return ("no humans of that group" if few and not level.humans else "n too small", "")
    return (
        f"{number(level.value)}{ends(level.interval)}",
        f"{number(level.pooled)}{ends(level.pooled_interval)}",
    )
