"""Speakers, judges, scorers and model targets of a run share limits, pace and what was learnt."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from simulate.engine import EndpointLearnt, Estimate, Event, estimate, run
from simulate.errors import InputError, ModelError
from simulate.models import ChatReply, ChatRequest, Models
from simulate.models.budget import Budget
from simulate.runfile import open_run
from simulate.scenario import Scenario
from tests.endpoint import Body, Serve, completion, refusal
from tests.serving import LocalServer

ASKED = ChatRequest([{"role": "user", "content": "Hi."}])
MINUTE_S = 61.01


def customers(target: str, **fields: Any) -> Scenario:
    """Return a scenario of two turns each with a model target."""
    return Scenario.model_validate(
        {
            "scenario": "customers",
            "turns": {"maximum": 2, "first": "ada"},
            "speakers": {
                "ada": {"plays": "user", "instructions": "You are Ada.", "method": "direct"},
                "bot": {
                    "plays": "target",
                    "instructions": "You sell tea.",
                    "target": {"kind": "model", "model": target, **fields},
                },
            },
        }
    )


def test_a_model_target_keeps_to_the_pace_of_its_host(tmp_path: Path, serve: Serve) -> None:
    times: list[float] = []
    endpoint = serve(lambda body, n: times.append(time.monotonic()))
    result = asyncio.run(
        run(
            customers(f"bot@{endpoint.url}"),
            model=endpoint.spec,
            n=6,
            rpm=600,
            out=tmp_path / "a.db",
            probe=False,
        )
    )
    assert (result.completed, len(times)) == (6, 24)
    assert {body["model"] for body in endpoint.bodies} == {"mock", "bot"}
    assert times[-1] - times[0] > MINUTE_S / 600 * 23 - 1.1


def test_waiting_for_the_pace_is_not_the_targets_time(tmp_path: Path, serve: Serve) -> None:
    times: list[float] = []

    def behave(body: Body, number: int) -> str:
        times.append(time.monotonic())
        return "Yes."

    endpoint = serve(behave)
    user = serve()
    scenario = customers(f"bot@{endpoint.url}", timeout_s=4)
    options: dict[str, Any] = {"n": 3, "concurrency": 3, "out": tmp_path / "a.db"}
    result = asyncio.run(run(scenario, model=user.spec, probe=False, rpm=60, **options))
    assert (result.completed, len(endpoint.bodies)) == (3, 6)
    with open_run(tmp_path / "a.db") as file:
        turns = [turn for dialogue in file.read() for turn in dialogue.turns]
    waits = [turn.latency_s for turn in turns if turn.speaker == "bot"]
    assert max(wait for wait in waits if wait is not None) < (times[-1] - times[0]) / 2


def test_what_a_model_target_refuses_is_told_and_kept(tmp_path: Path, serve: Serve) -> None:
    def behave(body: Body, number: int) -> Any:
        return refusal("Unsupported parameter: temperature") if "temperature" in body else None

    events: list[Event] = []
    endpoint = serve(behave)
    scenario = customers(f"bot@{endpoint.url}", temperature=0.5)
    run_of = run(scenario, n=2, model=serve().spec, out=tmp_path / "a.db", listener=events.append)
    asyncio.run(run_of)
    learnt = [event.learnt for event in events if isinstance(event, EndpointLearnt)]
    assert [(each.model, each.what) for each in learnt] == [(f"bot@{endpoint.url}", "temperature")]
    with open_run(tmp_path / "a.db") as file:
        assert list(file.refusals()[f"bot@{endpoint.url}"]) == ["temperature"]


def test_a_model_is_opened_once_and_closed_in_the_end(serve: Serve) -> None:
    endpoint = serve()

    async def whole() -> None:
        async with Models() as models:
            model = models.chat(endpoint.spec)
            assert models.chat(endpoint.spec) is model
            assert models.chat(endpoint.spec, by_file=True) is not model
            await model.complete(ASKED)

    asyncio.run(whole())


class Own:
    """A model that a user writes: two methods and two attributes."""

    name = "own"
    concurrency = 3
    closed = False

    async def complete(self, request: ChatRequest) -> ChatReply:
        return ChatReply("Yes.")

    async def aclose(self) -> None:
        self.closed = True


def test_a_users_own_model_is_served_and_left_open() -> None:
    own = Own()

    async def whole() -> ChatReply:
        async with Models(budget=Budget(tokens=10_000)) as models:
            model = models.chat(own)
            assert (model.name, model.concurrency) == ("own", 3)
            return await model.complete(ASKED)

    assert asyncio.run(whole()).text == "Yes."
    assert not own.closed


def test_money_cannot_be_limited_for_a_users_own_model() -> None:
    async def whole() -> None:
        async with Models(budget=Budget(usd=1.0)) as models:
            models.chat(Own())

    with pytest.raises(InputError, match="the price of own is unknown"):
        asyncio.run(whole())


class Scores(LocalServer):
    """An endpoint that echoes log-probabilities, after some faults."""

    def __init__(self, *faults: web.Response) -> None:
        super().__init__()
        self.faults = list(faults)
        self.times: list[float] = []

    def routes(self, app: web.Application) -> None:
        app.router.add_post("/v1/completions", self._answer)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.times.append(time.monotonic())
        if self.faults:
            return self.faults.pop(0)
        logprobs = {"token_logprobs": [None, -1.5], "text_offset": [0, 1]}
        return web.json_response({"choices": [{"logprobs": logprobs}]})


def scored(server: Scores, count: int = 1, rpm: int | None = None) -> list[float]:
    async def whole() -> list[float]:
        async with Models(rpm=rpm) as models:
            scorer = models.scorer(f"base@{server.base}/v1")
            found = [await scorer.score("a", " b") for _ in range(count)]
        return [each.log_probability for each in found]

    return asyncio.run(whole())


def test_a_score_that_does_not_come_is_asked_for_again() -> None:
    busy = web.Response(status=503, headers={"Retry-After": "0.05"})
    with Scores(busy, web.Response(status=500)) as server:
        assert scored(server) == [-1.5]
    assert len(server.times) == 3


def test_scoring_keeps_to_the_pace() -> None:
    with Scores() as server:
        scored(server, 16, rpm=600)
    assert server.times[-1] - server.times[0] > MINUTE_S / 600 * 15 - 1.1


def test_an_endpoint_that_never_scores_is_given_up() -> None:
    faults = [web.Response(status=500) for _ in range(9)]
    with Scores(*faults) as server, pytest.raises(ModelError, match="HTTP 500"):
        scored(server)
    assert len(server.times) == 3


def dry(*levels: str) -> Estimate:
    """Estimate a run whose cells differ in the model that answers."""
    scenario = Scenario.model_validate(
        {
            "scenario": "two",
            "turns": {"maximum": 1, "opening": "Talk about tea."},
            "speakers": {"ada": {"plays": "user", "method": "vs"}},
            "conditions": {
                "model": {
                    name.replace(".", "-"): {"speakers": {"ada": {"model": name}}}
                    for name in levels
                }
            },
        }
    )
    return asyncio.run(estimate(scenario, n=10, model="gpt-4.1-mini"))


def test_the_cost_of_a_dry_run_does_not_depend_on_the_order_of_the_levels(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-unused-0123456789")
    big, small = dry("gpt-4.1"), dry("gpt-4.1-nano")
    both, turned = dry("gpt-4.1", "gpt-4.1-nano"), dry("gpt-4.1-nano", "gpt-4.1")
    assert big.cost_usd is not None
    assert small.cost_usd is not None
    assert big.cost_usd > 10 * small.cost_usd
    assert both.cost_usd == pytest.approx(big.cost_usd + small.cost_usd)
    assert turned == both


def test_a_pace_reaches_a_run_whose_only_endpoint_is_the_target(
    tmp_path: Path, serve: Serve
) -> None:
    endpoint = serve(lambda body, n: completion("Yes."))
    options: dict[str, Any] = {"n": 1, "rpm": 6000, "out": tmp_path / "a.db"}
    result = asyncio.run(run(customers(f"bot@{endpoint.url}"), model=Own(), **options))
    assert result.completed == 1
