"""Cronbach's alpha of each battery and wave, from the answers that were drawn in a run."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulate.comparison.reliability import reliabilities
from simulate.engine import run
from simulate.models import ChatRequest, ScriptedModel
from simulate.runfile import open_run
from simulate.scenario import Scenario
from tests.conftest import Command

ITEMS: dict[str, Any] = {"a": "A", "b": {"text": "B", "reversed": True}, "c": "C"}
BATTERY = {"levels": [1, 2, 3, 4, 5], "asked": {"speaker": "ada"}}


def scenario(**batteries: Any) -> Scenario:
    data = {"scenario": "scales", "speakers": {"ada": {"plays": "user"}}, "batteries": batteries}
    return Scenario.model_validate({**data, "steps": [{"ask": list(batteries)}]})


def answers(request: ChatRequest) -> Any:
    """State that all levels are alike, so that the seed draws them."""
    return {"responses": [{"value": v, "probability": 0.2} for v in "12345"]}


def made(path: Path) -> Path:
    played = scenario(mood={**BATTERY, "items": ITEMS}, one={**BATTERY, "items": {"a": "A"}})
    asyncio.run(run(played, n=25, model=ScriptedModel(answers), out=path))
    return path


def test_alpha_is_that_of_the_drawn_answers_with_reversed_items_turned_round(
    tmp_path: Path,
) -> None:
    with open_run(made(tmp_path / "a.db")) as file:
        mood, one = reliabilities(file)
        drawn = [[int(str(d.outcomes[f"mood_{i}"].value)) for i in "abc"] for d in file.read()]
    x = np.array(drawn, dtype=float)
    x[:, 1] = 6 - x[:, 1]
    covariance = np.cov(x.T)
    alpha = 1.5 * (1 - np.trace(covariance) / covariance.sum())
    assert mood.found.alpha == pytest.approx(alpha)
    assert (mood.found.n, mood.found.personas, mood.found.items) == (25, 25, 3)
    assert (
        one.sentence == "one: no alpha, as one item has none (1 item, 25 dialogues of 25 personas)"
    )


def test_a_summary_and_a_report_show_it(tmp_path: Path, command: Command) -> None:
    path = made(tmp_path / "a.db")
    code, out, _ = command("summary", path)
    assert code == 0
    assert "Cronbach's alpha" in out
    assert "one: no alpha" in out
    _, out, _ = command("summary", path, "--json")
    names = [each["name"] for each in json.loads(out)["reliability"]]
    assert names == ["mood", "one"]
    supplement = tmp_path / "s.md"
    assert command("report", path, "--markdown", supplement)[0] == 0
    assert "Cronbach's alpha of one: no alpha" in supplement.read_text()
