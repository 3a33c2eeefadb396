import asyncio
from pathlib import Path
from typing import Any

import pytest

from simulate.engine import RunResult, run
from simulate.models import ChatRequest
from simulate.models.concurrency import Limit
from tests.endpoint import Body, Endpoint, Serve, refusal
from tests.ways import over_wire


async def opened(limit: Limit, count: int) -> list[int]:
    return [await limit.enter() for _ in range(count)]


def test_one_round_of_refusals_shrinks_the_window_once() -> None:
    async def whole() -> Limit:
        limit = Limit(64)
        for sent_in in await opened(limit, 10):
            limit.pressed(sent_in)
        return limit

    assert asyncio.run(whole()).window == pytest.approx(7.0)


def test_the_window_never_shrinks_below_one() -> None:
    async def whole() -> Limit:
        limit = Limit(64)
        for _ in range(20):
            limit.pressed(await limit.enter())
        return limit

    limit = asyncio.run(whole())
    assert (limit.window, limit.open) == (1.0, 0)


def test_answers_let_a_full_window_grow_again_up_to_the_most() -> None:
    async def whole() -> Limit:
        limit = Limit(4)
        limit.pressed(await limit.enter())
        for _ in range(200):
            for sent_in in await opened(limit, int(limit.window)):
                limit.leave(sent_in)
        return limit

    assert asyncio.run(whole()).window == 4


def test_a_refusal_while_little_was_open_does_not_slow_the_run_for_long() -> None:
    async def whole() -> int:
        limit, answered = Limit(64), 0
        limit.pressed(await limit.enter())
        while limit.window < 32:
            for sent_in in await opened(limit, int(limit.window)):
                limit.leave(sent_in)
                answered += 1
        return answered

    assert asyncio.run(whole()) < 200


def test_a_part_is_given_up_and_comes_back_whatever_the_process_was_able_to() -> None:
    limit = Limit(10)
    limit.take_part(1, 3)
    limit.able(2)
    assert (limit.most, limit.window) == (2, 2.0)
    limit.able(100)
    assert (limit.most, limit.window) == (3, 3.0)
    limit.take_part(3, 3)
    assert (limit.most, limit.window) == (10, 10.0)
    limit.at_most(4)
    limit.take_part(1, 8)
    assert (limit.most, limit.window) == (1, 1.0), "one request is always open"


def test_who_waits_gets_in_in_order_and_never_too_many_at_once() -> None:
    async def whole() -> tuple[list[int], int]:
        limit, order, most = Limit(3), list[int](), 0

        async def caller(number: int) -> None:
            nonlocal most
            sent_in = await limit.enter()
            order.append(number)
            most = max(most, limit.open)
            await asyncio.sleep(0)
            limit.leave(sent_in)

        await asyncio.gather(*(caller(i) for i in range(20)))
        assert limit.open == 0
        return order, most

    assert asyncio.run(whole()) == (list(range(20)), 3)


def test_a_caller_that_is_cancelled_leaves_no_place_taken() -> None:
    async def whole() -> Limit:
        limit = Limit(1)
        first = await limit.enter()
        waiting = [asyncio.create_task(limit.enter()) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        limit.leave(first)  # hands the place to the second
        waiting[1].cancel()  # which is cancelled before it runs
        limit.leave(await waiting[2])
        await asyncio.gather(*waiting, return_exceptions=True)
        return limit

    assert asyncio.run(whole()).open == 0


def test_retry_after_holds_back_all_callers() -> None:
    async def whole() -> float:
        limit = Limit(20)
        for sent_in in await opened(limit, 10):
            limit.pressed(sent_in, 0.1)
        loop = asyncio.get_running_loop()
        started = loop.time()
        await asyncio.gather(*(limit.enter() for _ in range(5)))
        return loop.time() - started

    assert asyncio.run(whole()) >= 0.09


def with_room_for(places: int, serve: Serve) -> tuple[Endpoint, list[int]]:
    """Return an endpoint that refuses what is beyond a hard limit, and the refused numbers."""
    refused: list[int] = []

    def behave(body: Body, number: int) -> Any:
        if endpoint.open_now > places:
            refused.append(number)
            return refusal("too many requests", 429)
        return None

    endpoint = serve(behave, 0.005)
    return endpoint, refused


def test_a_run_converges_on_an_endpoint_with_a_hard_limit_and_gives_up_no_work(
    tmp_path: Path, serve: Serve
) -> None:
    endpoint, refused = with_room_for(4, serve)

    async def whole() -> tuple[RunResult, Limit]:
        model = over_wire(
            "mock", endpoint.url, name=endpoint.spec, backoff_s=0.01, backoff_max_s=0.1
        )
        try:
            result = await run("donation", n=12, model=model, out=tmp_path / "a.db", concurrency=24)
        finally:
            await model.aclose()
        return result, model.connection.limit

    result, limit = asyncio.run(whole())
    assert (result.completed, result.failed) == (24, 0)
    assert limit.window < 8
    late = [number for number in refused if number > len(endpoint.bodies) / 2]
    assert len(late) < 0.1 * len(endpoint.bodies) / 2


def test_a_request_in_time_is_not_held_back(serve: Serve) -> None:
    endpoint = serve(delay_s=0.005)

    async def whole() -> None:
        model = over_wire("mock", endpoint.url)
        request = ChatRequest([{"role": "user", "content": "Hi."}])
        await asyncio.gather(*(model.complete(request) for _ in range(30)))
        assert model.connection.limit.window == 1024
        await model.aclose()

    asyncio.run(whole())
