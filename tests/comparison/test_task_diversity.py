"""Diversity from a run file, in Python and on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simulate import run_sync
from simulate.comparison.task_diversity import diversity
from simulate.errors import StatisticsError
from simulate.models import ChatRequest, ScriptedModel
from simulate.randomness import uniform
from tests.conftest import AsJson, Command
from tests.made_runs import MakeRun

STATES = ["Ohio", "Texas", "Utah", "Iowa", "Maine", "Idaho", "Nevada", "Kansas", "Oregon", "Alaska"]


def answer(request: ChatRequest) -> str:
    seed = request.seed or 0
    if request.schema is None:
        return "California"
    at = int(uniform(seed, "answer") * len(STATES))
    chosen = [STATES[(at + i) % len(STATES)] for i in range(5)]
    return json.dumps({"responses": [{"text": s, "probability": 0.2} for s in chosen]})


@pytest.fixture
def run_file(tmp_path: Path) -> Path:
    path = tmp_path / "r.db"
    run_sync("state-name", n=30, model=ScriptedModel(answer), out=path)
    return path


def test_a_run_of_an_open_question_has_coverage_and_kl(run_file: Path) -> None:
    direct, vs = diversity(run_file)
    assert direct.values["coverage"] == 1 / 50
    assert vs.values["coverage"] == 10 / 50
    assert vs.precision == 1
    assert vs.kl is not None
    assert direct.kl is not None
    assert vs.kl < direct.kl


def test_the_gain_in_coverage_has_an_interval_above_one(run_file: Path) -> None:
    gain = diversity(run_file)[1].equal_replies["coverage"]
    assert gain.replies == 30
    assert gain.interval is not None
    assert gain.interval[0] > 1


def test_the_command_prints_one_json_object(run_file: Path, as_json: AsJson) -> None:
    printed = as_json("diversity", run_file)
    assert [row["cell"] for row in printed["rows"]] == ["direct", "vs"]
    assert printed["smoothing"] == 0.01


def test_an_outcome_without_a_reference_has_no_answer_set(run_file: Path) -> None:
    with pytest.raises(StatisticsError, match="“nothing” has no reference and so no answer set"):
        diversity(run_file, outcome="nothing")


def test_a_run_of_a_dialogue_is_refused_with_advice(make_run: MakeRun) -> None:
    with pytest.raises(StatisticsError, match="has several speakers; diversity is measured on"):
        diversity(make_run({"vs": [1.0]}))


def test_replies_to_different_requests_are_told_to_be_so(
    tmp_path: Path, run_file: Path, command: Command
) -> None:
    path = tmp_path / "facts.db"
    run_sync("facts", n=10, model=ScriptedModel(answer), out=path)
    assert "answer 2 different requests" in " ".join(command("diversity", path)[1].split())
    assert "different requests:" not in command("diversity", run_file)[1]
