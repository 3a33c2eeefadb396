import asyncio
from pathlib import Path
from typing import Any

import pytest

from simulate.engine import RunResult, run
from simulate.errors import ContentFilteredError
from simulate.models import ChatRequest, Noticed, Usage
from simulate.models.budget import Budget, WithinBudget
from simulate.models.journal import Journal
from simulate.models.rate_limit import Pace
from simulate.models.usage import read_usage
from simulate.runfile import open_run
from tests.endpoint import Serve, completion
from tests.models.conftest import PLAIN, Ask
from tests.ways import Way, over_wire

ASKED = ChatRequest([{"role": "user", "content": "Hello. " * 40}])
UNCOUNTED: list[Any] = [
    None,
    {},
    [],
    "many",
    {"prompt_tokens": None, "completion_tokens": None},
    {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
    {"prompt_tokens": -5, "completion_tokens": -1},
    {"prompt_tokens": True, "completion_tokens": True},
    {"prompt_tokens": 10**30, "completion_tokens": "1e3"},
    {"prompt_tokens": "twelve", "completion_tokens": 1.5},
]


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ({"prompt_tokens": 12, "completion_tokens": 3}, Usage(12, 0, 3)),
        ({"prompt_tokens": "12", "completion_tokens": "3"}, Usage(12, 0, 3)),
        ({"prompt_tokens": 12.0, "completion_tokens": 3.0}, Usage(12, 0, 3)),
        ({"input_tokens": 12, "output_tokens": 3}, Usage(12, 0, 3)),
        ({"prompt_tokens": 12, "total_tokens": 15}, Usage(12, 0, 3)),
        (
            {
                "input_tokens": 12,
                "output_tokens": 3,
                "input_tokens_details": {"cached_tokens": 8},
            },
            Usage(12, 8, 3),
        ),
        (
            {"prompt_tokens": 12, "completion_tokens": 3, "prompt_cache_hit_tokens": 8},
            Usage(12, 8, 3),
        ),
        (
            {
                "prompt_tokens": 12,
                "completion_tokens": 3,
                "prompt_tokens_details": {"cached_tokens": 99},
            },
            Usage(12, 12, 3),
        ),
        *[(uncounted, Usage()) for uncounted in UNCOUNTED],
    ],
)
def test_usage_is_read_however_it_is_written(said: Any, read: Usage) -> None:
    assert read_usage(said) == read


@pytest.mark.parametrize("usage", UNCOUNTED)
def test_what_is_not_counted_is_estimated(serve: Serve, usage: Any, ask: Ask) -> None:
    text = "I will not give anything. " * 4
    [reply] = ask(serve(lambda body, n: completion(text, usage=usage)), ASKED)
    assert reply.usage == Usage(74, 0, 26, estimated=True)


def test_what_is_counted_is_kept_beside_an_estimate(serve: Serve, ask: Ask) -> None:
    [reply] = ask(serve(lambda b, n: completion("Hello.", usage={"prompt_tokens": 9})))
    assert reply.usage == Usage(9, 0, 2, estimated=True)


def test_hidden_reasoning_is_estimated_too(serve: Serve, ask: Ask) -> None:
    thought = {"message": {"reasoning_content": "hm. " * 100}}
    [reply] = ask(serve(lambda b, n: completion("Hi.", usage=None, **thought)))
    assert reply.usage.completion_tokens > 100


def test_an_empty_answer_that_was_counted_is_no_estimate(serve: Serve, ask: Ask) -> None:
    [reply] = ask(serve(lambda b, n: completion("", usage={"prompt_tokens": 9})))
    assert reply.usage == Usage(9)


def test_an_endpoint_that_does_not_count_is_told_once(serve: Serve, way: Way) -> None:
    told: list[Noticed] = []
    endpoint = serve(lambda body, n: completion("Hi.", usage=None))

    async def go() -> None:
        model = way("mock", endpoint.url)
        model.share(model.connection.limit, Journal(on_noticed=told.append))
        for _ in range(3):
            await model.complete(PLAIN)
        await model.aclose()

    asyncio.run(go())
    assert [(n.model, "estimated" in n.told) for n in told] == [(told[0].model, True)]


def test_estimates_count_towards_a_budget(tmp_path: Path, serve: Serve) -> None:
    endpoint = serve(lambda body, n: completion("I will think about it. " * 4, usage=None))

    async def go() -> Any:
        model = over_wire("mock", endpoint.url)
        try:
            return await run(
                "poem", model=model, n=40, budget_tokens=3_000, concurrency=1, out=tmp_path / "a.db"
            )
        finally:
            await model.aclose()

    result = asyncio.run(go())
    assert result.left > 0
    assert 1_000 < result.prompt_tokens + result.completion_tokens <= 3_000


def test_estimates_count_towards_the_tokens_of_a_minute(serve: Serve, way: Way) -> None:
    endpoint = serve(lambda body, n: completion("word " * 2_000, usage=None))

    async def go() -> float:
        model = way("mock", endpoint.url)
        pace = model.connection.limit.pace = Pace(tpm=6_000)
        await model.complete(PLAIN)
        await model.aclose()
        return pace.ready_at() - asyncio.get_running_loop().time()

    assert asyncio.run(go()) > 20


def test_answers_that_cannot_be_used_are_paid_all_the_same(serve: Serve, way: Way) -> None:
    held_back = completion("", finish_reason="content_filter")
    endpoint = serve(lambda body, n: held_back)
    budget = Budget(tokens=100_000)

    async def go() -> None:
        model = way("mock", endpoint.url)
        try:
            await WithinBudget(model, None, budget).complete(PLAIN)
        finally:
            await model.aclose()

    with pytest.raises(ContentFilteredError) as caught:
        asyncio.run(go())
    assert caught.value.paid == (100, 60, 20)
    assert budget.spent_tokens == 120


def test_an_answer_that_broke_off_is_paid_with_the_one_that_came(serve: Serve, ask: Ask) -> None:
    broken = completion("Hal")
    broken["choices"][0]["error"] = {"code": 502, "message": "the provider is gone"}
    [reply] = ask(serve(lambda body, n: broken if n == 0 else None), backoff_s=0.01)
    assert reply.usage == Usage(200, 120, 40)


def test_what_was_paid_in_vain_stands_in_the_run_file(tmp_path: Path, serve: Serve) -> None:
    held_back = completion("", finish_reason="content_filter")
    endpoint = serve(lambda body, n: held_back)

    async def go() -> RunResult:
        model = over_wire("mock", endpoint.url, price=lambda usage: 1e-3 * usage.prompt_tokens)
        try:
            return await run("poem", model=model, n=1, out=tmp_path / "a.db")
        finally:
            await model.aclose()

    result, asked = asyncio.run(go()), len(endpoint.bodies)
    assert (result.completed, result.calls) == (0, 0)
    assert (result.prompt_tokens, result.completion_tokens) == (100 * asked, 20 * asked)
    assert result.cost_usd == pytest.approx(0.1 * asked)
    with open_run(tmp_path / "a.db") as file:
        calls = [call for planned, _ in file.planned() for call in file.calls(planned.id)]
    assert {call.usage for call in calls} == {Usage(100, 60, 20)}
