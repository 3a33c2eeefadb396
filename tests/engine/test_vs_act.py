"""A run whose users draw an act before they speak: draws, export, resuming, and what is shown."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from simulate.engine import estimate, run
from simulate.errors import EndpointError
from simulate.models import ChatRequest, ScriptedModel
from simulate.runfile import Dialogue, open_run
from simulate.scenario import Scenario
from tests.made_runs import exported, gone_at
from tests.verbalized.recorded import stated

ACTS = {"ask": 0.5, "agree": 0.3, "refuse": 0.2}
METHOD = {"name": "vs-act", "acts": list(ACTS)}


def scenario(**changes: Any) -> Scenario:
    return Scenario.model_validate(
        {
            "scenario": "acting",
            "speakers": {
                "bot": {"plays": "assistant"},
                "ada": {"plays": "user", "method": METHOD},
            },
            "turns": {"maximum": 2},
            **changes,
        }
    )


def answers(request: ChatRequest) -> Any:
    if request.schema is not None:
        return stated(*ACTS.items(), key="value")
    return f"I {request.messages[-1]['content'].partition('do now: ')[2].partition('.')[0]}."


def played(path: Path, n: int = 1, **options: Any) -> list[Dialogue]:
    given: dict[str, Any] = {"model": ScriptedModel(answers), "out": path, "n": n, **options}
    asyncio.run(run(given.pop("scenario", scenario()), **given))
    with open_run(path) as file:
        return [file.dialogue(planned.id) for planned, _ in file.planned()]


def acts_of(dialogue: Dialogue) -> list[str]:
    return [turn.picks[0].candidate.text for turn in dialogue.turns_of("user")]


def test_acts_come_as_stated_and_the_reply_does_the_drawn_one(tmp_path: Path) -> None:
    found = played(tmp_path / "a.db", 150)
    drawn = Counter(act for dialogue in found for act in acts_of(dialogue))
    for act, probability in ACTS.items():
        # 300 draws: a standard deviation of at most .029.
        assert drawn[act] / 300 == pytest.approx(probability, abs=0.1)
    for turn in (turn for dialogue in found for turn in dialogue.turns_of("user")):
        assert turn.text == f"I {turn.picks[0].candidate.text}."
        assert [draw.what for draw in turn.draws] == ["act", "reply"]
        assert turn.weight == pytest.approx(ACTS[turn.picks[0].candidate.text])
        assert turn.log_weight == 0
        assert turn.entropy == pytest.approx(turn.picks[0].distribution.entropy())


def test_cells_draw_acts_by_the_same_random_numbers(tmp_path: Path) -> None:
    flatter = {"speakers": {"ada": {"method": {"draw": "uniform"}}}}
    conditions = {"draw": {"stated": {}, "again": {}, "flatter": flatter}}
    found = played(tmp_path / "a.db", 10, scenario=scenario(conditions=conditions))
    us: dict[str, list[tuple[str, float]]] = {label: [] for label in conditions["draw"]}
    for dialogue in found:
        for turn in dialogue.turns_of("user"):
            us[dialogue.cell.label].append((dialogue.persona.id, turn.picks[0].u))
    assert us["stated"] == us["again"] == us["flatter"]
    assert len(set(us["stated"])) == 20


def test_the_tail_is_drawn_before_the_act(tmp_path: Path) -> None:
    ada = {"plays": "user", "method": {"name": "vs-act", "k": 3}, "tail": {"share": 1}}
    speakers = {"bot": {"plays": "assistant"}, "ada": ada}
    [dialogue] = played(tmp_path / "a.db", scenario=scenario(speakers=speakers))
    assert [d.what for d in dialogue.turns[1].draws] == ["tail", "act", "reply"]
    assert dialogue.turns[1].below == 0.1


def test_a_tail_of_declared_acts_is_refused() -> None:
    speakers = {"ada": {"plays": "user", "method": METHOD, "tail": {"share": 0.5}}}
    with pytest.raises(ValidationError, match="tail: below is set, but each of the acts"):
        scenario(speakers=speakers)


def test_a_level_may_change_the_acts() -> None:
    fewer = {"speakers": {"ada": {"method": {"acts": ["stay", "go"]}}}}
    [cell] = scenario(conditions={"acts": {"fewer": fewer}}).cells()
    assert cell.speakers["ada"].method.acts == ("stay", "go")
    wrong = {"speakers": {"ada": {"method": {"name": "vs", "acts": ["stay", "go"]}}}}
    with pytest.raises(ValidationError, match="acts is set, but method vs does not take it"):
        scenario(conditions={"acts": {"wrong": wrong}})


@pytest.mark.parametrize("call", [2, 3, 5, 6])
def test_a_run_that_ends_between_the_two_calls_of_a_turn_goes_on_as_if_it_had_not(
    call: int, tmp_path: Path
) -> None:
    played(tmp_path / "whole.db")
    with pytest.raises(EndpointError):
        played(tmp_path / "cut.db", model=gone_at(call, answers))
    played(tmp_path / "cut.db", resume=True)
    assert exported(tmp_path / "cut.db") == exported(tmp_path / "whole.db")


def test_the_export_has_the_acts_before_the_reply(tmp_path: Path) -> None:
    played(tmp_path / "a.db")
    [dialogue] = exported(tmp_path / "a.db")
    turn = dialogue["turns"][1]
    [act] = turn["draws"]
    assert act["what"] == "act"
    assert [(c["text"], c["probability"]) for c in act["candidates"]] == list(ACTS.items())
    assert turn["candidates"] == [{"text": turn["text"], "probability": None, "weight": 1.0}]
    assert dialogue["usage"]["calls"] == 6


def test_an_outcome_that_is_asked_as_in_the_talk_has_an_act_of_its_own(tmp_path: Path) -> None:
    def answer(request: ChatRequest) -> Any:
        return "ask" if "Your intention: " in request.messages[-1]["content"] else answers(request)

    asked = {"speaker": "ada", "question": "And now?", "method": "as-in-talk"}
    outcome = {"kind": "choice", "levels": ["ask", "go"], "asked": asked}
    asking = scenario(outcomes={"then": outcome}, turns={"maximum": 1})
    [dialogue] = played(tmp_path / "a.db", scenario=asking, model=ScriptedModel(answer))
    [act, last] = dialogue.outcomes["then"].draws
    assert (act.what, last.what, dialogue.outcomes["then"].value) == ("act", "then", "ask")
    assert act.u != dialogue.turns[1].picks[0].u
    [line] = exported(tmp_path / "a.db")
    assert [draw["what"] for draw in line["outcomes"]["then"]["draws"]] == ["act"]


def test_a_dry_run_counts_both_calls_of_a_turn(tmp_path: Path) -> None:
    made = asyncio.run(run(scenario(), n=2, model=ScriptedModel(answers), out=tmp_path / "a.db"))
    assert asyncio.run(estimate(scenario(), n=2)).calls == made.calls == 12
