"""`negotiation`: two campers with needs of their own, and points that nobody makes up."""

from __future__ import annotations

import asyncio
import csv
import json
from collections import Counter
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from simulate.comparison.summary import summaries
from simulate.engine import run
from simulate.engine.prepare import resolve
from simulate.models import ChatRequest, ScriptedModel
from simulate.population import load_population
from simulate.runfile import open_run
from simulate.scenario import load_scenario
from tests.human_data import DATA, needs_games

AGREED = {"food": 2, "water": 0, "firewood": 1}


def answers(request: ChatRequest, *, agree: bool = True) -> Any:
    asked = request.messages[-1]["content"]
    schema = json.dumps(request.schema)
    if request.schema is None:
        return "Two of food and one of firewood for me?"
    if "Did both campers agree" in asked:
        value: object = "yes" if agree else "no"
    elif "how many packages of" in asked.lower():
        value = AGREED[asked.lower().partition("packages of ")[2].split()[0]] if agree else 0
    else:
        levels = json.loads(schema.partition('"enum": ')[2].partition("]")[0] + "]")
        return {"responses": [{"value": level, "probability": 0.2} for level in levels]}
    return {"value": value}


@needs_games
def test_campers_are_those_who_negotiated() -> None:
    people = load_population("campers")
    with (DATA / "casino" / "outcomes.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for attribute, column in [("gender", "gender"), ("orientation", "svo"), ("age", "age")]:
        counted = Counter(row[column] for row in rows if row[column] != "3")
        there = people.attributes[attribute].counts
        assert {str(value): count for value, count in there.items()} == counted
    assert sum(people.attributes["needs"].counts.values()) == len(rows)


def test_needs_of_the_two_run_through_all_pairs() -> None:
    plan = resolve("negotiation", None, ["vs"], 72, 0)
    known = {each.id: each for each in plan.personas}
    pairs = [
        (known[d.persona].attributes["needs"], other["camper-2"].attributes["needs"])
        for d in plan.dialogues
        for other in [plan.personas_beside(d, known[d.persona])]
    ]
    needs = load_population("campers").attributes["needs"].counts
    each = Counter(one for one, _ in pairs)
    met = Counter(pairs)
    for one, other in product(needs, needs):
        assert abs(met[one, other] - each[one] / len(needs)) < 1


@pytest.mark.parametrize("agree", [True, False])
def test_points_follow_from_what_was_agreed_and_who_walks_away_has_five(
    tmp_path: Path, agree: bool
) -> None:
    model = ScriptedModel(lambda request: answers(request, agree=agree))
    asyncio.run(run("negotiation", n=4, methods=["direct"], model=model, out=tmp_path / "a.db"))
    with open_run(tmp_path / "a.db") as file:
        assert summaries(file)
        for dialogue in file.dialogues():
            assert dialogue["error"] is None
            measured = {name: each["value"] for name, each in dialogue["outcomes"].items()}
            both = [dialogue["persona"], dialogue["personas"]["camper-2"]]
            expected = [5, 5]
            if agree:
                taken = [AGREED, {name: 3 - count for name, count in AGREED.items()}]
                expected = [
                    sum(worth * part[need] for worth, need in zip((5, 4, 3), needs, strict=True))
                    for who, part in zip(both, taken, strict=True)
                    for needs in [who["attributes"]["needs"].split(", ")]
                ]
            assert [measured["points"], measured["points_of_other"]] == expected
            assert measured["points_together"] == sum(expected)


def test_both_campers_are_told_the_same_but_for_who_they_are() -> None:
    scenario = load_scenario("negotiation")
    one, other = (scenario.speakers[name].instructions for name in scenario.speakers)
    assert one == other
    assert one.rstrip().endswith("{{ persona.prose }}")


def test_the_jury_is_led_and_of_both_sexes(tmp_path: Path) -> None:
    def verdicts(request: ChatRequest) -> Any:
        if request.schema is None:
            return "I have a doubt."
        schema = json.dumps(request.schema)
        levels = json.loads(schema.partition('"enum": ')[2].partition("]")[0] + "]")
        if "responses" not in schema:
            return {"value": "none"}
        return {"responses": [{"value": level, "probability": 1} for level in levels]}

    model = ScriptedModel(verdicts)
    asyncio.run(run("jury", n=2, methods=["direct"], model=model, out=tmp_path / "a.db"))
    with open_run(tmp_path / "a.db") as file:
        for dialogue in file.dialogues():
            spoken = Counter(turn["speaker"] for turn in dialogue["turns"])
            others = [f"juror-{number}" for number in range(2, 7)]
            assert spoken == {"foreperson": 10, **dict.fromkeys(others, 2)}
            people = [dialogue["persona"], *dialogue["personas"].values()]
            assert sorted(Counter(p["attributes"]["sex"] for p in people).values())[-1] == 3
            value = {name: each["value"] for name, each in dialogue["outcomes"].items()}
            after = [value[f"after_{number}"] for number in range(1, 7)]
            assert value["guilty_after"] == sum(after)
            assert value["unanimous"] == (len(set(after)) == 1)
            assert value["shift"] == value["guilty_after"] - value["guilty_before"]
