"""What a worker must have in common with the driver, said in one line where it has not."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest

from simulate.engine.header import versions
from simulate.engine.workers.choice import workplace
from simulate.engine.workers.processes import LocalProcesses
from simulate.engine.workers.setup import check_version, hello
from simulate.errors import InputError
from tests.endpoint import Serve
from tests.engine.workers.places import Tasks, played

NAMES = [{"bot": "mock@http://host/v1"}]


def test_a_worker_with_another_version_of_simulate_is_named_with_both() -> None:
    check_version("worker tcp://a:1", hello(), NAMES)
    other = json.dumps({**versions(), "simulate-dialogues": "0.0.9"}).encode()
    here = versions()["simulate-dialogues"]
    with pytest.raises(InputError) as error:
        check_version("worker tcp://a:1", other, NAMES)
    assert str(error.value) == (
        f"worker tcp://a:1 has another version of simulate-dialogues (there 0.0.9, here {here}): "
        "install the same there"
    )
    other = json.dumps({**versions(), "xllamacpp": "1"}).encode()
    check_version("w", other, NAMES)
    with pytest.raises(InputError, match=r"w has another version of xllamacpp \(there 1, here"):
        check_version("w", other, [{"bot": "embedded"}])


class _Elsewhere(Tasks):
    """Workers that have another environment than the driver."""

    def __init__(self, patch: pytest.MonkeyPatch, **environment: str | None) -> None:
        super().__init__(1)
        self._patch, self._environment = patch, environment

    def before(self) -> None:
        for name, value in self._environment.items():
            if value is None:
                self._patch.delenv(name)
            else:
                self._patch.setenv(name, value)


def test_a_worker_that_would_ask_another_model_or_lacks_a_key_is_named_and_nothing_is_begun(
    tmp_path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint, path = serve(), tmp_path / "a.db"
    monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
    place = _Elsewhere(monkeypatch, OPENAI_BASE_URL="http://127.0.0.1:9/v1")
    with pytest.raises(InputError, match="worker 0 would play with another model of bot, ada"):
        played(path, endpoint, model="mock", executor=place)
    models = {"fast": {"model": "m", "url": endpoint.url, "key_variable": "KEY_OF_THIS_TEST"}}
    monkeypatch.setenv("KEY_OF_THIS_TEST", "sk-not-sent-0123456789")
    place = _Elsewhere(monkeypatch, KEY_OF_THIS_TEST=None)
    with pytest.raises(InputError, match=r"worker 0 cannot play: .*KEY_OF_THIS_TEST"):
        played(path, endpoint, model="fast", models=models, executor=place)
    assert not path.exists()
    assert not endpoint.bodies


def test_keys_and_what_settings_take_from_the_environment_are_not_sent(
    tmp_path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint, sent = serve(), list[bytes]()
    monkeypatch.setenv("KEY_OF_THIS_TEST", "sk-not-sent-0123456789")
    monkeypatch.setenv("TEAM_OF_THIS_TEST", "team-not-sent-987")
    header = {"X-Team": "{{ env.TEAM_OF_THIS_TEST }}"}
    models = {
        "fast": {
            "model": "m",
            "url": endpoint.url,
            "key_variable": "KEY_OF_THIS_TEST",
            "headers": header,
        }
    }
    write = asyncio.StreamWriter.write

    def overheard(self: asyncio.StreamWriter, data: bytes) -> None:
        sent.append(data)
        write(self, data)

    monkeypatch.setattr(asyncio.StreamWriter, "write", overheard)
    played(tmp_path / "a.db", endpoint, 1, model="fast", models=models, executor=Tasks(1))
    assert endpoint.headers[0]["Authorization"] == "Bearer sk-not-sent-0123456789"
    assert endpoint.headers[0]["X-Team"] == "team-not-sent-987"
    assert b"KEY_OF_THIS_TEST" in b"".join(sent), "its name is"
    assert b"not-sent" not in b"".join(sent)


def test_a_spec_that_holds_a_key_is_not_sent_to_other_machines(
    tmp_path: Path, serve: Serve
) -> None:
    with pytest.raises(InputError, match="--cluster: the SPEC “mock@http://host/v1” holds a key"):
        played(
            tmp_path / "a.db",
            serve(),
            model="mock@http://me:secret@host/v1",
            cluster="dask:tcp://127.0.0.1:9",
            processes=None,
        )


@pytest.mark.parametrize(
    ("at_once", "turns", "embedded", "here", "processes"),
    [
        (64, 10**9, False, None, 1),
        (10**4, 100, False, None, 1),
        (512, 40_000, False, None, 2),
        (10**6, 10**9, False, None, None),
        (10**6, 10**9, True, None, 1),
        (10**6, 10**9, False, "a Python object", 1),
    ],
)
def test_other_processes_are_started_where_they_pay(
    at_once: int, turns: int, embedded: bool, here: str | None, processes: int | None
) -> None:
    given: Any = {"only_here": here, "specs": (), "embedded": embedded}
    place = workplace(None, None, None, at_once=at_once, turns=turns, **given)
    cores = len(os.sched_getaffinity(0))
    started = place.count if isinstance(place, LocalProcesses) else 1
    assert started == min(processes or cores, cores)
