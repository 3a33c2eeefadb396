"""What type checkers see of the public API; mypy reads this file, and nobody runs it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, assert_type

import numpy as np
import polars as pl
from matplotlib.figure import Figure
from numpy.typing import NDArray
from openai import AsyncAzureOpenAI, AsyncOpenAI

import simulate
from simulate.runfile import Dialogue


def answer(request: simulate.ChatRequest) -> dict[str, Any]:
    return {"responses": [{"text": request.messages[-1]["content"], "probability": 1.0}]}


class Shouting:
    """A user's own model: no base class is needed."""

    name = "shouting"
    concurrency = 1

    async def complete(self, request: simulate.ChatRequest) -> simulate.ChatReply:
        return simulate.ChatReply(request.messages[-1]["content"].upper())

    async def aclose(self) -> None: ...


async def runs(scenario: simulate.Scenario, population: simulate.Population) -> None:
    model: simulate.ChatModel = Shouting()
    result = await simulate.run(scenario, n=2, model=model, population=population, methods=["vs"])
    assert_type(result, simulate.RunResult)
    assert_type(result.path, Path)
    assert_type(result.cost_usd, float | None)
    assert_type(simulate.run_sync("donation", speaker_models={"judge": model}), simulate.RunResult)
    names = {"fast": simulate.ModelSettings(url="http://127.0.0.1:8000/v1", body={"top_k": 5})}
    simulate.run_sync("donation", model="fast", models=names)
    simulate.open_model("fast", models="models.yaml", settings=names["fast"])
    for client in (AsyncOpenAI(), AsyncAzureOpenAI()):
        await simulate.run("donation", model=(client, "gpt-4.1"))
    with result.open() as run:
        assert_type(run, simulate.RunReader)
        assert_type(run.read(), Iterator[Dialogue])
        assert_type(run.to_frame("turns"), pl.DataFrame)
        assert_type(run.dialogues(), Iterator[dict[str, Any]])
    assert_type(result.to_frame(), pl.DataFrame)
    assert_type(population.plot(), Figure)
    assert_type(simulate.open_run("a.db"), simulate.RunReader)
    reweighed = simulate.reweigh(result.path, temper=1.5, to=population, on=["age:30,50"])
    assert_type(reweighed, simulate.Reweighed)
    assert_type(reweighed.row("vs").mean.value, float | None)
    comparison = simulate.compare([result.path, "b.db:vs"], margin={"ks": 0.1})
    assert_type(comparison, simulate.Comparison)


async def grids() -> None:
    found = await simulate.multiverse("plan.yaml", out="grid", run_refused=True)
    assert_type(found, simulate.Multiverse)
    assert_type(found.to_frame(), pl.DataFrame)
    assert_type(found.plot(), Figure)
    assert_type(simulate.multiverse_sync("plan.yaml"), simulate.Multiverse)


async def calibrations() -> None:
    found = await simulate.calibrate(reference="persuasionforgood:data", asks=["act"], turns=2)
    assert_type(found, simulate.Calibration)
    assert_type(found.to_frame(), pl.DataFrame)
    assert_type(found.plot(), Figure)
    again = simulate.calibrate_sync("walk.db", reference="persuasionforgood:data", margin=0.1)
    assert_type(again, simulate.Calibration)


async def distributions() -> None:
    distribution = await simulate.verbalize(
        "Name a state.", k=3, model=simulate.ScriptedModel(answer)
    )
    assert_type(distribution, simulate.ReplyDistribution)
    assert_type(simulate.verbalize_sync("Name a state."), simulate.ReplyDistribution)
    assert_type(distribution.candidates, tuple[simulate.Candidate, ...])
    assert_type(distribution.weights, NDArray[np.float64])
    assert_type(distribution.draw(0.5), int)
    assert_type(distribution.tempered(2.0).truncated(0.1).merged(), simulate.ReplyDistribution)
    likely = distribution.filter(lambda item: item.weight > 0.1).map(lambda item: item.text.title())
    assert_type(likely.reweight(lambda item: 1.0), simulate.ReplyDistribution)
    assert_type(likely.argmax().text, str)
    assert_type(simulate.ReplyDistribution.from_dict(likely.to_dict()), simulate.ReplyDistribution)


def people() -> None:
    population = simulate.load_population("crowdworkers")
    assert_type(population, simulate.Population)
    assert_type(population.sample(3, seed=1), list[simulate.Persona])
    assert_type(simulate.load_scenario(Path("rent.yaml")), simulate.Scenario)
    assert_type(simulate.open_model("embedded"), simulate.ChatModel)
    assert_type(simulate.MethodSpec(name="vs", k=5), simulate.MethodSpec)


async def stress() -> None:
    target: simulate.Target = simulate.open_target(simulate.read_target("python:shop:bot"))
    session = await target.open("a")
    assert_type(session, simulate.Session)
    reply = await session.reply("Hello")
    assert_type(reply, simulate.TargetReply)
    assert_type(reply.tool_calls, tuple[simulate.ToolCall, ...])
    result = await simulate.stress_test("support-refund", target=target, n=10)
    assert_type(result, simulate.StressResult)
    assert_type(
        simulate.stress_test_sync("support-refund", target="http://127.0.0.1:8000"),
        simulate.StressResult,
    )


def reading() -> None:
    with simulate.open_run("run.db") as run:
        dialogue = next(run.read())
    assert_type(dialogue, simulate.Dialogue)
    assert_type(dialogue.turns, tuple[simulate.Turn, ...])
    assert_type(dialogue.turns[0].distribution, simulate.ReplyDistribution | None)


def errors(error: simulate.SimulateError) -> Exception:
    return error


def unknown() -> Any:
    return simulate.nothing  # type: ignore[attr-defined]
