"""TruthCheck where the truth is known, with models whose answers are computed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from simulate.comparison.known_truths import TruthCheck, _row, check_truths, known_truths, verdict
from simulate.errors import EndpointError, InputError, StatisticsError
from simulate.models import ChatRequest, ScriptedModel
from simulate.randomness import uniform
from simulate.statistics.drawing_gain import expected_tv
from simulate.verbalized import MethodSpec
from tests.conftest import Command
from tests.made_runs import gone_at

TRUTHS = known_truths()
URN = next(t for t in TRUTHS if t.name == "urn 50:30:20")
VS = MethodSpec(name="vs")


def model_of(stated: dict[str, float], direct: Callable[[int], str]) -> ScriptedModel:
    """Return a model that states one distribution, and answers directly by the seed."""

    def answer(request: ChatRequest) -> str:
        if request.schema is not None and "responses" in request.schema["properties"]:
            pairs = [{"value": v, "probability": p} for v, p in stated.items()]
            return json.dumps({"responses": pairs})
        return json.dumps({"value": direct(request.seed or 0)})

    return ScriptedModel(answer)


def calibrated(model: ScriptedModel, **settings: Any) -> TruthCheck:
    (row,) = asyncio.run(check_truths(model, VS, truths=[URN], **settings))
    return row


RIGHT = {"red": 0.5, "blue": 0.3, "green": 0.2}


def test_a_right_distribution_has_no_distance_from_the_truth() -> None:
    row = calibrated(model_of(RIGHT, lambda seed: "red"))
    assert row.tv == pytest.approx(0)
    assert row.brier == pytest.approx(0)
    assert row.log_score == pytest.approx(0)


def test_drawing_beats_a_model_that_always_says_the_likeliest() -> None:
    row = calibrated(model_of(RIGHT, lambda seed: "red"), n=30)
    assert row.tv_direct == pytest.approx(0.5)
    assert row.gain_interval is not None
    assert row.gain_interval[0] > 0
    assert verdict([row]) == (1, 0, 0)


def test_drawing_from_a_wrong_distribution_loses_to_answers_that_follow_the_truth() -> None:
    def follow(seed: int) -> str:
        u = uniform(seed, "test")
        return "red" if u < 0.5 else "blue" if u < 0.8 else "green"

    row = calibrated(model_of({"red": 0.01, "blue": 0.01, "green": 0.98}, follow), n=60)
    assert row.gain_interval is not None
    assert row.gain_interval[1] < 0


def test_scores_are_those_of_the_formulas() -> None:
    row = calibrated(model_of({"red": 1.0}, lambda seed: "red"))
    assert row.tv == pytest.approx(0.5)
    assert row.brier == pytest.approx(0.25 + 0.09 + 0.04)


def test_the_brier_of_the_mean_leaves_out_what_stated_distributions_differ_by() -> None:
    # Two distributions, each stated half of the time: the expectation over the four pairs.
    either = np.array([[0.5, 0.1, 0.4], [0.1, 0.5, 0.4]])
    rows = [_row(URN, [a, b], [np.eye(3)[0]], 0) for a in either for b in either]
    of_the_mean = ((either.mean(axis=0) - URN.shares) ** 2).sum()
    assert np.mean([r.brier_of_mean or 0 for r in rows]) == pytest.approx(of_the_mean)
    assert np.mean([r.brier or 0 for r in rows]) == pytest.approx(of_the_mean + 2 * 0.2**2)


def test_one_stated_distribution_has_no_interval() -> None:
    row = calibrated(model_of(RIGHT, lambda seed: "red"), repeats=1)
    assert row.gain == pytest.approx(0.5 - expected_tv(URN.shares, URN.shares, 20))
    assert row.gain_interval is None
    assert row.brier_of_mean is None


def test_what_cannot_be_read_is_counted_and_takes_no_part() -> None:
    row = calibrated(model_of({"purple": 1.0}, lambda seed: "red"), n=5)
    assert (row.stated, row.direct, row.failed) == (0, 5, 5)
    assert row.tv is None
    assert row.gain is None


def test_an_endpoint_that_is_gone_is_told_as_it_is() -> None:
    gone = gone_at(3, lambda request: json.dumps({"value": "red"}))
    with pytest.raises(EndpointError, match="gone"):
        asyncio.run(check_truths(gone, VS, truths=[URN]))


def test_a_model_that_is_never_understood_has_no_verdict() -> None:
    row = calibrated(model_of({"purple": 1.0}, lambda seed: "purple"), n=2)
    with pytest.raises(StatisticsError, match="no answer that could be read"):
        verdict([row])


def test_every_answer_can_be_stated_whatever_k_was() -> None:
    asked: list[ChatRequest] = []

    def answer(request: ChatRequest) -> str:
        asked.append(request)
        return model_of(RIGHT, lambda seed: "red")._compute(request)  # type: ignore[return-value]

    asyncio.run(check_truths(ScriptedModel(answer), VS, truths=[URN], n=1, repeats=1))
    schema = asked[0].schema
    assert schema is not None
    assert schema["properties"]["responses"]["minItems"] == 3


@pytest.mark.parametrize("truth", TRUTHS, ids=lambda t: t.name)
def test_each_truth_is_a_distribution_over_answers_that_can_be_read(truth: Any) -> None:
    assert truth.shares.sum() == pytest.approx(1)
    assert np.all(truth.shares > 0)
    assert [truth.outcome.read(a) for a in truth.answers] == list(truth.answers)


def test_a_method_of_one_reply_cannot_be_checked() -> None:
    with pytest.raises(InputError, match="needs a method that states a distribution, not cot"):
        asyncio.run(check_truths(model_of(RIGHT, str), MethodSpec(name="cot")))


def test_a_method_that_does_not_fit_a_truth_is_refused_before_any_call() -> None:
    with pytest.raises(InputError, match=r": method moments needs an outcome that is a number"):
        asyncio.run(check_truths(model_of(RIGHT, str), MethodSpec(name="moments", k=21)))


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--check", "A prompt"], "--check asks questions of its own"),
        ([], "give a prompt, such as"),
        (["x", "--draw", "best"], "--draw best: must be probability, uniform or mode"),
        (["x", "--temper", "0"], "--temper 0: must be > 0"),
        (["x", "--method", "vss"], "method: there is no method “vss”: did you mean “vs”?"),
        (["x", "-k", "0"], "k: must be"),
        (["x", "--below", "1.5"], "below: must be less than or equal to 1"),
        (["x", "--method", "multi", "-k", "auto"], "k is auto, but multi has to know how many"),
        (["x", "--template", "/nowhere.jinja"], "--template /nowhere.jinja: cannot be read"),
    ],
)
def test_bad_options_of_the_command_end_with_one_line(
    arguments: list[str], problem: str, command: Command
) -> None:
    code, _, said = command("verbalize", *arguments)
    assert code == 2
    assert problem in said
