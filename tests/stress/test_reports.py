import html
import io
import re
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from simulate.engine.targets import VERSION
from simulate.report.document_html import to_html
from simulate.report.document_markdown import to_markdown
from simulate.report.stress_document import stress_document
from simulate.report.terminal_document import shown_whole
from simulate.statistics.confidence import Interval
from simulate.statistics.importance import WeightedRate
from simulate.statistics.proportions import Proportion
from simulate.stress.analysis import Analysis, CellAnalysis, Problem
from simulate.stress.cases.recorded import Line
from simulate.stress.cases.regression import Kept
from simulate.stress.cases.replaying import Replay
from simulate.stress.cases.shrinking import Shrunk
from simulate.stress.failures import FailedTurn, Failures, Spoken
from simulate.stress.gate import Gates, gates_of
from simulate.stress.persona_groups import Group, Groups
from simulate.stress.rates import ANY, Rate, Rates, Tally
from simulate.stress.reports.annotations import workflow_commands
from simulate.stress.reports.junit import junit_xml
from simulate.stress.reports.results import check_results

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
    not_applied: int = 0,
) -> Rate:
    """Return a rate of independent dialogues."""
    failed = Proportion(hits, n, n, hits / n if n else None, interval, n or None)
    rated = WeightedRate(weighted, weighted_interval, n, n, 1 / n if n else None, None)
    drawn = Tally(failed, abstained, errors, None, not_applied)
    return Rate(check, drawn, rated, Tally(failed, 0, 0, None))


def failures(check: str, n: int, text: str = EVIL) -> Failures:
    said = (Spoken("ada", text), Spoken("bot", text))
    turns = [FailedTurn(f"d{i}", i, text, text, said, -float(i), 20 - i) for i in range(1, n + 1)]
    return Failures.of(check, "target", turns)


def cell(
    label: str,
    checks: Sequence[Rate],
    groups: Sequence[Group] = (),
    failed: Sequence[Failures] = (),
    problems: Sequence[Problem] = (),
) -> CellAnalysis:
    whole = checks[0]
    found = Rates(100, 100, whole, tuple(checks), whole, 0, {}, {"judge": 2})
    kept = Groups(ANY, 100, tuple(groups), 0, "")
    return CellAnalysis(
        label, {VERSION: label}, "http://shop", 100, 100, found, kept, tuple(failed), (),
        tuple(problems),
    )  # fmt: skip


def analysis(*cells: CellAnalysis, name: str = "refund", **checks: str) -> Analysis:
    return Analysis(Path("runs/a.db"), "r1", name, 0, checks, cells, (), 0.95)


LEAKS = rate(
    "leaks",
    100,
    7,
    interval=(0.03, 0.14),
    weighted=0.05,
    weighted_interval=(0.01, 0.2),
    not_applied=200,
)
FOUND = analysis(
    cell(
        "new",
        [
            rate("polite", 98, 0, interval=(0.0, 0.04)),
            LEAKS,
            rate("kind", 0, 0, abstained=98),
            rate("state", 0, 0, errors=98),
        ],
        [GROUP],
        [failures("leaks", 7)],
        [Problem("state", 98, EVIL)],
    ),
    cell("baseline", [rate("leaks", 98, 1, interval=(0.0, 0.05))]),
    leaks="It keeps its secrets.",
)
GATES = Gates(worse=("failed: the failure rate is 7.1 %",))
SHRUNK = Kept(
    "new",
    "leaks",
    "d1",
    Shrunk(
        "leaks", (Line("a", 0),) * 9, (Line(EVIL, 0),), (Line(EVIL, 0),), 1, 1,
        replay=Replay((), (), 0, {}),
    ),
    Path("cases/a.yaml"),
)  # fmt: skip
RESULTS = list(check_results(FOUND, GATES, lines={"leaks": 12}, kept=[SHRUNK]))


def xml(found: Analysis) -> str:
    return junit_xml(found, Gates(), list(check_results(found, Gates())))


REPORT = junit_xml(FOUND, GATES, RESULTS)
SUMMARY = to_markdown(stress_document(FOUND, GATES, kept=[SHRUNK], form="summary"))


def suites(text: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(text.encode()))  # noqa: S314


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
    assert found["leaks.stated-weighted"] == "0.05"
    assert "kind.rate" not in found


def test_the_elements_are_those_of_the_schema() -> None:
    """The order and nesting of Jenkins' junit-10.xsd; no test case has properties."""
    allowed = {
        "testsuites": {"testsuite"},
        "testsuite": {"properties", "testcase"},
        "testcase": {"failure", "error", "skipped", "system-out"},
        "properties": {"property"},
    }
    root = ElementTree.fromstring(REPORT.encode())  # noqa: S314
    for element in root.iter():
        assert {child.tag for child in element} <= allowed.get(element.tag, set())


@given(st.text())
def test_any_text_makes_a_file_that_can_be_read(text: str) -> None:
    told = cell(text, [rate(text, 1, 1, interval=(0, 1))], failed=[failures(text, 1, text)])
    [suite] = suites(xml(analysis(told, name=text)))
    assert suite.find("testcase/failure") is not None


def test_the_xml_holds_no_escape_sequences_and_bidi_marks() -> None:
    text = REPORT
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_the_summary_has_a_row_for_each_check_with_what_did_not_apply_apart() -> None:
    rates = "7.0 % \\[3.0, 14.0\\] | 5.0 % \\[1.0, 20.0\\] worth 100"
    row = f"| leaks | 7 of 100; 200 did not apply | {rates} |"
    assert row in SUMMARY
    assert "| kind | 0 of 0; 98 abstained |" in SUMMARY
    assert "The rate of a check is of the dialogues in which it applied" in SUMMARY


def test_the_summary_quotes_two_failing_dialogues_of_each_check_and_counts_the_turns() -> None:
    turns = "1 in 1, 2 in 1, 3 in 1, 4 in 1, 5 in 1, 6 in 1, …"
    assert f"leaks: 7 dialogues; at turn {turns}" in html.unescape(SUMMARY)
    assert "- **most typical:** dialogue d7, turn 7: " in SUMMARY
    assert "- **most probable (0.37 as stated):** dialogue d1, turn 1: " in SUMMARY


SENTENCE = "the bot treated users described as typing=capitals differently: 7 of 9 failed, of the"


def test_what_the_bot_did_to_whom_is_said_alike_in_every_form() -> None:
    screen = io.StringIO()
    console = Console(file=screen, width=300)
    for part in shown_whole(stress_document(FOUND, GATES, form="terminal")):
        console.print(part)
    page = html.unescape(to_html(stress_document(FOUND, GATES)))
    for text in (screen.getvalue(), page, SUMMARY, REPORT):
        assert SENTENCE in text.replace("\u200b", "")


def test_every_row_of_a_table_has_as_many_cells_as_its_head() -> None:
    tables = re.findall(r"(?:^\|.*\|$\n?)+", SUMMARY, re.MULTILINE)
    assert len(tables) == 2
    for table in tables:
        assert len({line.count("|") for line in table.strip().splitlines()}) == 1


def test_the_summary_holds_nothing_active() -> None:
    text = SUMMARY
    assert "<img" not in text
    assert "http://" not in text
    assert "@you" not in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\n# h" not in text


def test_outside_of_github_nothing_is_annotated() -> None:
    assert workflow_commands(FOUND, GATES, RESULTS, "a", {}) == []


def test_failures_are_annotated_where_the_check_stands() -> None:
    environment = {"GITHUB_ACTIONS": "true"}
    lines = workflow_commands(FOUND, GATES, RESULTS, "scenarios/a,b.yaml", environment)
    assert lines[0].startswith("::error file=scenarios/a%2Cb.yaml,title=refund%3A gate::failed: ")
    assert lines[1].startswith(
        "::error file=scenarios/a%2Cb.yaml,line=12,title=refund%3A leaks failed::It keeps its"
    )
    assert "fails in 7 of 100 dialogues where it applied: 7.0 %25, interval 3.0 to" in lines[1]
    assert "; it did not in 200" in lines[1]


@given(st.text())
def test_no_text_becomes_a_command_of_its_own(text: str) -> None:
    told = cell(text, [rate(text, 1, 1, interval=(0, 1))], failed=[failures(text, 1, text)])
    found = analysis(told, name=text)
    gates, environment = Gates(worse=(text,)), {"GITHUB_ACTIONS": "true"}
    results = list(check_results(found, gates))
    for line in workflow_commands(found, gates, results, text, environment):
        assert len(line.splitlines()) == 1
        command = re.match(r"::error ([^:]*)::", line)
        assert command is not None
        keys = [part.split("=", 1)[0] for part in command[1].split(",")]
        assert set(keys) <= {"file", "line", "title"}
        assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("seen", "most", "status"),
    [
        (rate("c", 5, 0), None, "passed"),
        (rate("c", 5, 1), None, "failed"),
        (rate("c", 50, 1, weighted=0.02, weighted_interval=(0, 0.1)), 1.0, "passed"),
        (rate("c", 50, 1, weighted=0.02, weighted_interval=(0, 0.1)), 0.01, "failed"),
        (rate("c", 0, 0, abstained=1), None, "skipped"),
        (rate("c", 0, 0, not_applied=7), None, "skipped"),
        (rate("c", 0, 0, errors=1, abstained=3), None, "error"),
    ],
)
def test_the_status_of_a_check(seen: Rate, most: float | None, status: str) -> None:
    found = analysis(cell("all", [seen]))
    *gated, single = check_results(found, gates_of(found, most))
    assert single.status == status
    assert [each.status for each in gated] == ([] if most is None else [status])


def test_a_check_that_never_applied_says_so() -> None:
    assert rate("c", 0, 0, not_applied=7).sentence == "applied in none of 7 dialogues"
