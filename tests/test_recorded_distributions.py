"""What only a recorded distribution allows, end to end at tiny size, on the embedded model.

The commands of its pages are run by `tests/docs`, on a local server.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import Command

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

EMBEDDED = ("--model", "embedded", "--json")
VS = {"name": "vs", "k": 2}
TEA: dict[str, Any] = {
    "scenario": "tea",
    "speakers": {
        "host": {"plays": "assistant", "instructions": "Offer tea, in a few words."},
        "guest": {
            "plays": "user",
            "instructions": "You are a guest. {{ persona.prose }}",
            "method": VS,
        },
    },
    "turns": {"first": "host", "maximum": 1},
    "outcomes": {
        "stays": {
            "kind": "yesno",
            "asked": {"speaker": "guest", "question": "Do you stay for tea?", "method": VS},
        }
    },
}
ASKED = {**TEA, "steps": [{"ask": ["stays"]}], "conditions": {"tone": {"warm": {}, "cold": {}}}}
ASKED["contrasts"] = {"tone": {"cells": ["warm", "cold"], "meaning": "what a warm tone does"}}
ASKED["speakers"] = {
    "host": TEA["speakers"]["host"],
    "guest": {
        **TEA["speakers"]["guest"],
        "instructions": "You are a guest, met with a {{ cell.tone }} word. {{ persona.prose }}",
    },
}


def written(path: Path, data: Mapping[str, Any]) -> str:
    path.write_text(yaml.safe_dump(dict(data), sort_keys=False), "utf-8")
    return str(path)


def test_a_run_is_weighed_and_branched(command: Command, tmp_path: Path) -> None:
    out = str(tmp_path / "tea.db")
    guest = {**TEA["speakers"]["guest"], "method": {**VS, "draw": "tail-first"}}
    speakers = {**TEA["speakers"], "guest": guest}
    scenario = written(tmp_path / "tea.yaml", {**TEA, "speakers": speakers})
    assert command("run", scenario, "-n", "2", "--out", out, *EMBEDDED)[0] == 0
    for rule in ("--temper", "1.2"), ("--event", "stays = yes"):
        code, said, _ = command("reweigh", out, *rule, "--json")
        (row,) = json.loads(said)["rows"]
        assert (code, row["n"]) == (0, 2)
        assert "50 are needed" in row["refused"]
    code, said, _ = command("branch", out, "0", "--explore", "--budget-calls", "12", *EMBEDDED)
    assert code == 0
    host, guest = json.loads(said)["rows"]
    assert "not identified" in host["refused"]
    assert guest["rollouts"] >= 8
    assert json.loads(command("summary", out, "--json")[1])


def test_a_contrast_is_estimated_in_several_universes(command: Command, tmp_path: Path) -> None:
    written(tmp_path / "tea.yaml", ASKED)
    plan = {
        "multiverse": "grid",
        "scenario": "tea.yaml",
        "contrast": "tone",
        "outcome": "stays",
        "n": 2,
        "k": [2, 3],
    }
    code, said, _ = command(
        "multiverse", written(tmp_path / "plan.yaml", plan), "--out", tmp_path / "runs", *EMBEDDED
    )
    assert code == 0
    assert len(json.loads(said)["rows"]) == 2
