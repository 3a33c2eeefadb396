"""What an outcome depends on: only that weighs."""

from __future__ import annotations

import asyncio
import math
from pathlib import Path
from typing import Any

import pytest

import simulate
from simulate.comparison.reweighing.dialogues import weighed_dialogues
from simulate.comparison.reweighing.rule import AS_STATED, TurnRule
from simulate.engine import run
from simulate.models import ChatRequest, ScriptedModel
from simulate.runfile import open_run
from simulate.scenario import Scenario
from simulate.verbalized import DrawSettings

UNIFORM = TurnRule(DrawSettings("uniform"))
STATED = {0: 0.8, 1: 0.2}
SUM = {"kind": "amount", "support": [0, 2]}


def answer(request: ChatRequest) -> Any:
    if request.schema is None:
        return "And you?"
    item = request.schema["properties"]["responses"]["items"]["properties"]
    field = "value" if "value" in item else "text"
    return {"responses": [{field: f"{v}", "probability": p} for v, p in STATED.items()]}


def asked(**more: Any) -> dict[str, Any]:
    method = {"name": "vs", "k": 2, **more}
    return {
        "kind": "amount",
        "support": [0, 1],
        "asked": {"speaker": "ada", "question": "How much?", "method": method},
    }


def played(path: Path, outcomes: dict[str, Any], steps: list[Any], **fields: Any) -> Path:
    scenario = Scenario.model_validate(
        {
            "scenario": "talk",
            "speakers": {
                "bot": {"plays": "assistant"},
                "ada": {"plays": "user", "method": {"name": "vs", "k": 2}},
            },
            "outcomes": outcomes,
            "steps": steps,
            **fields,
        }
    )
    asyncio.run(run(scenario, model=ScriptedModel(answer, "talk"), n=12, out=path))
    return path


def weights(path: Path, outcome: str, rule: TurnRule) -> list[float]:
    with open_run(path) as file:
        found = weighed_dialogues(file, outcome, {"it": rule})[0]["it"]
    assert all(each.weight.obstacle is None for each in found)
    return [round(each.weight.log, 9) for each in found]


def test_no_turn_weighs_that_came_after_an_outcome_was_asked_for(tmp_path: Path) -> None:
    outcomes = {"before": asked(), "amid": asked(), "after": asked()}
    outcomes["both"] = {**SUM, "computed": {"sum": ["before", "amid"]}}
    steps = [{"ask": ["before"]}, {"say": 1}, {"ask": ["amid"]}, {"say": 1}, {"ask": ["after"]}]
    path = played(tmp_path / "run.db", outcomes, steps)
    assert set(weights(path, "before", UNIFORM)) == {0.0}
    to_even = {round(math.log(0.5 / p), 9) for p in STATED.values()}
    assert set(weights(path, "amid", UNIFORM)) <= to_even
    assert weights(path, "both", UNIFORM) == weights(path, "amid", UNIFORM)
    assert not set(weights(path, "after", UNIFORM)) & to_even


def test_an_answer_that_is_remembered_is_weighed_back_to_what_was_stated(tmp_path: Path) -> None:
    outcomes = {"before": asked(draw="uniform"), "after": asked()}
    steps = [
        {"ask": {"outcomes": ["before"], "remembers": "talk"}},
        {"say": 1},
        {"ask": ["after"]},
    ]
    path = played(tmp_path / "run.db", outcomes, steps)
    back = {round(math.log(p / 0.5), 9) for p in STATED.values()}
    assert set(weights(path, "after", AS_STATED)) <= back
    # Its own distribution is integrated, and not weighed.
    assert set(weights(path, "before", AS_STATED)) == {0.0}


def test_parts_of_a_computed_outcome_are_integrated_by_their_stated_weights(
    tmp_path: Path,
) -> None:
    outcomes = {
        "one": asked(draw="uniform"),
        "other": asked(),
        "both": {**SUM, "computed": {"sum": ["one", "other"]}},
    }
    path = played(tmp_path / "run.db", outcomes, [{"say": 1}, {"ask": ["one", "other"]}])
    with open_run(path) as file:
        found = weighed_dialogues(file, "both", {"it": AS_STATED})[0]["it"]
    assert {each.weight.log for each in found} == {0.0}
    candidates = found[0].integrated.candidates
    assert candidates is not None
    chances = {each.value: each.chance for each in candidates}
    assert chances == pytest.approx({0: 0.64, 1: 0.32, 2: 0.04})


def test_an_answer_by_which_dialogues_are_left_out_is_weighed_back(tmp_path: Path) -> None:
    outcomes = {"gift": asked(), "attention": asked(draw="uniform")}
    scenario = {"exclude": {"inattentive": {"when": {"attention": 1}, "why": "failed the check"}}}
    steps = [{"say": 1}, {"ask": ["gift", "attention"]}]
    path = played(tmp_path / "run.db", outcomes, steps, **scenario)
    with open_run(path) as file:
        found = weighed_dialogues(file, "gift", {"it": AS_STATED})[0]["it"]
    kept = [each for each in found if each.row.counts]
    assert 0 < len(kept) < len(found)
    assert {round(each.weight.log, 9) for each in kept} == {round(math.log(0.8 / 0.5), 9)}


@pytest.mark.parametrize(
    ("excluded", "fields"),
    [
        ("gift", {}),
        ("later", {"outcomes": {"gift": asked(), "later": asked()}, "remembers": "talk"}),
    ],
)
def test_what_a_dialogue_is_left_out_by_does_not_come_back_as_a_candidate(
    tmp_path: Path, excluded: str, fields: dict[str, Any]
) -> None:
    outcomes = fields.get("outcomes", {"gift": asked()})
    ask = {"outcomes": ["gift"], "remembers": fields.get("remembers", "nothing")}
    steps = [{"say": 1}, {"ask": ask}, *({"ask": [n]} for n in outcomes if n != "gift")]
    rule = {"none": {"when": {excluded: 0}, "why": "gave nothing"}}
    path = played(tmp_path / "run.db", outcomes, steps, exclude=rule)
    with open_run(path) as file:
        kept = [row for row in file.outcome_rows("gift") if row.counts]
        found = weighed_dialogues(file, "gift", {"it": AS_STATED})[0]["it"]
    assert 0 < len(kept) < 12
    integrated = [each.integrated for each in found if each.row.counts]
    assert [row.candidates for row in (*kept, *integrated)] == [None] * 2 * len(kept)
    (told,) = simulate.reweigh(path, outcome="gift").rows
    assert "only drawn values count, as dialogues are left out by them" in told.notes
    with open_run(path, with_excluded=True) as file:
        assert all(row.candidates for row in file.outcome_rows("gift"))
