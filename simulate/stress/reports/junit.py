"""JUnit XML, as Jenkins and GitLab read it: a suite a cell, a test case a check.

The elements and attributes are those of Jenkins' `junit-10.xsd`. Numbers stand in the properties
of the suite, named `CHECK.rate` and so on, since that schema gives a test case none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from simulate.stress.failures import SHOWN
from simulate.stress.reports.report import CaseRow, CheckRow, Example, Report, interval_text, share

__all__ = ["junit_xml", "xml_text"]

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What an XML 1.0 file cannot hold, escaped or not."""

ACTIVE = re.compile("[\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""What XML can hold, and a terminal or page acts on: C1 controls and bidi marks."""


def xml_text(text: str) -> str:
    """Return a text that XML can hold: control characters become U+FFFD."""
    return ACTIVE.sub("\ufffd", NOT_XML.sub("\ufffd", text))


def junit_xml(report: Report) -> str:
    """Return a report as JUnit XML."""
    root = Element("testsuites", name=xml_text(f"simulate stress {report.scenario}"))
    total = {"tests": 0, "failures": 0, "errors": 0}
    for cell in report.cells:
        rows = [row for row in report.checks if row.cell == cell]
        named = report.scenario if cell == "all" else f"{report.scenario} {cell}"
        suite = _suite(root, named, rows, total)
        _property(suite, "target", report.target)
        _property(suite, "run", report.run)
        _property(suite, "dialogues", str(report.dialogues))
        _property(suite, "unfinished", str(report.unfinished))
        if report.gate is not None:
            _property(suite, "gate", report.gate.sentence)
        for row in rows:
            _numbers(suite, row)
        for row in rows:
            case = _case(suite, f"simulate.{report.scenario}.{cell}", row.check)
            _outcome(case, row.status, _message(row), _details(row))
            SubElement(case, "system-out").text = xml_text(_message(row))
    if report.cases:
        suite = _suite(root, f"{report.scenario} regression cases", report.cases, total)
        for each in report.cases:
            case = _case(suite, f"simulate.{report.scenario}.cases", each.name)
            _outcome(case, each.status, each.reason, f"{each.path}\n{each.reason}".strip())
    root.attrib.update({key: str(value) for key, value in total.items()})
    indent(root)
    text = tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _suite(
    root: Element,
    name: str,
    rows: Sequence[CheckRow] | Sequence[CaseRow],
    total: dict[str, int],
) -> Element:
    statuses = [row.status for row in rows]
    counts = {
        "tests": len(rows),
        "failures": statuses.count("failed"),
        "errors": statuses.count("error"),
    }
    for key, value in counts.items():
        total[key] += value
    counts["skipped"] = statuses.count("skipped")
    written = {key: str(value) for key, value in counts.items()}
    suite = SubElement(root, "testsuite", {"name": xml_text(name), **written})
    SubElement(suite, "properties")
    return suite


def _property(suite: Element, name: str, value: str) -> None:
    if value:
        SubElement(suite[0], "property", name=xml_text(name), value=xml_text(value))


def _numbers(suite: Element, row: CheckRow) -> None:
    numbers = {
        "n": row.n,
        "failures": row.failures,
        "rate": row.rate,
        "interval": row.interval and f"{row.interval[0]:.6g} {row.interval[1]:.6g}",
        "reweighted": row.natural,
        "abstained": row.abstained,
        "errors": row.errors,
    }
    for name, value in numbers.items():
        if value is not None:
            shown = f"{value:.6g}" if isinstance(value, float) else str(value)
            _property(suite, f"{row.check}.{name}", shown)


def _case(suite: Element, classname: str, name: str) -> Element:
    return SubElement(
        suite, "testcase", classname=xml_text(classname), name=xml_text(name), time="0"
    )


def _outcome(case: Element, status: str, message: str, details: str) -> None:
    tag = {"failed": "failure", "error": "error", "skipped": "skipped"}.get(status)
    if tag is not None:
        SubElement(case, tag, message=xml_text(message), type=status).text = xml_text(details)


def _message(row: CheckRow) -> str:
    if row.why:
        return row.why
    if not row.n:
        if row.errors:
            return f"could not be carried out in any of {row.errors} dialogues"
        return f"no dialogue is decided ({row.abstained} abstained)"
    return (
        f"fails in {row.failures} of {row.n} dialogues: {share(row.rate)}, "
        f"interval {interval_text(row.interval)}"
    )


def _details(row: CheckRow) -> str:
    lines = [row.description] if row.description else []
    lines.append(_message(row))
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
