"""A run grows: what reaches no prompt, no draw and no outcome is no part of its identity."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from simulate.engine import make_plan, run
from simulate.errors import RunFileError
from simulate.models import ChatRequest, ScriptedModel
from simulate.population import load_population
from simulate.runfile import open_run
from simulate.scenario import Scenario

DATA: dict[str, Any] = {
    "scenario": "growing",
    "title": "A title",
    "description": "Two talk.",
    "speakers": {
        "bot": {"plays": "assistant"},
        "ada": {"plays": "user", "instructions": "{{ persona.prose }}"},
    },
    "turns": {"maximum": 1},
    "conditions": {"method": {"direct": {}, "cot": {"speakers": {"ada": {"method": "cot"}}}}},
}


def answers(request: ChatRequest) -> Any:
    said = f"{request.messages[0]['content'][:40]} {request.seed}"
    return said if request.schema is None else {"reasoning": "Hm.", "text": said}


def simulated(path: Path, n: int, *, resume: bool = False, **changes: Any) -> list[dict[str, Any]]:
    scenario = Scenario.model_validate({**DATA, **changes})
    population = load_population("crowdworkers")
    options: dict[str, Any] = {"population": population, "model": ScriptedModel(answers)}
    asyncio.run(run(scenario, n=n, out=path, resume=resume, **options))
    with open_run(path) as file:
        assert file.meta["n"] == n
        return [
            {k: v for k, v in d.items() if k not in ("run", "dialogue")} for d in file.dialogues()
        ]


def fingerprint(n: int = 2, seed: int = 0, **changes: Any) -> str:
    scenario = Scenario.model_validate({**DATA, **changes})
    return make_plan(scenario, load_population("crowdworkers"), n, seed).fingerprint


def test_a_run_that_has_grown_is_the_run_that_was_larger_from_the_beginning(tmp_path: Path) -> None:
    simulated(tmp_path / "a.db", 2)
    grown = simulated(tmp_path / "a.db", 5, resume=True)
    assert grown == simulated(tmp_path / "b.db", 5)


def test_a_run_does_not_shrink(tmp_path: Path) -> None:
    simulated(tmp_path / "a.db", 3)
    with pytest.raises(RunFileError, match=r"another n \(there 3, here 2\)"):
        simulated(tmp_path / "a.db", 2, resume=True)


def test_a_title_may_change_before_a_run_goes_on(tmp_path: Path) -> None:
    simulated(tmp_path / "a.db", 2)
    assert len(simulated(tmp_path / "a.db", 3, resume=True, title="A better title")) == 6


def test_the_fingerprint_does_not_depend_on_n_or_on_what_nobody_is_told() -> None:
    same = {fingerprint(), fingerprint(n=9), fingerprint(title="x"), fingerprint(source="y")}
    assert len(same | {fingerprint(defaults={"n": 7})}) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"description": "Three talk."},
        {"turns": {"maximum": 2}},
        {"steps": [{"say": 1}]},
        {"seed": 1},
    ],
)
def test_the_fingerprint_depends_on_what_reaches_a_prompt_or_a_draw(
    changes: dict[str, Any],
) -> None:
    assert fingerprint(**changes) != fingerprint()
