"""A run whose calls go out in batches is the run that it is without, whatever ends it meanwhile."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from openai import AsyncAzureOpenAI, AsyncOpenAI

from simulate.engine import EndpointBatch, EndpointNoticed, Event
from simulate.errors import EndpointError, InputError
from simulate.models import ScriptedModel
from simulate.models.batches import BatchSettings
from tests.batch_endpoint import BatchEndpoint, Line, MadeBatch, answered, jsonl
from tests.conftest import Command
from tests.endpoint import Body, refusal, usual_text
from tests.engine.batched import (
    CALLS,
    QUICK,
    N,
    asked_twice,
    batch_states,
    begin,
    in_outbox,
    play,
    played,
)
from tests.made_runs import exported


@pytest.fixture
def endpoint() -> Iterator[BatchEndpoint]:
    with BatchEndpoint(asked_twice) as each:
        yield each


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return the export of the run without batches."""
    path = tmp_path_factory.mktemp("whole") / "whole.db"
    with BatchEndpoint(asked_twice) as each:
        play(each, path, batch=False)
        assert len(each.bodies) == N * CALLS
    return exported(path)


def test_a_run_in_batches_is_the_run_without_them(
    endpoint: BatchEndpoint, tmp_path: Path, whole: Any
) -> None:
    path, told = tmp_path / "a.db", list[Event]()
    play(endpoint, path, listener=told.append)
    assert exported(path) == whole
    assert [len(each.lines) for each in endpoint.batches] == [N] * CALLS
    assert set(endpoint.sent.values()) == {1}
    assert (in_outbox(path), batch_states(path)) == (0, {"completed": CALLS})
    said = [each.moved.sentence for each in told if isinstance(each, EndpointBatch)]
    assert said[0] == (
        f"batch 1 (batch_0): {N} requests are with {endpoint.spec} for up to 24 hours, at half the "
        "price"
    )
    assert said[1].endswith(f"{N} of {N} requests are answered")


Times = int
WINDOWS: list[tuple[str, Times]] = [
    ("upload", 1),  # and not recorded
    ("create", 1),  # and not recorded
    ("status", 1),  # amid the questions
    ("content", 1),  # and nothing of it recorded
    ("upload", 3),  # the answer before is on file, and its turn is not committed
    ("content", 3),
]


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("what", "time"), WINDOWS)
def test_a_run_that_is_killed_amid_a_batch_sends_no_request_twice_and_loses_no_answer(
    endpoint: BatchEndpoint, tmp_path: Path, whole: Any, what: str, time: Times
) -> None:
    path, endpoint.slow = tmp_path / "a.db", 1

    def kill(done: str) -> None:
        if done == what and endpoint.done[done] == time and process.pid:
            os.kill(process.pid, signal.SIGKILL)

    endpoint.hook = kill
    process = begin(endpoint.spec, path)
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert in_outbox(path) == N * (2 if time == 3 else 1)
    endpoint.hook = lambda done: None
    play(endpoint, path)
    assert exported(path) == whole
    assert set(endpoint.sent.values()) == {1}
    assert endpoint.sent.total() == N * CALLS
    assert in_outbox(path) == 0


@pytest.mark.timeout(120)
def test_a_run_that_is_killed_after_refusals_and_faults_sends_nothing_again_that_was_answered(
    tmp_path: Path, whole: Any
) -> None:
    path = tmp_path / "a.db"

    def answer(body: Body, number: int) -> Any:
        if "seed" in body:
            return refusal("Unrecognized request argument supplied: seed", param="seed")
        return refusal("Busy.", 503) if number in (N, N + 1) else asked_twice(body, number)

    def kill(done: str) -> None:
        if (done, endpoint.done[done]) == ("create", 3) and process.pid:
            os.kill(process.pid, signal.SIGKILL)

    with BatchEndpoint(answer) as endpoint:
        endpoint.hook = kill
        process = begin(endpoint.spec, path)
        process.join()
        endpoint.hook = lambda done: None
        play(endpoint, path)
        assert exported(path) == whole
        assert endpoint.sent.total() == N * (CALLS + 2)
        assert set(endpoint.sent.values()) == {1}


def test_a_download_that_breaks_off_is_taken_up_again(
    endpoint: BatchEndpoint, tmp_path: Path, whole: Any
) -> None:
    def half(done: str) -> web.Response | None:
        if (done, endpoint.done[done]) != ("content", 1):
            return None
        data = endpoint.files["file-1"]
        broken = web.Response(body=data[: len(data) * 2 // 3])
        broken.headers["Content-Length"] = str(len(data))
        broken.force_close()
        return broken

    told: list[Event] = []
    endpoint.hook = half
    play(endpoint, tmp_path / "a.db", listener=told.append)
    assert not [each for each in told if isinstance(each, EndpointNoticed)]
    assert endpoint.done["content"] == CALLS + 1
    assert exported(tmp_path / "a.db") == whole
    assert set(endpoint.sent.values()) == {1}


def test_a_budget_holds_for_batches_and_the_run_goes_on_with_a_higher_one(
    endpoint: BatchEndpoint, tmp_path: Path, whole: Any
) -> None:
    path = tmp_path / "a.db"
    result = play(endpoint, path, budget_tokens=600)
    assert result.why is not None
    assert result.why.startswith("the budget of 600 tokens is reached")
    assert result.prompt_tokens + result.completion_tokens <= 600
    play(endpoint, path, budget_tokens=10_000)
    assert exported(path) == whole
    assert set(endpoint.sent.values()) == {1}


def test_a_run_that_is_stopped_leaves_its_batch_at_the_endpoint_and_reads_it_when_resumed(
    endpoint: BatchEndpoint, tmp_path: Path, whole: Any
) -> None:
    path, endpoint.slow = tmp_path / "a.db", 10**9

    async def stopped() -> int:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()

        def asked(done: str) -> None:
            if done == "status":
                loop.call_soon_threadsafe(stop.set)

        endpoint.hook = asked
        return (await played(endpoint.spec, path, stop=stop)).left

    assert asyncio.run(stopped()) == N
    endpoint.hook = lambda done: None
    with pytest.raises(InputError, match=r"has 2 calls in batches.*go on with --batch$"):
        play(endpoint, path, batch=False)
    endpoint.slow = 0
    play(endpoint, path)
    assert exported(path) == whole
    assert set(endpoint.sent.values()) == {1}


def test_an_endpoint_that_lists_no_batches_may_get_one_twice_and_that_is_told(
    endpoint: BatchEndpoint, tmp_path: Path, whole: Any
) -> None:
    path, told = tmp_path / "a.db", list[Event]()

    def fail(done: str) -> web.Response | None:
        if done == "list":
            return web.json_response({"error": {"message": "Not found"}}, status=404)
        return web.Response(status=502) if (done, endpoint.done[done]) == ("create", 1) else None

    endpoint.hook = fail
    play(endpoint, path, listener=told.append)
    assert exported(path) == whole
    assert sorted(endpoint.sent.values()) == [1] * (N * CALLS - N) + [2] * N
    (notice,) = (each.noticed.told for each in told if isinstance(each, EndpointNoticed))
    assert notice.endswith("may be there, and paid, twice")


def test_a_batch_whose_creation_was_not_heard_of_is_found_by_its_file(
    endpoint: BatchEndpoint, tmp_path: Path, whole: Any
) -> None:
    endpoint.hook = lambda done: (
        web.Response(status=502) if (done, endpoint.done[done]) == ("create", 1) else None
    )
    play(endpoint, tmp_path / "a.db")
    assert exported(tmp_path / "a.db") == whole
    assert set(endpoint.sent.values()) == {1}


Ended = Callable[[BatchEndpoint, MadeBatch], bytes | None]


def first(ending: Ended) -> Ended:
    """Return what ends the first batch so, and the others as usual."""

    def ended(endpoint: BatchEndpoint, batch: MadeBatch) -> bytes | None:
        return (ending if batch.id == "batch_0" else answered)(endpoint, batch)

    return ended


def expired(endpoint: BatchEndpoint, batch: MadeBatch) -> bytes:
    batch.state = "expired"
    done, left = batch.lines
    error = {"code": "batch_expired", "message": "This request could not be executed in time."}
    undone = {"custom_id": left["custom_id"], "response": None, "error": error}
    return jsonl([endpoint.answer_to(done), undone])


def silent(endpoint: BatchEndpoint, batch: MadeBatch) -> bytes:
    batch.state = "expired"
    return jsonl([endpoint.answer_to(batch.lines[0])])


def without_file(endpoint: BatchEndpoint, batch: MadeBatch) -> None:
    batch.state = "expired"


def hostile(endpoint: BatchEndpoint, batch: MadeBatch) -> bytes:
    right = [endpoint.answer_to(line) for line in batch.lines]
    other: Line = {**right[0], "response": {"status_code": 200, "body": {"choices": []}}}
    names: list[Any] = ["0-00", "../x", None, 7, ["a"], {}, "\x1b[2J"]
    odd: list[Any] = [{**right[0], "custom_id": name} for name in names]
    shapes: list[Any] = [None, [], 3, "x", {}, {"custom_id": right[1]["custom_id"]}]
    responses: list[Any] = [[], {}, {"status_code": "200"}, "x"]
    shapes += [{**right[1], "response": each} for each in responses]
    shapes += [{**right[1], "response": {"status_code": 10**30, "body": {}}, "error": None}]
    raw = [b"", b"{", b"\xff\xfe", b"[" * 200_000, b'{"custom_id": ' + b"9" * 5000 + b"}"]
    return b"\n".join([*raw, jsonl([*odd, *shapes, right[0], other, right[1], right[1]])])


PARTLY: dict[str, tuple[Ended, int]] = {
    "expired, with what is undone in it": (expired, 1),
    "expired, and silent about what is undone": (silent, 1),
    "expired without any answer": (without_file, N),
    "with lines that nobody asked for": (hostile, 0),
}


@pytest.mark.parametrize("name", PARTLY)
def test_what_a_batch_leaves_unanswered_is_asked_again_in_a_later_one_and_nothing_else(
    endpoint: BatchEndpoint, tmp_path: Path, whole: Any, name: str
) -> None:
    ending, again = PARTLY[name]
    endpoint.ending = first(ending)
    play(endpoint, tmp_path / "a.db")
    assert exported(tmp_path / "a.db") == whole
    assert endpoint.sent.total() == N * CALLS + again
    assert in_outbox(tmp_path / "a.db") == 0


def test_lines_that_cannot_be_used_are_counted_and_told(
    endpoint: BatchEndpoint, tmp_path: Path
) -> None:
    told: list[Event] = []
    endpoint.ending = first(hostile)
    play(endpoint, tmp_path / "a.db", listener=told.append)
    (notice,) = (each.noticed.told for each in told if isinstance(each, EndpointNoticed))
    assert notice == (
        "batch batch_0: lines left out: 15 that cannot be read, 7 of requests that were not in it, "
        "2 of requests that it had answered already"
    )


def test_a_line_that_is_too_long_is_left_out_and_its_request_asked_again(
    endpoint: BatchEndpoint, tmp_path: Path, whole: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulate.models.batches.endpoint.LONGEST_LINE", 10_000)

    def long(endpoint: BatchEndpoint, batch: MadeBatch) -> bytes:
        right = [endpoint.answer_to(line) for line in batch.lines]
        return jsonl([{**right[0], "more": "x" * 200_000}, right[1]])

    endpoint.ending = first(long)
    play(endpoint, tmp_path / "a.db")
    assert exported(tmp_path / "a.db") == whole
    assert endpoint.sent.total() == N * CALLS + 1


def test_an_endpoint_that_says_odd_things_of_a_batch_is_asked_again(
    endpoint: BatchEndpoint, tmp_path: Path, whole: Any
) -> None:
    going: Line = {"id": "batch_0", "status": "in_progress"}
    odd: list[Any] = [
        [],
        3,
        {},
        {**going, "id": 3},
        {**going, "id": "../x"},
        {**going, "status": 1},
    ]
    for errors in (3, {"data": 3}, {"data": [3, {"message": ["x"], "line": "y"}]}):
        odd += [{**going, "errors": errors, "output_file_id": "../../x"}]

    def say(done: str) -> web.Response | None:
        number = endpoint.done[done] - 1
        return web.json_response(odd[number]) if done == "status" and number < len(odd) else None

    endpoint.hook = say
    play(endpoint, tmp_path / "a.db", batch=replace(QUICK, give_up_s=60))
    assert exported(tmp_path / "a.db") == whole
    assert set(endpoint.sent.values()) == {1}


def failed(endpoint: BatchEndpoint, batch: MadeBatch) -> None:
    batch.state = "failed"
    batch.errors = [{"code": "model_not_found", "message": "No model\x1b[2J.", "line": 1}]


def cancelled(endpoint: BatchEndpoint, batch: MadeBatch) -> bytes:
    batch.state = "cancelled"
    return jsonl([endpoint.answer_to(batch.lines[0])])


def gone(endpoint: BatchEndpoint, batch: MadeBatch) -> bytes:
    endpoint.hook = lambda done: (
        web.json_response({"error": {"message": "gone"}}, status=404)
        if (done, endpoint.done[done]) == ("content", 1)
        else None
    )
    return answered(endpoint, batch)


STOPPED: dict[str, tuple[Ended, str, int]] = {
    "failed": (failed, r"batch batch_0 failed: “No model\\x1b\[2J\. \(line 1\)”", N),
    "gone": (gone, r"batch batch_0 has lost its answers .* asked, and paid, again; resume", N),
    "cancelled": (cancelled, r"batch_0 was cancelled at the endpoint with 1 of 2 requests", 1),
}


@pytest.mark.parametrize("name", STOPPED)
def test_a_batch_that_comes_to_a_bad_end_stops_the_run_in_one_line_and_it_can_be_resumed(
    endpoint: BatchEndpoint, tmp_path: Path, whole: Any, name: str
) -> None:
    ending, why, again = STOPPED[name]
    path, endpoint.ending = tmp_path / "a.db", first(ending)
    try:
        told = play(endpoint, path).why or ""
    except EndpointError as error:
        told = str(error)
    assert re.search(why, told), told
    assert "\n" not in told
    play(endpoint, path)
    assert exported(path) == whole
    assert endpoint.sent.total() == N * CALLS + again


def test_a_batch_of_more_tokens_than_may_wait_is_cut(
    endpoint: BatchEndpoint, tmp_path: Path, whole: Any
) -> None:
    def limited(endpoint: BatchEndpoint, batch: MadeBatch) -> bytes | None:
        if len(batch.lines) < N:
            return answered(endpoint, batch)
        batch.state = "failed"
        batch.errors = [{"code": "token_limit_exceeded", "message": "Enqueued token limit."}]
        return None

    endpoint.ending = limited
    play(endpoint, tmp_path / "a.db")
    assert exported(tmp_path / "a.db") == whole
    assert [len(each.lines) for each in endpoint.batches] == [2, 2] + [1] * (N * CALLS)


def test_what_one_request_is_answered_means_what_it_means_without_batches(
    endpoint: BatchEndpoint, tmp_path: Path, whole: Any
) -> None:
    def answer(body: Body, number: int) -> Any:
        if "seed" in body:
            return refusal("Unrecognized request argument supplied: seed", param="seed")
        return refusal("Busy.", 503) if number == N else asked_twice(body, number)

    endpoint.behaviour = answer
    result = play(endpoint, tmp_path / "a.db")
    assert exported(tmp_path / "a.db") == whole
    with result.open() as file:
        assert {what for some in file.refusals().values() for what in some} == {"seed"}
    assert endpoint.sent.total() == N * CALLS + N + 1


def test_a_request_that_fails_in_each_batch_fails_its_dialogue_after_four(
    endpoint: BatchEndpoint, tmp_path: Path
) -> None:
    def answer(body: Body, number: int) -> Any:
        return usual_text(body) if number == 1 else refusal("Broken.", 500)

    endpoint.behaviour = answer
    result = play(endpoint, tmp_path / "a.db")
    assert result.failed == N
    assert endpoint.sent.total() == 2 * 4 + 1
    for each in exported(tmp_path / "a.db"):
        assert re.search(r"“Broken\.”; given up after 4 attempts", each["error"])


def test_an_endpoint_without_batches_is_told_in_one_line(
    command: Command, tmp_path: Path, endpoint: BatchEndpoint
) -> None:
    endpoint.hook = lambda done: web.Response(status=404)
    words = ["donation", "-n", 1, "--batch", "--model", endpoint.spec, "--out", tmp_path / "a.db"]
    code, _, err = command("run", *words)
    assert code == 2
    assert (
        err.rstrip()
        .splitlines()[-1]
        .endswith("the endpoint takes no batches (/files: HTTP 404 Not Found); leave out --batch")
    )


def test_an_endpoint_that_cannot_be_reached_for_long_is_not_waited_for(
    endpoint: BatchEndpoint, tmp_path: Path, whole: Any
) -> None:
    path = tmp_path / "a.db"
    endpoint.hook = lambda done: web.Response(status=502) if done == "status" else None
    result = play(endpoint, path)
    assert result.why is not None
    assert result.why.startswith("batch batch_0 goes on, but nobody can ask for it (HTTP 502")
    endpoint.hook = lambda done: None
    play(endpoint, path)
    assert exported(path) == whole
    assert set(endpoint.sent.values()) == {1}


def test_what_answers_no_batches_is_refused_before_anything_is_sent(
    endpoint: BatchEndpoint, tmp_path: Path
) -> None:
    client = AsyncAzureOpenAI(api_key="k", api_version="1", azure_endpoint="https://azure.invalid")
    given: list[tuple[dict[str, Any], str]] = [
        ({"model": "embedded"}, "it answers on this machine"),
        ({"model": "azure:gpt"}, "batches of Azure"),
        ({"model": (client, "gpt")}, "batches of Azure"),
        ({"model": ScriptedModel("Hi")}, "an object of yours"),
        ({"rpm": 60}, "--rpm and --tpm"),
    ]
    for settings, why in given:
        with pytest.raises(InputError, match=why):
            play(endpoint, tmp_path / "a.db", **settings)
    assert endpoint.done.total() == 0


def test_batches_go_through_client_objects_and_the_responses_api(
    endpoint: BatchEndpoint,
    tmp_path: Path,
    whole: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-test")

    async def through(client: AsyncOpenAI) -> None:
        async with client:
            await played(endpoint.spec, tmp_path / "client.db", model=(client, "mock"))
            assert not client.is_closed()

    asyncio.run(through(AsyncOpenAI(base_url=endpoint.url)))
    assert exported(tmp_path / "client.db") == whole
    endpoint.behaviour = None
    for kind in ("openai", "openai-responses"):
        result = play(endpoint, tmp_path / f"{kind}.db", model=f"{kind}:mock@{endpoint.url}")
        assert result.completed == N
    assert endpoint.batches[-1].path == "/v1/responses"
    assert {each["Authorization"] for each in endpoint.headers} == {"Bearer sk-of-the-test"}


def test_numbers_of_batches_that_are_none_are_refused() -> None:
    with pytest.raises(InputError, match=r"batch: quiet_s is 0, it must be > 0"):
        BatchSettings(quiet_s=0)


def test_an_estimate_says_what_batches_cost_and_how_many_come_one_after_the_other(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["donation", "-n", 1000, "--dry-run", "--model", "gpt-4.1-mini"]
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-test")
    costs = []
    for more in ([], ["--batch"]):
        code, out, _ = command("run", *words, *more)
        assert code == 0
        costs.append(float(re.findall(r"about \$([\d.]+)", out)[0]))
    assert costs[1] == pytest.approx(costs[0] / 2, abs=1e-4)
    assert "A dialogue makes up to 22 calls one after the other" in out
