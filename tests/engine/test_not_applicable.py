"""Outcomes that do not apply, from the question to the run file, the exports and a comparison."""

import asyncio
import csv
import io
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from simulate.engine import estimate, run, run_sync
from simulate.errors import EndpointError
from simulate.models import ChatRequest, ScriptedModel
from simulate.runfile import OutcomeRow, open_run
from simulate.runfile.dialogue_list import Order
from simulate.runfile.export import export_csv, export_jsonl, export_parquet
from simulate.runfile.run_view import RunView
from simulate.scenario import Scenario
from simulate.tui.dialogue_data import read_transcript
from simulate.tui.widgets.columns import dialogue_columns
from tests.endpoint import Serve
from tests.made_runs import exported
from tests.verbalized.recorded import BY_NAME, stated

NEVER = "no deal was made"
DEAL: dict[str, Any] = {"kind": "yesno", "judged": {"question": "Was a deal made?"}}
PRICE: dict[str, Any] = {"kind": "amount", "support": [0, 100], "unit": "USD"}
JUDGED = {"judged": {"question": "Which price?"}}
ASKED = {"asked": {"speaker": "buyer", "question": "Which price?"}}


def haggling(method: str | dict[str, Any] = "vs", **outcomes: Any) -> Scenario:
    return Scenario.model_validate(
        {
            "scenario": "haggling",
            "speakers": {
                "seller": {"plays": "assistant"},
                "buyer": {"plays": "user", "method": method},
            },
            "turns": {"maximum": 1},
            "outcomes": outcomes,
        }
    )


def answering(**by_question: Any) -> ScriptedModel:
    """Answer the question that has a word in it, such as deal="yes"; else say something."""

    def answer(request: ChatRequest) -> Any:
        asked = request.messages[-1]["content"]
        for word, value in by_question.items():
            if word in asked:
                return value if isinstance(value, str) else json.dumps(value)
        listed = request.schema is not None
        return stated(("Hm.", 1.0)) if listed else "Hm."

    return ScriptedModel(answer)


def played(path: Path, scenario: Scenario, model: ScriptedModel, n: int = 1) -> list[OutcomeRow]:
    result = run_sync(scenario, n=n, model=model, out=path)
    assert result.failed == 0
    with open_run(path) as file:
        return list(file.outcome_rows("price"))


@pytest.mark.parametrize("way", [JUDGED, ASKED])
def test_48_talks_without_a_deal_have_no_price(tmp_path: Path, way: dict[str, Any]) -> None:
    path = tmp_path / "r.db"
    scenario = haggling("direct", price={**PRICE, **way, "not_applicable": NEVER})
    answer: Any = {"value": "does not apply"}
    if "asked" in way:
        answer = {"responses": [{**answer, "probability": 1}]}
    rows = played(path, scenario, answering(price=answer), n=48)
    assert [(row.value, row.applies) for row in rows] == [(None, False)] * 48
    with open_run(path) as file:
        stored = list(file.rows("SELECT DISTINCT value, number, parse FROM outcome"))
    assert stored == [('"does not apply"', None, "clean")]


def test_48_talks_without_a_deal_are_not_asked_for_a_price(tmp_path: Path) -> None:
    scenario = haggling(price={**PRICE, **JUDGED, "applies_if": {"deal": "yes"}}, deal=DEAL)
    rows = played(tmp_path / "r.db", scenario, answering(deal={"value": "no"}), n=48)
    assert [(row.value, row.applies) for row in rows] == [(None, False)] * 48
    with open_run(tmp_path / "r.db") as file:
        asked = {call.outcome for number in range(48) for call in file.calls(number)}
    assert asked == {None, "deal"}


def test_where_the_deal_is_made_the_price_is_asked_for(tmp_path: Path) -> None:
    scenario = haggling(price={**PRICE, **JUDGED, "applies_if": {"deal": "yes"}}, deal=DEAL)
    model = answering(deal={"value": "yes"}, price={"value": 40})
    (row,) = played(tmp_path / "r.db", scenario, model)
    assert (row.value, row.applies) == (40.0, True)


def test_an_outcome_that_depends_on_a_missing_one_is_missing(tmp_path: Path) -> None:
    offer = {"kind": "count", "support": [0, 9], "matched": {"pattern": r"\d"}}
    price = {**PRICE, **JUDGED, "applies_if": {"offer": [1, 2]}}
    (row,) = played(tmp_path / "r.db", haggling(offer=offer, price=price), answering())
    assert (row.value, row.applies) == (None, True)
    with open_run(tmp_path / "r.db") as file:
        assert list(file.rows("SELECT count(*) FROM outcome WHERE value IS NULL")) == [(2,)]


@pytest.mark.parametrize("method", ["vs", "vs-cot", "vs-multi", "sequence"])
def test_a_stated_distribution_may_say_how_likely_it_does_not_apply(
    method: str, tmp_path: Path
) -> None:
    number = "confidence" if method == "vs-multi" else "probability"
    some = [{"value": "Does not apply.", number: 0.75}, {"value": 20, number: 0.25}]
    asked = {"speaker": "buyer", "question": "Which price?", "method": {"name": method, "k": 4}}
    price = {**PRICE, "asked": asked, "not_applicable": NEVER}
    scenario = haggling("direct", price=price)
    told = {"reasoning": "Hm.", "responses": some}
    model = answering(price=told, Round=told)
    rows = played(tmp_path / "r.db", scenario, model, n=20)
    for row in rows:
        assert row.candidates is not None
        assert {(c.value, c.applies) for c in row.candidates} == {(None, False), (20.0, True)}
        mass = sum(c.chance for c in row.candidates if not c.applies)
        assert mass == pytest.approx(0.5 if method == "sequence" else 0.75)
    assert {(row.value, row.applies) for row in rows} == {(None, False), (20.0, True)}


def test_every_method_asks_an_endpoint_for_an_outcome_that_need_not_apply(
    tmp_path: Path, serve: Serve
) -> None:
    choice = {"kind": "choice", "levels": ["cash", "card"], **ASKED, "not_applicable": NEVER}
    scenario = haggling(price={**PRICE, **ASKED, "not_applicable": NEVER}, paid=choice)
    path, spec = tmp_path / "r.db", serve().spec
    result = run_sync(scenario, n=6, methods=BY_NAME, model=spec, out=path)
    assert result.completed == 6 * len(BY_NAME)
    with open_run(path) as file:
        found = [row for name in ("price", "paid") for row in file.outcome_rows(name)]
        parses = {row.measured.parse for row in found if row.measured}
    assert {row.applies for row in found} == {True, False}
    assert parses == {"clean"}


def test_the_answer_of_a_task_may_be_that_it_does_not_apply(tmp_path: Path) -> None:
    scenario = Scenario.model_validate(
        {
            "scenario": "task",
            "speakers": {"one": {"plays": "user", "method": "vs"}},
            "turns": {"maximum": 1, "opening": "Which price?"},
            "outcomes": {
                "price": {**PRICE, "answered": {}, "not_applicable": NEVER},
                "words": {
                    "kind": "amount",
                    "support": [0, 100],
                    "matched": {"pattern": r"[\d.]+"},
                    "not_applicable": "no number is named",
                },
            },
        }
    )
    answer = stated(("n/a", 0.9), (5, 0.1), key="value")
    rows = played(tmp_path / "r.db", scenario, answering(answer=answer))
    with open_run(tmp_path / "r.db") as file:
        rows += file.outcome_rows("words")
    for row in rows:
        assert row.candidates is not None
        assert [(c.value, c.applies) for c in row.candidates] == [(None, False), (5.0, True)]


@pytest.mark.parametrize(
    ("kind", "answers"),
    [
        ({"kind": "yesno"}, 2),
        ({"kind": "count", "support": [0, 1]}, 2),
        ({"kind": "ordinal", "levels": ["low", "high"], "not_applicable": NEVER}, 3),
    ],
)
@pytest.mark.parametrize("method", ["vs", "sequence", "vs-cot"])
def test_no_prompt_asks_for_more_answers_than_there_are(
    kind: dict[str, Any], answers: int, method: str, tmp_path: Path
) -> None:
    seen: list[ChatRequest] = []

    def answer(request: ChatRequest) -> Any:
        seen.append(request)
        value = kind.get("levels", [1])[0] if kind["kind"] != "yesno" else "yes"
        if "Which" not in request.messages[-1]["content"]:
            return stated(("Hm.", 1.0)) if request.schema else "Hm."
        items = [{"value": value, "probability": 1 / answers}] * answers
        return json.dumps({"reasoning": "Hm.", "responses": items})

    scenario = haggling({"name": method, "k": 5}, price={**kind, **ASKED})
    played(tmp_path / "r.db", scenario, ScriptedModel(answer))
    question, schema = seen[-1].messages[-1]["content"], seen[-1].schema
    all_of_them = "both" if answers == 2 else f"all {answers}"
    assert f"Write {all_of_them}, each once" in question
    assert schema is not None
    assert schema["properties"]["responses"]["maxItems"] == answers
    with open_run(tmp_path / "r.db") as file:
        asked = [call for call in file.calls(0) if call.outcome == "price"]
        assert f"Write {all_of_them}, each once" in asked[0].request[-1]["content"]
        assert file.dialogue(0).outcomes["price"].parse == "clean"


def test_a_run_that_is_resumed_knows_what_did_not_apply(tmp_path: Path) -> None:
    scenario = haggling(
        "direct",
        deal=DEAL,
        price={**PRICE, **JUDGED, "applies_if": {"deal": "yes"}, "not_applicable": NEVER},
        tip={**PRICE, "judged": {"question": "Tip?"}, "applies_if": {"price": "does not apply"}},
    )
    whole, broken = tmp_path / "whole.db", tmp_path / "broken.db"
    model = answering(deal={"value": "no"}, Tip={"value": 3})
    asyncio.run(run(scenario, n=2, model=model, out=whole))

    def failing(request: ChatRequest) -> Any:
        if "Tip" in request.messages[-1]["content"]:
            raise EndpointError("gone")
        return '{"value": "no"}' if request.schema else "Hm."

    with pytest.raises(EndpointError):
        asyncio.run(run(scenario, n=2, model=ScriptedModel(failing), out=broken))
    asyncio.run(run(scenario, n=2, model=model, out=broken, resume=True))
    assert exported(broken) == exported(whole)
    assert exported(broken)[0]["outcomes"]["tip"]["value"] == 3.0


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """Write four talks: a price of 40, one that does not apply, one of 60, and a missing one."""
    offers, deals = iter(["1", "1", "1", "no offer"]), iter(["yes", "no", "yes", "yes"])
    prices = iter([40, 60])

    def answer(request: ChatRequest) -> Any:
        asked = request.messages[-1]["content"]
        if "deal made" in asked:
            return {"value": next(deals)}
        if "price" in asked:
            return {"value": next(prices)}
        return stated(("Hm.", 1.0)) if request.schema else next(offers)

    scenario = haggling(
        offer={"kind": "count", "support": [0, 9], "matched": {"pattern": r"\d"}},
        deal=DEAL,
        price={**PRICE, **JUDGED, "applies_if": {"deal": "yes", "offer": 1}},
    )
    path = tmp_path / "mixed.db"
    result = run_sync(scenario, n=4, model=ScriptedModel(answer), out=path, concurrency=1)
    assert result.failed == 0
    return path


def test_exports_tell_what_does_not_apply_from_what_is_missing(mixed: Path, tmp_path: Path) -> None:
    lines, table, parquet = io.StringIO(), io.StringIO(), io.BytesIO()
    with open_run(mixed) as file:
        export_jsonl(file, lines)
        export_csv(file, table)
        export_parquet(file, parquet)
    found = [json.loads(line)["outcomes"]["price"] for line in lines.getvalue().splitlines()]
    assert [(o["value"], o.get("applies")) for o in found] == [
        (40.0, None),
        (None, False),
        (60.0, None),
        (None, None),
    ]
    rows = list(csv.DictReader(io.StringIO(table.getvalue())))
    assert [(row["outcome.price"], row["applies.price"]) for row in rows] == [
        ("40.0", "True"),
        ("", "False"),
        ("60.0", "True"),
        ("", ""),
    ]
    assert "applies.deal" not in rows[0]
    frame = pl.read_parquet(parquet.getvalue())
    assert frame["applies.price"].to_list() == [True, False, True, None]
    assert frame["outcome.price"].to_list() == [40.0, None, 60.0, None]


@pytest.mark.parametrize(
    ("written", "ids"),
    [
        ('price:"does not apply"', [1]),
        ("price:missing", [3]),
        ("price>0", [0, 2]),
        ("price!=40", [1, 2]),
    ],
)
def test_a_filter_finds_what_does_not_apply(mixed: Path, written: str, ids: list[int]) -> None:
    view = RunView(mixed)
    try:
        assert list(view.ids(Order(filter=written))) == ids
        assert [row.outcomes[2] for row in view.dialogues([1, 3])] == ["does not apply", None]
    finally:
        view.close()


def test_the_terminal_shows_it_and_not_a_missing_value(mixed: Path) -> None:
    view = RunView(mixed)
    try:
        rows = view.dialogues(range(4))
        column = next(c for c in dialogue_columns(view, rows) if c.key == "price")
        assert [column.text(row) for row in rows] == ["40.00", "does not apply", "60.00", "missing"]
        assert column.width == len("does not apply")
        shown = [read_transcript(view, number) for number in range(4)]
        assert [t.shown(t.dialogue.outcomes["price"]) for t in shown if t] == [
            "40 USD",
            "does not apply",
            "60 USD",
            "missing",
        ]
    finally:
        view.close()


def test_an_estimate_asks_for_every_outcome(tmp_path: Path) -> None:
    price = {**PRICE, **JUDGED, "applies_if": {"deal": "no"}, "not_applicable": NEVER}
    found = asyncio.run(
        estimate(haggling("direct", deal=DEAL, price=price), n=3, model=answering())
    )
    assert found.calls == 3 * 4
