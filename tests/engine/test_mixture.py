"""Several methods and models within one cell: which is drawn, who answers, and what is on file."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from simulate.engine import estimate, make_plan, run
from simulate.errors import EndpointError, InputError, RunFileError
from simulate.models import ChatRequest, ScriptedModel
from simulate.runfile import Dialogue, open_run
from simulate.scenario import Scenario
from tests.made_runs import exported, gone_at
from tests.verbalized.recorded import stated

PARTS = {
    "listing": {"weight": 3, "method": {"name": "vs", "k": 2, "draw": "uniform"}},
    "other": {"weight": 1, "model": "other"},
}


def scenario(parts: Any = PARTS, **changes: Any) -> Scenario:
    return Scenario.model_validate(
        {
            "scenario": "mixed",
            "speakers": {
                "bot": {"plays": "assistant"},
                "ada": {"plays": "user", "method": {"name": "mixture", "parts": parts}},
            },
            "turns": {"maximum": 3},
            **changes,
        }
    )


def answers(request: ChatRequest) -> Any:
    return "Hello." if request.schema is None else stated(("Yes.", 0.9), ("No.", 0.1))


MODEL, OTHER = ScriptedModel(answers), ScriptedModel(answers, name="other")


def played(path: Path, n: int = 1, **options: Any) -> list[Dialogue]:
    given: dict[str, Any] = {"scenario": scenario(), "speaker_models": {"ada/other": OTHER}}
    given |= {"model": MODEL, "out": path, "n": n, **options}
    asyncio.run(run(given.pop("scenario"), **given))
    with open_run(path) as file:
        return [file.dialogue(planned.id) for planned, _ in file.planned()]


def parts_of(dialogue: Dialogue) -> list[str]:
    return [turn.picks[0].candidate.text for turn in dialogue.turns_of("user")]


def test_a_person_is_one_part_throughout_a_dialogue_and_parts_come_by_their_weights(
    tmp_path: Path,
) -> None:
    found = [parts_of(dialogue) for dialogue in played(tmp_path / "a.db", 200)]
    assert all(len(set(parts)) == 1 for parts in found)
    # 150 are expected, with a standard deviation of 6.1.
    assert Counter(parts[0] for parts in found)["listing"] == pytest.approx(150, abs=20)


def test_a_part_may_be_drawn_anew_for_each_turn(tmp_path: Path) -> None:
    method = {"name": "mixture", "parts": PARTS, "per": "turn"}
    speakers = {"bot": {"plays": "assistant"}, "ada": {"plays": "user", "method": method}}
    found = played(tmp_path / "a.db", 40, scenario=scenario(speakers=speakers))
    assert any(len(set(parts_of(dialogue))) == 2 for dialogue in found)
    parts = Counter(part for dialogue in found for part in parts_of(dialogue))
    assert parts["listing"] / parts.total() == pytest.approx(0.75, abs=0.16)


def test_the_model_of_the_part_answers_and_is_named_by_the_calls(tmp_path: Path) -> None:
    played(tmp_path / "a.db", 12)
    with open_run(tmp_path / "a.db") as file:
        assert file.meta["models"] == [
            {"bot": "scripted", "ada": "scripted", "ada/other": "other", "judge": "scripted"}
        ]
        asked = Counter(
            (turn.picks[0].candidate.text, call.model)
            for planned, _ in file.planned()
            for turn in file.dialogue(planned.id).turns_of("user")
            for call in file.calls(planned.id)
            if call.turn == turn.index
        )
    assert set(asked) == {("listing", "scripted"), ("other", "other")}


def test_each_part_draws_its_reply_as_it_says_and_weighs_back_by_it(tmp_path: Path) -> None:
    for dialogue in played(tmp_path / "a.db", 12):
        for turn in dialogue.turns_of("user"):
            assert turn.draw is not None
            if turn.picks[0].candidate.text == "other":
                assert (len(turn.draw.distribution), turn.log_weight) == (1, 0)
                continue
            assert turn.draw.chances.tolist() == [0.5, 0.5]
            weight = turn.draw.distribution.weights[turn.draw.chosen] / 0.5
            assert turn.log_weight == pytest.approx(math.log(weight))


def test_cells_draw_the_same_part_for_the_same_person(tmp_path: Path) -> None:
    conditions = {"wording": {"plain": {}, "percent": {"variables": {"x": 1}}}}
    found = played(tmp_path / "a.db", 20, scenario=scenario(conditions=conditions))
    by_cell = [
        {d.persona.id: parts_of(d)[0] for d in found if d.cell.label == label}
        for label in ("plain", "percent")
    ]
    assert by_cell[0] == by_cell[1]
    assert len(set(by_cell[0].values())) == 2


def test_a_person_answers_an_outcome_as_the_part_that_it_was_in_the_talk(tmp_path: Path) -> None:
    def answer(request: ChatRequest) -> Any:
        if "How?" not in request.messages[-1]["content"]:
            return answers(request)
        listing = "responses" in str(request.schema)
        return stated(("a", 1), key="value") if listing else {"value": "b"}

    asked = {"speaker": "ada", "question": "How?", "method": "as-in-talk"}
    outcome = {"kind": "choice", "levels": ["a", "b"], "asked": asked}
    others = {"ada/other": ScriptedModel(answer, name="other")}
    options = {"model": ScriptedModel(answer), "speaker_models": others}
    found = played(tmp_path / "a.db", 12, scenario=scenario(outcomes={"how": outcome}), **options)
    values = {(parts_of(dialogue)[0], dialogue.outcomes["how"].value) for dialogue in found}
    assert values == {("listing", "a"), ("other", "b")}


def test_the_export_shows_the_part_before_the_reply(tmp_path: Path) -> None:
    played(tmp_path / "a.db")
    [dialogue] = exported(tmp_path / "a.db")
    [part] = dialogue["turns"][1]["draws"]
    assert (part["what"], part["candidates"][part["chosen"]]["text"]) == ("part", "other")
    assert [c["weight"] for c in part["candidates"]] == [0.75, 0.25]


def test_a_run_that_was_cut_off_goes_on_with_the_same_parts(tmp_path: Path) -> None:
    whole = played(tmp_path / "whole.db", 6)
    with pytest.raises(EndpointError, match="gone"):
        played(tmp_path / "cut.db", 6, model=gone_at(9, answers), concurrency=1)
    cut = played(tmp_path / "cut.db", 6, resume=True)
    assert [d.turns for d in cut] == [d.turns for d in whole]


def test_a_run_is_not_gone_on_with_another_model_of_a_part(tmp_path: Path) -> None:
    played(tmp_path / "a.db")
    another = {"ada/other": ScriptedModel(answers, name="another")}
    with pytest.raises(RunFileError, match=r"model of ada/other \(there other, here another\)"):
        played(tmp_path / "a.db", 2, resume=True, speaker_models=another)


def test_a_model_for_a_part_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"or the part has no `model` .*: bot, ada, ada/other, judge"
    ):
        played(tmp_path / "a.db", speaker_models={"ada/third": OTHER})


def test_a_dry_run_counts_the_calls_of_the_parts_as_they_are_drawn(tmp_path: Path) -> None:
    parts = {
        "once": {"weight": 1, "method": "direct"},
        "thrice": {"weight": 1, "method": {"name": "multi", "k": 3}},
    }
    mixed = scenario(parts)
    expected = asyncio.run(estimate(mixed, n=30, model=MODEL))
    made = asyncio.run(run(mixed, n=30, model=MODEL, out=tmp_path / "a.db"))
    assert expected.calls == made.calls


def test_prompts_of_all_parts_are_part_of_the_identity_of_a_run() -> None:
    assert {"vs", "direct"} <= set(make_plan(scenario(), None, 1, 0).prompts)


@pytest.mark.parametrize(
    ("parts", "rule"),
    [
        ({"a": {"weight": 1, "model": "x@http://u:p@h/v1"}}, "parts.a.model: a model here must"),
        ({"a": {"weight": 1, "model": "scripted:/etc/x"}}, "parts.a.model: a model here may name"),
        ({"a": {"weight": 1, "model": "scripted:C:x"}}, "parts.a.model: a model here may name"),
        ({"a": {"weight": 1, "model": ""}}, "parts.a.model: "),
    ],
)
def test_a_model_of_a_part_holds_no_secret_and_names_no_file_elsewhere(
    parts: dict[str, Any], rule: str
) -> None:
    with pytest.raises(ValidationError, match=rule):
        scenario(parts)
    level = {"speakers": {"ada": {"method": {"name": "mixture", "parts": parts}}}}
    with pytest.raises(ValidationError, match=rule):
        scenario(conditions={"who": {"a": level}})


def test_an_asked_outcome_has_no_models_of_its_own() -> None:
    asked = {"speaker": "ada", "question": "How?", "method": {"name": "mixture", "parts": PARTS}}
    outcome = {"kind": "choice", "levels": ["a", "b"], "asked": asked}
    with pytest.raises(ValidationError, match=r"outcomes\.o\.asked\.method: a part has a model"):
        scenario(outcomes={"o": outcome})


def test_only_a_user_is_a_mixture() -> None:
    speakers = {"bot": {"plays": "assistant", "method": {"name": "mixture", "parts": PARTS}}}
    with pytest.raises(ValidationError, match="mixture gives a distribution, which only a speaker"):
        scenario(speakers=speakers)
