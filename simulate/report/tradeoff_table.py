"""What diversity costs, on the terminal and as JSON: methods of models side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from simulate.comparison.diversity_gain import BASE, FEWEST_PEOPLE
from simulate.comparison.tradeoff import JudgedBy, MethodTradeoff, Tradeoff
from simulate.report.tables import new_table, print_notes, proportion_words, right
from simulate.statistics.proportions import Proportion
from simulate.terminal.numbers import ends

REPLIES, TOKENS = BUDGETS = ("replies", "tokens")
GAINS = {"semantic": "semantic", "lexical": "1 − ROUGE-L"}
"""Measures whose gain is shown, the first that is there."""

Shown = Callable[[MethodTradeoff, str], str]
"""A cell of the table at a budget; what depends on none stands at equal replies."""


def _lines(value: str, interval: tuple[float, float] | None, n: int, form: str) -> str:
    return "\n".join(x for x in (value, ends(interval, form.format).strip(), f"n {n:,}") if x)


def _share(found: Proportion | None, n: int) -> str:
    if found is None or found.value is None:
        return "–"
    low, high = found.interval or (0.0, 1.0)
    return _lines(f"{100 * found.value:.0f} %", (100 * low, 100 * high), n, "{:.0f}")


def _gain(row: MethodTradeoff, budget: str) -> str:
    measured = row.diversity
    if measured is None or row.cell == BASE:
        return "base" if measured and budget == REPLIES else ""
    gains = measured.equal_replies if budget == REPLIES else measured.equal_tokens
    gain = next((gains[name] for name in GAINS if name in gains), None)
    if gain is None or gain.value is None:
        return "–"
    return _lines(f"×{gain.value:.2f}", gain.interval, measured.dialogues, "{:.2f}")


def _quality(row: MethodTradeoff, budget: str) -> str:
    found = row.quality
    if found is None or found.quality is None or budget == TOKENS:
        return ""
    return _lines(f"{found.quality:.2f}", found.interval, found.judged, "{:.2f}")


def _top_one(row: MethodTradeoff, budget: str) -> str:
    found = row.factuality
    return "" if found is None or budget == TOKENS else _share(found.top_one, found.questions)


def _pass(row: MethodTradeoff, budget: str) -> str:
    found = row.factuality
    if found is None:
        return ""
    at = found.equal_replies if budget == REPLIES else found.equal_tokens
    return "–" if at is None or at.share is None else _share(at.share, at.share.n)


def _refused(row: MethodTradeoff, budget: str) -> str:
    found = row.refusals
    if found is None or budget == TOKENS:
        return ""
    if found.rate is None:
        return f"{found.yes:,} of {found.judged:,}"
    return _share(found.rate, found.judged)


def _compared_by(found: Tradeoff) -> str:
    """Return the first measure of diversity that is there, or an empty text."""
    measured = [row.diversity.values for row in found.rows if row.diversity]
    return next((name for name in GAINS if any(name in values for values in measured)), "")


def tradeoff_table(found: Tradeoff) -> Table:
    """Return two rows a method, one for each budget, and no column without a value."""
    gain = GAINS.get(_compared_by(found), "")
    columns: dict[str, Shown] = {
        f"gain in\n{gain}": _gain,
        "quality": _quality,
        "top-1": _top_one,
        "pass@N": _pass,
        "refused": _refused,
    }
    shown = {
        title: cell
        for title, cell in columns.items()
        if any(cell(row, budget) for row in found.rows for budget in BUDGETS)
    }
    names = _short([row.model for row in found.rows])
    table = new_table("", "equal", *right(*shown))
    for row in found.rows:
        head = Text(row.cell, style="bold").append(f"\n{names[row.model]}", style="not bold dim")
        for budget in BUDGETS:
            cells = [cell(row, budget) for cell in shown.values()]
            if budget == REPLIES or any(cells):
                table.add_row(head if budget == REPLIES else "", budget, *cells)
        table.add_section()
    return table


def _short(models: Sequence[str]) -> dict[str, str]:
    """Return models without the address of their endpoint, where they can be told apart so."""
    short = {model: model.partition("@http")[0] for model in models}
    return short if len(set(short.values())) == len(short) else {model: model for model in models}


def notes(found: Tradeoff) -> list[str]:
    """Return what must be known to read the table."""
    rows = found.rows
    lines = [f"{run}: {', '.join(columns)}" for run, columns in found.measured.items()]
    if any(row.diversity for row in rows):
        lines.append(f"gain over direct, n dialogues; interval from {FEWEST_PEOPLE} people on")
    if any(row.quality for row in rows):
        lines.append("quality: mean grade of a judge, from 1 to 5, n replies")
    budgets = [
        f"{row.model}: N {row.factuality.equal_replies.budget:g}"
        + (f" replies, or {at.budget:,.0f} tokens" if (at := row.factuality.equal_tokens) else "")
        for row in rows
        if row.factuality and row.factuality.equal_replies
    ]
    if any(row.factuality for row in rows):
        lines += [
            "top-1: the most probable reply is right, n questions; pass@N: one of N replies is, "
            "or of as many whole dialogues as the same tokens pay for",
            *(f"of each question, {budget}" for budget in dict.fromkeys(budgets)),
        ]
    for row in rows:
        measured = (row.diversity, row.factuality, row.refusals)
        if failed := sum(each.failed for each in measured if each):
            lines.append(f"{row.cell}, {row.model}: {failed:,} failed dialogues count nowhere")
        if row.factuality and row.factuality.within:
            lines.append(
                f"{row.cell}, {row.model}: {row.factuality.within:,} replies count as wrong that "
                "hold a right answer among other words; a judge could tell (docs/scenarios.md)"
            )
    return lines + [_told(by) for by in found.judges]


def _told(by: JudgedBy) -> str:
    """Return who said what a judged outcome is, and how far it is to be believed."""
    said = f"{by.run}: {by.outcome} as {by.judge} says"
    found = by.agreement
    if found is None or found.found is None or found.spared is None:
        return (
            f"{said}; no rate, as the judge is not validated: give labels of both kinds with "
            f"--validate {by.outcome}=FILE"
        )
    return (
        f"{said}; of {found.n:,} labels it finds {proportion_words(found.found)} of yes and spares "
        f"{proportion_words(found.spared)} of no"
    )


def sentence(found: Tradeoff) -> str:
    """Return how diverse the methods are beside the one that they are measured by."""
    name = _compared_by(found)
    said = [
        f"{row.cell} ×{gain.value:.2f}{ends(gain.interval, '{:.2f}'.format)}"
        for row in found.rows
        if row.diversity and row.cell != BASE
        if (gain := row.diversity.equal_replies.get(name)) and gain.value is not None
    ]
    if not said:
        return f"Of {len(found.rows)} methods no gain in diversity is measured."
    return f"As diverse as {BASE} at equal replies ({GAINS[name]}): {', '.join(said)}."


def print_tradeoff(found: Tradeoff, console: Console) -> None:
    """Print the table and its notes."""
    console.print(tradeoff_table(found))
    print_notes(notes(found), console)


def tradeoff_dict(found: Tradeoff) -> dict[str, Any]:
    """Return what `simulate tradeoff --json` prints."""
    return {
        "measured": found.measured,
        "judges": [
            {
                "run": by.run,
                "outcome": by.outcome,
                "judge": by.judge,
                "validated": by.validated,
                "agreement": by.agreement.to_dict() if by.agreement else None,
            }
            for by in found.judges
        ],
        "rows": [asdict(row) for row in found.rows],
    }
