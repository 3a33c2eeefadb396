"""The tree of a dialogue as a document: which turn decided, the path, and the tree itself."""

from __future__ import annotations

import textwrap

from simulate.comparison.dialogue_tree import DialogueTree
from simulate.report.document import (
    Block,
    Document,
    Items,
    Paragraph,
    Section,
    Verbatim,
    section,
    table,
)
from simulate.report.tree_lines import leverage_text, tree_lines
from simulate.terminal.numbers import ends, number, probability, signed

WIDTH = 92
"""Of a tree on paper, in characters."""


def tree_document(tree: DialogueTree) -> Document:
    """Return what is said of the tree of a dialogue."""
    of = f"{tree.cell}, {tree.persona}" + (f", {tree.branch}" if tree.branch else "")
    told = filter(None, (tree.ended_with, tree.find_out, tree.path_told))
    lead: tuple[Block, ...] = (
        Paragraph(tree.sentence, "headline"),
        *map(Paragraph, told),
        Items((of,)),
    )
    title = f"Tree of dialogue {tree.dialogue}"
    if not (tree.turns or tree.answers):
        return Document(title, lead, ())
    lines = tree_lines(tree, WIDTH, _wrapped)
    drawn = "\n".join(each.guide + each.text for each in lines)
    legend = "▶ what was drawn, ─ what else was listed, each with its number and weight; ⏹ ends it"
    whole = section("What could have been said", Verbatim(legend, (("", drawn),), folded=False))
    notes = [section("How to read it", Items(tree.notes))] if tree.notes else []
    return Document(title, lead, (whole, *_effects(tree), *notes))


def _effects(tree: DialogueTree) -> tuple[Section, ...]:
    rows = [
        (
            f"{turn.index} ({turn.speaker})",
            probability(turn.weight),
            f"{sum(of.rollouts):,}",
            number(of.mean),
            f"{signed(of.surprise)}{ends(of.surprise_interval, signed)}",
            leverage_text(of),
        )
        for turn in tree.turns
        if (of := turn.found) is not None
    ]
    if not rows:
        return ()
    unit, squared = (f" ({tree.unit}{power})" if tree.unit else "" for power in ("", "²"))
    effects = (f"expected{unit}", f"surprise{unit}", f"leverage{squared}")
    head = ("turn", "weight drawn", "rollouts", *effects)
    return (section(f"What hung on each turn: {tree.outcome}", table(head, rows, "lrrrrr")),)


def _wrapped(text: str, width: int) -> list[str]:
    return [part for each in text.split("\n") for part in textwrap.wrap(each, width) or [""]]
