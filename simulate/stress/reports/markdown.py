"""A Markdown summary, as `$GITHUB_STEP_SUMMARY` shows it.

What a model or a target wrote stands in `<code>`; see `simulate.terminal.markdown`.
"""

from __future__ import annotations

from simulate.statistics.confidence import Interval
from simulate.stress.failures import SHOWN
from simulate.stress.reports.report import OF_WHOM, Example, Report, interval_text, share
from simulate.terminal.markdown import code, plain_text, table

SENTENCE = 600
"""Characters of a sentence of the report itself."""


def markdown(report: Report) -> str:
    """Return a report as Markdown."""
    parts = [
        f"## Stress test {code(report.scenario)}: {'passed' if report.passed else 'failed'}",
        f"Target {code(report.target)}, {_counted(report)}.",
    ]
    if report.gate is not None:
        parts.append(f"**Gate:** {plain_text(report.gate.sentence, SENTENCE)}")
    parts.append(_checks(report))
    parts += [plain_text(note, SENTENCE) for note in report.notes]
    parts += _examples(report)
    if report.groups:
        parts += ["### Worst groups", _groups(report)]
    if any(row.turns for row in report.checks):
        parts += ["### Turns that fail", _turns(report)]
    if report.next:
        sentences = [f"- {plain_text(each, SENTENCE)}" for each in report.next]
        parts += ["### What to do next", "\n".join(sentences)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _counted(report: Report) -> str:
    counted = f"{report.dialogues:,} dialogues of {report.personas:,} personas"
    if report.unfinished:
        counted += (
            f", {report.unfinished:,} of them not finished by another fault than the target’s"
        )
    return counted


def _cell(report: Report, label: str) -> tuple[str, ...]:
    """Return the column that says the cell; none where there is one cell only."""
    return (label,) if len(report.cells) > 1 else ()


def _checks(report: Report) -> str:
    head = ("check", *_cell(report, "cell"), "n", "failures", "rate [interval]", "re-weighted", "")
    rows = []
    for row in report.checks:
        failed, weighted = row.failed, row.rate.stated_weighted
        undecided = row.rate.drawn.abstained + row.rate.drawn.errors
        rows.append(
            (
                code(row.check),
                *_cell(report, code(row.cell)),
                f"{failed.n:,}" + (f" (+ {undecided:,} undecided)" if undecided else ""),
                f"{failed.hits:,}",
                _rate(failed.value, failed.interval),
                _rate(weighted.value, weighted.interval),
                row.status,
            )
        )
    if not rows:
        return ""
    told = any(row.rate.stated_weighted.value is not None for row in report.checks)
    return table(head, rows) + (f"\n\n{OF_WHOM}" if told else "")


def _groups(report: Report) -> str:
    head = ("group", "check", *_cell(report, "cell"), "n", "failures", "rate [interval]")
    rows = [
        (
            code(f"{row.group.attribute} {row.group.level}"),
            code(row.check),
            *_cell(report, code(row.cell)),
            f"{row.group.inside.n:,}",
            f"{row.group.inside.hits:,}",
            _rate(row.group.inside.value, row.group.inside.interval),
        )
        for row in report.groups
    ]
    return table(head, rows)


def _turns(report: Report) -> str:
    head = ("check", *_cell(report, "cell"), "dialogue", "turn", "said", "why")
    rows = []
    for row in report.checks:
        where = (code(row.check), *_cell(report, code(row.cell)))
        for failed in row.turns[:SHOWN]:
            turn = "" if failed.turn is None else str(failed.turn)
            said, why = code(failed.quote), code(failed.reason)
            rows.append((*where, code(failed.dialogue), turn, said, why))
        if (more := len(row.turns) - SHOWN) > 0:
            rows.append((*where, f"{more:,} more", "", "", ""))
    return table(head, rows)


def _examples(report: Report) -> list[str]:
    found = []
    for row in report.checks:
        if row.example is not None and row.status in ("failed", "error"):
            cell = "".join(f" in {label}" for label in _cell(report, code(row.cell)))
            what = "fails" if row.status == "failed" else "could not be carried out"
            found += [f"### {code(row.check)} {what}{cell}", _example(row.example)]
    return found


def _example(example: Example) -> str:
    lines = [f"- user: {code(message)}" for message in example.messages]
    if example.quote:
        lines.append(f"- said: {code(example.quote)}")
    if example.reason:
        lines.append(f"- why: {code(example.reason)}")
    where = f"- in dialogue {code(example.dialogue)}"
    if example.turns_before is not None:
        where += f", shrunk from {example.turns_before} messages to {len(example.messages)}"
    lines.append(where + (f", kept as {code(example.case)}" if example.case else ""))
    return "\n".join(lines)


def _rate(rate: float | None, interval: Interval | None) -> str:
    return share(rate) + (f" [{interval_text(interval)}]" if interval is not None else "")
