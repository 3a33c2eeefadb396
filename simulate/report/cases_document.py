"""Trials of regression cases as a document."""

from __future__ import annotations

from collections.abc import Sequence

from simulate.report.document import Document, Fold, Paragraph, Section, section, table
from simulate.report.tables import percent, percent_ends
from simulate.stress.cases.case_replay import CaseTrials, PassPower, over_cases
from simulate.terminal.safe_text import counted


def cases_document(found: Sequence[CaseTrials], target: str, least: float = 1.0) -> Document:
    """Return how often each case passes, and what was said where one does not.

    `least`: see `CaseTrials.status`.
    """
    powers = over_cases(found)
    shown = dict.fromkeys((0, len(powers) - 1)) if powers else {}
    rows = [
        (each.case.name, each.word, f"{each.passed} of {each.decided}",
         *(_words(each.powers[i]) if i < each.decided else "–" for i in shown))
        for each in found
    ]  # fmt: skip
    if powers and len(found) > 1:
        met = sum(each.status(least) == "passed" for each in found)
        passed, decided = (sum(getattr(each, of) for each in found) for of in ("passed", "decided"))
        every = ("all cases", f"{met} of {len(found)}", f"{passed} of {decided}")
        rows.append((*every, *(_words(powers[i]) for i in shown)))
    heads = ["pass rate [95 %]" if i == 0 else f"pass^{i + 1} [95 %]" for i in shown]
    caption = f"{counted(len(found), 'case')} against {target}"
    parts: list[Section] = [
        section("", table(("case", "result", "passed", *heads), rows, "llr" + "r" * len(heads),
                caption=caption))
    ]  # fmt: skip
    notes = []
    if len(shown) > 1:
        notes.append("pass^k: the chance that all of k trials pass.")
    if len(found) > 1:
        notes.append("Over all cases, cases are the units of the intervals, not trials.")
    failing = [each for each in found if each.status(least) != "passed"]
    told = (
        Fold(f"{each.case.name}: {each.sentence}", (Paragraph(each.to_read.told()),))
        for each in failing
    )
    if failing:
        parts.append(section("Cases that do not pass", *told))
    lead = (Paragraph(" ".join(notes), "note"),) if notes else ()
    return Document("Regression cases", lead, tuple(parts))


def _words(power: PassPower) -> str:
    return percent(power.value) + percent_ends(power.interval)
