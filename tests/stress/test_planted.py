"""A whole stress test of a real local bot with five planted faults, over each of its protocols."""

import asyncio
import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import TypeAdapter

from simulate.models import ChatRequest
from simulate.runfile import open_run
from simulate.stress.analysis import CellAnalysis
from simulate.stress.api import StressResult, stress_test
from simulate.stress.cases.shrinking import shrink
from simulate.targets import TargetConfig
from tests.conftest import AsJson, Command
from tests.endpoint import Body, Serve
from tests.stress.bot import FAULTS, Bot, BotServer
from tests.stress.customer import answer, customer
from tests.stress.talk import observe

HERE = Path(__file__).parent
PLANTED = HERE / "planted.yaml"
CHECK_OF = {
    "forgets": "remembers-the-order",
    "manager": "no-refund-for-managers",
    "loops": "moves-on",
    "leaks": "keeps-its-prompt",
    "capitals": "understands-everybody",
}
CAPITALS = 0.03
"""The share of people who write in capital letters, by `customers.yaml`; the bot fails them all."""

CONFIG: TypeAdapter[TargetConfig] = TypeAdapter(TargetConfig)


@pytest.fixture
def faulty() -> Iterator[BotServer]:
    with BotServer(Bot()) as server:
        yield server


def run_planted(server: BotServer, kind: str, out: Path, **settings: Any) -> StressResult:
    target = CONFIG.validate_python(server.target(kind))
    options = {"n": 300, "seed": 1, "out": out, **settings}
    return asyncio.run(stress_test(PLANTED, target=target, model=customer(), **options))


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StressResult]:
    """Play 300 dialogues with the faulty bot over HTTP, which goes on serving."""
    with BotServer(Bot()) as server:
        yield run_planted(server, "http", tmp_path_factory.mktemp("planted") / "a.db")


def failures(cell: CellAnalysis) -> dict[str, int]:
    return {rate.check: rate.drawn.failed.hits for rate in cell.rates.checks}


@pytest.mark.parametrize(
    "kind",
    [
        "http",
        pytest.param("sse", marks=pytest.mark.slow),
        pytest.param("websocket", marks=pytest.mark.slow),
    ],
)
def test_five_of_five_planted_faults_are_found_in_300_dialogues_and_four_in_120(
    tmp_path: Path, planted: StressResult, faulty: BotServer, kind: str
) -> None:
    """Over the other two protocols the first 120 are played."""
    n = 300 if kind == "http" else 120
    result = planted if kind == "http" else run_planted(faulty, kind, tmp_path / "a.db", n=n)
    (cell,) = result.analysis.cells
    assert (result.run.completed, result.run.failed) == (n, 0)
    found = {fault for fault in FAULTS if failures(cell)[CHECK_OF[fault]]}
    assert len(found) >= (5 if n == 300 else 4)
    assert failures(cell)["responds"] == 0


@pytest.mark.slow
def test_a_mended_fault_is_not_found(tmp_path: Path) -> None:
    for fault in FAULTS:
        with BotServer(Bot(mended=[fault])) as server:
            result = run_planted(server, "http", tmp_path / f"{fault}.db", n=40)
        assert failures(result.analysis.cells[0])[CHECK_OF[fault]] == 0


def test_the_stated_weighted_rate_of_a_fault_of_3_percent_covers_the_truth(
    planted: StressResult,
) -> None:
    (cell,) = planted.analysis.cells
    (rate,) = (r for r in cell.rates.checks if r.check == CHECK_OF["capitals"])
    assert rate.stated_weighted.interval is not None
    low, high = rate.stated_weighted.interval
    assert low <= CAPITALS <= high
    assert high - low < 0.06


def test_who_the_bot_fails_is_named(planted: StressResult) -> None:
    groups = planted.analysis.cells[0].groups.groups
    worst = min(groups, key=lambda group: (group.p_holm, -group.difference))
    assert (worst.attribute, worst.level) == ("typing", "capitals")
    assert worst.inside.hits == worst.inside.n


def test_each_failure_is_listed_with_the_turn_that_fails(planted: StressResult) -> None:
    (cell,) = planted.analysis.cells
    listed = {each.check: each.turns for each in cell.failures if each.attributed_to == "target"}
    assert {check: len(turns) for check, turns in listed.items()} == {
        check: hits for check, hits in failures(cell).items() if hits
    }
    first = listed[CHECK_OF["manager"]][0]
    assert first.turn is not None
    with open_run(planted.path) as file:
        (number,) = (plan.id for plan, _ in file.planned() if plan.key == first.dialogue)
        text = file.dialogue(number).turns[first.turn].text
    assert "manager" in text.lower()
    assert first.reason


def test_a_failure_of_14_turns_shrinks_to_at_most_4(planted: StressResult) -> None:
    with open_run(planted.path) as file:
        sql = """SELECT d.id FROM dialogue d JOIN verdict v ON v.dialogue = d.id
            WHERE v.name = ? AND v.verdict = 'fail' AND d.turns >= 14 ORDER BY d.id LIMIT 1"""
        for check in ("no-refund-for-managers", "keeps-its-prompt"):
            (dialogue,) = next(file.rows(sql, (check,)))
            found = asyncio.run(shrink(file, dialogue, check))
            assert found.replay is not None
            assert len(found.replay.turns) <= 4
            assert len(found.before) >= 7
            assert found.calls <= 200


@pytest.mark.slow
def test_a_fixed_version_is_told_from_the_faulty_one(tmp_path: Path, faulty: BotServer) -> None:
    with BotServer(Bot(mended=["manager", "leaks"])) as fixed:
        baseline = CONFIG.validate_python(faulty.target("http"))
        result = run_planted(fixed, "http", tmp_path / "a.db", n=120, baseline=baseline)
    (version,) = result.analysis.versions
    said = {row.check: row.conclusion for row in version.pairing.checks}
    assert said[CHECK_OF["manager"]] == said[CHECK_OF["leaks"]] == "better"
    assert said[CHECK_OF["capitals"]] == said["responds"] == "cannot tell"
    assert version.pairing.any.conclusion == "better"


def test_both_versions_meet_the_same_users(tmp_path: Path, faulty: BotServer) -> None:
    with BotServer(Bot(mended=FAULTS)) as fixed:
        baseline = CONFIG.validate_python(faulty.target("http"))
        result = run_planted(fixed, "http", tmp_path / "a.db", n=40, baseline=baseline)
    with open_run(result.path) as file:
        seen = observe(file)
        sides = [[o for o in seen if o.cell == cell] for cell in ("new", "baseline")]
        first = [[file.dialogue(o.dialogue).turns[0].text for o in side] for side in sides]
    assert [o.persona for o in sides[0]] == [o.persona for o in sides[1]]
    assert first[0] == first[1]


@pytest.fixture
def model(serve: Serve) -> str:
    """Serve the scripted customer as an endpoint, for a process of its own."""

    def behave(body: Body, n: int) -> str:
        return json.dumps(answer(ChatRequest(body["messages"])))

    return serve(behave).spec


def target_file(path: Path, server: BotServer) -> str:
    path.write_text(yaml.safe_dump(server.target("sse")), "utf-8")
    return str(path)


def test_the_gate_decides_on_the_exit_code_and_junit_agrees(
    tmp_path: Path, faulty: BotServer, model: str, command: Command
) -> None:
    junit = tmp_path / "junit.xml"
    words = ["stress", PLANTED, "--model", model, "-n", 20, "--junit", junit]
    words += ["--target", target_file(tmp_path / "bot.yaml", faulty)]
    for most, code in (("0.1", 1), ("1", 0)):
        out = tmp_path / f"{code}.db"
        ended, data, told = command(*words, "--max-failure-rate", most, "--out", out, "--json")
        assert ended == code, told
        assert json.loads(data)["gate"]["passed"] == (code == 0)
        suites = ET.parse(junit).getroot()  # noqa: S314  # our own file
        assert int(suites.attrib["failures"]) == len(suites.findall(".//failure"))
        assert (len(suites.findall(".//failure")) > 0) == (code == 1)


def test_on_github_each_failing_check_is_annotated_at_its_line(
    tmp_path: Path,
    faulty: BotServer,
    model: str,
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    summary = tmp_path / "summary.md"
    _, _, told = command(
        *["stress", PLANTED, "--model", model, "-n", 30, "--out", tmp_path / "a.db"],
        *["--target", target_file(tmp_path / "bot.yaml", faulty), "--markdown", summary],
    )
    lines = PLANTED.read_text("utf-8").splitlines()
    at = next(i for i, line in enumerate(lines, 1) if line.startswith("  moves-on:"))
    assert f"line={at}," in told
    assert "::error file=" in told
    assert "moves-on" in summary.read_text("utf-8")


def test_a_target_that_is_down_ends_in_one_clear_line(
    tmp_path: Path, model: str, command: Command
) -> None:
    out = tmp_path / "a.db"
    code, _, told = command(
        *["stress", PLANTED, "--model", model, "-n", 5, "--out", out],
        *["--target", "http://127.0.0.1:9/chat"],
    )
    assert code == 2
    assert "cannot connect" in told.splitlines()[-1]
    assert "Traceback" not in told


def test_without_a_probe_a_wrong_jsonpath_is_a_finding_that_shows_what_came(
    tmp_path: Path, faulty: BotServer, model: str, command: Command
) -> None:
    out, path = tmp_path / "a.db", tmp_path / "bot.yaml"
    path.write_text(yaml.safe_dump({**faulty.target("http"), "reply": "$.answer"}), "utf-8")
    code, _, told = command(
        *["stress", PLANTED, "--model", model, "-n", 6, "--out", out, "--target", path],
        *["--max-failure-rate", "0.5", "--no-probe"],
    )
    assert code == 1, told
    with open_run(out) as file:
        failures = file.failures()
    assert sum(failure.dialogues for failure in failures) == 6
    assert {failure.fault for failure in failures} == {"target"}
    assert all("$.answer" in failure.error for failure in failures)
    assert any("order" in failure.error for failure in failures)  # what came instead


def test_a_run_file_is_reported_on_again_without_a_call(
    tmp_path: Path, faulty: BotServer, as_json: AsJson
) -> None:
    result = run_planted(faulty, "http", tmp_path / "a.db", n=40)
    before = faulty.requests
    again = as_json("stress", result.path)
    assert faulty.requests == before
    first = result.analysis.to_dict()
    assert again["cells"] == json.loads(json.dumps(first["cells"]))
