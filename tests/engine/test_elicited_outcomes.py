"""Outcomes whose distribution comes from log-probabilities, or from mean and spread, in a run."""

from __future__ import annotations

import asyncio
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from openai import AsyncOpenAI

from simulate import open_run, run_sync, verbalize_sync
from simulate.comparison import compare
from simulate.comparison.summary import summaries
from simulate.comparison.task_diversity import diversity
from simulate.engine import RunResult, estimate, run
from simulate.errors import EndpointError, InputError, ScenarioError
from simulate.models import ChatRequest, ScriptedModel
from simulate.randomness import uniform
from simulate.scenario import Scenario, load_scenario
from tests.endpoint import Answer, Body, Endpoint, Serve, completion

AGREES = {"A": 0.6, "B": 0.2}


def asking(method: Any, **outcome: Any) -> Scenario:
    """Return a talk after which the persuadee is asked by a method."""
    asked = {"speaker": "persuadee", "question": "Do you give?", "method": method}
    return Scenario.model_validate(
        {
            "scenario": "asking",
            "speakers": {"persuader": {"plays": "assistant"}, "persuadee": {"plays": "user"}},
            "turns": {"maximum": 1},
            "outcomes": {"gives": {"kind": "yesno", **outcome, "asked": asked}},
        }
    )


AMOUNT = {"kind": "amount", "unit": "USD", "support": [0, 2]}


def answers(body: Body, number: int) -> Answer:
    """Answer as a model that says yes with .6, no with .2, and else no letter."""
    if "logprobs" in body:
        listed = body["messages"][-1]["content"]
        yes_first = listed.index("yes") < listed.index("no\n")
        found = AGREES if yes_first else {"A": AGREES["B"], "B": AGREES["A"]}
        top = [{"token": t, "logprob": math.log(p)} for t, p in [*found.items(), ("The", 0.2)]]
        reply = completion("The", finish_reason="length")
        reply["choices"][0]["logprobs"] = {"content": [{"token": "The", "top_logprobs": top}]}
        return reply
    if "mean" in json.dumps(body.get("response_format")):
        return '{"mean": 0.8, "spread": 0.5}'
    return None


@pytest.mark.parametrize("way", ["wire", "sdk"])
def test_a_yes_or_no_is_drawn_from_the_probabilities_of_its_letters(
    way: str, tmp_path: Path, serve: Serve
) -> None:
    endpoint: Endpoint = serve(answers)
    path = tmp_path / "r.db"

    async def go() -> RunResult:
        if way == "wire":
            return await run(asking("logprob"), n=40, model=endpoint.spec, out=path)
        async with AsyncOpenAI(api_key="none", base_url=endpoint.url) as client:
            return await run(asking("logprob"), n=40, model=(client, "mock"), out=path)

    result = asyncio.run(go())
    assert (result.completed, result.calls) == (40, 160)
    with open_run(path) as file:
        for dialogue in file.dialogues():
            candidates = dialogue["outcomes"]["gives"]["candidates"]
            assert [c["value"] for c in candidates] == [True, False]
            assert [c["probability"] for c in candidates] == pytest.approx([0.6, 0.2])
            assert [c["weight"] for c in candidates] == pytest.approx([0.75, 0.25])
        raw = [json.loads(r) for (r,) in file.rows("SELECT raw FROM call WHERE raw LIKE '{%'")]
        assert len(raw) == 80
        assert {t: math.exp(log) for t, log in raw[0].items()}.keys() == {"A", "B", "The"}
        (summary,) = summaries(file)
    (cell,) = summary.cells
    assert cell.mean == pytest.approx(0.75)
    sent = [body for body in endpoint.bodies if "logprobs" in body]
    assert {(body["max_tokens"], body["temperature"], body.get("top_p")) for body in sent} == {
        (1, 1.0, None)
    }


def test_a_model_that_hardly_answers_with_a_letter_is_told_of(tmp_path: Path) -> None:
    def hardly(request: ChatRequest) -> Any:
        if request.top_logprobs is None:
            return "Well."
        return {"The": math.log(0.7), "A": math.log(0.2), "B": math.log(0.1)}

    for name, model in (("few", ScriptedModel(hardly)), ("most", ScriptedModel([{"A": 0.0}]))):
        path = tmp_path / f"{name}.db"
        run_sync(asking("logprob"), n=3, model=model, out=path)
        with open_run(path) as file:
            (summary,) = summaries(file)
        notes = [note for note in summary.cells[0].notes if "logprob" in note]
        assert len(notes) == (name == "few")
        if notes:
            assert notes[0].startswith("logprob: in 3 of 3 answers most of the model's probability")
            assert "0.30, median" in notes[0]


def test_an_amount_is_drawn_from_a_distribution_with_the_stated_moments(
    tmp_path: Path, serve: Serve
) -> None:
    path = tmp_path / "r.db"
    run_sync(asking("moments", **AMOUNT), n=40, model=serve(answers).spec, out=path)
    with open_run(path) as file:
        dialogue = next(iter(file.dialogues()))
        candidates = dialogue["outcomes"]["gives"]["candidates"]
        values = np.array([c["value"] for c in candidates])
        weights = np.array([c["weight"] for c in candidates])
        assert {c["probability"] for c in candidates} == {None}
        assert weights @ values == pytest.approx(0.8)
        assert weights @ (values - 0.8) ** 2 == pytest.approx(0.25)
        raw = list(file.rows("SELECT raw FROM call WHERE raw LIKE '{%' LIMIT 1"))
        assert json.loads(raw[0][0]) == {"mean": 0.8, "spread": 0.5}
        (summary,) = summaries(file)
    assert summary.cells[0].mean == pytest.approx(0.8)
    row = compare([path], reference="persuasionforgood-donations", outcome="gives").rows[0]
    assert row.mean == pytest.approx(0.8, abs=0.2)


def test_a_model_without_log_probabilities_ends_the_run_in_one_line(
    tmp_path: Path, serve: Serve
) -> None:
    spec = serve(lambda body, n: "A").spec
    with pytest.raises(EndpointError, match=r"model mock@.* returns no log-probabilities"):
        run_sync(asking("logprob"), n=2, model=spec, out=tmp_path / "r.db")


@pytest.mark.parametrize(
    ("method", "outcome", "why"),
    [
        ("logprob", AMOUNT, "method logprob needs an outcome with at most 20 answers that can be"),
        ("moments", {}, "method moments needs an outcome that is a number with a support"),
        (
            "moments",
            {**AMOUNT, "not_applicable": "no deal was made"},
            "method moments needs an outcome that is a number with a support, and that always",
        ),
    ],
)
def test_a_method_that_does_not_fit_an_outcome_is_refused_before_any_call(
    method: str, outcome: dict[str, Any], why: str, tmp_path: Path
) -> None:
    path = tmp_path / "s.yaml"
    scenario = asking(method, **outcome)
    path.write_text(json.dumps(scenario.model_dump(mode="json", exclude_defaults=True)))
    with pytest.raises(ScenarioError, match=rf"s\.yaml:\d+: outcomes\.gives\.asked\.method: {why}"):
        load_scenario(path)


@pytest.mark.parametrize("method", ["logprob", "moments"])
def test_a_method_for_outcomes_is_refused_for_a_talk_and_for_a_bare_prompt(
    method: str, tmp_path: Path
) -> None:
    def refuse(request: ChatRequest) -> str:
        raise AssertionError("nobody is called")

    model = ScriptedModel(refuse)
    needs = f"method {method} needs an outcome"
    with pytest.raises(InputError, match=rf"speakers\.persuadee\.method: {needs}"):
        run_sync("donation", methods=[method], model=model, out=tmp_path / "r.db")
    with pytest.raises(InputError, match=needs):
        verbalize_sync("Tell me a joke.", method=method, k=21, model=model)


def test_a_part_of_a_mixture_that_does_not_fit_is_refused_too(tmp_path: Path) -> None:
    parts = {"a": {"weight": 1, "method": "vs"}, "b": {"weight": 1, "method": "logprob"}}
    mixture = {"name": "mixture", "parts": parts}
    with pytest.raises(InputError, match=r"asked\.method: method logprob needs an outcome"):
        run_sync(asking(mixture, **AMOUNT), model=ScriptedModel(["Hm."]), out=tmp_path / "r.db")


def test_a_task_whose_one_turn_is_a_number_is_answered_by_either(tmp_path: Path) -> None:
    def answer(request: ChatRequest) -> Any:
        if request.top_logprobs is not None:
            return {"A": math.log(0.5), "F": math.log(0.5)}
        return {"mean": 3.5, "spread": 1.5}

    path, methods = tmp_path / "r.db", ["logprob", "moments"]
    run_sync("dice", n=1, methods=methods, model=ScriptedModel(answer), out=path)
    with open_run(path) as file:
        turns = [dialogue["turns"][0]["candidates"] for dialogue in file.dialogues()]
    assert [[c["text"] for c in turn] for turn in turns] == [list("123456")] * 2
    assert [c["weight"] for c in turns[0]] == [0.5, 0, 0, 0, 0, 0.5]
    assert sum(c["weight"] * int(c["text"]) for c in turns[1]) == pytest.approx(3.5)


def test_what_it_takes_can_be_estimated_without_a_call() -> None:
    scenario = asking("logprob")
    found = asyncio.run(estimate(scenario, n=10, model="mock@http://127.0.0.1:9/v1"))
    assert found.calls == 40
    moments = asking("moments", **AMOUNT)
    assert asyncio.run(estimate(moments, n=10, model="mock@http://127.0.0.1:9/v1")).calls == 30


def test_repetitions_stand_beside_direct_and_vs_at_equal_replies_and_tokens(
    tmp_path: Path,
) -> None:
    states = ["Ohio", "Texas", "Utah", "Iowa", "Maine", "Idaho"]

    def answer(request: ChatRequest) -> str:
        seed = request.seed or 0
        if request.schema is None:
            return states[int(uniform(seed, "one") * 3)]
        some = [{"text": state, "probability": 0.2} for state in states[:5]]
        return json.dumps({"responses": some})

    path, methods = tmp_path / "r.db", ["direct", "repeated", "vs"]
    run_sync("state-name", n=30, methods=methods, model=ScriptedModel(answer), out=path)
    rows = {row.name: row for row in diversity(path)}
    assert rows["repeated"].replies == 150
    assert rows["direct"].values["coverage"] == rows["repeated"].values["coverage"] == 3 / 50
    at_equal_replies = rows["repeated"].equal_replies["coverage"]
    assert at_equal_replies.value == pytest.approx(1, abs=0.05)
    assert at_equal_replies.replies == 30
    at_equal_tokens = rows["repeated"].equal_tokens["coverage"]
    assert at_equal_tokens.replies == pytest.approx(30, abs=5)
