"""What is asked for from the tail and stated not to be of it is kept, marked and counted."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from simulate.cli.distribution_table import distribution_table
from simulate.engine import run
from simulate.models import ChatRequest, ScriptedModel
from simulate.runfile import open_run
from simulate.runfile.draw_statistics import tail_candidates, tail_told
from simulate.runfile.run_view import RunView
from simulate.scenario import Scenario
from simulate.tui.dialogue_data import read_transcript
from simulate.tui.dialogue_text import dialogue_markdown
from simulate.verbalized import Candidate
from tests.made_runs import exported


def asked(**ada: Any) -> Scenario:
    return Scenario.model_validate(
        {
            "scenario": "talk",
            "speakers": {"bot": {"plays": "assistant"}, "ada": {"plays": "user", **ada}},
            "turns": {"maximum": 1},
        }
    )


def says(request: ChatRequest) -> Any:
    if request.schema is None:
        return "Hello."
    each = [("Rare.", 0.04), ("At it.", 0.1), ("Likely.", 0.6)]
    return {"responses": [{"text": text, "probability": p} for text, p in each]}


def played(folder: Path, scenario: Scenario, n: int = 1) -> Path:
    path = folder / "a.db"
    asyncio.run(run(scenario, n=n, model=ScriptedModel(says), out=path))
    return path


BY_METHOD = asked(method={"name": "vs", "k": 3, "below": 0.1})
BY_TAIL = asked(method={"name": "vs", "k": 3}, tail={"share": 1, "below": 0.1})
BY_PART = asked(
    method={
        "name": "mixture",
        "parts": {"rare": {"weight": 1, "method": {"name": "vs", "k": 3, "below": 0.1}}},
    }
)
EITHER = pytest.mark.parametrize(
    "scenario", [BY_METHOD, BY_TAIL, BY_PART], ids=["method", "tail", "part of a mixture"]
)


@EITHER
def test_the_export_marks_candidates_that_are_not_from_the_tail(
    tmp_path: Path, scenario: Scenario
) -> None:
    [dialogue] = exported(played(tmp_path, scenario))
    _, turn = dialogue["turns"]
    assert turn["below"] == 0.1
    assert [c.get("above") for c in turn["candidates"]] == [None, True, True]
    assert all("above" not in c for d in turn.get("draws", []) for c in d["candidates"])


@EITHER
def test_views_mark_them(tmp_path: Path, scenario: Scenario) -> None:
    path = played(tmp_path, scenario)
    with open_run(path) as file:
        turn = next(iter(file.read())).turns[1]
    marks = [c.tail_mark(turn.threshold) for c in turn.draws[-1].distribution.candidates]
    assert marks == ["", " ▲ not below 0.1", " ▲ not below 0.1"]
    view = RunView(path)
    transcript = read_transcript(view, 0)
    view.close()
    assert transcript is not None
    shown = dialogue_markdown(transcript, "a")
    assert shown.count("▲ not below 0.1") == 2


@EITHER
def test_they_are_counted_over_a_run(tmp_path: Path, scenario: Scenario) -> None:
    with open_run(played(tmp_path, scenario, n=4)) as file:
        assert tail_candidates(file) == (12, 8)
        assert tail_told(file) == [
            "8 of 12 candidates (67%) that were asked for from the tail are stated at or above its "
            "threshold: they are kept, and marked"
        ]


def test_a_turn_that_is_asked_for_as_usual_has_no_threshold(tmp_path: Path) -> None:
    path = played(tmp_path, asked(method={"name": "vs", "k": 3}))
    [dialogue] = exported(path)
    assert "below" not in dialogue["turns"][1]
    assert all("above" not in c for c in dialogue["turns"][1]["candidates"])
    with open_run(path) as file:
        assert (tail_candidates(file), tail_told(file)) == ((0, 0), [])


@pytest.mark.parametrize(
    ("stated", "below", "above"),
    [(0.1, 0.1, True), (0.0999, 0.1, False), (0.5, None, False), (None, 0.1, False)],
)
def test_only_a_stated_probability_lies_above(
    stated: float | None, below: float | None, above: bool
) -> None:
    assert Candidate("a", stated).is_above(below) is above


def test_the_table_of_the_command_line_marks_them() -> None:
    from simulate.verbalized import ReplyDistribution

    found = ReplyDistribution.from_probabilities((Candidate("a", 0.05), Candidate("b", 0.4)))
    cells = list(distribution_table(found, None, below=0.1).columns[-1].cells)
    assert [str(cell) for cell in cells] == ["a", "b ▲ not below 0.1"]
