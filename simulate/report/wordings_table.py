"""Which wording is better, on the terminal: a line for each wording on each criterion."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from simulate.calibration.wordings import WordingRow, Wordings
from simulate.calibration.wordings.result import OF
from simulate.report.tables import new_table, print_notes, right
from simulate.terminal.numbers import ends, number, signed


def wordings_table(found: Wordings) -> Table:
    """Return the criteria in their order, each with its wordings from the best one on."""
    table = new_table("criterion", "wording", *right("loss", "worse by", "margin"), "")
    for at, measured in enumerate(found.measured, start=1):
        title = Text(f"{at} {measured.name}", style="bold")
        rows = list(found.rows_of(measured))
        if not rows:
            table.add_row(title, Text("not measured", style="dim"), "–", "–", "–", "")
        for place, row in enumerate(rows):
            table.add_row(
                title if place == 0 else "",
                row.wording,
                number(row.loss),
                worse_by(row),
                number(row.margin) if place == 0 else "",
                outcome_of(found, row),
            )
        table.add_section()
    return table


def worse_by(row: WordingRow) -> str:
    """Return by how much a wording is worse than the best one, with its interval."""
    if row.interval is None and not row.worse_by:
        return "best"
    return f"{signed(row.worse_by)}{ends(row.interval, signed)}"


def outcome_of(found: Wordings, row: WordingRow) -> str:
    """Return what became of a wording by a criterion."""
    if row.dropped:
        return "dropped"
    decided = row.criterion == found.decision.by and row.wording == found.chosen
    return "chosen" if decided else ""


def notes(found: Wordings) -> list[str]:
    """Return what must be known to read the table."""
    lines = [f"{each.name}: {each.of}" for each in found.measured]
    for each in found.measured:
        parts = zip(found.labels, each.parts, strict=False)
        lines += [f"{each.name}, {label}: {part}" for label, part in parts if part]
    return [
        *lines,
        *found.notes,
        "worse by: than the best one of its line, with a paired 95 % interval of its own; what is "
        "dropped is shown to be worse by more than the margin over all criteria and pairs at once",
        f"These are {OF}.",
    ]


def print_wordings(found: Wordings, console: Console) -> None:
    """Print the sentence, the table and its notes."""
    console.print(Text(found.sentence))
    console.print(wordings_table(found))
    print_notes(notes(found), console)
