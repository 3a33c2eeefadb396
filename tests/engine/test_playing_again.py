"""Which failed dialogues are played again when a run is resumed, and what a fault of ours does."""

import asyncio
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulate.engine import Event, RunResult, RunStarted, run
from simulate.errors import ModelError
from simulate.models import ChatModel, ChatReply, ChatRequest, ScriptedModel
from simulate.runfile import open_run
from tests.endpoint import Serve, completion, refusal
from tests.engine.test_faults import scenario
from tests.made_runs import exported
from tests.ways import over_wire


def options_of(path: Path, **options: Any) -> dict[str, Any]:
    return {"n": 4, "concurrency": 1, "out": path, **options}


def played(path: Path, model: Any, **options: Any) -> RunResult:
    return asyncio.run(run(scenario(), model=model, **options_of(path, **options)))


def at_endpoint(path: Path, url: str, **options: Any) -> RunResult:
    async def simulated() -> RunResult:
        model = over_wire("mock", url, name="m", retries=1, backoff_s=0.002, backoff_max_s=0.01)
        try:
            return await run(scenario(), model=model, **options_of(path, **options))
        finally:
            await model.aclose()

    return asyncio.run(simulated())


def failures(path: Path) -> dict[str, int]:
    with open_run(path) as file:
        return {failure.fault: failure.dialogues for failure in file.failures()}


def without_usage(path: Path) -> list[dict[str, Any]]:
    return [{k: v for k, v in d.items() if k != "usage"} for d in exported(path)]


def test_dialogues_that_failed_by_the_way_to_a_model_go_on_where_they_stood(
    tmp_path: Path, serve: Serve
) -> None:
    down = range(11, 15)
    endpoint = serve(lambda body, n: refusal("oops", 500) if n in down else None)
    path, whole = tmp_path / "a.db", tmp_path / "whole.db"
    first = at_endpoint(path, endpoint.url)
    assert first.failed > 0
    assert failures(path) == {"infrastructure": first.failed}
    with open_run(path) as file:
        before = {d.id: file.dialogue(d.id).turns for d, _ in file.planned()}
        errors = [(f.fault, f.error) for f in file.failures()]
    asked, told = len(endpoint.bodies), list[Event]()
    second = at_endpoint(path, endpoint.url, resume=True, listener=told.append)
    assert (second.completed, second.failed, second.left) == (8, 0, 0)
    started = told[0]
    assert isinstance(started, RunStarted)
    assert (started.ended, started.again) == (8 - first.failed, first.failed)
    at_endpoint(whole, serve().url)
    assert without_usage(path) == without_usage(whole)
    with open_run(path) as file:
        for number, turns in before.items():
            assert file.dialogue(number).turns[: len(turns)] == turns
        assert sorted({(f.fault, f.error) for f in file.failed_before()}) == sorted(errors)
        assert len(file.failed_before()) == first.failed
        in_vain = [c for d, _ in file.planned() for c in file.calls(d.id) if c.reply is None]
    assert len(in_vain) == first.failed
    with open_run(whole) as file:
        turns_on_file = sum(map(len, before.values()))
        calls = file.totals().calls
    assert len(endpoint.bodies) - asked <= calls - turns_on_file


def test_dialogues_that_failed_by_the_model_stay_failed(tmp_path: Path, serve: Serve) -> None:
    held = completion("", finish_reason="content_filter")
    endpoint = serve(lambda body, n: held if n in (3, 9) else None)
    first = at_endpoint(tmp_path / "a.db", endpoint.url)
    assert first.failed == 2
    asked, before = len(endpoint.bodies), exported(tmp_path / "a.db")
    second = at_endpoint(tmp_path / "a.db", endpoint.url, resume=True)
    assert (second.failed, len(endpoint.bodies)) == (2, asked)
    assert exported(tmp_path / "a.db") == before


def test_a_dialogue_that_fails_again_says_why_it_did_each_time(
    tmp_path: Path, serve: Serve
) -> None:
    path = tmp_path / "a.db"
    for why, failed in (("one", 1), ("two", 1), (None, 0)):
        endpoint = serve(lambda body, n, why=why: refusal(why, 500) if why and n > 0 else None)
        settings = {"n": 1, "methods": ["vs"], "resume": path.exists()}
        assert at_endpoint(path, endpoint.url, **settings).failed == failed
    with open_run(path) as file:
        said = [failure.error for failure in file.failed_before()]
    assert ["one" in said[0], "two" in said[1], len(said)] == [True, True, 2]


class Broken:
    """A model of ours with a fault, in its first calls or in each."""

    name = "m"
    concurrency = 4

    def __init__(self, calls: Callable[[int], bool]) -> None:
        self._numbers = itertools.count()
        self._calls = calls
        self._right = ScriptedModel(["Yes."], "m")

    async def complete(self, request: ChatRequest) -> ChatReply:
        if self._calls(next(self._numbers)):
            raise KeyError("no such thing")
        raise ModelError("nobody answers")

    async def aclose(self) -> None:
        pass


def test_a_single_fault_of_ours_fails_its_dialogue_until_the_run_is_resumed(
    tmp_path: Path, serve: Serve
) -> None:
    endpoint = serve()
    path = tmp_path / "a.db"
    result = played(path, Broken(lambda number: number < 2))
    assert failures(path) == {"simulate": 2, "infrastructure": 6}
    assert (result.failed, result.left, result.why) == (8, 0, None)
    assert at_endpoint(path, endpoint.url, resume=True).completed == 8


@pytest.mark.parametrize("at_once", [1, 8])
def test_a_fault_of_ours_that_repeats_stops_the_run_before_more_is_paid(
    tmp_path: Path, serve: Serve, at_once: int
) -> None:
    path = tmp_path / "a.db"
    result = played(path, Broken(lambda number: True), concurrency=at_once)
    assert (result.completed, result.failed, result.left) == (0, 2, 6)
    assert result.why is not None
    assert "KeyError: 'no such thing' (test_playing_again.py, line " in result.why
    assert "please report it" in result.why
    assert at_endpoint(path, serve().url, resume=True).completed == 8


class Sometimes:
    """A model whose every second dialogue meets a fault of ours in its first call."""

    name = "m"
    concurrency = 4

    def __init__(self, model: ChatModel) -> None:
        self._model = model
        self._first = itertools.count()

    async def complete(self, request: ChatRequest) -> ChatReply:
        begins = not any(message["role"] == "assistant" for message in request.messages)
        if begins and request.schema is None and next(self._first) % 2:
            raise KeyError("no such thing")
        return await self._model.complete(request)

    async def aclose(self) -> None:
        await self._model.aclose()


def test_a_fault_of_ours_amid_dialogues_that_are_completed_stops_nothing(
    tmp_path: Path, serve: Serve
) -> None:
    async def simulated() -> RunResult:
        model = Sometimes(over_wire("mock", serve().url, name="m"))
        try:
            return await run(scenario(), model=model, **options_of(tmp_path / "a.db", n=8))
        finally:
            await model.aclose()

    result = asyncio.run(simulated())
    assert (result.left, result.why, result.completed + result.failed) == (0, None, 16)
    assert result.failed > 3
    assert failures(tmp_path / "a.db") == {"simulate": result.failed}
