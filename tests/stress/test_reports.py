import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulate.statistics.confidence import Interval
from simulate.statistics.importance import WeightedRate
from simulate.statistics.proportions import Proportion
from simulate.stress.failures import FailedTurn
from simulate.stress.persona_groups import Group
from simulate.stress.rates import Rate, Tally
from simulate.stress.reports.annotations import workflow_commands
from simulate.stress.reports.junit import junit_xml
from simulate.stress.reports.markdown import markdown
from simulate.stress.reports.report import (
    CheckRow,
    Example,
    GateRow,
    GroupRow,
    Report,
)

EVIL = (
    "x | </code><img src=x onerror=alert(1)> [a](http://e) @you `b`\n\n# h\x1b[31m\u202e ::error::"
)
GROUP = Group(
    "typing",
    "capitals",
    Proportion(7, 9, 9, 7 / 9, (0.45, 0.93), 9),
    Proportion(0, 91, 91, 0.0, (0.0, 0.04), 91),
    0.78,
    (0.5, 0.9),
    0.001,
    0.01,
)
BAD = Example("d1", EVIL, EVIL, [EVIL, "%0A::error::x"], 9, "cases/a.yaml")


def rate(
    check: str,
    n: int,
    hits: int,
    *,
    interval: Interval | None = None,
    weighted: float | None = None,
    weighted_interval: Interval | None = None,
    abstained: int = 0,
    errors: int = 0,
) -> Rate:
    """Return a rate of independent dialogues."""
    failed = Proportion(hits, n, n, hits / n if n else None, interval, n or None)
    rated = WeightedRate(weighted, weighted_interval, n, n, 1 / n if n else None, None)
    return Rate(check, Tally(failed, abstained, errors, None), rated, Tally(failed, 0, 0, None))


REPORT = Report(
    scenario="refund",
    target="http://shop",
    run="runs/a.db",
    file="scenarios/a,b.yaml",
    dialogues=100,
    personas=100,
    unfinished=2,
    checks=[
        CheckRow(rate("polite", 98, 0, interval=(0.0, 0.04)), "new", passed=True),
        CheckRow(
            rate(
                "leaks",
                100,
                7,
                interval=(0.03, 0.14),
                weighted=0.05,
                weighted_interval=(0.01, 0.2),
            ),
            "new",
            line=12,
            example=BAD,
            turns=[FailedTurn(f"d{i}", i, EVIL, EVIL) for i in range(1, 8)],
        ),
        CheckRow(rate("kind", 0, 0, abstained=98), "new"),
        CheckRow(rate("state", 0, 0, errors=98), "new"),
        CheckRow(rate("leaks", 98, 1, interval=(0.0, 0.05)), "baseline", True, "1 is allowed"),
    ],
    groups=[GroupRow(GROUP, "leaks", "new")],
    gate=GateRow(False, "failed: the failure rate is 7.1 %"),
    next=["Look at dialogue d1"],
)


def suites(report: Report) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(junit_xml(report).encode()))  # noqa: S314


def case(name: str, suite: int = 0) -> ElementTree.Element:
    return next(c for c in suites(REPORT)[suite].iter("testcase") if c.get("name") == name)


def test_there_is_a_suite_a_cell() -> None:
    assert [s.get("name") for s in suites(REPORT)] == ["refund new", "refund baseline"]


def test_a_suite_counts_its_cases() -> None:
    first = suites(REPORT)[0]
    counts = [first.get(k) for k in ("tests", "failures", "errors", "skipped")]
    assert counts == ["4", "1", "1", "1"]


@pytest.mark.parametrize(
    ("name", "child"),
    [("polite", None), ("leaks", "failure"), ("kind", "skipped"), ("state", "error")],
)
def test_a_check_is_a_test_case_with_its_outcome(name: str, child: str | None) -> None:
    outcome = next((c.tag for c in case(name) if c.tag != "system-out"), None)
    assert outcome == child


def test_a_check_with_failures_that_the_gate_allows_passes() -> None:
    assert case("leaks", 1).find("failure") is None


def test_the_numbers_of_a_check_are_properties_of_its_suite() -> None:
    found = {p.get("name"): p.get("value") for p in suites(REPORT)[0].iter("property")}
    assert found["leaks.n"] == "100"
    assert found["leaks.rate"] == "0.07"
    assert found["leaks.interval"] == "0.03 0.14"
    assert found["leaks.reweighted"] == "0.05"
    assert "kind.rate" not in found


def test_the_elements_are_those_of_the_schema() -> None:
    """The order and nesting of Jenkins' junit-10.xsd; no test case has properties."""
    allowed = {
        "testsuites": {"testsuite"},
        "testsuite": {"properties", "testcase"},
        "testcase": {"failure", "error", "skipped", "system-out"},
        "properties": {"property"},
    }
    root = ElementTree.fromstring(junit_xml(REPORT).encode())  # noqa: S314
    for element in root.iter():
        assert {child.tag for child in element} <= allowed.get(element.tag, set())


@given(st.text())
def test_any_text_makes_a_file_that_can_be_read(text: str) -> None:
    row = CheckRow(rate(text, 1, 1), text, example=Example(text, text, text, [text]))
    [suite] = suites(Report(text, text, checks=[row]))
    assert suite.find("testcase/failure") is not None


def test_the_xml_holds_no_escape_sequences_and_bidi_marks() -> None:
    text = junit_xml(REPORT)
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_the_summary_has_a_row_for_each_check() -> None:
    text = markdown(REPORT)
    row = (
        "| <code>leaks</code> | <code>new</code> | 100 | 7 | 7.0 % [3.0 to 14.0 %] "
        "| 5.0 % [1.0 to 20.0 %] | failed |"
    )
    assert row in text
    assert "98 undecided" in text


def test_the_summary_lists_a_few_failing_turns_of_each_check_and_counts_the_others() -> None:
    lines = markdown(REPORT).splitlines()
    start = lines.index("### Turns that fail")
    listed = [line for line in lines[start:] if line.startswith("| <code>leaks</code>")][:4]
    cells = [[cell.strip() for cell in line.split("|")] for line in listed]
    assert [cell[3:5] for cell in cells] == [
        *([f"<code>d{i}</code>", str(i)] for i in (1, 2, 3)),
        ["4 more", ""],
    ]


def test_one_cell_needs_no_column() -> None:
    text = markdown(Report("a", "b", checks=[CheckRow(rate("c", 1, 0))]))
    assert "| check | n | failures |" in text


def test_every_row_of_a_table_has_as_many_cells_as_its_head() -> None:
    tables = re.findall(r"(?:^\|.*\|$\n?)+", markdown(REPORT), re.MULTILINE)
    assert len(tables) == 3
    for table in tables:
        assert len({line.count("|") for line in table.strip().splitlines()}) == 1


def test_the_summary_holds_nothing_active() -> None:
    text = markdown(REPORT)
    assert "<img" not in text
    assert "http://" not in text
    assert "@you" not in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\n# h" not in text


def test_outside_of_github_nothing_is_annotated() -> None:
    assert workflow_commands(REPORT, {}) == []


def test_failures_are_annotated_where_the_check_stands() -> None:
    lines = workflow_commands(REPORT, {"GITHUB_ACTIONS": "true"})
    assert lines[0].startswith("::error file=scenarios/a%2Cb.yaml,title=refund%3A gate::failed: ")
    assert lines[1].startswith(
        "::error file=scenarios/a%2Cb.yaml,line=12,title=refund%3A leaks failed::fails in 7 of 100"
    )


@given(st.text())
def test_no_text_becomes_a_command_of_its_own(text: str) -> None:
    row = CheckRow(rate(text, 1, 1), text, why=text, description=text)
    report = Report(text, text, file=text, checks=[row])
    for line in workflow_commands(report, {"GITHUB_ACTIONS": "true"}):
        assert len(line.splitlines()) == 1
        command = re.match(r"::error ([^:]*)::", line)
        assert command is not None
        keys = [part.split("=", 1)[0] for part in command[1].split(",")]
        assert set(keys) <= {"file", "line", "title"}
        assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("seen", "passed", "status"),
    [
        (rate("c", 5, 0), None, "passed"),
        (rate("c", 5, 1), None, "failed"),
        (rate("c", 5, 1), True, "passed"),
        (rate("c", 5, 0), False, "failed"),
        (rate("c", 0, 0, abstained=1), None, "skipped"),
        (rate("c", 0, 0, errors=1, abstained=3), None, "error"),
    ],
)
def test_the_status_of_a_check(seen: Rate, passed: bool | None, status: str) -> None:
    assert CheckRow(seen, passed=passed).status == status
