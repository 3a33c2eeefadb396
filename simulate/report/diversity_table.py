"""The table of a task's diversity on the terminal, and the same numbers as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from simulate.comparison.diversity_gain import FEWEST_PEOPLE, CellDiversity, Gain
from simulate.comparison.quality import FEWEST_PERSONAS, CellQuality
from simulate.measures.diversity import NEAR_DUPLICATE
from simulate.report.tables import new_table, print_notes, right
from simulate.statistics.distances import SMOOTHING
from simulate.terminal.numbers import ends

LABELS = {
    "semantic": "semantic",
    "semantic_between": "  between dialogues",
    "lexical": "1 − ROUGE-L",
    "lexical_between": "  between dialogues",
    "distinct_2": "Distinct-2",
    "unique": "unique",
    "coverage": "coverage",
}
NAMES = {
    "name": "cell",
    "equal_replies": "gain_at_equal_replies",
    "equal_tokens": "gain_at_equal_tokens",
}
"""Field of a row to what JSON calls it."""


def _gain(gain: Gain | None) -> str:
    if gain is None:
        return ""
    if gain.value is None:
        return "– (direct has none)"
    return f"×{gain.value:.2f}{ends(gain.interval, '{:.2f}'.format)}"


def diversity_table(rows: Sequence[CellDiversity]) -> Table:
    """Return one line a cell and measure, with the gains over `direct`."""
    measure, *gained = (
        Column(title, no_wrap=True) for title in ("measure", "equal replies", "equal tokens")
    )
    table = new_table("", measure, *right("value"), *gained)
    for row in rows:
        size = f"{row.dialogues:,} dialogues\n{row.replies:,} replies"
        failed = f"\n{row.failed:,} failed" if row.failed else ""
        names = [n for n in LABELS if n in row.values]
        values = [(LABELS[n], row.values[n]) for n in names]
        if row.precision is not None:
            values += [("precision", row.precision), ("KL", row.kl)]
        gains = [[_gain(g.get(n)) for n in names] for g in (row.equal_replies, row.equal_tokens)]
        table.add_row(
            Text(row.name, style="bold").append(f"\n{size}{failed}", style="not bold dim"),
            "\n".join(label for label, _ in values),
            "\n".join("–" if v is None else f"{v:.3f}" for _, v in values),
            *map("\n".join, gains),
        )
        table.add_section()
    return table


def notes(rows: Sequence[CellDiversity]) -> list[str]:
    """Return what must be known to read the table."""
    lines = [
        "× gain over direct at equal numbers of replies, and at equal tokens, with 95 % intervals "
        "(delete-half jackknife over people, the same in both cells)",
        "between dialogues: over pairs of replies to different requests; over all pairs, those of "
        "one list count the more the fewer lists there are",
        f"unique: share of replies after near-duplicates (token-sort ratio ≥ {NEAR_DUPLICATE:g}) "
        "are merged; all candidates of a turn count as replies",
    ]
    lines += [f"{r.name}: no Distinct-2 and ROUGE-L; {r.unreadable}" for r in rows if r.unreadable]
    if any(r.kl is not None for r in rows):
        lines.append(
            "KL: of the answers from the reference, in nats, each side mixed with "
            f"{SMOOTHING:.0%} of the uniform distribution"
        )
    if (requests := max(r.requests for r in rows)) > 1:
        lines.append(
            f"the replies answer {requests:,} different requests: those to different ones differ "
            "whatever the method, which draws each gain towards 1"
        )
    gains = [g for r in rows for g in r.equal_replies.values()]
    if gains and not any(g.interval for g in gains):
        lines.append(
            f"no interval: it needs at least {FEWEST_PEOPLE} people, the same in each cell"
        )
    if not any("semantic" in r.values for r in rows):
        lines.append("semantic diversity: with --embeddings offline (extra `embeddings`)")
    return lines


def print_diversity(rows: Sequence[CellDiversity], console: Console) -> None:
    """Print the table and its notes."""
    console.print(diversity_table(rows))
    print_notes(notes(rows), console)


def print_quality(found: Sequence[CellQuality], judge: str, console: Console) -> None:
    """Print what a judge says of each cell, one line each."""
    console.print(Text(f"Quality, judged by {judge}", style="bold"))
    for cell in found:
        sure = ends(cell.interval, "{:.2f}".format)
        grade = "no grade" if cell.quality is None else f"grade {cell.quality:.2f}{sure} of 5"
        refused = f", {round(cell.judged * cell.refusals):,} refused" if cell.refusals else ""
        unread = f", {cell.unread} verdicts unread" if cell.unread else ""
        console.print(f"{cell.name}: {grade}{refused}, {cell.judged} replies judged{unread}")
    if any(cell.quality is not None and cell.interval is None for cell in found):
        lines = [
            f"no interval: it needs {FEWEST_PERSONAS} effective personas and grades that differ"
        ]
        print_notes(lines, console)


def diversity_dict(rows: Sequence[CellDiversity]) -> dict[str, Any]:
    """Return what `simulate diversity --json` prints."""
    return {
        "near_duplicate": NEAR_DUPLICATE,
        "smoothing": SMOOTHING,
        "rows": [{NAMES.get(n, n): value for n, value in asdict(row).items()} for row in rows],
    }
