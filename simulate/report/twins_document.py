"""Twins as a document: where two cells differ, the pairs that differ most, and one of them."""

from __future__ import annotations

from itertools import zip_longest

from simulate.comparison.twins import TwinDetail, TwinDialogues, Twins
from simulate.report.document import Block, Document, Items, Paragraph, Section, section, table
from simulate.runfile import Turn
from simulate.runfile.twin_pairs import NOWHERE
from simulate.terminal.numbers import signed
from simulate.terminal.safe_text import counted

SAME = "(the same)"


def twins_document(found: Twins) -> Document:
    """Return what is said of the twins of two cells."""
    a, b = found.names
    lead: list[Block] = [Paragraph(found.sentence, "headline")]
    if found.parting_told:
        lead.append(Paragraph(found.parting_told))
    if found.counts.told:
        lead.append(Items(tuple(found.counts.told)))
    title = f"Twins: {a} against {b}" if b else "Twins"
    if found.why_none:
        return Document(title, tuple(lead), ())
    sections = [_pairs(found), _parted(found)]
    if found.example is not None:
        sections.append(_example(found, found.example))
    if found.notes:
        sections.append(section("How to read it", Items(found.notes)))
    return Document(title, tuple(lead), tuple(sections))


def difference_text(found: Twins, each: TwinDetail) -> str:
    """Return the difference of a pair: a number with its sign, or whether words differ."""
    difference = each.pair.difference
    if difference is None:
        return "–"
    return signed(difference) if found.signed else ("other" if difference else "same")


def parts_text(each: TwinDetail) -> str:
    """Return the turn at which a pair parts."""
    return "nowhere" if each.turn == NOWHERE else f"{each.turn} ({each.speaker})"


def _pairs(found: Twins) -> Section:
    a, b = found.names
    name = found.outcome or "status"
    unit = f" ({found.unit})" if found.unit else ""
    head = ("persona", f"{name} in {a}", f"{name} in {b}", f"difference{unit}", "first differs at")
    rows = [
        (
            each.persona + (f", replicate {each.replicate}" if each.replicate else ""),
            each.shown_a,
            each.shown_b,
            difference_text(found, each),
            parts_text(each),
        )
        for each in found.top
    ]
    more = len(found) - len(rows)
    note = Paragraph(f"{more:,} more pairs are in --json and on the screen.", "note")
    title = "Pairs, in the direction of the mean difference first; against it last"
    return section(
        title if found.signed else "Pairs, those that differ first",
        table(head, rows, "lrrrl"),
        note if more else None,
    )


def _parted(found: Twins) -> Section:
    rows = [
        ("nowhere" if turn == NOWHERE else f"{turn} ({found.speakers.get(turn, '')})", f"{n:,}")
        for turn, n in sorted(found.parted.items(), key=lambda each: (-each[1], each[0]))
    ]
    return section(
        f"Where they part, of {counted(found.looked, 'pair')}",
        table(("first turn that differs", "pairs"), rows, "lr"),
    )


def _example(found: Twins, example: TwinDialogues) -> Section:
    a, b = found.names
    at = example.parting.turn
    rows = []
    for index, (one, other) in enumerate(zip_longest(example.a.turns, example.b.turns)):
        speaker = (one or other).speaker
        mark = "≠ " if index == at else ""
        if at is None or index < at:
            rows.append((f"{index} {speaker}", _said(one), SAME))
        else:
            rows.append((f"{mark}{index} {speaker}", _said(one), _said(other)))
    title = f"Dialogues {example.a.id} and {example.b.id}, side by side"
    return section(title, Paragraph(example.parting.told), table(("turn", a, b), rows))


def _said(turn: Turn | None) -> str:
    return "–" if turn is None else turn.shown + (" ⏹" if turn.ends else "")
