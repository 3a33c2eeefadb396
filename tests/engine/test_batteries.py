"""Batteries in dialogues: computed scores, orders by identity, texts, and rules of exclusion."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from simulate.engine import run
from simulate.models import ChatRequest, ScriptedModel
from simulate.runfile import Dialogue, open_run
from simulate.scenario import Answer, Scenario
from tests.made_runs import exported

ITEMS: dict[str, Any] = {
    "a": "I like it.",
    "b": {"text": "I dislike it.", "reversed": True},
    "c": "It is good.",
    "check": {"text": "Choose 2.", "right": 2},
}
LEVELS = ["1 (no)", 2, 3, 4, "5 (yes)"]


def scenario(**changes: Any) -> Scenario:
    return Scenario.model_validate(
        {
            "scenario": "attitude",
            "speakers": {
                "bot": {"plays": "assistant", "instructions": "You are the bot."},
                "ada": {"plays": "user", "instructions": "You are Ada.", "method": {"name": "vs"}},
            },
            "turns": {"maximum": 1},
            "conditions": {"tone": {"warm": {}, "cool": {}}},
            "batteries": {
                "liking": {
                    "levels": LEVELS,
                    "asked": {"speaker": "ada", "question": "Agree? {{ item }}"},
                    "items": ITEMS,
                    "order": "random",
                    "waves": ["before", "after"],
                }
            },
            "outcomes": {
                "change": {"computed": {"difference": ["liking_after", "liking_before"]}},
                "why": {"kind": "text", "asked": {"speaker": "ada", "question": "Why?"}},
            },
            "exclude": {
                "inattentive": {"when": {"liking_before_check_right": "no"}, "why": "failed it"}
            },
            "steps": [{"ask": ["liking_before"]}, {"say": 1}, {"ask": ["liking_after"]}],
            **changes,
        }
    )


def answers(request: ChatRequest) -> Any:
    """Answer 4 to every item before the talk and 2 after it, and in a few words else."""
    if request.schema is None:
        return "Hello."
    item = request.schema["properties"]["responses"]["items"]["properties"]
    if "text" in item:
        return {"responses": [{"text": "Hm.", "probability": 1}]}
    if "enum" not in item["value"]:
        return {"responses": [{"value": "Because.", "probability": 1}]}
    value = "2" if len(request.messages) > 2 else "4"
    return {"responses": [{"value": value, "probability": 1}]}


def played(path: Path, **changes: Any) -> list[Dialogue]:
    model = ScriptedModel(answers)
    result = asyncio.run(run(scenario(**changes), n=4, model=model, out=path))
    assert result.failed == 0
    with open_run(path) as file:
        return list(file.read())


def test_scores_changes_checks_and_texts_are_outcomes_of_each_dialogue(tmp_path: Path) -> None:
    first = played(tmp_path / "a.db")[0]
    values = {name: outcome.value for name, outcome in first.outcomes.items()}
    assert values["liking_before"] == (4 + 2 + 4) / 3
    assert values["liking_after"] == (2 + 4 + 2) / 3
    assert values["change"] == pytest.approx(values["liking_after"] - values["liking_before"])
    assert (values["liking_before_check_right"], values["liking_after_check_right"]) == (
        False,
        True,
    )
    assert values["why"] == "Because."
    (line, *_) = exported(tmp_path / "a.db")
    assert line["outcomes"]["why"]["value"] == "Because."
    measured = {name: outcome.answer for name, outcome in first.outcomes.items()}
    assert scenario().excluded(measured) == "inattentive"


def asked_in(path: Path) -> dict[tuple[str, str], list[str]]:
    """Return the items in the order in which they were asked, by persona and cell."""
    found = {
        (each["persona"]["id"], each["cell"]["tone"]): each["asked"] for each in exported(path)
    }
    with open_run(path) as file:
        for dialogue in file.read():
            sent = [call.outcome for call in file.calls(dialogue.id) if call.outcome]
            assert sent == found[dialogue.persona.id, dialogue.cell.label]
    return found


def test_each_person_has_an_order_of_their_own_which_is_the_same_in_all_cells(
    tmp_path: Path,
) -> None:
    played(tmp_path / "a.db")
    found = asked_in(tmp_path / "a.db")
    orders = {persona: order for (persona, _), order in found.items()}
    assert all(orders[persona] == order for (persona, _), order in found.items())
    assert len({tuple(order[:4]) for order in orders.values()}) > 1
    assert all(
        set(order[:4]) == {f"liking_before_{item}" for item in ITEMS} for order in orders.values()
    )


def test_a_random_order_of_a_step_keeps_each_battery_together(tmp_path: Path) -> None:
    steps = [{"ask": ["liking_before"]}, {"say": 1}]
    steps += [{"ask": {"outcomes": ["why", "liking_after"], "order": "random"}}]
    played(tmp_path / "a.db", steps=steps)
    places = {order[4:].index("why") for order in asked_in(tmp_path / "a.db").values()}
    assert places == {0, 4}


def test_points_are_computed_where_there_was_a_deal_and_do_not_apply_elsewhere(
    tmp_path: Path,
) -> None:
    sold = {"kind": "count", "support": [0, 3], "asked": {"speaker": "ada", "question": "Sold?"}}
    points = {
        "kind": "count",
        "support": [0, 9],
        "applies_if": {"deal": "yes"},
        "computed": {"expression": "sold * variables.price"},
    }
    outcomes = {
        "sold": sold,
        "deal": {"computed": {"when": {"sold": {"above": 1}}}},
        "points": points,
    }
    changes = {"batteries": {}, "steps": [], "exclude": {}, "variables": {"price": 3}}

    def selling(request: ChatRequest) -> Any:
        if "integer" in str(request.schema):
            stated = [(1, 0.5), (3, 0.5)]
            return {"responses": [{"value": v, "probability": p} for v, p in stated]}
        return answers(request)

    found = scenario(**changes, outcomes=outcomes)
    asyncio.run(run(found, n=6, model=ScriptedModel(selling), out=tmp_path / "a.db"))
    with open_run(tmp_path / "a.db") as file:
        measured = {tuple(d.outcomes[n].answer for n in outcomes) for d in file.read()}
    assert measured == {
        (Answer(1), Answer(False), Answer(None, applies=False)),
        (Answer(3), Answer(True), Answer(9)),
    }
