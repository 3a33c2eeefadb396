"""What only a recorded distribution allows, end to end at tiny size, on the embedded model."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.calibration.invented_talks import invented
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


def table(path: Path, rows: list[dict[str, Any]]) -> str:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
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


def test_human_dialogues_are_walked_through(command: Command, tmp_path: Path) -> None:
    release = invented(tmp_path, 43, turns=4)
    asked = "--forecast outcome --role persuadee --split report --dialogues 43 --turns 1 -k 2"
    code, said, _ = command(
        "calibrate",
        "--reference",
        release,
        *asked.split(),
        "--out",
        tmp_path / "walk.db",
        *EMBEDDED,
    )
    assert code == 0
    assert "donation" in json.loads(said)["sentence"]


def test_few_humans_are_helped_by_simulations(command: Command, tmp_path: Path) -> None:
    people = [{"id": f"p{i}", "age": 20 + i} for i in range(40)]
    humans = [{"id": p["id"], "stays": "yes" if i % 3 else "no"} for i, p in enumerate(people[::2])]
    out = str(tmp_path / "tea.db")
    quick = {**ASKED["outcomes"]["stays"]["asked"], "method": {"name": "logprob"}}
    outcomes = {"stays": {"kind": "yesno", "asked": quick}}
    asked = {**TEA, "steps": [{"ask": ["stays"]}], "outcomes": outcomes}
    scenario = written(tmp_path / "tea.yaml", asked)
    told = ("--population", table(tmp_path / "people.csv", people))
    assert command("run", scenario, "-n", "40", *told, "--out", out, *EMBEDDED)[0] == 0
    code, said, _ = command(
        "compare", out, "--ppi", table(tmp_path / "humans.csv", humans), "--json"
    )
    assert code == 0
    (row,) = json.loads(said)["rows"]
    assert (row["humans"], row["others"]) == (20, 20)


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


def test_two_wordings_are_set_side_by_side(command: Command, tmp_path: Path) -> None:
    scenario, own = written(tmp_path / "tea.yaml", TEA), tmp_path / "own.jinja"
    # It cannot ask known truths, which would take 36 calls.
    own.write_text("Write {{ several }}, each with its probability.\n{{ json_form }}\n")
    words = ("--template", "2", "--template", own, "-n", "2")
    code, said, _ = command(
        "wordings", scenario, *words, "--out", tmp_path / "wordings.db", *EMBEDDED
    )
    assert code == 0
    assert "no difference" in json.loads(said)["sentence"]
