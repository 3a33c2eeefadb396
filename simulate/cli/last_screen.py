"""What a run ends in: one screen to keep, with the answer, a drawn turn, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console, RenderableType
from rich.text import Text

from simulate.cli.called import called
from simulate.comparison.answer import Answer
from simulate.report.answer_document import (
    diversity_table,
    histogram_table,
    outcome_heading,
)
from simulate.report.terminal_document import shown_table
from simulate.runfile import RunReader
from simulate.runfile.draw_statistics import widest_turn
from simulate.terminal.bars import bar
from simulate.terminal.numbers import number
from simulate.terminal.safe_text import block, counted, shortened

WIDE = 100
"""Columns from which on a screen is taken to have more lines, too."""
LINES, LINES_WIDE = 24, 30
MOST_SAID = 7
"""Lines of sentences."""
MOST_CELLS = 2
"""From more cells on, what they show together is said first."""
MOST_OUTCOMES = 3
"""Further outcomes that have a line each."""
BARS = (14, 10, 7, 4)
"""Widths of the bars of a histogram, of which the first takes that fits."""
WIDEST = 1000
BAR = 8
FEWEST_CANDIDATES, MOST_CANDIDATES = 2, 6


def print_last_screen(
    found: Answer, run: RunReader, console: Console, ending: Sequence[str]
) -> None:
    """Print the answer of a run, one of its turns as it was drawn, and what to do next.

    Args:
        found: what the run says.
        run: the run file.
        console: where to; from 100 columns on there are 30 lines, else 24.
        ending: what is said after it, which needs room, too.
    """
    room = LINES if console.width < WIDE else LINES_WIDE
    after: list[RenderableType] = [Text(line) for line in _next(found)]
    parts = [part for part in (_said(found, console), _measured(found, console)) if part]
    used = sum(_height(part, console) + 1 for part in (*parts, after))
    used += _height([Text(line) for line in ending], console)
    turn = list(_drawn_turn(run, console, room - used))
    for part in (*parts, *([turn] if turn else [])):
        console.print(*part, "", sep="\n")
    for line in after:
        console.print(line, soft_wrap=True)


def _height(part: Sequence[RenderableType], console: Console) -> int:
    return sum(len(console.render_lines(each, pad=False)) for each in part)


def _said(found: Answer, console: Console) -> list[RenderableType]:
    """Return the sentences, and the contrasts of a run without humans, as far as there is room."""
    several = len(found.outcomes) > 1
    lines = [("", sentence) for sentence in _without_humans(found)]
    for each in found.outcomes:
        own = [f"{each.finding}."] if each.finding and len(each.sentences) > MOST_CELLS else []
        own += each.sentences if each.reference or each.refused else []
        if each.comparison is None:
            own += found.contrasts_told(each)
        lines += [(each.name if several else "", sentence) for sentence in own]
    said: list[RenderableType] = []
    if found.totals.left:
        of = f"{found.totals.ended:,} of {counted(found.totals.dialogues, 'dialogue')}"
        said.append(Text(f"Unfinished run: {of} have ended.", style="bold"))
    left = MOST_SAID if console.width < WIDE else MOST_SAID + 2
    for place, (name, sentence) in enumerate(lines):
        prefix = f"{name}, " if name and not sentence.startswith(name) else ""
        text = Text(block(f"{prefix}{sentence}"), style="bold")
        left -= _height([text], console)
        if left < 0 or (left == 0 and place + 1 < len(lines)):
            said.append(Text(f"… and {len(lines) - place} more sentences", style="dim"))
            break
        said.append(text)
    return said


def _without_humans(found: Answer) -> Iterator[str]:
    """Yield why nothing is said of some outcomes, once for all of which the same is true."""
    names: dict[str, list[str]] = {}
    for each in found.outcomes:
        if each.reference is None and not each.refused:
            for sentence in each.sentences:
                names.setdefault(sentence.removeprefix(each.name), []).append(each.name)
    yield from (f"{', '.join(of)}{sentence}" for sentence, of in names.items())


def _measured(found: Answer, console: Console) -> list[RenderableType]:
    """Return the histogram of the first outcome, and the means of the others."""
    measured: list[RenderableType] = []
    if found.diversity:
        diverse = shown_table(diversity_table(found.diversity))
        diverse.show_edge = False
        measured.append(diverse)
    if not found.outcomes or (first := found.outcomes[0]).histogram is None:
        return measured
    groups = len(first.histogram.groups)
    unlimited = console.options.update(width=WIDEST)
    sizes = [*((bars, groups) for bars in BARS), *((BARS[-1], n) for n in range(groups - 1, 0, -1))]
    for bars, most in sizes:
        shown = shown_table(histogram_table(first, bars, most))
        shown.show_edge = False
        if console.measure(shown, options=unlimited).maximum <= console.width:
            break
    if first.reference is not None:
        measured.append(Text(shortened(outcome_heading(first), console.width), style="dim"))
    measured.append(shown)
    if most < groups:
        measured.append(Text(f"… and {counted(groups - most, 'more cell')}", style="dim"))
    for each in found.outcomes[1 : 1 + MOST_OUTCOMES]:
        if each.histogram is not None and each.variable.has_mean:
            means = (f"{group.name} {number(group.mean)}" for group in each.histogram.groups)
            told = shortened(f"{each.name}, mean: {', '.join(means)}", console.width)
            measured.append(Text(told))
    return measured


def _drawn_turn(run: RunReader, console: Console, room: int) -> Iterator[RenderableType]:
    """Yield the first turn that was drawn from the widest distribution, in so many lines."""
    place = widest_turn(run)
    if place is None or room < 1 + FEWEST_CANDIDATES:
        return
    dialogue, index = run.dialogue(place[0]), place[1]
    turn = dialogue.turns[index]
    draw = turn.chain[-1]
    width = console.width
    title = f"{turn.speaker}: one turn as it was drawn (▶) from what could come next"
    yield Text(shortened(title, width), style="bold")
    room -= 1
    if index > 0 and room > FEWEST_CANDIDATES + 1:
        before = dialogue.turns[index - 1]
        yield Text(shortened(f"{before.speaker}: {before.text}", width), style="dim")
        room -= 1
    weights = draw.distribution.weights.tolist()
    order = sorted(range(len(weights)), key=lambda at: (at != draw.chosen, -weights[at]))
    shown = sorted(order[: min(room, MOST_CANDIDATES)])
    if len(shown) < len(weights):
        shown = sorted(order[: len(shown) - 1])
    for at in shown:
        candidate = draw.distribution.candidates[at].shown
        mark = "▶" if at == draw.chosen else " "
        head = f" {mark} {weights[at]:4.0%} {bar(weights[at], BAR)} "
        text = shortened(candidate, max(1, width - len(head)))
        yield Text(head + text, style="bold" if at == draw.chosen else "")
    if len(shown) < len(weights):
        yield Text(f"        … and {len(weights) - len(shown)} more", style="dim")


def _next(found: Answer) -> Iterator[str]:
    yield f"See every turn:  {called()} view {found.path}"
    if found.diversity:
        yield f"All diversity:   {called()} diversity {found.path}"
    if any(each.comparison for each in found.outcomes):
        yield f"All numbers:     {_compare(found)}"
    elif found.outcomes:
        yield f"All numbers:     {called()} summary {found.path} --html summary.html"


def _compare(found: Answer) -> str:
    compared = [each.name for each in found.outcomes if each.comparison]
    named = f" --outcome {compared[0]}" if len(compared) > 1 else ""
    return f"{called()} compare {found.path}{named} --html report.html"
