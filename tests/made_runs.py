"""Run files with known outcomes, made through the project's own writer."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simulate.engine import make_plan
from simulate.errors import EndpointError
from simulate.models import ChatRequest, ScriptedModel
from simulate.population import Population
from simulate.reference import Reference, load
from simulate.runfile import Header, OutcomeValue, RunWriter, Turn, open_run
from simulate.runfile.header import PlannedDialogue
from simulate.scenario import Answer as Said
from simulate.scenario import Scenario
from simulate.verbalized import Candidate, RecordedDraw, ReplyDistribution, recorded

Answer = float | None | str | Sequence[tuple[float, float]]
MakeRun = Callable[..., Path]
LEFT: Any = object()
"""A dialogue that is planned and was not played."""


@pytest.fixture(scope="session")
def donations() -> Reference:
    return load("persuasionforgood-donations")


def scenario_of(
    compare: str | None = None,
    conditions: dict[str, Any] | None = None,
    replicates: int = 1,
    outcome: dict[str, Any] | None = None,
    fields: dict[str, Any] | None = None,
    **method: Any,
) -> Scenario:
    amount = {"kind": "amount", "unit": "USD", "support": [0, 2]}
    asked = {"speaker": "persuadee", "question": "How much?", "method": "as-in-talk"}
    return Scenario.model_validate(
        {
            "scenario": "donation",
            "speakers": {
                "persuader": {"plays": "assistant"},
                "persuadee": {"plays": "user", "method": {"name": "vs", **method}},
            },
            "conditions": conditions or {"method": {"vs": {}, "direct": {}}},
            "defaults": {"replicates": replicates},
            "outcomes": {"donation": {**(outcome or amount), "asked": asked}},
            "compare": {"donation": compare or "persuasionforgood-donations"},
            **(fields or {}),
        }
    )


async def _write(
    path: Path,
    scenario: Scenario,
    answers: Mapping[str, Sequence[Answer]],
    text: str,
    population: Population | None,
    run: str,
) -> None:
    n = max(len(values) for values in answers.values())
    plan = make_plan(scenario, population, n, 0)
    header = Header(
        meta={
            "run": run,
            "scenario": scenario.model_dump(mode="json"),
            "population": population.model_dump(mode="json") if population else None,
            "seed": 0,
            "draws": 1,
        },
        cells=[(c.index, c.label, c.levels) for c in plan.cells],
        personas=[(p.id, p.attributes, p.prose) for p in plan.personas],
        dialogues=plan.dialogues,
    )
    writer = RunWriter.create(path, header)

    async def played(planned: PlannedDialogue, answer: Answer) -> None:
        await writer.start(planned.id, {})
        for position, speaker in enumerate(("persuader", "persuadee") * 2):
            await writer.turn(planned.id, Turn(position, speaker, text))
        if answer == "failed":
            await writer.fail(planned.id, "model", "refused")
            return
        value: Any = answer
        draws: tuple[RecordedDraw, ...] = ()
        possible: tuple[Said, ...] = ()
        if isinstance(answer, list | tuple):
            possible = tuple(Said(v) for v, _ in answer)
            value = answer[0][0]
            stated = tuple(Candidate(repr(v), w) for v, w in answer)
            settings = plan.cells[planned.cell].draws_of(scenario.outcomes["donation"])
            of = ReplyDistribution.from_probabilities(stated)
            draws = (replace(recorded(of, settings, "donation", 0.0), chosen=0),)
        measured = OutcomeValue("donation", value, None, draws, possible)
        await writer.outcome(planned.id, measured, completes=True)

    of_cell = {cell.index: iter(answers.get(cell.label, ())) for cell in plan.cells}
    pairs = ((planned, next(of_cell[planned.cell], LEFT)) for planned in plan.dialogues)
    # All at once, so that they share commits.
    await asyncio.gather(*(played(planned, a) for planned, a in pairs if a is not LEFT))
    await writer.aclose()


def gone_at(
    call: int, answers: Callable[[ChatRequest], Any], name: str = "scripted"
) -> ScriptedModel:
    """Return a model that answers until this call, from 1, at which its endpoint is gone."""
    calls = itertools.count(1)

    def answer(request: ChatRequest) -> Any:
        if next(calls) == call:
            raise EndpointError("gone")
        return answers(request)

    return ScriptedModel(answer, name)


def exported(path: Path) -> list[dict[str, Any]]:
    """Return the export of a run without what differs between two runs by design."""
    with open_run(path) as file:
        return [{k: v for k, v in d.items() if k != "run"} for d in file.dialogues()]


def write_run(
    path: Path,
    answers: Mapping[str, Sequence[Answer]],
    *,
    text: str = "Hello there. How are you?",
    population: Population | None = None,
    run: str = "r1",
    **details: Any,
) -> Path:
    """Write a run: answers by cell label, `"failed"` for a failure; see `scenario_of`."""
    scenario = scenario_of(**details)
    asyncio.run(_write(path, scenario, answers, text, population, run))
    return path


@pytest.fixture
def make_run(tmp_path: Path) -> MakeRun:
    """Return a function that writes a run; see `write_run`."""

    def make(answers: Mapping[str, Sequence[Answer]], name: str = "run.db", **details: Any) -> Path:
        return write_run(tmp_path / name, answers, **details)

    return make
