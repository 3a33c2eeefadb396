"""`simulate plan` shows what a run would be, and freezes it."""

import json
from pathlib import Path
from typing import Any

import pytest

from simulate.scenario.frozen import read_frozen
from tests.conftest import AsJson, Command

ASKED = {"speaker": "ada", "question": "Do you {{ variables.w }}?"}
SCENARIO: dict[str, Any] = {
    "scenario": "study-of-tone",
    "population": "crowdworkers",
    "turns": {"maximum": 1},
    "speakers": {
        "bot": {"plays": "assistant", "instructions": "Be {{ variables.tone }}."},
        "ada": {"plays": "user"},
    },
    "conditions": {
        "tone": {t: {"variables": {"tone": t}} for t in ("warm", "curt")},
        "wording": {w: {"variables": {"w": w}} for w in ("give", "donate")},
    },
    "outcomes": {"given": {"kind": "yesno", "asked": ASKED}},
    "design": {
        "between": ["tone"],
        "strata": {"agreeableness": {"low": {"below": 3.9}, "high": {"at_least": 3.9}}},
        "random": ["wording"],
    },
    "contrasts": {
        "tone-of-the-bot": {"cells": ["warm", "curt"], "meaning": "warmth"},
        "trait": {"cells": ["high", "low"], "meaning": "the agreeable give more"},
    },
    "analysis": {"smallest_effect": {"given": 0.2}},
}


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COLUMNS", "80")
    path = tmp_path / "study.yaml"
    path.write_text(json.dumps(SCENARIO))
    return path


def test_a_plan_fits_80_columns_and_says_who_meets_what(study: Path, command: Command) -> None:
    code, out, _ = command("plan", study, "-n", "10")
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    assert "40 dialogues of 40 people in 8 cells, n = 10, seed 0" in out
    assert "tone: between persons, assigned at random with a chance of 1/2 each" in out
    assert "agreeableness: strata of people, measured and not assigned" in out
    assert "wording: random: each persona meets one of 2 levels" in out
    assert "trait: high − low, between persons; it compares groups of people" in out
    assert "40 dialogues, about 120 calls" in out


def test_the_json_of_a_plan_has_all_of_it(study: Path, as_json: AsJson) -> None:
    found = as_json("plan", study, "-n", "2")
    assert (found["dialogues"], found["people"], found["frozen"]) == (8, 8, None)
    assert [each["kind"] for each in found["factors"]] == ["between", "random", "stratum"]
    assert sum(cell["dialogues"] for cell in found["cells"]) == 8
    assert found["takes"]["calls"] == 24
    first = found["power"][0]
    assert (first["contrast"], first["pairing"], first["unit"]) == (
        "tone-of-the-bot",
        "between persons",
        "share",
    )
    assert first["needed"].keys() == {"0.8", "0.9"}


def test_freezing_writes_the_plan_with_its_hash_and_never_over_another_file(
    study: Path, command: Command, tmp_path: Path
) -> None:
    file = tmp_path / "plan.yaml"
    code, out, _ = command("plan", study, "-n", "2", "--seed", "3", "--freeze", file)
    frozen = read_frozen(file)
    assert code == 0
    assert frozen.sha256 in out
    assert "deposit it first" in out
    assert (frozen.plan.n, frozen.plan.seed) == (2, 3)
    code, _, err = command("plan", study, "-n", "1", "--freeze", file)
    assert code == 2
    assert "plan.yaml is there already: choose another name, or give --force" in err
    assert read_frozen(file).plan.n == 2
    code, _, err = command("plan", study, "-n", "1", "--freeze", study, "--force")
    assert (code, "is what is read: name another file" in err) == (2, True)
    assert command("plan", study, "-n", "1", "--freeze", file, "--force")[0] == 0
    assert read_frozen(file).plan.n == 1


def test_run_is_held_to_the_plan_before_a_call_is_made(
    study: Path, command: Command, tmp_path: Path
) -> None:
    file = tmp_path / "plan.yaml"
    command("plan", study, "-n", "1", "--freeze", file)
    study.write_text(json.dumps({**SCENARIO, "analysis": {}}))
    code, _, err = command("run", study, "--plan", file, "--out", tmp_path / "run.db")
    assert code == 2
    assert "no longer fits scenario study-of-tone: analysis: only there" in err
    assert not (tmp_path / "run.db").exists()


def test_a_scenario_without_contrasts_says_how_to_plan_some(command: Command) -> None:
    code, out, _ = command("plan", "dictator", "-n", "2")
    assert code == 0
    assert "Every persona meets every cell" in out
    assert "No contrast is planned: name some under `contrasts`" in out


def test_a_plan_with_an_empty_stratum_is_refused(study: Path, command: Command) -> None:
    strata = {"agreeableness": {"saints": {"above": 9}}}
    study.write_text(json.dumps({**SCENARIO, "contrasts": {}, "design": {"strata": strata}}))
    code, _, err = command("plan", study, "-n", "2")
    assert code == 2
    assert "design.strata.agreeableness.saints: of the 2 people" in err
