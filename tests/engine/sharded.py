"""A study that is played as a whole or in shards, on a model that answers by what it is asked.

It has what a merge must carry along: an assigned design, replicates, a speaker that is a person of
its own, steps, drawn outcomes, and dialogues that fail.
"""

from __future__ import annotations

import asyncio
import io
from pathlib import Path
from typing import Any

from simulate.engine import RunResult, run
from simulate.models import ChatRequest, ScriptedModel
from simulate.population import Population
from simulate.runfile import export_jsonl, open_run
from simulate.scenario import Scenario
from tests.made_runs import gone_at

TWO: dict[str, Any] = {"low": {}, "high": {}}
ASKED = {"kind": "amount", "support": [0, 2]}
AGES = {"age": {"kind": "integer", "counts": {20: 3, 40: 3, 60: 1}}}
STUDY: dict[str, Any] = {
    "scenario": "study",
    "speakers": {
        "bob": {"plays": "assistant", "instructions": "You are {{ persona.age }}."},
        "ada": {"plays": "user", "method": "vs", "instructions": "You are {{ persona.age }}."},
    },
    "turns": {"maximum": 2},
    "steps": [{"show": {"to": "ada", "text": "A picture."}}, {"say": 2}, {"ask": ["gift"]}],
    "outcomes": {"gift": {**ASKED, "asked": {"speaker": "ada", "question": "What do you give?"}}},
    "conditions": {"a": TWO, "b": TWO},
    "design": {"between": ["a"]},
    "defaults": {"replicates": 2},
}


def people(name: str) -> Population:
    return Population.model_validate({"population": name, "attributes": AGES, "prose": "{{ age }}"})


def answers(request: ChatRequest) -> Any:
    seed = request.seed or 0
    if request.schema is None:
        return "Say nothing." if seed % 5 == 0 else f"Hello {seed}"
    if "Say nothing." in str(request.messages):
        return "…"  # no distribution: the dialogue fails
    values = [0, 1, 2] if "value" in str(request.schema) else ["Yes", f"No {seed % 5}"]
    field = "value" if "value" in str(request.schema) else "text"
    return {"responses": [{field: each, "probability": 0.3} for each in values]}


def study(path: Path, shard: str | None = None, *, gone: int = 0, **options: Any) -> RunResult:
    """Play the study, or a shard of it.

    Args:
        path: the run file.
        shard: I/N.
        gone: the call, from 1, at which the model is gone for good.
        options: as `run` takes them.
    """
    changes = options.pop("changes", {})
    settings = {
        "n": 6,
        "model": gone_at(gone, answers) if gone else ScriptedModel(answers),
        "population": people("adas"),
        "speaker_populations": {"bob": people("bobs")},
        **options,
    }
    scenario = Scenario.model_validate({**STUDY, **changes})
    return asyncio.run(run(scenario, out=path, shard=shard, **settings))


def jsonl(path: Path, **options: Any) -> str:
    """Return the JSONL export of a run, with one id for every run."""
    out = io.StringIO()
    with open_run(path, **options) as file:
        export_jsonl(file, out)
        return out.getvalue().replace(file.run_id, "RUN")
