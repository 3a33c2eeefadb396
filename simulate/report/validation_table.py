"""How far a judge agrees with people, on the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Column
from rich.text import Text

from simulate.report.tables import new_table, percent, proportion_words
from simulate.statistics.proportions import Proportion
from simulate.stress.judge_validation import Validation
from simulate.terminal.numbers import ends, number


def print_validation(name: str, found: Validation, console: Console) -> None:
    """Print how far a judge agrees with people."""
    console.print(Text(f"Judge of {name} against {found.n:,} labelled dialogues", "bold"))

    def line(what: str, share: Proportion | None, beside: str = "") -> None:
        if share is not None:
            text = f"  {what}: {proportion_words(share)} ({share.hits} of {share.n}){beside}"
            console.print(Text(text), highlight=False)

    always = found.baseline_accuracy
    line(
        "right", found.accuracy, "" if always is None else f"; the commoner label {percent(always)}"
    )
    line("of the failing, found", found.found)
    line("of the passing, spared", found.spared)
    for what, beyond in (("Cohen's kappa", found.kappa), ("Gwet's AC1", found.ac1)):
        if beyond.value is not None:
            value, sure = number(beyond.value, 2), ends(beyond.interval, lambda v: number(v, 2))
            text = f"  beyond chance, {what}: {value}{sure} ({beyond.n:,} decided)"
            console.print(Text(text), highlight=False)
    if found.brier is not None and found.baseline_brier is not None:
        text = (
            f"  Brier score {found.brier:.3f}; always stating the share {found.baseline_brier:.3f}"
        )
        console.print(Text(text), highlight=False)
    verdicts = list(dict.fromkeys(verdict for _, verdict in found.confusion))
    table = new_table("labelled", *(Column(verdict, justify="right") for verdict in verdicts))
    for label in dict.fromkeys(label for label, _ in found.confusion):
        table.add_row(label, *(str(found.confusion[label, verdict]) for verdict in verdicts))
    console.print(table)
