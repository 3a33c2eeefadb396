"""JUnit XML, as Jenkins and GitLab read it: a suite a cell, a test case a check.

Numbers stand in the properties of the suite, named `CHECK.rate` and so on, since Jenkins'
`junit-10.xsd` gives a test case none.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from simulate.stress.failures import SHOWN
from simulate.stress.reports.report import CheckRow, Example, Report

if TYPE_CHECKING:
    from junitparser import JUnitXml, TestSuite

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What an XML 1.0 file cannot hold, escaped or not."""

ACTIVE = re.compile("[\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""What XML can hold, and a terminal or page acts on: C1 controls and bidi marks."""


def xml_text(text: str) -> str:
    """Return a text that XML can hold: control characters become U+FFFD."""
    return ACTIVE.sub("\ufffd", NOT_XML.sub("\ufffd", text))


def junit_xml(report: Report) -> str:
    """Return a report as JUnit XML."""
    from junitparser import JUnitXml

    root = JUnitXml(xml_text(f"simulate stress {report.scenario}"))
    for cell in report.cells:
        rows = [row for row in report.checks if row.cell == cell]
        suite = _suite(root, report.scenario if cell == "all" else f"{report.scenario} {cell}")
        _property(suite, "target", report.target)
        _property(suite, "run", report.run)
        _property(suite, "dialogues", str(report.dialogues))
        _property(suite, "unfinished", str(report.unfinished))
        if report.gate is not None:
            _property(suite, "gate", report.gate.sentence)
        for row in rows:
            _numbers(suite, row)
        for row in rows:
            where = f"simulate.{report.scenario}.{cell}"
            _case(suite, where, row.check, row.status, row.sentence, _details(row))
    root.update_statistics()
    file = io.BytesIO()
    root.write(file, pretty=True)
    return file.getvalue().decode("utf-8")


def _suite(root: JUnitXml, name: str) -> TestSuite:
    from junitparser import TestSuite

    suite = TestSuite(xml_text(name))
    root.append(suite)  # `add_testsuite` would merge suites that are alike
    return suite


def _property(suite: TestSuite, name: str, value: str) -> None:
    if value:
        suite.add_property(xml_text(name), xml_text(value))


def _numbers(suite: TestSuite, row: CheckRow) -> None:
    failed, ends = row.failed, row.failed.interval
    numbers = {
        "n": failed.n,
        "failures": failed.hits,
        "rate": failed.value,
        "interval": ends and f"{ends[0]:.6g} {ends[1]:.6g}",
        "reweighted": row.rate.stated_weighted.value,
        "abstained": row.rate.drawn.abstained,
        "errors": row.rate.drawn.errors,
        "did_not_apply": row.rate.drawn.not_applied or None,
    }
    for name, value in numbers.items():
        if value is not None:
            shown = f"{value:.6g}" if isinstance(value, float) else str(value)
            _property(suite, f"{row.check}.{name}", shown)


def _case(
    suite: TestSuite, classname: str, name: str, status: str, message: str, details: str
) -> None:
    from junitparser import Error, Failure, Skipped, TestCase

    case = TestCase(xml_text(name), xml_text(classname), time=0)
    if kind := {"failed": Failure, "error": Error, "skipped": Skipped}.get(status):
        result = kind(xml_text(message), status)
        result.text = xml_text(details)
        case.result = [result]
    if message:
        case.system_out = xml_text(message)
    suite.append(case)


def _details(row: CheckRow) -> str:
    lines = [row.description] if row.description else []
    lines.append(row.sentence)
    if row.example is not None:
        lines += _told(row.example)
    lines += [
        f"dialogue {failed.dialogue}{_at(failed.turn)}: {failed.reason}"
        for failed in row.turns[1:SHOWN]
    ]
    if (more := len(row.turns) - SHOWN) > 0:
        lines.append(f"and {more:,} more")
    return "\n".join(lines)


def _at(turn: int | None) -> str:
    return "" if turn is None else f", turn {turn}"


def _told(example: Example) -> list[str]:
    lines = [f"dialogue {example.dialogue}: {example.reason}"]
    lines += [f"  user: {message}" for message in example.messages]
    if example.quote:
        lines.append(f"  said: {example.quote}")
    if example.case:
        lines.append(f"regression case: {example.case}")
    return lines
