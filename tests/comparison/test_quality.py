"""Grades and refusals by a judge whose verdicts are computed."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulate import run_sync
from simulate.comparison.diversity_gain import Replies
from simulate.comparison.quality import judged
from simulate.errors import StatisticsError
from simulate.models import ChatRequest, ScriptedModel
from tests.conftest import AsJson


def cell(texts: list[str]) -> Replies:
    people = [(f"p{i}", 0) for i in range(len(texts))]
    return Replies("vs", texts, np.arange(len(texts)), people, np.ones(len(texts)))


def by_word(request: ChatRequest) -> dict[str, Any]:
    said = request.messages[0]["content"]
    return {"value": "refusal" if "cannot" in said else "5" if "good" in said else "2"}


def test_refusals_are_counted_and_have_no_grade() -> None:
    texts = ["good"] * 6 + ["bad"] * 6 + ["I cannot"] * 4
    (found,) = asyncio.run(judged([cell(texts)], "Tell a joke.", ScriptedModel(by_word)))
    assert found.judged == 16
    assert found.refusals == 0.25
    assert found.quality == pytest.approx(3.5)
    assert found.interval is not None


def test_a_verdict_that_cannot_be_read_is_counted_apart() -> None:
    judge = ScriptedModel(lambda request: {"value": "11"})
    (found,) = asyncio.run(judged([cell(["a", "b"])], "Tell a joke.", judge))
    assert (found.judged, found.unread, found.quality) == (0, 2, None)


def test_no_more_replies_are_judged_than_asked_for() -> None:
    judge = ScriptedModel(by_word)
    (found,) = asyncio.run(judged([cell(["good"] * 9)], "Tell a joke.", judge, most=4))
    assert found.judged == 4
    with pytest.raises(StatisticsError, match="it must be ≥ 1"):
        asyncio.run(judged([], "Tell a joke.", judge, most=0))


def test_the_command_prints_grades_beside_diversity(tmp_path: Path, as_json: AsJson) -> None:
    path, verdicts = tmp_path / "r.db", tmp_path / "judge.yaml"
    verdicts.write_text('- {value: "4"}\n')
    jokes = ScriptedModel(lambda request: json.dumps({"responses": ["A joke.", "Another."]}))
    run_sync("joke", n=2, methods=["sequence"], model=jokes, out=path)
    found = as_json("diversity", path, "--judge", f"scripted:{verdicts}")
    assert found["quality"][0]["quality"] == 4
