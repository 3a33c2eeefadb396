"""Cells that begin with the talk that the persona had, and populations with and without talks."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from simulate.engine import estimate, make_plan, run
from simulate.engine.events import Event, RunStarted
from simulate.errors import InputError, PopulationError
from simulate.models import ScriptedModel
from simulate.population import Population, load_population
from simulate.runfile import open_run
from simulate.scenario import Scenario, fitting

TALK = [
    {"speaker": "bot", "text": "Will you give?"},
    {"speaker": "ada", "text": "I give {{ nothing }}."},
]
MODEL = ScriptedModel([{"responses": [{"value": 1, "probability": 1}]}])


def scenario(**changes: Any) -> Scenario:
    asked = {"speaker": "ada", "question": "How much?"}
    levels = {
        "own": {"steps": [{"given": "persona"}]},
        "none": {"steps": [{"ask": ["sum"]}]},
    }
    return Scenario.model_validate(
        {
            "scenario": "own",
            "speakers": {
                "bot": {"plays": "assistant"},
                "ada": {"plays": "user", "method": "vs"},
            },
            "outcomes": {"sum": {"kind": "amount", "support": [0, 9], "asked": asked}},
            "conditions": {"before": levels},
            **changes,
        }
    )


def people(*talks: list[dict[str, str]]) -> Population:
    rows = [{"id": f"p{i}", "prose": "P.", "talk": talk} for i, talk in enumerate(talks)]
    return Population.model_validate({"population": "p", "personas": rows})


def test_the_dialogue_begins_with_the_talk_of_its_persona_as_it_was_said(tmp_path: Path) -> None:
    out = tmp_path / "a.db"
    both = people(TALK, [{"speaker": "ada", "text": "Hello."}])
    asyncio.run(run(scenario(), population=both, n=2, model=MODEL, out=out))
    with open_run(out) as file:
        said = {(d.cell.label, d.persona.id): d.turns for d in map(file.dialogue, range(4))}
        prompts = [c.prompt for i in range(4) for c in file.calls(i)]
    assert [t.text for t in said["own", "p0"]] == ["Will you give?", "I give {{ nothing }}."]
    assert [t.text for t in said["own", "p1"]] == ["Hello."]
    assert all(t.given for turns in said.values() for t in turns)
    assert said["none", "p0"] == ()
    assert sorted(len(p) for p in prompts) == [1, 1, 2, 3]


def test_a_level_without_talks_to_begin_with_is_left_out_and_said_to_be(tmp_path: Path) -> None:
    told: list[Event] = []
    out = tmp_path / "a.db"
    asyncio.run(run(scenario(), n=1, model=MODEL, out=out, listener=told.append))
    (started,) = [event for event in told if isinstance(event, RunStarted)]
    (why,) = started.left_out
    assert why.startswith("before own is left out: nobody had one; name people who had talks")
    assert asyncio.run(estimate(scenario(), n=1, model=MODEL)).left_out == (why,)
    with open_run(out) as file:
        assert [cell.label for cell in file.cells] == ["none"]


def test_a_contrast_with_a_level_that_is_left_out_is_left_out_too() -> None:
    contrast = {"x": {"cells": ["none", "own"], "meaning": "More."}}
    there = scenario(contrasts=contrast)
    assert fitting(there, people(TALK))[0].contrasts == there.contrasts
    assert fitting(there, None)[0].contrasts == {}


@pytest.mark.parametrize(
    ("changes", "population", "why"),
    [
        ({"steps": [{"given": "persona"}]}, None, r"steps\.0\.given: nobody had one"),
        (
            {"conditions": {"c": {"x": {"steps": [{"given": "persona"}]}}}},
            people([]),
            r"conditions\.c: every level needs a talk, and population p has no talks",
        ),
        ({}, people(TALK, []), "persona “p1” has no talk, and others have"),
        ({}, people([{"speaker": "eve", "text": "x"}]), "“eve” speaks in its talk"),
    ],
)
def test_what_no_talk_can_be_found_for_is_refused(
    changes: dict[str, Any], population: Population | None, why: str
) -> None:
    with pytest.raises(InputError, match=why):
        fitting(scenario(**changes), population)


def test_talks_are_part_of_what_a_run_is_known_by() -> None:
    plans = [make_plan(scenario(), people(talk), 1, 0) for talk in (TALK, TALK[:1])]
    assert plans[0].fingerprint != plans[1].fingerprint


def table(folder: Path, talks: str = "talks.jsonl") -> Path:
    line = {"persona": {"id": "p0"}, "turns": [*TALK, {"speaker": "bot", "text": " "}]}
    (folder / "talks.jsonl").write_text(json.dumps(line) + "\n")
    (folder / "people.yaml").write_text(
        f"population: p\ntalks: {talks}\npersonas: [{{id: p0}}, {{id: p1}}]\n"
    )
    return folder / "people.yaml"


def test_a_population_takes_talks_from_a_file_of_dialogues(tmp_path: Path) -> None:
    first, second = sorted(load_population(table(tmp_path)).sample(2, 0), key=lambda p: p.id)
    assert first.talk == tuple((turn["speaker"], turn["text"]) for turn in TALK)
    assert second.talk == ()


@pytest.mark.parametrize("talks", ["../talks.jsonl", "/etc/passwd", "[a]"])
def test_talks_outside_the_folder_are_refused(tmp_path: Path, talks: str) -> None:
    with pytest.raises(PopulationError, match=r"people\.yaml:2: talks: must name a JSONL file"):
        load_population(table(tmp_path, talks))


def test_a_file_of_talks_that_is_none_is_refused_with_its_line(tmp_path: Path) -> None:
    path = table(tmp_path)
    (tmp_path / "talks.jsonl").write_text("{}\n")
    with pytest.raises(PopulationError, match=r"talks\.jsonl:1: a dialogue needs"):
        load_population(path)
