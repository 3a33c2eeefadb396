"""A stress test on the terminal: how often the target fails, where, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Column, Table
from rich.text import Text

from simulate.errors import first_of, quote
from simulate.report.tables import new_table, percent, percent_ends, proportion_words
from simulate.runfile.faults import TARGET
from simulate.scenario.reserved_names import RESPONDS
from simulate.statistics.importance import WeightedRate
from simulate.statistics.proportions import Proportion
from simulate.stress.analysis import Analysis, CellAnalysis, Version
from simulate.stress.cases.regression import Kept
from simulate.stress.failures import SHOWN, FailedTurn
from simulate.stress.gate import Gates
from simulate.stress.judge_validation import Validation
from simulate.stress.rates import Rate, Tally
from simulate.stress.reports.report import OF_WHOM
from simulate.terminal.numbers import ends, number
from simulate.terminal.safe_text import counted

MOST_GROUPS = 5
LONGEST_REASON = 300
WIDE = 110
APART = "–"
"""Marks what did not apply: neither passed by its merit, nor failed."""


def print_stress(analysis: Analysis, console: Console, *, gates: Gates | None = None) -> None:
    """Print the result of a stress test."""
    for cell in analysis.cells:
        _print_cell(analysis, cell, console)
    for version in analysis.versions:
        _print_version(version, console)
    if gates is not None:
        for label, gate in gates.rates:
            where = f"{label}: " if len(gates.rates) > 1 else ""
            style = "bold green" if gate.passed else "bold red"
            console.print(Text(f"Gate {where}", "bold") + Text(gate.sentence, style))
        for sentence in gates.worse:
            console.print(Text("Gate baseline: ", "bold") + Text(sentence, "bold red"))


def _print_cell(analysis: Analysis, cell: CellAnalysis, console: Console) -> None:
    found = cell.rates
    of = f" of {cell.planned:,} planned" if cell.ended < cell.planned else ""
    label = "" if cell.label == "all" else f" · {cell.label}"
    of_whom = f" of {analysis.population}" if analysis.population else ""
    console.print(
        Text(f"{analysis.scenario}{label}", "bold")
        + Text(
            f" · target {cell.target} · {counted(found.dialogues, 'dialogue')}{of} with "
            f"{counted(found.personas, 'persona')}{of_whom} · seed {analysis.seed}"
        ),
        highlight=False,
    )
    console.print(rates_table(cell, analysis.confidence, console.width))
    if cell.rates.any.stated_weighted.value is not None:
        console.print(Text(OF_WHOM, "dim"))
    if console.width < WIDE and any(r.drawn.abstained + r.drawn.errors for r in cell.rates.checks):
        console.print(Text("+n ?: dialogues in which the check could not decide."))
    if any(rate.drawn.not_applied for rate in cell.rates.checks):
        console.print(Text(f"n {APART}: of these, dialogues in which the check did not apply."))
    for sentence in [*analysis.cautions, *simulator_lines(cell)]:
        console.print(Text(sentence), highlight=False)
    if cell.failures:
        console.print(Text("\nTurns that fail", "bold"))
        for found_by in cell.failures:
            _print_lines([found_by.check], console)
            _print_lines([_turn(t) for t in found_by.turns[:SHOWN]], console, indent=4)
            if found_by.more:
                _print_lines([Text(f"… and {found_by.more:,} more", "dim")], console, indent=4)
    if lines := shown_groups(cell):
        console.print(Text("\nGroups with more failures than the rest", "bold"))
        _print_lines(lines, console)
    console.print()


def _turn(failed: FailedTurn) -> Text:
    """Return a failing turn in a line or two: where it is, what was said, and why it fails."""
    where = f"dialogue {failed.dialogue}"
    where += "" if failed.turn is None else f", turn {failed.turn}"
    reason = " ".join(failed.reason[:LONGEST_REASON].split())
    said = "" if failed.quote.lower() in reason.lower() else quote(failed.quote, 160)
    return Text(f"{where}: ", "dim") + Text(" · ".join(part for part in (said, reason) if part))


def _print_lines(lines: Sequence[str | Text], console: Console, indent: int = 2) -> None:
    """Print indented sentences, whole paragraphs of them."""
    for line in lines:
        console.print(Padding(Text(line) if isinstance(line, str) else line, (0, 0, 0, indent)))


def rates_table(cell: CellAnalysis, confidence: float, width: int | None = None) -> Table:
    """Return the failure rates of a cell.

    Args:
        cell: the cell.
        confidence: of the intervals.
        width: columns of the terminal; below 110 what is undecided stands under n.
    """
    narrow = width is not None and width < WIDE
    found = cell.rates
    rows: list[tuple[str, Rate, str]] = [("any check", found.any, "bold")]
    if found.simulator_faults:
        rows.append(("  without simulator faults", found.any_without_simulator_faults, ""))
    worst_first = sorted(found.checks, key=lambda rate: -rate.drawn.failed.hits)
    rows += [(f"  {rate.check}", rate, "") for rate in worst_first]
    undecided = not narrow and any(undecided_words(rate.drawn) for _, rate, _ in rows)
    table = new_table(
        Column("", overflow="fold", min_width=18),
        Column("n", justify="right"),
        Column("failed", justify="right"),
        Column(f"as drawn [{confidence:.0%}]", no_wrap=True),
        Column("stated-weighted", no_wrap=True),
        *([Column("undecided", justify="right")] if undecided else []),
        collapse_padding=True,
    )

    def add(name: Text, tally: Tally, weighted: str, style: str = "") -> None:
        drawn = proportion_words(tally.failed)
        failed, left = tally.failed, tally.abstained + tally.errors
        last = [undecided_words(tally)] if undecided else []
        table.add_row(
            name,
            f"{failed.n:,}"
            + (f"\n{tally.not_applied:,} {APART}" if tally.not_applied else "")
            + (f"\n+{left:,} ?" if narrow and left else ""),
            f"{failed.hits:,}",
            Text(drawn, style),
            Text(weighted, style),
            *last,
        )

    for name, rate, style in rows:
        add(Text(name, style), rate.drawn, weighted_words(rate.stated_weighted), style)
    if found.any.tail.failed.n:
        table.add_section()
        add(Text("any check, of those from the tail", "italic"), found.any.tail, "no weight back")
    return table


def weighted_words(found: WeightedRate) -> str:
    """Return a rate under the stated probabilities, and how many dialogues it is worth."""
    if found.value is None:
        return "refused" if found.n else "–"
    worth = "" if found.effective_n is None else f" worth {found.effective_n:.0f}"
    return percent(found.value) + percent_ends(found.interval) + worth


def undecided_words(tally: Tally) -> str:
    """Return how many dialogues a check could not decide."""
    said = [f"{tally.abstained} abstained"] if tally.abstained else []
    said += [f"{tally.errors} in error"] if tally.errors else []
    return ", ".join(said)


def simulator_lines(cell: CellAnalysis) -> list[str]:
    """Return what a reader must know of the simulator, in sentences."""
    found = cell.rates
    lines = []
    if found.any.stated_weighted.refused and found.any.stated_weighted.n:
        lines.append(f"Stated-weighted rate refused: {found.any.stated_weighted.refused}.")
    if found.simulator_faults:
        by = ", ".join(f"{name} {n}" for name, n in found.simulator_checks.items())
        lines.append(
            f"The simulated user itself was at fault in {found.simulator_faults:,} of "
            f"{found.dialogues:,} dialogues ({by}); the rate without them stands in the table."
        )
    others = {fault: n for fault, n in found.faults.items() if fault != TARGET}
    if others:
        by = ", ".join(f"{fault} {n}" for fault, n in others.items())
        lines.append(f"Could not be finished, and in no rate: {by}.")
    for problem in cell.problems:
        what = (
            "The target failed to answer"
            if problem.check == RESPONDS
            else f"Check {problem.check} could not be carried out"
        )
        where = counted(problem.n, "dialogue")
        lines.append(f"{what} in {where}, such as: {quote(problem.reason, 300)}.")
    for judge in cell.judges:
        sure = [f"{judge.n:,} verdicts", f"{judge.abstained} abstained", f"{judge.errors} in error"]
        if judge.disagreement:
            sure.append(f"{percent(judge.disagreement)} of its votes disagree")
        sure.append(f"{judge.unsure} between 25 and 75 % sure")
        lines.append(f"Judge of {judge.check}: {', '.join(sure)}.")
    return lines


def shown_groups(cell: CellAnalysis) -> list[str]:
    """Return the persona groups that fail significantly more often than the rest.

    The worst come first, up to a number of them; then why others have no number.
    """
    lines = [group.sentence for group in cell.groups.worse[:MOST_GROUPS]]
    if names := cell.groups.protected:
        lines.append(
            f"no number by {first_of(names)}: by a protected attribute nobody is ranked, and a "
            "group has a number only beside humans of that group"
        )
    return lines


def _print_version(version: Version, console: Console) -> None:
    found = version.pairing
    label = f" · {version.label}" if version.label else ""
    console.print(Text(f"New against baseline{label}", "bold"))
    _print_lines([found.any.sentence], console)
    _print_lines(
        [row.sentence for row in found.checks if row.new_only or row.baseline_only], console
    )
    if found.unpaired:
        by = ", ".join(f"{reason} {n}" for reason, n in found.unpaired.items())
        console.print(Text(f"  left out as no pair: {by}", "dim"), highlight=False)


def print_kept(kept: Sequence[Kept], console: Console) -> None:
    """Print what failures were shrunk to, and where their cases are."""
    if kept:
        console.print(Text("\nShrunk failures", "bold"))
    for each in kept:
        found = each.shrunk
        where = f" → {each.path}" if each.path is not None else f" · no case: {each.problem}"
        left = len(found.after)
        size = f"{len(found.before)} to {left} message{'' if left == 1 else 's'}"
        head = Text(each.check, "bold") + Text(f": {size}, {found.calls} calls{where}")
        said = [
            Text(f"  {quote(spoken.text, 160)}", "dim")
            + Text("" if spoken.text == plain.text else f" → {quote(plain.text, 80)}", "dim")
            for spoken, plain in zip(found.unsimplified, found.after, strict=True)
        ]
        _print_lines([head, *said], console)
        if found.note:
            _print_lines([Text(f"  {found.note}", "dim")], console)


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
