"""What identifies a call that is sent in a batch, and what is sent with its file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simulate.errors import InputError
from simulate.models import ChatRequest, ModelSettings
from simulate.models.batches.outbox import CallKey, asking, call_key
from simulate.models.batches.output import OutputReader, custom_id, request_line
from tests.batch_endpoint import BatchEndpoint
from tests.engine.batched import play

BODY = b'{"messages": []}'


def keys(dialogue: int, seed: int, *bodies: bytes) -> list[CallKey]:
    """Return what identifies the requests of one call."""
    with asking(ChatRequest([], seed=seed, dialogue=dialogue)):
        return [call_key("mock /v1/chat/completions", body) for body in bodies]


def test_a_call_that_is_made_anew_is_known_by_all_that_was_sent_for_it() -> None:
    sent = (BODY, b'{"messages": [], "seed": 1}', BODY)
    assert keys(3, 7, *sent) == keys(3, 7, *sent)
    assert len(set(keys(3, 7, *sent))) == 3  # also what was sent again after a fault


def test_the_same_question_of_another_dialogue_or_seed_is_another_call() -> None:
    assert len({keys(d, s, BODY)[0] for d in (0, 1) for s in (7, 8)}) == 4


def test_a_call_of_no_dialogue_is_not_sent_in_a_batch() -> None:
    said = pytest.raises(InputError, match="only the calls of a run's dialogues")
    with said, asking(ChatRequest([])):
        pass


def test_the_line_of_a_request_is_one_line_with_its_body_as_it_is() -> None:
    (key,) = keys(3, 7, BODY)
    assert request_line(key, "/v1/x", BODY) == (
        f'{{"custom_id": "3-{key[1].hex()}", "method": "POST", "url": "/v1/x", "body": '.encode()
        + BODY
        + b"}\n"
    )


def test_lines_that_are_read_anew_are_no_repetitions() -> None:
    (key,) = keys(3, 7, BODY)
    name = custom_id(key)
    line = f'{{"custom_id": "{name}", "response": {{"status_code": 200, "body": {{}}}}}}'.encode()
    reader = OutputReader([key])
    assert reader.read(line) == (key, (200, b"{}"))
    reader.reread()
    assert reader.read(line) is None
    assert reader.unusable.told is None
    assert reader.read(line) is None
    assert reader.unusable.told == "lines left out: 1 of requests that it had answered already"


def test_answers_that_were_read_by_an_earlier_invocation_are_nothing_odd() -> None:
    (key,) = keys(3, 7, BODY)
    reader = OutputReader([key], others=1)
    for name in ("4-00", "5-00"):
        line = f'{{"custom_id": "{name}", "response": {{"status_code": 200, "body": {{}}}}}}'
        assert reader.read(line.encode()) is None
    assert reader.unusable.told == "lines left out: 1 of requests that were not in it"


SENT: list[tuple[dict[str, Any], dict[str, str | None]]] = [
    ({}, {"Authorization": None}),
    ({"key_variable": "KEY"}, {"Authorization": "Bearer sk-of-the-test"}),
    ({"key_variable": "KEY", "key_header": "api-key"}, {"api-key": "sk-of-the-test"}),
    (
        {"headers": {"authorization": "Basic {{ env.KEY }}"}},
        {"Authorization": "Basic sk-of-the-test"},
    ),
    ({"headers": {"X-Team": "blue"}}, {"X-Team": "blue", "Authorization": None}),
]


@pytest.mark.parametrize(("settings", "headers"), SENT)
def test_files_and_batches_go_with_the_headers_and_the_query_of_the_model(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    settings: dict[str, Any],
    headers: dict[str, str | None],
) -> None:
    monkeypatch.setenv("KEY", "sk-of-the-test")
    with BatchEndpoint() as endpoint:
        model = ModelSettings(url=f"{endpoint.url}?of=url", query={"team": "blue"}, **settings)
        result = play(endpoint, tmp_path / "a.db", n=1, model="m", models={"m": model})
    assert result.completed == 1
    for each in endpoint.headers:
        assert {name: each.get(name) for name in headers} == headers
        assert each.get("Authorization") == headers.get("Authorization")
    assert {tuple(sorted(each.items())) for each in endpoint.queries} == {
        (("of", "url"), ("team", "blue"))
    }
