"""A bot that says what it did not do, over real sockets: found out, and a sound one is not."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest

from simulate.models import ScriptedModel
from simulate.runfile import open_run
from simulate.scenario import Scenario
from simulate.stress.api import stress_test
from simulate.stress.cases.case import load_case, write_case
from simulate.stress.cases.case_making import case_of
from simulate.stress.cases.case_replay import replay_cases
from simulate.stress.cases.shrinking import shrink
from simulate.targets.config import TARGETS
from tests.engine.test_tools import declared, says
from tests.made_runs import exported
from tests.stress.desk import FAULTS, Desk
from tests.stress.desk_server import DeskServer

OWN = {"order": {"enum": ["{{ facts.order }}", "{{ facts.old }}"]}}
CHECKS: dict[str, Any] = {
    "refunds-what-it-says": {"tool": {"name": "refund", "says": "refund is done"}},
    "only-own-orders": {"tool": {"name": "refund", "json_schema": {"properties": OWN}}},
    "verifies-first": {"tool": {"name": "cancel", "only_after": "verify"}},
    "leaves-others-alone": {
        "state": {"path": "$.orders['Z-99999']", "json_schema": {"not": {"required": ["refunded"]}}}
    },
}
FOUND = {
    "claims": {"refunds-what-it-says"},
    "other": {"only-own-orders", "leaves-others-alone"},
    "hasty": {"verifies-first"},
    "brags": {"refunds-what-it-says"},
}
"""The checks that find each fault."""


def scenario() -> Scenario:
    data = declared().model_dump(mode="json")
    return Scenario.model_validate({**data, "checks": CHECKS})


def stressed(server: DeskServer, kind: str, out: Path, n: int = 12) -> set[str]:
    """Stress-test the desk; return the checks that fail anywhere."""
    given = server.target(kind)
    target = TARGETS[given["kind"]].model_validate(given)
    model = ScriptedModel(says, name="customer")
    found = asyncio.run(stress_test(scenario(), target=target, model=model, n=n, seed=2, out=out))
    assert found.run.failed == 0
    verdicts = [d["verdicts"] for d in exported(out)]
    told = {v["verdict"] for each in verdicts for v in each.values()}
    assert told <= {"pass", "fail"}
    return {name for each in verdicts for name, v in each.items() if v["verdict"] == "fail"}


@pytest.mark.parametrize("kind", ["model", "full", "http", "websocket"])
def test_all_faults_are_found_and_a_sound_desk_is_not_accused(tmp_path: Path, kind: str) -> None:
    with DeskServer(Desk()) as server:
        assert stressed(server, kind, tmp_path / "a.db") == set().union(*FOUND.values())
        assert server.refused == []
    with DeskServer(Desk(FAULTS)) as server:
        assert stressed(server, kind, tmp_path / "b.db") == set()
        assert server.refused == []


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_found_by_its_own_checks(tmp_path: Path, fault: str) -> None:
    with DeskServer(Desk(set(FAULTS) - {fault})) as server:
        assert stressed(server, "model", tmp_path / "a.db") == FOUND[fault]


def test_all_kinds_have_the_same_transcripts_but_for_names_of_calls(tmp_path: Path) -> None:
    found = []
    for kind in ("model", "full", "http", "websocket"):
        with DeskServer(Desk()) as server:
            stressed(server, kind, tmp_path / f"{kind}.db", n=3)
        turns = [d["turns"] for d in exported(tmp_path / f"{kind}.db")]
        for turn in (t for each in turns for t in each):
            for call in turn.get("tool_calls", ()):
                del call["id"]
            turn.pop("latency_s", None)
        found.append(turns)
    assert found[0] == found[1] == found[2] == found[3]


def test_a_model_is_offered_the_tools_that_have_parameters(tmp_path: Path) -> None:
    with DeskServer(Desk()) as server:
        stressed(server, "model", tmp_path / "a.db", n=1)
        [offered] = {tuple(t["function"]["name"] for t in b["tools"]) for b in server.bodies}
    assert offered == ("verify", "refund", "cancel")


def test_reasons_say_what_was_done(tmp_path: Path) -> None:
    with DeskServer(Desk()) as server:
        stressed(server, "model", tmp_path / "a.db")
    with open_run(tmp_path / "a.db") as file:
        reasons = {v.reason for d in file.read() for v in d.verdicts if v.verdict == "fail"}
    assert "says so, but refund was not called" in reasons
    assert "cancel is called before verify" in reasons
    assert "says so, but refund failed: “order B-00001 is older than thirty days”" in reasons


BOT = """
import json, sys
for line in sys.stdin:
    said = json.loads(line)
    done = said.get("tool_results")
    calls = [{"name": "cancel", "arguments": {"order": "A-48213"}}]
    told = {"reply": "It says " + done[0]["result"]} if done else {"tool_calls": calls}
    print(json.dumps(told), flush=True)
"""


def test_a_program_is_written_the_results_as_a_line(tmp_path: Path) -> None:
    target = TARGETS["command"].model_validate(
        {"kind": "command", "command": [sys.executable, "-c", BOT]}
    )
    model = ScriptedModel(says, name="customer")
    found = stress_test(scenario(), target=target, model=model, n=1, out=tmp_path / "a.db")
    assert asyncio.run(found).run.failed == 0
    [dialogue] = exported(tmp_path / "a.db")
    assert dialogue["turns"][1]["text"] == "It says ok"
    assert dialogue["verdicts"]["verifies-first"]["verdict"] == "fail"


def test_a_case_has_the_tools_of_its_scenario_and_fails_again(tmp_path: Path) -> None:
    with DeskServer(Desk({"claims", "other", "hasty"})) as server:
        stressed(server, "model", tmp_path / "a.db")
        again = TARGETS["model"].model_validate(server.target("model"))
        with open_run(tmp_path / "a.db") as file:
            failing = next(
                d.id for d in file.read() if any(v.verdict == "fail" for v in d.verdicts)
            )
            shrunk = asyncio.run(shrink(file, failing, "refunds-what-it-says", target=again))
            case = case_of(file, failing, shrunk)
        read = load_case(write_case(case, tmp_path))
        assert read.scenario.tools == scenario().tools
        [trials] = asyncio.run(replay_cases([read], again))
        [result] = trials.results
    assert result.status == "failed"
    assert "failed: order B-00001 is older than thirty days" in result.told()
