"""A large plan gets on file as it is played; what a run has not come to is planned again."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from simulate.engine import run, unwritten
from simulate.engine.events import Event, TurnTaken
from simulate.models import ChatRequest, ScriptedModel
from simulate.population import Population
from simulate.runfile import open_run
from simulate.runfile.run_folder import run_summary
from simulate.scenario import Scenario

PEOPLE = Population.model_validate(
    {
        "population": "people",
        "attributes": {"side": {"kind": "category", "counts": {"left": 1, "right": 4}}},
        "prose": "on the {{ side }}",
    }
)
N = 20


def talk(design: dict[str, Any]) -> Scenario:
    return Scenario.model_validate(
        {
            "scenario": "talk",
            "turns": {"maximum": 1},
            "speakers": {
                "bot": {"plays": "assistant"},
                "ada": {"plays": "user", "instructions": "You stand {{ persona.prose }}."},
            },
            "conditions": {"a": {"low": {}, "high": {}}},
            "design": design,
        }
    )


def answers(request: ChatRequest) -> Any:
    said = f"{request.messages[0]['content']} {request.seed}"
    return said if request.schema is None else {"responses": [{"text": said, "probability": 1}]}


def simulated(path: Path, design: dict[str, Any], n: int, after: int | None = None) -> None:
    """Run, or go on, until so many turns are taken."""
    stop, turns = asyncio.Event(), 0

    def listener(event: Event) -> None:
        nonlocal turns
        turns += isinstance(event, TurnTaken)
        if turns == after:
            stop.set()

    settings: dict[str, Any] = {"population": PEOPLE, "model": ScriptedModel(answers)}
    settings |= {"concurrency": 3, "resume": path.exists(), "listener": listener, "stop": stop}
    asyncio.run(run(talk(design), n=n, out=path, **settings))


def exported(path: Path) -> list[str]:
    with open_run(path) as file:
        whole = [{k: v for k, v in d.items() if k != "run"} for d in file.dialogues()]
        people = sorted((p.id, p.attributes, p.prose) for p in file.personas.values())
    return [json.dumps(each, sort_keys=True) for each in (*whole, people)]


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unwritten, "AT_FIRST", 5)
    monkeypatch.setattr(unwritten, "BATCH", 4)


@pytest.mark.parametrize(
    "design",
    [
        {},
        {"strata": {"side": {"l": ["left"], "r": ["right"]}}},
        {"random": ["a"]},
    ],
)
def test_an_interrupted_run_that_goes_on_and_grows_is_the_run_that_was_planned_at_once(
    tmp_path: Path, design: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    simulated(tmp_path / "whole.db", design, N)
    monkeypatch.setattr(unwritten, "AT_FIRST", 5)
    monkeypatch.setattr(unwritten, "BATCH", 4)
    path = tmp_path / "parts.db"
    for n, after in ((N - 6, 9), (N - 6, 20), (N, 9), (N, None)):
        simulated(path, design, n, after)
    assert exported(path) == exported(tmp_path / "whole.db")
    with open_run(path) as file:
        assert "unwritten" not in file.meta


@pytest.mark.usefixtures("small_batches")
def test_dialogues_that_are_not_on_file_yet_count_as_planned(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    simulated(path, {}, N, after=4)
    with open_run(path) as file:
        on_file = sum(1 for _ in file.planned())
        total, cells = file.totals(), file.counts()
    assert on_file < total.dialogues == 2 * N
    assert [sum(each.values()) for each in cells.values()] == [N, N]
    assert run_summary(path).dialogues == 2 * N
