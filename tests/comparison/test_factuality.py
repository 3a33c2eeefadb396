"""top-1 and pass@N by cell, with intervals by question."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulate import run_sync
from simulate.comparison.factuality import (
    Answers,
    answers_of,
    factuality,
    factuality_of,
    right_outcome,
)
from simulate.models import ChatRequest, ScriptedModel
from simulate.randomness import generator
from simulate.runfile import open_run
from simulate.scenario import load_scenario
from simulate.statistics.proportions import wilson


def answers(
    name: str, question: list[int], right: list[int], size: int = 1, tokens: float = 10.0
) -> Answers:
    n = len(question)
    return Answers(
        name,
        np.array(question),
        np.array([float(r > 0) for r in right]),
        np.array(right),
        np.full(n, size),
        np.full(n, tokens),
    )


def test_direct_and_a_list_are_given_as_many_replies_and_as_many_tokens() -> None:
    direct = answers("direct", [0] * 4 + [1] * 4, [1, 0, 0, 0, 0, 0, 0, 0])
    lists = answers("vs", [0, 0, 1, 1], [2, 0, 1, 1], size=4, tokens=32.0)
    one, other = factuality_of([direct, lists])
    # Four replies of direct are all it has; of the lists they are one.
    assert one.equal_replies is not None
    assert (one.equal_replies.budget, one.equal_replies.dialogues) == (4, 4)
    assert one.equal_replies.share is not None
    assert one.equal_replies.share.value == 0.5
    assert other.equal_replies is not None
    assert other.equal_replies.dialogues == 1
    assert other.equal_replies.share is not None
    assert other.equal_replies.share.value == pytest.approx((0.5 + 1) / 2)
    # 40 tokens are four replies of direct, and a list and a quarter: 1/2 + 1/4 · (1 − 1/2).
    assert other.equal_tokens is not None
    assert (other.equal_tokens.budget, other.equal_tokens.dialogues) == (40, 1.25)
    assert other.equal_tokens.share is not None
    assert other.equal_tokens.share.value == pytest.approx((0.625 + 1) / 2)


def test_what_costs_more_than_all_others_spend_is_not_bought_in_part() -> None:
    cheap, dear = answers("direct", [0], [1]), answers("vs", [0], [1], 5, 100.0)
    _, found = factuality_of([cheap, dear])
    assert found.equal_tokens is not None
    assert found.equal_tokens.share is None
    # One reply of five, drawn at random.
    assert found.equal_replies is not None
    assert found.equal_replies.share is not None
    assert found.equal_replies.share.value == pytest.approx(0.2)


def test_with_one_dialogue_a_question_the_interval_is_wilsons() -> None:
    (found,) = factuality_of([answers("direct", list(range(40)), [1] * 30 + [0] * 10)])
    assert found.top_one is not None
    assert found.top_one.interval == pytest.approx(wilson(0.75, 40))
    assert found.questions == 40


@pytest.mark.parametrize(("a", "b"), [(2.0, 1.0), (0.3, 0.3), (8.0, 2.0)])
def test_the_interval_of_top_one_covers_with_several_dialogues_a_question(
    a: float, b: float
) -> None:
    rng = generator(7, f"coverage/{a}")
    held = 0
    for _ in range(300):
        chance = rng.beta(a, b, size=40)
        right = (rng.random((40, 5)) < chance[:, None]).astype(int).ravel().tolist()
        (found,) = factuality_of([answers("vs", list(np.repeat(range(40), 5)), right)])
        assert found.top_one is not None
        assert found.top_one.interval is not None
        held += found.top_one.interval[0] <= a / (a + b) <= found.top_one.interval[1]
    assert held >= 300 * 0.92


def test_the_interval_of_pass_at_n_covers_at_least_as_often_as_it_says() -> None:
    rng = generator(7, "coverage/pass")
    held = 0
    for _ in range(200):
        chance = rng.beta(0.5, 1.0, size=40)
        right = (rng.random((40, 6)) < chance[:, None]).astype(int).ravel().tolist()
        one = answers("direct", list(np.repeat(range(40), 6)), right)
        few = answers("vs", list(range(40)), [0] * 40, size=3)
        found = factuality_of([one, few])[0].equal_replies
        assert found is not None
        assert found.budget == 3
        assert found.share is not None
        assert found.share.interval is not None
        # 1 − E(1 − p)³ of a Beta(½, 1).
        truth = 1 - (1 * 2 * 3) / (1.5 * 2.5 * 3.5)
        held += found.share.interval[0] <= truth <= found.share.interval[1]
    assert held >= 200 * 0.95


def test_a_cell_without_a_dialogue_has_no_number() -> None:
    empty = answers("vs", [], [])
    found = factuality_of([answers("direct", [0], [1]), empty])[1]
    assert (found.dialogues, found.top_one, found.equal_replies) == (0, None, None)


CAPITALS = "problem,answer\nCapital of Canada?,Ottawa\nCapital of Chad?,N'Djamena\n"


def stated(*pairs: tuple[str, float]) -> str:
    return json.dumps({"responses": [{"text": t, "probability": p} for t, p in pairs]})


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ([("Toronto", 0.4), ("Ottawa", 0.35), ("ottawa.", 0.25)], 1.0),
        ([("Toronto", 0.5), ("Ottawa", 0.5)], 0.5),
        ([("Toronto", 0.6), ("Ottawa", 0.4)], 0.0),
    ],
)
def test_top_one_is_of_the_answer_and_not_of_its_spelling(
    tmp_path: Path, listed: list[tuple[str, float]], expected: float
) -> None:
    table, path = tmp_path / "t.csv", tmp_path / "r.db"
    table.write_text("problem,answer\nCapital of Canada?,Ottawa\n")

    def reply(request: ChatRequest) -> Any:
        return "Ottawa" if request.schema is None else stated(*listed)

    run_sync("facts", n=1, population=table, model=ScriptedModel(reply), out=path)
    with open_run(path) as file:
        direct, vs = factuality(file, "right")
    assert direct.top_one is not None
    assert vs.top_one is not None
    assert (direct.top_one.value, vs.top_one.value) == (1.0, expected)


def test_a_right_answer_among_other_words_is_wrong_and_counted(tmp_path: Path) -> None:
    table, path = tmp_path / "t.csv", tmp_path / "r.db"
    table.write_text("problem,answer\nCapital of Canada?,Ottawa\n")

    def reply(request: ChatRequest) -> Any:
        if request.schema is None:
            return "I think it is Ottawa."
        return stated(("Ottawa", 0.5), ("Ottawa or Toronto", 0.3), ("Ottawas", 0.2))

    run_sync("facts", n=2, population=table, model=ScriptedModel(reply), out=path)
    with open_run(path) as file:
        direct, vs = factuality(file, "right")
    assert (direct.within, vs.within) == (2, 2)
    assert direct.top_one is not None
    assert direct.top_one.value == 0


def test_a_judge_may_say_what_is_right_and_its_tokens_are_not_those_of_the_method(
    tmp_path: Path,
) -> None:
    table, path, scenario = tmp_path / "t.csv", tmp_path / "r.db", tmp_path / "s.yaml"
    table.write_text(CAPITALS)
    scenario.write_text(
        "extends: facts\noutcomes:\n  right:\n    kind: yesno\n    judged:\n"
        "      question: 'The right answer is {{ persona.answer }}. Is the reply right?'\n"
    )

    def reply(request: ChatRequest) -> Any:
        asked = request.messages[-1]["content"]
        if "Is the reply right?" in asked:
            return {"value": "yes" if "answer is Ottawa" in asked else "no"}
        return "I believe it is Ottawa" if request.schema is None else stated(("Well, Ottawa", 1))

    model = ScriptedModel(reply)
    run_sync(str(scenario), n=10, population=table, model=model, out=path)
    assert right_outcome(load_scenario(scenario)) == "right"
    with open_run(path) as file:
        cells = factuality(file, "right")
        tokens = answers_of(file, "right")[0].tokens[0]
        reply_call, verdict_call = file.calls(0)
    assert [cell.top_one and cell.top_one.value for cell in cells] == [0.5, 0.5]
    assert verdict_call.usage.prompt_tokens > 0
    assert tokens == reply_call.usage.prompt_tokens + reply_call.usage.completion_tokens


def test_a_scenario_without_right_answers_has_no_such_outcome() -> None:
    assert right_outcome(load_scenario("joke")) is None
