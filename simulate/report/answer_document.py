"""The answer of a run in words: one look at whether it is like humans, and what lies behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from simulate.comparison.answer import Answer, OutcomeAnswer
from simulate.comparison.diversity_gain import CellDiversity
from simulate.comparison.sentences import closer_sentence
from simulate.comparison.small_histogram import SmallHistogram
from simulate.comparison.variance_sources import VarianceSources
from simulate.errors import first_of
from simulate.reference import Variable
from simulate.report.document import (
    Document,
    Facts,
    Items,
    Paragraph,
    Section,
    Table,
    section,
    table,
)
from simulate.report.next_views import NEXT
from simulate.report.variance_sources_table import variance_lines
from simulate.runfile.corrections import Corrections
from simulate.terminal.bars import bar
from simulate.terminal.numbers import number
from simulate.terminal.safe_text import counted

BAR = 10
MOST_GROUPS = 7
"""Humans and cells that one table shows."""
MOST_ON_ONE_LINE = 3
"""Of more humans and cells, n stands below the name."""
DIVERSITY = {
    "lexical": "1 − ROUGE-L",
    "distinct_2": "Distinct-2",
    "unique": "unique",
    "coverage": "coverage",
}
"""Measures of diversity that one look shows, and what they are called."""


def answer_document(found: Answer, width: int = BAR, *, screen: bool = False) -> Document:
    """Return what a run says in one look, as far as it is known.

    Args:
        found: what it says.
        width: of a bar, in characters.
        screen: of the terminal UI, which has a key for each of what is named at the end, and names
            them itself.
    """
    sections = [part for each in found.outcomes for part in _of_outcome(found, each, width)]
    if not found.outcomes and not found.diversity and not found.checks:
        sections.append(section("", Paragraph("The scenario measures no outcome.")))
    if found.diversity:
        sections.append(section("How diverse the replies are", diversity_table(found.diversity)))
    if found.checks:
        rows = [
            (c.check, *(f"{n:,}" for n in (c.failed, c.undecided, c.not_applied, c.checked)))
            for c in found.checks
        ]
        head = ("check", "failed", "undecided", "did not apply", "dialogues")
        sections.insert(0, section("What the checks say", table(head, rows, "lrrrr")))
    sections.append(section("What went wrong", *map(Paragraph, went_wrong(found))))
    if found.others:
        how = "o shows the next" if screen else "Each has its own: --outcome NAME"
        names = f"Other outcomes: {first_of(found.others)}. {how}."
        sections.append(section("", Paragraph(names, "note"), level=3))
    if not screen:
        more = Facts(tuple((f"{key} {name}", question) for key, name, question in NEXT))
        title = f"Where to look next: simulate view {found.path}, then a key"
        sections.append(section(title, more))
    lead = (Items(found.cautions),) if found.cautions else ()
    asked = "What fails?" if found.checks else "Is this like humans?"
    return Document(f"{asked} {found.title}", lead, tuple(sections))


def _of_outcome(found: Answer, each: OutcomeAnswer, width: int) -> Iterator[Section]:
    bars = None if each.histogram is None else histogram_table(each, width)
    first = [Paragraph(f"{each.finding}.", "headline")] if each.finding else []
    said = [Paragraph(text, "plain" if first else "headline") for text in each.sentences]
    hidden = 0 if each.histogram is None else len(each.histogram.groups) - MOST_GROUPS
    more = Paragraph(f"{counted(hidden, 'more cell')}: simulate compare {found.path}", "note")
    notes = [Paragraph(text, "note") for text in (each.to_read, " · ".join(found.methods)) if text]
    hidden_cells = [more] if hidden > 0 else []
    yield section(outcome_heading(each), *first, *said, bars, *hidden_cells, *notes)
    added = found.added(each)
    parts: dict[str, tuple[str, ...]] = {
        "What the dialogue added": tuple(
            f"{closer_sentence(contrast)} {contrast.meaning}".strip() for contrast in added
        ),
        "Cells beside each other": found.contrasts_told(each),
        "Where the variance lies": (
            () if each.summary is None else tuple(_variance(each.summary.variance))
        ),
    }
    for title, lines in parts.items():
        if lines:
            yield section(title, *map(Paragraph, lines), level=3)


def _variance(found: VarianceSources) -> Iterator[str]:
    """Yield the sentences; one for all cells of which personas and reruns are not told apart."""
    once = [n for n, each in found.cells.items() if each.reason is None and not each.identified]
    cells = {name: each for name, each in found.cells.items() if name not in once}
    yield from variance_lines(replace(found, cells=cells))
    if once:
        yield (
            f"Within {first_of([f'“{name}”' for name in once])}, people and chance cannot be told "
            "apart: each persona was run once (`replicates: 2` runs it again)."
        )


def outcome_heading(each: OutcomeAnswer) -> str:
    """Return the name of an outcome with its unit, and the humans that it is set beside."""
    unit = f" ({each.variable.unit})" if each.variable.unit else ""
    beside = "" if each.reference is None else f" · {each.reference.sized}: {each.reference.name}"
    return f"{each.name}{unit}{beside}"


def histogram_table(each: OutcomeAnswer, width: int = BAR, most: int = MOST_GROUPS) -> Table:
    """Return the bars of humans and cells side by side; an empty table where nobody has a value.

    Args:
        each: of which outcome.
        width: of a bar, in characters.
        most: how many of humans and cells are shown.
    """
    histogram, variable = each.histogram, each.variable
    unit = f", {variable.unit}" if variable.unit else ""
    head = [f"{each.name}{unit}"]
    if histogram is None:
        return table(head, ())
    groups = histogram.groups[:most]
    below = ",\n" if len(histogram.groups) > MOST_ON_ONE_LINE else ", "
    head += [g.name if g.n is None else f"{g.name}{below}n = {g.n:,}" for g in groups]
    rows = [
        (label, *(_share(g.shares[at], histogram, width) if g.n != 0 else "–" for g in groups))
        for at, label in enumerate(histogram.bars)
    ]
    if variable.has_mean:
        rows.append((_mean_name(variable), *(number(g.mean) for g in groups)))
    return table(head, rows)


def _mean_name(variable: Variable) -> str:
    return variable.mean_name.partition(" (")[0]


def _share(share: float, histogram: SmallHistogram, width: int) -> str:
    drawn = bar(share / (histogram.highest or 1.0), width).rstrip()
    return f"{drawn} {share:.0%}".lstrip()


def diversity_table(rows: tuple[CellDiversity, ...]) -> Table:
    """Return how diverse the replies of each cell are, in one line each."""
    names = [name for name in DIVERSITY if any(name in row.values for row in rows)]
    lines = [
        (row.name, f"{row.replies:,}", *(number(row.values.get(name)) for name in names))
        for row in rows
    ]
    head = ("cell", "replies", *(DIVERSITY[name] for name in names))
    return table(head, lines, "l" + "r" * (len(names) + 1))


def went_wrong(found: Answer) -> Iterator[str]:
    """Yield what did not go as it should: what failed and why, and what had to be mended."""
    totals, first, taken = found.totals, found.failure, found.corrections
    said = f"{totals.completed:,} of {counted(totals.dialogues, 'dialogue')} completed"
    said += f", {totals.failed:,} failed" if totals.failed else ", none failed"
    if totals.left:
        said += f", {totals.left:,} not ended yet"
    if first is not None:
        said += f"; most often ({first.dialogues:,} ×) {first.fault}: {first.error}"
    mended = () if taken is None else tuple(_mended(taken))
    if taken is not None and not mended and not totals.failed:
        said = f"Nothing: {said}"
    yield f"{said}."
    yield from mended


def _mended(taken: Corrections) -> Iterator[str]:
    """Yield what was not taken as it came, in the words of the page of failures."""
    (turns, in_turns), (answers, in_answers) = taken.turns, taken.outcomes
    if repaired := in_turns + in_answers:
        yield (
            f"{repaired:,} of {turns + answers:,} answers repaired: not in the form asked for, but "
            "readable."
        )
    if unusable := sum(taken.unusable.values()):
        yield f"{unusable:,} of {taken.calls:,} texts not usable, and asked for again."
    if taken.sent_again:
        yield f"{counted(taken.sent_again, 'request')} sent again, to a busy endpoint."
