"""Wordings that scripted models behave differently under, from the run to the decision."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import simulate
from simulate.calibration.wordings import Wordings
from simulate.calibration.wordings.criteria import Measured
from simulate.calibration.wordings.truths import KEY
from simulate.errors import InputError, RunStoppedError, StatisticsError
from simulate.models import ChatRequest, ScriptedModel
from simulate.report.wordings_table import notes, wordings_table
from simulate.runfile import open_run
from simulate.scenario import Scenario
from simulate.statistics.confidence import CONFIDENCE
from simulate.statistics.ordered_criteria import Criterion, decide
from simulate.verbalized.prompts import shipped
from tests.made_runs import scenario_of

Answer = dict[str, Any]
MARK = "Take your time."
SPREAD = (0.5, 0.2, 0.15, 0.1, 0.05)


def _scenario() -> Scenario:
    fields = {
        "turns": {"first": "persuader", "maximum": 1},
        "speakers": {
            "persuader": {"plays": "assistant", "instructions": "Ask."},
            "persuadee": {"plays": "user", "method": {"name": "vs"}},
        },
        "outcomes": {
            "donation": {
                "kind": "amount",
                "unit": "USD",
                "support": [0, 2],
                "asked": {"speaker": "persuadee", "question": "How much?"},
            }
        },
    }
    return scenario_of(conditions={"method": {"vs": {}}}, fields=fields)


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("templates") / "marked.jinja"
    path.write_text(shipped("vs").replace("{{ json_form }}", f"{MARK}\n{{{{ json_form }}}}"))
    return str(path)


def _replies(request: ChatRequest, stated: tuple[float, ...] = SPREAD) -> Answer:
    seed = (request.seed or 0) % 1000
    texts = [f"I would say {seed} and {place}" for place in range(len(stated))]
    return {
        "responses": [{"text": t, "probability": p} for t, p in zip(texts, stated, strict=True)]
    }


def _model(behave: Callable[[ChatRequest, bool], Answer | str | None]) -> ScriptedModel:
    """Return a model that behaves by whether the marked wording asks; None is as it should be."""

    def answer(request: ChatRequest) -> Answer | str:
        if request.schema is None:
            return "Would you give something?"
        text = "\n".join(message["content"] for message in request.messages)
        if (special := behave(request, MARK in text)) is not None:
            return special
        item = request.schema["properties"]["responses"]["items"]["properties"]
        if "text" in item:
            return _replies(request)
        return _values(item["value"], (request.seed or 0) % 7 / 100)

    return ScriptedModel(answer)


def _values(schema: Any, wrong: float) -> Answer:
    if schema.get("type") == "number":
        found: list[tuple[Any, float]] = [(0, 0.5), (1, 0.3), (2, 0.2)]
    else:
        values = schema.get("enum") or list(range(schema["minimum"], schema["maximum"] + 1))
        share = (1 - wrong) / len(values)
        found = [(value, share + wrong * (place == 0)) for place, value in enumerate(values)]
    return {"responses": [{"value": v, "probability": p} for v, p in found]}


def _is_reply(request: ChatRequest) -> bool:
    assert request.schema is not None
    return "text" in request.schema["properties"]["responses"]["items"]["properties"]


def decided_by(
    folder: Path, marked: str, behave: Callable[[ChatRequest, bool], Any], **settings: Any
) -> Wordings:
    options: dict[str, Any] = {
        "n": 30,
        "repeats": 3,
        "out": folder / "w.db",
        "progress": False,
    } | settings
    model = _model(behave)
    return asyncio.run(simulate.wordings(_scenario(), ["2", marked], model=model, **options))


def test_a_wording_whose_answers_are_asked_for_again_is_dropped_by_validity(
    tmp_path: Path, marked: str
) -> None:
    def behave(request: ChatRequest, is_marked: bool) -> str | None:
        first = request.messages[-1]["role"] == "user" and len(request.messages) < 4
        return "no JSON" if is_marked and first and _is_reply(request) else None

    found = decided_by(tmp_path, marked, behave)
    assert (found.chosen, found.decision.by) == ("version-2", "validity")
    best, worst = found.rows_of(found.measured[0])
    assert best.loss == 0
    assert worst.loss == pytest.approx(0.5)
    assert worst.part.startswith("parse 30, echo 0, flat 0 of 60")
    assert "marked is worse than version-2 by .500 [" in found.sentence
    assert "of 30 simulated personas" in found.sentence


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        ("flat", lambda request: _replies(request, (0.2,) * 5)),
        ("echo", lambda request: {"responses": [{"text": "…", "probability": 0.9}] * 5}),
    ],
)
def test_a_wording_whose_lists_are_flat_or_say_what_was_shown_is_dropped_by_validity(
    tmp_path: Path, marked: str, fault: str, answer: Callable[[ChatRequest], Answer]
) -> None:
    found = decided_by(
        tmp_path,
        marked,
        lambda request, is_marked: answer(request) if is_marked and _is_reply(request) else None,
    )
    assert (found.chosen, found.decision.by) == ("version-2", "validity")
    assert f"{fault} 30" in list(found.rows_of(found.measured[0]))[1].part


def test_a_wording_that_is_farther_from_known_truths_is_dropped_by_calibration(
    tmp_path: Path, marked: str
) -> None:
    def behave(request: ChatRequest, is_marked: bool) -> Answer | None:
        if not is_marked or _is_reply(request) or len(request.messages) > 1:
            return None
        assert request.schema is not None
        value = request.schema["properties"]["responses"]["items"]["properties"]["value"]
        return _values(value, 0.9)

    found = decided_by(tmp_path, marked, behave)
    assert (found.chosen, found.decision.by) == ("version-2", "calibration")
    assert "9 known truths, these alone, asked 3 times each" in found.sentence


@pytest.fixture(scope="module")
def alike(tmp_path_factory: pytest.TempPathFactory, marked: str) -> Wordings:
    folder = tmp_path_factory.mktemp("alike")
    return decided_by(folder, marked, lambda request, is_marked: None)


def test_wordings_under_which_a_model_does_the_same_are_not_told_apart(alike: Wordings) -> None:
    assert alike.chosen is None
    assert alike.decision.left == (0, 1)
    assert "no difference is shown between version-2 and marked" in alike.sentence
    assert alike.needed["validity"] > 30
    assert f"{alike.needed['validity']:,} personas for validity" in alike.sentence


def test_the_chosen_one_may_be_worse_on_a_criterion_that_came_before(
    alike: Wordings,
) -> None:
    def criterion(name: str, gap: float, half: float) -> Criterion:
        def difference(a: int, b: int, confidence: float) -> tuple[float, float]:
            middle = (gap if a < b else -gap), half * (2 if confidence > CONFIDENCE else 1)
            return middle[0] - middle[1], middle[0] + middle[1]

        return Criterion(name, 0.05, (max(gap, 0), max(-gap, 0)), difference, 30)

    both = criterion("validity", 0.2, 0.1), criterion("calibration", -0.5, 0.1)
    measured = tuple(Measured(each.name, each.margin, each, "made") for each in both)
    found = replace(alike, measured=measured, decision=decide(both, None, 2))
    assert (found.chosen, found.decision.by) == ("version-2", "calibration")
    assert found.sentence.endswith("; by 95 % intervals of their own it is worse on validity.")


def test_json_frame_table_and_notebook_say_of_every_number_what_it_is_of(alike: Wordings) -> None:
    told = alike.to_dict()
    assert json.loads(json.dumps(told))["chosen"] is None
    assert "not of people" in told["of"]
    assert all(each["of"] for each in told["criteria"])
    assert [each["criterion"] for each in told["criteria"]] == [
        "validity", "calibration", "next-act", "outcome", "language", "tokens",
    ]  # fmt: skip
    assert alike.to_frame().height == 8
    assert wordings_table(alike).row_count == 10
    assert any("not of people" in line for line in notes(alike))
    assert "version-2" in alike._repr_html_()
    assert repr(alike) == "Wordings(donation: no difference shown)"


def test_a_figure_shows_each_criterion_in_its_margins(alike: Wordings) -> None:
    (ax,) = alike.plot().axes
    assert next(label.get_text() for label in ax.get_yticklabels()) == "1 validity"
    assert "margins" in ax.get_xlabel()
    outside = [row for row in alike.rows if row.interval and row.interval[1] > 8 * row.margin]
    assert [line.get_marker() for line in ax.lines].count(">") == len(outside)


def test_a_finished_comparison_that_is_resumed_calls_nobody(
    alike: Wordings, tmp_path: Path, marked: str
) -> None:
    def never(request: ChatRequest, is_marked: bool) -> Answer:
        raise AssertionError("nobody is to be called")

    again = decided_by(tmp_path, marked, never, out=alike.run, resume=True)
    assert again.to_dict() == alike.to_dict()


def test_known_truths_stand_in_the_run_file(alike: Wordings) -> None:
    with open_run(alike.run) as run:
        stated = run.meta[KEY]
    assert set(stated) == {"version-2", "marked"}
    assert stated["marked"]["calls"] == 27
    assert len(stated["marked"]["masses"]["two dice"]) == 3


def test_a_budget_that_ends_amid_known_truths_leaves_a_run_that_can_be_gone_on_with(
    alike: Wordings, tmp_path: Path, marked: str
) -> None:
    with open_run(alike.run) as run:
        usage = run.usage()
    spent = usage["prompt_tokens"] + usage["completion_tokens"]

    def behave(request: ChatRequest, is_marked: bool) -> None:
        return None

    with pytest.raises(RunStoppedError, match=r"known truths are still to be asked.*--resume"):
        decided_by(tmp_path, marked, behave, budget_tokens=2 * spent, repeats=2000)
    with open_run(tmp_path / "w.db") as run:
        assert sum(each.get("completed", 0) for each in run.counts().values()) == 60


def test_known_truths_are_not_asked_after_a_signal_to_stop(tmp_path: Path, marked: str) -> None:
    stop = asyncio.Event()

    def tell(line: str) -> None:
        stop.set()

    with pytest.raises(RunStoppedError, match=r"^interrupted; known truths are still to be asked"):
        decided_by(tmp_path, marked, lambda request, is_marked: None, n=2, tell=tell, stop=stop)


def test_few_personas_show_nothing_and_how_many_there_must_be_is_said(
    tmp_path: Path, marked: str
) -> None:
    found = decided_by(tmp_path, marked, lambda request, is_marked: None, n=4)
    assert found.chosen is None
    assert found.needed["validity"] == 20
    assert found.needed["outcome"] == 30


def test_nothing_is_decided_while_dialogues_are_still_to_do(tmp_path: Path, marked: str) -> None:
    with pytest.raises(StatisticsError, match="dialogues are still to do"):
        decided_by(tmp_path, marked, lambda request, is_marked: None, budget_tokens=400)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"margins": {"speed": 0.1}}, "margin speed: there is no such criterion"),
        ({"margins": {"validity": 0.0}}, "must be above 0 and below 1"),
        ({"repeats": 1}, "repeats"),
        ({"outcome": "gift"}, "there is none in donation; there are: donation"),
        ({"reference": "nowhere"}, "there is no reference"),
        ({"language": "persuasionforgood-donations"}, "neither texts nor language measures"),
        ({"cell": "direct"}, "is no cell; there are: vs"),
    ],
)
def test_bad_options_are_refused_before_any_call(
    tmp_path: Path, marked: str, options: dict[str, Any], told: str
) -> None:
    def never(request: ChatRequest, is_marked: bool) -> Answer:
        raise AssertionError("nobody is to be called")

    with pytest.raises(InputError, match=told):
        decided_by(tmp_path, marked, never, **options)
    assert not (tmp_path / "w.db").exists()
