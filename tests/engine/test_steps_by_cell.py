"""Cells with steps of their own, and an outcome that is asked for in one way in all of them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from simulate.engine import estimate, make_plan, run
from simulate.errors import EndpointError, InputError
from simulate.models import ChatRequest, ScriptedModel
from simulate.runfile import open_run
from simulate.scenario import Scenario, rehearse
from tests.made_runs import exported, gone_at

LEVELS: dict[str, Any] = {
    "alone": {"steps": [{"ask": ["sum"]}]},
    "told": {"steps": [{"show": {"to": "ada", "text": "You are asked."}}]},
    "overheard": {"steps": [{"given": [{"speaker": "bot", "text": "Will you give?"}]}]},
    "talk": {"speakers": {"ada": {"method": "direct"}}},
    "short": {"steps": [{"say": 1}]},
}


def scenario(**changes: Any) -> Scenario:
    asked = {"speaker": "ada", "question": "How much?", "method": {"name": "vs", "k": 2}}
    return Scenario.model_validate(
        {
            "scenario": "by-cell",
            "speakers": {
                "bot": {"plays": "assistant", "instructions": "You are the bot."},
                "ada": {"plays": "user", "instructions": "You are Ada.", "method": "vs"},
            },
            "turns": {"maximum": 2},
            "outcomes": {"sum": {"kind": "amount", "support": [0, 100], "asked": asked}},
            "conditions": {"before": LEVELS},
            **changes,
        }
    )


def answers(request: ChatRequest) -> Any:
    """Answer an outcome with the number of messages before its question."""
    before = len(request.messages) - 1
    if request.schema is None:
        return f"Reply after {before}."
    if "value" in str(request.schema):
        stated = [(before, 0.5), (before + 50, 0.5)]
        return {"responses": [{"value": v, "probability": p} for v, p in stated]}
    return {"responses": [{"text": f"Said after {before}.", "probability": 1}]}


def played(path: Path, **options: Any) -> dict[str, Any]:
    settings = {"n": 1, "model": ScriptedModel(answers), "out": path, **options}
    assert asyncio.run(run(scenario(), **settings)).failed == 0
    with open_run(path) as file:
        return {d.cell.label: d for d in map(file.dialogue, range(len(LEVELS)))}


def test_a_level_gives_its_cell_other_steps(tmp_path: Path) -> None:
    found = played(tmp_path / "a.db")
    assert {label: len(d.turns) for label, d in found.items()} == {
        "alone": 0,
        "told": 0,
        "overheard": 1,
        "talk": 4,
        "short": 2,
    }
    lowest = {label: min(a.value for a in d.outcomes["sum"].answers) for label, d in found.items()}
    assert lowest == {"alone": 1, "told": 2, "overheard": 2, "talk": 5, "short": 3}


def test_an_outcome_is_asked_for_in_its_own_way_whatever_the_method_of_the_talk(
    tmp_path: Path,
) -> None:
    played(tmp_path / "a.db")
    with open_run(tmp_path / "a.db") as file:
        calls = [call for i in range(len(LEVELS)) for call in file.calls(i) if call.outcome]
    asked = [call.request[-1]["content"] for call in calls]
    told = [a.partition("This is asked by") for a in asked if not a.startswith("[This")]
    assert {before for before, _, _ in told} == {"[The conversation is over. "}
    assert len({after.partition("]\n")[2] for after in asked}) == 1
    assert "Write 2, each once" in asked[0]


@pytest.mark.parametrize("at", range(2, 12, 3))
def test_a_run_whose_cells_differ_goes_on_as_if_nothing_had_happened(
    tmp_path: Path, at: int
) -> None:
    with pytest.raises(EndpointError):
        played(tmp_path / "a.db", model=gone_at(at, answers), concurrency=1)
    played(tmp_path / "a.db", resume=True)
    played(tmp_path / "b.db")
    assert exported(tmp_path / "a.db") == exported(tmp_path / "b.db")


def test_the_prompts_on_file_are_those_of_the_cell(tmp_path: Path) -> None:
    sent: list[list[str]] = []

    def noting(request: ChatRequest) -> Any:
        sent.append([m["content"] for m in request.messages])
        return answers(request)

    played(tmp_path / "a.db", model=ScriptedModel(noting), concurrency=1)
    with open_run(tmp_path / "a.db") as file:
        prompts = [c.prompt for i in range(len(LEVELS)) for c in file.calls(i)]
    assert [[m["content"] for m in prompt] for prompt in prompts] == sent


def test_a_dry_run_counts_the_calls_of_each_cell() -> None:
    # Talks of 4 and of 2 turns, and one outcome in each of the five cells.
    expected = asyncio.run(estimate(scenario(), n=2, model=ScriptedModel(answers)))
    assert expected.calls == 2 * (4 + 2 + 5)


def test_the_turns_of_a_run_are_those_that_its_cells_ask_for() -> None:
    assert make_plan(scenario(), None, 3, 0).most_turns == 3 * (4 + 2)


def test_the_steps_of_a_level_are_part_of_what_a_run_is_known_by() -> None:
    other = {"before": {**LEVELS, "short": {"steps": [{"say": 2}]}}}
    plans = [make_plan(s, None, 1, 0) for s in (scenario(), scenario(conditions=other))]
    assert plans[0].fingerprint != plans[1].fingerprint


def test_a_scenario_with_steps_by_level_is_the_same_after_it_was_stored() -> None:
    again = Scenario.model_validate(scenario().model_dump(mode="json"))
    assert again.cells() == scenario().cells()


def test_a_later_condition_and_an_empty_list_replace_the_steps() -> None:
    conditions = {"a": {"x": {"steps": [{"say": 1}]}}, "b": {"same": {}, "usual": {"steps": []}}}
    first, second = scenario(conditions=conditions).cells()
    assert (first.steps[0].say, second.steps[0].say) == (1, 2)


@pytest.mark.parametrize(
    ("level", "why"),
    [
        ({"steps": [{"ask": ["never"]}]}, r"conditions\.c\.x\.steps\.0\.ask: there is no outcome"),
        ({"steps": [{"say": 1}, {"given": "persona"}]}, "put it first"),
        ({"steps": [{"show": {"to": "eve", "text": "x"}}]}, "there is no speaker “eve”"),
        ({"steps": [{"say": 0}]}, "greater than or equal to 1"),
    ],
)
def test_steps_of_a_level_that_make_no_sense_are_refused(level: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        scenario(conditions={"c": {"x": level}})


def test_a_template_in_the_steps_of_a_level_is_checked_with_its_place() -> None:
    shown = {"steps": [{"show": {"to": "ada", "text": "{{ variables.no }}"}}]}
    with pytest.raises(InputError, match=r"conditions\.c\.x\.steps\.0: variables has no “no”"):
        rehearse(scenario(conditions={"c": {"x": shown}}), None)


def test_an_assistant_cannot_be_asked_for_a_distribution() -> None:
    asked = {"speaker": "bot", "question": "How much?", "method": "vs"}
    with pytest.raises(ValidationError, match="“bot” does not play user"):
        scenario(outcomes={"sum": {"kind": "amount", "support": [0, 1], "asked": asked}})
