"""Workers play as one process does, whatever happens to them."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from simulate.engine import DialogueEnded, Event, TurnTaken
from simulate.errors import EndpointError, InputError
from simulate.models import ScriptedModel
from simulate.runfile import open_run
from tests.endpoint import Behaviour, Body, Endpoint, Serve, refusal
from tests.engine.workers.places import (
    CALLS,
    TALK,
    Tasks,
    asked,
    check_nothing_lost,
    on_file,
    played,
)
from tests.made_runs import exported


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run of one process."""
    path = tmp_path_factory.mktemp("whole") / "whole.db"
    with Endpoint() as endpoint:
        played(path, endpoint)
    return path


def test_any_number_of_workers_makes_the_run_of_one_process(
    whole: Path, tmp_path: Path, serve: Serve
) -> None:
    for count in (1, 50):
        path, events, endpoint = tmp_path / f"{count}.db", list[Event](), serve()
        result = played(path, endpoint, executor=Tasks(count), listener=events.append)
        assert (result.completed, result.failed, result.left) == (20, 0, 0)
        assert exported(path) == exported(whole)
        assert asked(endpoint) == on_file(path)
        assert sum(isinstance(each, DialogueEnded) for each in events) == 20
        assert sum(isinstance(each, TurnTaken) for each in events) == 80


def killing(place: Tasks, at: int) -> Behaviour:
    """Return a behaviour that answers as usual, and kills the first worker at one request."""

    def behave(body: Body, n: int) -> None:
        if n == at:
            first = place.hired[0]
            first.task.get_loop().call_soon_threadsafe(first.kill)

    return behave


def test_what_a_lost_worker_played_goes_on_elsewhere_and_no_finished_turn_is_paid_twice(
    whole: Path, tmp_path: Path, serve: Serve
) -> None:
    for replaces in (True, False):
        path, place, events = tmp_path / f"{replaces}.db", Tasks(2, replaces), list[Event]()
        endpoint = serve(killing(place, 40))
        result = played(path, endpoint, executor=place, listener=events.append)
        assert (result.completed, len(place.hired)) == (20, 3 if replaces else 2)
        check_nothing_lost(path, whole, endpoint)
        assert sum(isinstance(each, DialogueEnded) for each in events) == 20


def test_workers_that_die_before_they_commit_anything_stop_the_run_resumably(
    whole: Path, tmp_path: Path, serve: Serve
) -> None:
    path, place = tmp_path / "a.db", Tasks(1)

    def kill(body: Body, n: int) -> None:
        each = place.hired[-1]
        each.task.get_loop().call_soon_threadsafe(each.kill)

    endpoint = serve(kill, 0.05)
    result = played(path, endpoint, executor=place)
    assert result.left == 20
    assert "was killed before it had committed anything" in str(result.why)
    endpoint.behaviour, endpoint.delay_s = None, 0.0
    assert played(path, endpoint, resume=True, executor=Tasks(2)).completed == 20
    assert exported(path) == exported(whole)


def test_a_budget_is_not_crossed_by_all_workers_together(
    whole: Path, tmp_path: Path, serve: Serve
) -> None:
    path, endpoint = tmp_path / "a.db", serve()
    result = played(path, endpoint, executor=Tasks(3), budget_tokens=3_000)
    assert "the budget of 3,000 tokens is reached" in str(result.why)
    assert 0 < result.prompt_tokens + result.completion_tokens <= 3_000
    assert result.left
    more = played(path, endpoint, executor=Tasks(2), budget_tokens=1_000_000, resume=True)
    assert (more.completed, more.left) == (20, 0)
    assert exported(path) == exported(whole)


def test_what_an_endpoint_refuses_is_learnt_by_all_and_told_once(
    tmp_path: Path, serve: Serve
) -> None:
    def refuses_seeds(body: Body, n: int) -> object:
        return refusal("Unsupported parameter: 'seed'", param="seed") if "seed" in body else None

    path, endpoint = tmp_path / "a.db", serve(refuses_seeds)
    played(path, endpoint, executor=Tasks(2))
    refused = sum("seed" in body for body in endpoint.bodies)
    assert refused <= 6, "who was in flight only"
    with open_run(path) as file:
        assert [list(each) for each in file.refusals().values()] == [["seed"]]


def test_told_to_stop_it_stops_and_goes_on_in_one_process(
    whole: Path, tmp_path: Path, serve: Serve
) -> None:
    path, endpoint = tmp_path / "a.db", serve()
    stop = asyncio.Event()

    def listener(event: Event) -> None:
        if isinstance(event, DialogueEnded):
            stop.set()

    result = played(path, endpoint, executor=Tasks(2), stop=stop, listener=listener)
    assert result.left
    assert result.why is None
    assert played(path, endpoint, resume=True).left == 0
    assert exported(path) == exported(whole)


def test_an_endpoint_that_refuses_the_key_ends_the_run_once(tmp_path: Path, serve: Serve) -> None:
    with pytest.raises(EndpointError, match="401"):
        played(tmp_path / "a.db", serve(lambda body, n: refusal("no", 401)), executor=Tasks(2))
    assert not (tmp_path / "a.db").exists(), "nothing has happened"


def test_dialogues_at_once_and_requests_a_minute_are_divided(tmp_path: Path, serve: Serve) -> None:
    endpoint = serve(delay_s=0.02)
    played(tmp_path / "a.db", endpoint, executor=Tasks(3), concurrency=4)
    assert endpoint.most_at_once <= 4
    place = Tasks(3)
    stop = asyncio.Event()
    options: dict[str, Any] = {"rpm": 2, "stop": stop, "listener": lambda event: stop.set()}
    played(tmp_path / "b.db", serve(), executor=place, **options)
    assert len(place.hired) <= 2, "no worker without a request of its own"


def test_what_no_other_process_can_open_is_refused_in_one_line(
    tmp_path: Path, serve: Serve
) -> None:
    model = ScriptedModel(["yes"])
    with pytest.raises(InputError, match="--processes 2: the model is a Python object, and not"):
        played(tmp_path / "a.db", serve(), model=model, processes=2)
    with pytest.raises(InputError, match="--cluster: the model of ada is a Python object"):
        played(tmp_path / "a.db", serve(), speaker_models={"ada": model}, cluster="dask")
    with pytest.raises(InputError, match="--processes is 0, it must be"):
        played(tmp_path / "a.db", serve(), processes=0)
    with pytest.raises(InputError, match="--cluster “ray”: write dask, or dask:tcp://HOST:PORT"):
        played(tmp_path / "a.db", serve(), cluster="ray")
    assert not (tmp_path / "a.db").exists()


def test_dialogues_that_share_answers_are_played_in_one_place_and_found_there_when_it_is_lost(
    tmp_path: Path, serve: Serve
) -> None:
    defaults = TALK.defaults.model_copy(update={"replicates": 5})
    talk = TALK.model_copy(update={"defaults": defaults})
    options: dict[str, Any] = {"n": 20, "scenario": talk, "share_prefix": True}
    result = played(tmp_path / "whole.db", serve(), **options)
    assert result.calls < 0.7 * 40 * CALLS
    for kill_at in (-1, 30):
        path, place = tmp_path / f"{kill_at}.db", Tasks(2)
        endpoint = serve(killing(place, kill_at))
        played(path, endpoint, executor=place, **options)
        assert len(place.hired) == (3 if kill_at > 0 else 2)
        assert exported(path) == exported(tmp_path / "whole.db")
        assert asked(endpoint).total() <= result.calls + (3 if kill_at > 0 else 0)
