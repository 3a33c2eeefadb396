"""JUnit XML, as Jenkins and GitLab read it: a suite a cell, a test case a check.

Numbers stand in the properties of the suite, named `CHECK.rate` and so on, since Jenkins'
`junit-10.xsd` gives a test case none.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from simulate.runfile.faults import TARGET
from simulate.stress.analysis import Analysis
from simulate.stress.cases.case_replay import CaseTrials, over_cases
from simulate.stress.gate import Gates
from simulate.stress.rates import Rate
from simulate.stress.reports.results import CheckResult, gate_sentence

if TYPE_CHECKING:
    from junitparser import JUnitXml, TestSuite

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What an XML 1.0 file cannot hold, escaped or not."""

ACTIVE = re.compile("[\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""What XML can hold, and a terminal or page acts on: C1 controls and bidi marks."""


def xml_text(text: str) -> str:
    """Return a text that XML can hold: control characters become U+FFFD."""
    return ACTIVE.sub("\ufffd", NOT_XML.sub("\ufffd", text))


def junit_xml(analysis: Analysis, gates: Gates, results: Sequence[CheckResult]) -> str:
    """Return a stress test as JUnit XML."""
    from junitparser import JUnitXml

    root = JUnitXml(xml_text(f"simulate stress {analysis.scenario}"))
    for cell in analysis.cells:
        named = cell.label == "all"
        suite = _suite(root, analysis.scenario if named else f"{analysis.scenario} {cell.label}")
        others = sum(n for fault, n in cell.rates.faults.items() if fault != TARGET)
        _property(suite, "target", cell.target)
        _property(suite, "run", str(analysis.run))
        _property(suite, "dialogues", str(cell.ended))
        _property(suite, "unfinished", str(others))
        _property(suite, "gate", gate_sentence(analysis, gates))
        _property(suite, "users", analysis.attack or "")
        for group in cell.groups.worse:
            _property(suite, f"group {group.attribute}={group.level}", group.sentence)
        of = [result for result in results if result.cell is cell]
        for result in of:
            _numbers(suite, result.rate)
        for result in of:
            where, details = f"simulate.{analysis.scenario}.{cell.label}", "\n".join(result.details)
            _case(suite, where, result.rate.check, result.status, result.sentence, details)
    return _text(root)


def cases_xml(found: Sequence[CaseTrials], target: str, least: float = 1.0) -> str:
    """Return the trials of regression cases as JUnit XML; `least`: see `CaseTrials.status`."""
    from junitparser import JUnitXml

    root = JUnitXml("simulate cases")
    suite = _suite(root, "cases")
    _property(suite, "target", target)
    for power in over_cases(found):
        _property(suite, f"pass^{power.k}", f"{power.value:.6g}")
    for each in found:
        _property(suite, f"{each.case.name}.trials", str(each.decided))
        _property(suite, f"{each.case.name}.passed", str(each.passed))
    for each in found:
        details = each.to_read.told()
        _case(suite, "cases", each.case.name, each.status(least), each.sentence, details)
    return _text(root)


def _text(root: JUnitXml) -> str:
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


def _numbers(suite: TestSuite, rate: Rate) -> None:
    failed, ends = rate.drawn.failed, rate.drawn.failed.interval
    numbers = {
        "n": failed.n,
        "failures": failed.hits,
        "rate": failed.value,
        "interval": ends and f"{ends[0]:.6g} {ends[1]:.6g}",
        "stated-weighted": rate.stated_weighted.value,
        "abstained": rate.drawn.abstained,
        "errors": rate.drawn.errors,
        "did_not_apply": rate.drawn.not_applied or None,
    }
    for name, value in numbers.items():
        if value is not None:
            shown = f"{value:.6g}" if isinstance(value, float) else str(value)
            _property(suite, f"{rate.check}.{name}", shown)


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
