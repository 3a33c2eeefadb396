import asyncio
import threading
import time
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulate.engine import RunResult, run
from simulate.errors import InputError
from simulate.models import ChatRequest, Models, ScriptedModel, Usage
from simulate.models.concurrency import Limit
from simulate.models.openai_compatible import OpenAICompatible
from simulate.models.rate_limit import Pace
from tests.clock import leaping
from tests.conftest import AsJson
from tests.endpoint import Body, Serve, refusal
from tests.ways import over_wire

ASKED = ChatRequest([{"role": "user", "content": "Hello. " * 40}])


def most_in_a_minute(sent: list[tuple[float, int]]) -> int:
    """Return the largest sum of what was sent in any 60 seconds."""
    return max(sum(w for t, w in sent if start <= t < start + 60) for start, _ in sent)


async def sent_through(limit: Limit, count: int, tokens: int = 0) -> list[tuple[float, int]]:
    """Let requests through as fast as the limit allows; return when each was sent."""
    loop = asyncio.get_running_loop()
    sent: list[tuple[float, int]] = []

    async def caller() -> None:
        sent_in = await limit.enter(tokens)
        sent.append((loop.time(), tokens or 1))
        await asyncio.sleep(0.3)
        limit.leave(sent_in)

    await asyncio.gather(*(caller() for _ in range(count)))
    return sent


def paced(**limits: int) -> Limit:
    limit = Limit(1024)
    limit.pace = Pace(**limits)
    return limit


@pytest.mark.parametrize("rpm", [1, 7, 60, 900])
def test_no_minute_has_more_requests_than_are_allowed_and_none_many_fewer(rpm: int) -> None:
    count = min(3 * rpm, 4000)
    sent = leaping(sent_through(paced(rpm=rpm), count))
    assert len(sent) == count
    assert most_in_a_minute(sent) <= rpm
    assert sent[-1][0] - sent[0][0] <= 61.1 * count / rpm


@pytest.mark.parametrize("rpm", [3, 8, 100])
def test_processes_that_divide_a_pace_send_no_more_than_one_would(rpm: int) -> None:
    limits = [paced(rpm=rpm) for _ in range(3)]
    for number, limit in enumerate(limits):
        limit.take_part(3 + (number == 0), 10)

    async def together() -> list[tuple[float, int]]:
        parts = await asyncio.gather(*(sent_through(limit, rpm) for limit in limits))
        return sorted(chain(*parts))

    sent = leaping(together())
    assert (len(sent), most_in_a_minute(sent) <= rpm) == (3 * rpm, True)


@pytest.mark.parametrize("tokens", [60, 400, 5000])
def test_no_minute_has_more_tokens_than_are_allowed_and_one_request(tokens: int) -> None:
    sent = leaping(sent_through(paced(tpm=6000), 60_000 // tokens, tokens))
    assert most_in_a_minute(sent) <= 6000 + tokens


@given(st.lists(st.floats(0, 30), min_size=2, max_size=60), st.integers(1, 20))
def test_whenever_requests_come_no_minute_has_too_many(waits: list[float], rpm: int) -> None:
    pace, now, sent = Pace(rpm=rpm), 0.0, []
    for wait in waits:
        now = max(now + wait, pace.ready_at())
        pace.take(now, 0)
        sent.append((now, 1))
    assert most_in_a_minute(sent) <= rpm


def test_the_window_still_holds_under_a_pace() -> None:
    async def whole() -> int:
        limit, most = paced(rpm=6000), 0
        limit.window = 3.0

        async def caller() -> None:
            nonlocal most
            sent_in = await limit.enter()
            most = max(most, limit.open)
            await asyncio.sleep(1)
            limit.pressed(sent_in)

        await asyncio.gather(*(caller() for _ in range(30)))
        return most

    assert leaping(whole()) == 3


def test_a_time_to_wait_that_the_endpoint_names_holds_under_a_pace() -> None:
    async def whole() -> float:
        limit = paced(rpm=600)
        limit.pressed(await limit.enter(), 20.0)
        started = asyncio.get_running_loop().time()
        await limit.enter()
        return asyncio.get_running_loop().time() - started

    assert leaping(whole()) == pytest.approx(20, abs=0.1)


def test_a_caller_that_is_cancelled_while_it_waits_for_its_turn_leaves_nothing_behind() -> None:
    async def whole() -> int:
        limit = paced(rpm=60)
        waiting = [asyncio.create_task(limit.enter()) for _ in range(5)]
        await asyncio.sleep(0.1)
        for task in waiting[2:4]:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        return limit.open

    assert leaping(whole()) == 3


def test_what_a_request_takes_is_learnt_from_what_the_endpoint_counts() -> None:
    pace = Pace(tpm=1000)
    first = pace.expected(ASKED)
    for _ in range(30):
        pace.settle(ASKED, pace.expected(ASKED), Usage(90, 0, 30))
    assert first > 200
    assert pace.expected(ASKED) == pytest.approx(120, rel=0.1)


def test_a_reply_that_took_more_than_expected_holds_back_the_next_request() -> None:
    pace = Pace(tpm=6100)
    pace.take(100.0, 100)
    pace.settle(ASKED, 100, Usage(500, 0, 500))
    assert pace.ready_at() == pytest.approx(100 + 10 - 1, abs=0.01)


@pytest.mark.parametrize("limits", [{"rpm": 0}, {"tpm": -5}])
def test_a_limit_below_one_is_refused(limits: dict[str, int]) -> None:
    with pytest.raises(InputError, match=r"--(rpm|tpm) is (0|-5), it must be from 1"):
        Pace(**limits)


def donation(path: Path, *models: OpenAICompatible, **options: Any) -> RunResult:
    async def whole() -> RunResult:
        try:
            roles = {"persuader": models[0], "persuadee": models[-1]}
            return await run("donation", speaker_models=roles, model=models[0], out=path, **options)
        finally:
            for model in models:
                await model.aclose()

    return asyncio.run(whole())


def test_a_run_keeps_to_its_requests_per_minute(tmp_path: Path, serve: Serve) -> None:
    times: list[float] = []
    endpoint = serve(lambda body, n: times.append(time.monotonic()))
    result = donation(tmp_path / "a.db", over_wire("m", endpoint.url), n=1, rpm=1800)
    assert result.completed == 2
    assert times[-1] - times[0] > 61 / 1800 * (len(times) - 1) - 1.1


def test_two_models_at_one_host_share_its_window_and_its_pace(tmp_path: Path, serve: Serve) -> None:
    endpoint = serve(lambda body, n: refusal("slow", 429) if n in (20, 21) else None)
    url = endpoint.url
    one, other = over_wire("m1", url), over_wire("m2", url.replace("/v1", "/v1/"))
    donation(tmp_path / "a.db", one, other, n=1, rpm=60_000)
    assert one.connection.limit is other.connection.limit
    assert one.connection.limit.rounds > 0
    assert {body["model"] for body in endpoint.bodies} == {"m1", "m2"}


def test_models_at_two_hosts_share_nothing() -> None:
    one, other = over_wire("m", "http://a/v1"), over_wire("m", "http://a:81/v1")
    models = Models(rpm=10)
    assert [models.chat(one), models.chat(other)] == [one, other]
    assert one.connection.limit is not other.connection.limit
    assert one.connection.limit.pace is not other.connection.limit.pace


@pytest.mark.parametrize(
    ("url", "spelled"),
    [
        ("http://h/v1", "http://h:80/v1"),
        ("https://h/v1", "HTTPS://H.:443/v2?x=1"),
        ("http://me:pw@h:8000/v1", "http://h:08000"),
        ("http://[::1]/v1", "http://[::1]:80/v1"),
    ],
)
def test_one_host_has_one_limit_however_it_is_spelled(url: str, spelled: str) -> None:
    one, other = over_wire("m", url), over_wire("m", spelled)
    models = Models(rpm=10)
    assert [models.chat(one), models.chat(other)] == [one, other]
    assert one.connection.limit is other.connection.limit


def test_a_time_to_wait_named_to_one_model_holds_for_the_other(serve: Serve) -> None:
    seen: list[tuple[str, float]] = []
    asked = threading.Event()

    def behave(body: Body, number: int) -> Any:
        seen.append((body["model"], time.monotonic()))
        asked.set()
        return refusal_after(0.4) if number == 0 else None

    endpoint = serve(behave)

    async def whole() -> None:
        one, other = (over_wire(name, endpoint.url) for name in ("m1", "m2"))
        models = Models()
        assert [models.chat(one), models.chat(other)] == [one, other]
        first = asyncio.create_task(one.complete(ASKED))
        await asyncio.to_thread(asked.wait, 10)
        await asyncio.sleep(0.1)  # until the answer is here
        await asyncio.gather(first, other.complete(ASKED))
        await one.aclose()
        await other.aclose()

    asyncio.run(whole())
    (_, refused), *later = seen
    assert {name for name, _ in later} == {"m1", "m2"}
    assert min(t for _, t in later) - refused >= 0.35


def refusal_after(seconds: float) -> Any:
    response = refusal("slow down", 429)
    response.headers["Retry-After"] = str(seconds)
    return response


def test_a_pace_for_models_that_are_at_no_endpoint_is_refused(tmp_path: Path) -> None:
    model = ScriptedModel(["hm"])
    with pytest.raises(InputError, match=r"--rpm: none of the run's models is at an endpoint"):
        asyncio.run(run("poem", model=model, rpm=5, out=tmp_path / "a.db"))


def test_a_pace_can_be_given_on_the_command_line(
    tmp_path: Path, serve: Serve, as_json: AsJson
) -> None:
    words = ["run", "poem", "-n", "2", "--model", serve().spec, "--out", str(tmp_path / "a.db")]
    found = as_json(*words, "--rpm", "60000", "--tpm", "9000000")
    assert found["dialogues"] == {"completed": 4, "failed": 0}
