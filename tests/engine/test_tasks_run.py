"""One-turn tasks on the one engine: what is asked, what is drawn, and what is on file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from simulate import open_run, run_sync
from simulate.comparison import compare
from simulate.engine import with_methods
from simulate.errors import InputError
from simulate.files import shipped
from simulate.models import ChatRequest, ScriptedModel
from simulate.scenario import Scenario, Speaker, load_scenario
from simulate.verbalized import MethodSpec
from tests.endpoint import Serve
from tests.verbalized.recorded import BY_NAME, stated

DICE = {
    "scenario": "dice",
    "speakers": {"roller": {"plays": "user", "method": {"name": "vs", "k": 2}}},
    "turns": {"maximum": 1, "opening": "Roll a {{ variables.what }}."},
    "variables": {"what": "die"},
    "outcomes": {
        "face": {"kind": "count", "support": [1, 6], "answered": {}},
        "high": {
            "kind": "choice",
            "levels": ["yes", "no"],
            "matched": {"patterns": {"yes": "^[456]$", "no": "^[12]$"}},
        },
    },
    "compare": {"face": "fair-die"},
}


def play(path: Path, answer: Any, **changes: Any) -> list[ChatRequest]:
    asked: list[ChatRequest] = []

    def reply(request: ChatRequest) -> str:
        asked.append(request)
        return json.dumps(answer)

    scenario = Scenario.model_validate({**DICE, **changes})
    result = run_sync(scenario, n=1, model=ScriptedModel(reply), out=path)
    assert result.completed == 1
    return asked


def test_the_request_is_the_opening_and_the_answer_is_asked_for_in_its_form(
    tmp_path: Path,
) -> None:
    asked = play(tmp_path / "r.db", stated((2, 0.5), (5, 0.5), key="value"))
    assert [m["role"] for m in asked[0].messages] == ["user", "user"]
    assert asked[0].messages[0]["content"] == "Roll a die."
    assert "each a whole number from 1 to 6" in asked[0].messages[1]["content"]


def test_an_answered_outcome_has_the_distribution_of_the_turn(tmp_path: Path) -> None:
    path = tmp_path / "r.db"
    play(path, stated((2, 0.9), (5, 0.1), key="value"))
    with open_run(path) as file:
        (row,) = file.outcome_rows("face")
        (dialogue,) = file.dialogues()
    assert row.candidates is not None
    assert [(c.value, c.probability) for c in row.candidates] == [(2, 0.9), (5, 0.1)]
    assert row.value == 2
    assert dialogue["outcomes"]["face"]["candidates"][0]["weight"] == pytest.approx(0.9)


def test_a_candidate_in_which_nothing_matches_has_no_value(tmp_path: Path) -> None:
    path = tmp_path / "r.db"
    play(path, stated((3, 0.25), (5, 0.75), key="value"))
    with open_run(path) as file:
        (row,) = file.outcome_rows("high")
    assert row.candidates is not None
    assert [c.value for c in row.candidates] == [None, "yes"]


def test_a_comparison_takes_all_candidates_of_a_task(tmp_path: Path) -> None:
    path = tmp_path / "r.db"
    play(path, stated((1, 0.5), (6, 0.5), key="value"))
    row = compare(path, draws=200).row("all")
    assert row.mean == pytest.approx(3.5)
    # Of one value per persona, a 1 or a 6, which is 5/6 away from a fair die.
    assert row.distances["ks"].value == pytest.approx(5 / 6)


def test_the_prompt_on_file_has_the_request_as_it_was_rendered(tmp_path: Path) -> None:
    path = tmp_path / "r.db"
    asked = play(path, stated((1, 0.5), (6, 0.5), key="value"))
    with open_run(path) as file:
        (call,) = file.calls(0)
    assert call.prompt == list(asked[0].messages)


@pytest.mark.parametrize("name", [n for n in shipped.names("scenarios") if "donation" not in n])
def test_a_shipped_scenario_runs_at_its_full_size_against_an_endpoint(
    name: str, tmp_path: Path, serve: Serve
) -> None:
    scenario = load_scenario(name)
    spec = serve().spec
    plays = {speaker.plays for speaker in scenario.speakers.values()}
    target = f"model:{spec}" if "target" in plays else None
    result = run_sync(name, model=spec, target=target, out=tmp_path / "r.db")
    assert result.failed == 0
    assert result.completed == scenario.defaults.n * len(scenario.cells())


@pytest.mark.parametrize("name", ["joke", "donation"])
def test_every_method_runs_on_the_engine_and_keeps_its_distributions(
    name: str, tmp_path: Path, serve: Serve
) -> None:
    path = tmp_path / "r.db"
    result = run_sync(name, n=1, methods=BY_NAME, model=serve().spec, out=path)
    assert result.completed == len(BY_NAME)
    with open_run(path) as file:
        for dialogue in file.dialogues():
            spec = MethodSpec.model_validate({"name": dialogue["cell"]["method"]})
            turn = dialogue["turns"][-1]
            assert (turn["candidates"] is not None) == spec.verbalizes
            if spec.verbalizes:
                assert sum(c["weight"] for c in turn["candidates"]) == pytest.approx(1)
            if spec.name in ("sequence", "multi"):
                assert {c["probability"] for c in turn["candidates"]} == {None}


def test_a_method_that_cannot_take_the_scenarios_options_is_one_clear_line() -> None:
    scenario = load_scenario("joke").model_copy(
        update={
            "speakers": {"writer": Speaker(plays="user", method=MethodSpec(name="vs", k="auto"))}
        }
    )
    with pytest.raises(InputError, match=r"method multi: .*k is auto, but multi has to know"):
        with_methods(scenario, ["multi"])
