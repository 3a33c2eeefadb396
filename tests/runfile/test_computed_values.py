"""The values that a computed outcome could have had: by enumeration, where that is right."""

from __future__ import annotations

import asyncio
import itertools
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from simulate.comparison.samples import from_run
from simulate.engine import run
from simulate.models import ChatRequest, ScriptedModel
from simulate.reference import Variable
from simulate.runfile import OutcomeValue, RunReader, open_run
from simulate.scenario import Scenario

CHANCES = {"1": 0.5, "2": 0.3, "3": 0.2}
ASKED = {"speaker": "ada", "question": "{{ item }}"}


def answers(request: ChatRequest) -> Any:
    assert request.schema is not None
    values = request.schema["properties"]["responses"]["items"]["properties"]["value"]["enum"]
    first = str(request.messages[-1]["content"]).count("first")
    order = values[::-1] if first else values
    shares = CHANCES.values()
    return {
        "responses": [{"value": v, "probability": p} for v, p in zip(order, shares, strict=False)]
    }


def played(path: Path, outcomes: dict[str, Any], **changes: Any) -> RunReader:
    scenario = Scenario.model_validate(
        {
            "scenario": "x",
            "speakers": {"ada": {"plays": "user"}, "bot": {"plays": "assistant"}},
            "batteries": {
                "mood": {
                    "levels": [1, 2, 3],
                    "asked": ASKED,
                    "items": {"a": "first", "b": {"text": "B", "reversed": True}, "c": "C"},
                }
            },
            "outcomes": outcomes,
            "steps": [{"ask": ["mood"]}],
            **changes,
        }
    )
    result = asyncio.run(run(scenario, n=2, model=ScriptedModel(answers), out=path))
    assert result.failed == 0
    return open_run(path)


def chances(measured: OutcomeValue) -> dict[Any, float]:
    assert measured.candidates is not None
    return {c.value: c.chance for c in measured.candidates}


def test_the_chance_of_a_score_is_that_of_all_combinations_that_make_it(tmp_path: Path) -> None:
    expected: dict[float, float] = defaultdict(float)
    for (a, p), (b, q), (c, r) in itertools.product(CHANCES.items(), repeat=3):
        # The first item is answered the other way round, and the second counts so.
        expected[((4 - int(a)) + (4 - int(b)) + int(c)) / 3] += p * q * r
    low = {"low": {"computed": {"when": {"mood": {"below": 2}}}}}
    with played(tmp_path / "a.db", low) as file:
        for dialogue in file.read():
            found = dialogue.outcomes["mood"]
            assert chances(found) == pytest.approx(dict(expected))
            assert found.value in expected
            below = sum(p for value, p in expected.items() if value < 2)
            assert chances(dialogue.outcomes["low"])[True] == pytest.approx(below)
        (sample,) = from_run(
            file, "mood", Variable.of_outcome("mood", file.scenario.outcomes["mood"])
        )
        mean = sum(value * p for value, p in expected.items())
        assert sample.mean_with_interval(
            Variable.of_outcome("mood", file.scenario.outcomes["mood"])
        )[0] == pytest.approx(mean)


@pytest.mark.parametrize(
    ("outcomes", "changes"),
    [
        ({"x": {"computed": {"difference": ["mood", "mood_a"]}}}, {}),
        (
            {"x": {"computed": {"sum": ["mood_a", "mood_c"]}}},
            {"steps": [{"ask": {"outcomes": ["mood"], "remembers": "items"}}]},
        ),
        (
            {
                "y": {
                    "kind": "yesno",
                    "applies_if": {"mood_a": [1, 2, 3]},
                    "asked": {**ASKED, "question": "Y"},
                },
                "x": {"computed": {"sum": ["y", "mood_c"]}},
            },
            {},
        ),
        (
            {
                "x": {
                    "kind": "amount",
                    "support": [0, 1],
                    # The two dialogues draw 2 and 3; a 1 would lie outside.
                    "computed": {"expression": "(mood_a | int - 1) / 2 + (mood_a == '1') * 7"},
                }
            },
            {},
        ),
    ],
)
def test_nothing_is_claimed_where_answers_hang_together(
    tmp_path: Path, outcomes: dict[str, Any], changes: dict[str, Any]
) -> None:
    with played(tmp_path / "a.db", outcomes, **changes) as file:
        for dialogue in file.read():
            assert dialogue.outcomes["x"].value is not None
            assert dialogue.outcomes["x"].candidates is None


def test_one_outcome_read_alone_has_the_same_values(tmp_path: Path) -> None:
    with played(tmp_path / "a.db", {}) as file:
        whole = [dialogue.outcomes["mood"].candidates for dialogue in file.read()]
        assert [row.candidates for row in file.outcome_rows("mood")] == whole


def test_a_scale_of_many_items_has_as_many_values_as_its_sum_and_no_more(tmp_path: Path) -> None:
    items = {f"i{i}": f"{i}" for i in range(20)}
    battery = {"levels": list(range(1, 8)), "asked": ASKED, "items": items}
    with played(tmp_path / "a.db", {}, batteries={"mood": battery}) as file:
        (first, _) = (dialogue.outcomes["mood"].candidates for dialogue in file.read())
    assert first is not None
    assert len(first) <= 20 * 6 + 1
