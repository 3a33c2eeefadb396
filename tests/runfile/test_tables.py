"""Tidy tables: one row a thing, safe names, types that hold, and a codebook for all of it."""

from __future__ import annotations

import asyncio
import csv
import json
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from simulate.engine import make_plan, run
from simulate.engine.header import header_of
from simulate.engine.unwritten import Unwritten
from simulate.errors import InputError, RunFileError
from simulate.models import ChatRequest, ScriptedModel
from simulate.population import Population
from simulate.runfile import RunWriter, open_run
from simulate.runfile.tables import TABLES, TableName, write_tables
from simulate.runfile.tables.column import safe_names
from simulate.scenario import Scenario

GUEST = {"speaker": "guest", "method": {"name": "vs", "k": 2}}
SCENARIO = Scenario.model_validate(
    {
        "scenario": "tables",
        "speakers": {
            "host": {"plays": "assistant", "instructions": "You host."},
            "guest": {"plays": "user", "instructions": "You visit.", "method": {"name": "vs"}},
        },
        "turns": {"maximum": 1},
        "conditions": {"tone": {"warm": {}, "cold": {}}},
        "outcomes": {
            "gave": {
                "kind": "amount",
                "unit": "EUR",
                "support": [0, 10],
                "asked": {**GUEST, "question": "How much | do you <b>give</b>?"},
            },
            "mood": {
                "kind": "ordinal",
                "levels": ["low", "middling", "high"],
                "not_applicable": "you have none",
                "asked": {**GUEST, "question": "What mood?"},
            },
            "agrees": {"kind": "yesno", "asked": {**GUEST, "question": "Agree?"}},
            "a.b": {"kind": "choice", "levels": ["=x", "y"], "asked": {**GUEST, "question": "Q?"}},
            "a_b": {"kind": "count", "support": [0, 9], "asked": {**GUEST, "question": "R?"}},
        },
        "exclude": {"sceptics": {"when": {"agrees": False}, "why": "they do not agree"}},
        "defaults": {"n": 2},
    }
)
PEOPLE = Population.model_validate(
    {
        "population": "guests",
        "attributes": {
            "age": {"kind": "integer", "counts": {30: 1, 40: 1}, "unit": "years"},
            "köln/bonn": {"kind": "category", "counts": {"k": 1, "b": 1}},
            "rank": {"kind": "ordinal", "counts": {1: 1, 2: 1}},
        },
    }
)
VALUES: dict[str, list[tuple[Any, float]]] = {
    "How much": [(2, 0.5), (4, 0.3)],
    "What mood": [("high", 0.6), ("does not apply", 0.4)],
    "Agree": [("yes", 0.25), ("no", 0.75)],
    "Q?": [("=x", 1.0), ("y", 0.0)],
    "R?": [(3, 0.5), (4, 0.5)],
}


def answer(request: ChatRequest) -> Any:
    last = request.messages[-1]["content"]
    for question, values in VALUES.items():
        if question in last:
            return {"responses": [{"value": v, "probability": p} for v, p in values]}
    if request.schema is None:
        return '=HYPERLINK("x")\rwith "quotes"'
    return {"responses": [{"text": "Yes.", "probability": 0.5}, {"text": "No.", "probability": 1}]}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("tables") / "a.db"
    made = run(SCENARIO, population=PEOPLE, model=ScriptedModel(answer), out=out, seed=3)
    assert asyncio.run(made).failed == 0
    return out


def frame(path: Path, table: TableName, **options: Any) -> pl.DataFrame:
    with open_run(path) as file:
        return file.to_frame(table, **options)


def test_each_table_has_one_kind_of_thing_a_row(path: Path) -> None:
    rows = {name: len(frame(path, name)) for name in TABLES}
    # 4 dialogues of 2 turns and 5 outcomes, of which the guest's turn and all outcomes are drawn
    assert rows == {"dialogues": 4, "turns": 8, "candidates": 48, "items": 20, "calls": 28}


def test_names_are_safe_and_differ() -> None:
    assert safe_names(["outcome.a.b", "outcome_A_b", "persona_größe €", "persona_年龄", "x-1"]) == [
        "outcome_a_b",
        "outcome_A_b_2",
        "persona_groe",
        "persona",
        "x_1",
    ]


def test_an_empty_run_has_the_columns_and_types_of_a_full_one(path: Path, tmp_path: Path) -> None:
    plan = make_plan(SCENARIO, PEOPLE, 2, 3)
    empty = tmp_path / "empty.db"
    begun = Unwritten(plan).begun(header_of(plan, [{}, {}], [{}, {}]))
    writer = RunWriter.create(empty, begun)
    asyncio.run(writer.aclose())
    for name in TABLES:
        none = frame(empty, name, prompts=True)
        assert len(none) == 0
        assert none.schema == frame(path, name, prompts=True).schema
    with open_run(empty) as file:
        assert write_tables(file, tmp_path / "p", "parquet")["items"] == 0
        write_tables(file, tmp_path / "c")
    assert pl.read_parquet(tmp_path / "p" / "turns.parquet").schema == frame(path, "turns").schema
    header = (tmp_path / "c" / "turns.csv").read_text()
    assert header.strip().split(",") == frame(path, "turns").columns


def test_a_dialogue_has_what_was_drawn_and_what_was_expected(path: Path) -> None:
    found = frame(path, "dialogues")
    assert set(found["outcome_gave"]) <= {2.0, 4.0}
    assert found["outcome_gave_expected"].to_list() == pytest.approx([2.75] * 4)
    assert found["outcome_agrees_expected"].to_list() == pytest.approx([0.25] * 4)
    assert found["outcome_mood_expected"].to_list() == [3.0] * 4
    assert found.schema["outcome_mood"] == pl.Enum(["low", "middling", "high"])
    for row in found.iter_rows(named=True):
        applies = row["outcome_mood_applies"]
        assert (row["outcome_mood"], row["outcome_mood_number"]) == (
            ("high", 3.0) if applies else (None, None)
        )
        assert row["excluded"] == (None if row["outcome_agrees"] else "sceptics")
        assert (row["outcome_a_b"], row["cell_tone"]) == ("=x", row["cell"])
        assert row["outcome_a_b_2"] in (3, 4)
        assert row["cluster"] == row["persona"]
    assert found.schema["persona_rank"] == pl.Enum(["1", "2"])
    assert found["persona_koln_bonn"].is_in(["k", "b"]).all()


def test_the_chances_of_each_draw_sum_to_one_and_one_candidate_is_chosen(path: Path) -> None:
    found = frame(path, "candidates")
    keys = ["dialogue", "turn", "outcome", "draw"]
    sums = found.group_by(keys).agg(pl.col("chance", "weight", "chosen").sum())
    assert sums["chance"].to_list() == pytest.approx([1.0] * len(sums))
    assert set(sums["chosen"]) == {1}
    mood = found.filter(pl.col("outcome") == "mood")
    assert set(mood.select("value", "value_number", "applies").rows()) == {
        ("high", 3.0, 1),
        ("does not apply", None, 0),
    }
    assert found.filter(pl.col("outcome") == "agrees")["value"].is_in(["yes", "no"]).all()


def test_items_stand_in_the_order_in_which_they_were_asked(tmp_path: Path) -> None:
    data = SCENARIO.model_dump(mode="json") | {
        "steps": [{"ask": ["a_b"]}, {"say": 1}, {"ask": ["mood", "gave"]}],
    }
    out = tmp_path / "a.db"
    made = Scenario.model_validate(data)
    asyncio.run(run(made, n=1, population=PEOPLE, model=ScriptedModel(answer), out=out))
    rows = frame(out, "items").filter(pl.col("cell") == "warm").sort("item_order")
    assert rows.select("item", "item_order", "after_turns").rows()[:3] == [
        ("a_b", 1, 0),
        ("mood", 2, 2),
        ("gave", 3, 2),
    ]


def test_items_of_a_battery_say_so_and_its_score_is_computed(tmp_path: Path) -> None:
    data = SCENARIO.model_dump(mode="json") | {
        "batteries": {
            "trust": {
                "items": {"q1": "Q?", "q2": {"text": "Not Q?", "reversed": True}},
                "kind": "count",
                "support": [1, 5],
                "asked": {**GUEST, "question": "How much, R? {{ item }}"},
                "waves": ["before", "after"],
                "order": "random",
            }
        },
        "steps": [{"ask": ["trust_before"]}, {"say": 1}, {"ask": ["trust_after"]}],
    }
    out = tmp_path / "a.db"
    made = Scenario.model_validate(data)
    asyncio.run(run(made, n=1, population=PEOPLE, model=ScriptedModel(answer), out=out))
    rows = frame(out, "items").filter(pl.col("cell") == "warm")
    item = rows.filter(item="trust_after_q2").row(0, named=True)
    assert (item["battery"], item["wave"], item["reversed"]) == ("trust", "after", 1)
    assert (item["after_turns"], item["item_order"] in (3, 4)) == (2, True)
    score = rows.filter(item="trust_before").row(0, named=True)
    assert (score["way"], score["battery"], score["item_order"]) == ("computed", None, None)
    values = rows.filter(item="trust_before_q1"), rows.filter(item="trust_before_q2")
    first, second = (each["value_number"].item() for each in values)
    assert score["value_number"] == (first + 6 - second) / 2
    assert score["expected"] == pytest.approx(3)
    with open_run(out) as file:
        write_tables(file, tmp_path / "t")
    book = pl.read_csv(tmp_path / "t" / "codebook.csv")
    of = {row["variable"]: row for row in book.filter(table="dialogues").iter_rows(named=True)}
    assert of["outcome_trust_after_q2"]["source"] == "batteries.trust.items.q2"
    assert of["outcome_trust_before"]["question"] == (
        "mean of trust_before_q1, trust_before_q2 (reversed: trust_before_q2)"
    )


def test_the_factors_of_a_design_are_columns_that_say_what_they_are(tmp_path: Path) -> None:
    data = SCENARIO.model_dump(mode="json") | {
        "design": {"between": ["tone"], "strata": {"age": {"younger": [30], "older": [40]}}}
    }
    out = tmp_path / "a.db"
    made = Scenario.model_validate(data)
    asyncio.run(run(made, n=2, population=PEOPLE, model=ScriptedModel(answer), out=out))
    found = frame(out, "dialogues")
    assert found["cluster"].n_unique() == len(found) == 8
    for row in found.iter_rows(named=True):
        assert row["cell_age"] == ("younger" if row["persona_age"] == 30 else "older")
        assert row["cell_tone"] in row["cell"]
    with open_run(out) as file:
        write_tables(file, tmp_path / "t")
    book = pl.read_csv(tmp_path / "t" / "codebook.csv")
    labels = dict(book.filter(table="dialogues").select("variable", "label").rows())
    assert "assigned to each persona at random, with a probability of 0.5" in labels["cell_tone"]
    assert "the group that the persona is in" in labels["cell_age"]


@pytest.mark.parametrize(
    ("forged", "told"),
    [
        ("UPDATE call SET speaker = 'nobody' WHERE id = 1", "speaker is “nobody”, and must be one"),
        (
            "UPDATE persona SET attributes = '{\"rank\": 9}'",
            "persona_rank is “9”, and must be",
        ),
        ("UPDATE persona SET attributes = '{\"age\": 1e300}'", "persona_age is .* within ±9,223"),
        ("UPDATE outcome SET value = '1e30' WHERE name = 'a_b'", "a whole number|within ±9,223"),
    ],
)
def test_a_forged_value_is_one_line(path: Path, tmp_path: Path, forged: str, told: str) -> None:
    copy = tmp_path / "a.db"
    shutil.copy(path, copy)
    with closing(sqlite3.connect(copy)) as connection, connection:
        connection.execute(forged)
    with open_run(copy) as file, pytest.raises(RunFileError, match=told) as found:
        write_tables(file, tmp_path / "t")
    assert "\n" not in str(found.value)
    assert list((tmp_path / "t").iterdir()) == []


def test_a_missing_outcome_has_a_row_without_a_value(tmp_path: Path) -> None:
    def refusing(request: ChatRequest) -> Any:
        return "Pardon?" if "Agree" in str(request.messages) else answer(request)

    out = tmp_path / "a.db"
    asyncio.run(run(SCENARIO, n=1, population=PEOPLE, model=ScriptedModel(refusing), out=out))
    rows = frame(out, "items").filter(pl.col("item") == "agrees")
    assert rows.select("value", "value_number", "expected", "applies").rows() == [(None,) * 4] * 2
    assert frame(out, "calls")["problem"].count() > 0


def test_prompts_are_those_that_were_sent(path: Path) -> None:
    calls = frame(path, "calls", prompts=True)
    with open_run(path) as file:
        sent = [(c.prompt, c.reply and c.reply.text) for d in range(4) for c in file.calls(d)]
    assert [(json.loads(p), raw) for p, raw in calls.select("prompt", "raw").rows()] == sent
    assert "prompt" not in frame(path, "calls").columns


def test_csv_and_parquet_hold_the_same_and_csv_no_formula(path: Path, tmp_path: Path) -> None:
    with open_run(path) as file:
        counts = write_tables(file, tmp_path / "c", prompts=True)
        assert write_tables(file, tmp_path / "p", "parquet", prompts=True) == counts
    assert sorted(p.name for p in (tmp_path / "p").iterdir()) == sorted(
        [f"{t}.parquet" for t in TABLES] + ["codebook.csv", "codebook.md", "levels.csv"]
    )
    for name in TABLES:
        whole = pl.read_parquet(tmp_path / "p" / f"{name}.parquet")
        assert whole.equals(frame(path, name, prompts=True))
        text = pl.read_csv(tmp_path / "c" / f"{name}.csv", infer_schema=False)
        assert text.height == counts[name] == len(whole)
        assert text.columns == whole.columns
    with (tmp_path / "c" / "turns.csv").open(newline="", encoding="utf-8") as lines:
        said = {row["text"] for row in csv.DictReader(lines)}
    assert said == {'\'=HYPERLINK("x")\rwith "quotes"', "Yes.", "No."}
    levels = pl.read_csv(tmp_path / "c" / "levels.csv").filter(variable="outcome_a_b")
    assert levels["level"].to_list() == ["'=x", "y"]


def test_the_codebook_names_every_variable(path: Path, tmp_path: Path) -> None:
    with open_run(path) as file:
        write_tables(file, tmp_path)
    book = pl.read_csv(tmp_path / "codebook.csv")
    for name in TABLES:
        columns = pl.read_csv(tmp_path / f"{name}.csv").columns
        assert book.filter(table=name)["variable"].to_list() == columns
    gave = book.filter(table="dialogues", variable="outcome_gave").row(0, named=True)
    assert (gave["type"], gave["unit"], gave["source"]) == ("number", "EUR", "outcomes.gave")
    assert (gave["question"], gave["name_in_run"]) == (
        "How much | do you <b>give</b>?",
        "outcome.gave",
    )
    mood = book.filter(table="dialogues", variable="outcome_mood").row(0, named=True)
    assert mood["levels"] == "low = 1 | middling = 2 | high = 3"
    text = (tmp_path / "codebook.md").read_text("utf-8")
    assert "How much &#124; do you &#60;b&#62;give&#60;/b&#62;?" in text


def test_pandas_gets_types_that_formulas_take(path: Path) -> None:
    with open_run(path) as file:
        found = file.to_pandas("dialogues")
        turns = file.to_pandas("turns")
    assert found["outcome_mood"].cat.ordered
    assert list(found["outcome_mood"].cat.categories) == ["low", "middling", "high"]
    assert not found["cell_tone"].cat.ordered
    assert [str(found[c].dtype) for c in ("outcome_gave", "outcome_agrees", "turns")] == [
        "float64",
        "float64" if found["outcome_agrees"].hasnans else str(found["outcome_agrees"].dtype),
        "int64",
    ]
    assert str(turns["chosen"].dtype) == "float64"


def test_without_pandas_it_says_what_to_do(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with open_run(path) as file, pytest.raises(ImportError, match="pip install pandas"):
        file.to_pandas("dialogues")


def test_another_table_is_refused_with_the_names_of_all(path: Path) -> None:
    with (
        open_run(path) as file,
        pytest.raises(RunFileError, match="no table “turn”; there are"),
    ):
        file.to_frame("turn")  # type: ignore[arg-type]


def test_nothing_is_overwritten_and_nothing_half_stays(path: Path, tmp_path: Path) -> None:
    (tmp_path / "codebook.md").write_text("mine")
    with open_run(path) as file, pytest.raises(InputError, match=r"codebook\.md is there already"):
        write_tables(file, tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["codebook.md"]
    with open_run(path) as file:
        write_tables(file, tmp_path, force=True)
    assert "Codebook" in (tmp_path / "codebook.md").read_text()
