"""A run says which models have answered it, and where they changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulate.engine import EndpointNoticed, Event, run
from simulate.models.journal import answering_name
from simulate.runfile import open_run
from simulate.runfile.statements import MORE, MOST_KNOWN_ANSWERING
from tests.conftest import AsJson, Command
from tests.endpoint import Behaviour, Body, Endpoint, Serve, completion, usual_text

OLD, NEW = "mock-2026-01-01", "mock-2026-06-01"
CAUTION = "a difference between dialogues may be one between these"


def served(names: Callable[[int], dict[str, Any]]) -> Behaviour:
    """Answer as usual, under the names that the n-th answer gives."""

    def behaviour(body: Body, number: int) -> Any:
        return completion(usual_text(body), **names(number))

    return behaviour


def exchanged_at(call: int) -> Behaviour:
    return served(lambda number: {"model": OLD if number < call else NEW})


def donation(path: Path, endpoint: Endpoint, **options: Any) -> list[str]:
    """Simulate one dialogue after the other; return what is noticed."""
    told: list[str] = []

    def listen(event: Event) -> None:
        if isinstance(event, EndpointNoticed):
            told.append(event.noticed.told)

    given = {"n": 1, "seed": 7, "concurrency": 1, "methods": ("direct",), **options}
    asyncio.run(run("donation", model=endpoint.spec, out=path, listener=listen, **given))
    return told


def test_what_answered_is_on_file_with_the_calls_that_it_answered(
    tmp_path: Path, serve: Serve
) -> None:
    endpoint = serve(
        served(lambda n: {"model": OLD if n < 5 else NEW + "\ud800", "system_fingerprint": "fp"})
    )
    donation(tmp_path / "a.db", endpoint)
    calls = len(endpoint.bodies)
    with open_run(tmp_path / "a.db") as file:
        found = file.answered_by()
    assert [by[1:] for by in found[endpoint.spec]] == [
        (OLD, "fp", 0, 5, 1, 5),
        (NEW + "\ufffd", "fp", 0, calls - 5, 6, calls),
    ]


def test_another_model_is_told_when_it_comes_and_once(tmp_path: Path, serve: Serve) -> None:
    endpoint = serve(exchanged_at(5))
    path = tmp_path / "a.db"
    assert donation(path, endpoint) == [
        f"{endpoint.spec} was answered by {OLD} and is now answered by {NEW}: this run mixes them"
    ]
    assert donation(path, endpoint, n=2, resume=True) == []
    with open_run(path) as file:
        assert [noticed.what for noticed in file.notices()] == ["another model"]


def test_a_model_exchanged_while_a_run_rested_is_told(tmp_path: Path, serve: Serve) -> None:
    endpoint = serve(exchanged_at(10**6))
    assert donation(tmp_path / "a.db", endpoint) == []
    endpoint.behaviour = exchanged_at(0)
    [told] = donation(tmp_path / "a.db", endpoint, n=2, resume=True)
    assert told.index(OLD) < told.index(NEW)


def test_another_configuration_of_a_model_is_told(tmp_path: Path, serve: Serve) -> None:
    endpoint = serve(served(lambda n: {"model": OLD, "system_fingerprint": f"fp_{n // 5}"}))
    [told] = donation(tmp_path / "a.db", endpoint)
    assert f"{OLD} (fp_0) and is now answered by {OLD} (fp_1)" in told


@pytest.mark.parametrize(
    "names",
    [
        lambda n: {"model": None},
        lambda n: {"model": OLD if n % 2 else None},
        lambda n: {"model": OLD, "system_fingerprint": "fp" if n > 3 else None},
    ],
)
def test_a_name_that_is_left_out_is_no_change(
    tmp_path: Path, serve: Serve, names: Callable[[int], dict[str, Any]]
) -> None:
    assert donation(tmp_path / "a.db", serve(served(names))) == []


def test_a_name_of_several_lines_is_told_on_one() -> None:
    assert answering_name("a\r\nRun file: b", "c\u2028d") == "a Run file: b (c d)"


def test_an_endpoint_with_a_new_name_for_each_answer_fills_no_file(
    tmp_path: Path, serve: Serve
) -> None:
    endpoint = serve(served(lambda n: {"model": f"mock-{n}"}))
    donation(tmp_path / "a.db", endpoint, n=MOST_KNOWN_ANSWERING // 10)
    with open_run(tmp_path / "a.db") as file:
        [found] = file.answered_by().values()
    calls = len(endpoint.bodies)
    assert calls > len(found) == MOST_KNOWN_ANSWERING + 1
    assert sum(by.calls or 0 for by in found) == calls
    assert found[-1].served == MORE


@pytest.fixture
def mixed(tmp_path: Path, serve: Serve) -> tuple[Path, str]:
    """Return a run whose model was exchanged, and what is said of it everywhere."""
    endpoint = serve(exchanged_at(5))
    path = tmp_path / "a.db"
    donation(path, endpoint)
    calls = len(endpoint.bodies)
    return path, (
        f"{endpoint.spec} was answered by {OLD} in 5 calls (1 to 5) and by {NEW} in "
        f"{calls - 5} calls (6 to {calls})"
    )


def test_a_run_of_several_models_is_told_where_results_are_read(
    mixed: tuple[Path, str], command: Command, as_json: AsJson, tmp_path: Path
) -> None:
    path, sentence = mixed
    summary = as_json("summary", path)
    assert summary["notes"] == [f"{sentence}; {CAUTION}"]
    [answered] = summary["answered_by"].values()
    assert [by["served"] for by in answered] == [OLD, NEW]
    assert f"{sentence}; {CAUTION}" in as_json("compare", path)["notes"]
    for name in ("summary", "compare"):
        _, out, _ = command(name, path)
        assert " ".join(out.split()).count(CAUTION) == 1
    command("compare", path, "--html", tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text("utf-8")
    assert f"<p>{sentence}.</p>" in page
    assert f"is now answered by {NEW}: this run mixes them" in page


def test_the_ending_of_a_run_tells_that_its_model_changed(
    tmp_path: Path, serve: Serve, command: Command
) -> None:
    words = ("run", "donation", "-n", 1, "--method", "direct", "--concurrency", 1)
    _, _, err = command(*words, "--model", serve(exchanged_at(5)).spec, "--out", tmp_path / "a.db")
    assert err.count("this run mixes them") == 1
    assert err.count(CAUTION) == 1


def test_the_live_page_says_what_answers_and_what_was_noticed(
    mixed: tuple[Path, str], as_json: AsJson
) -> None:
    path, sentence = mixed
    now = as_json("view", path, "--screen", "live")
    assert now["answered"] == [sentence]
    assert [NEW in told for told in now["endpoints"]] == [True]
