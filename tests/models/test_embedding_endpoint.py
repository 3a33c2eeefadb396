from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web

from simulate.errors import EndpointError, ModelSpecError, ProtocolError
from simulate.models import Models
from tests.models.embeddings_endpoint import EmbeddingsEndpoint, lengths
from tests.ways import over_wire


def test_an_endpoint_embeds_in_order_and_in_batches() -> None:
    with EmbeddingsEndpoint() as endpoint:
        texts = [f"{'x' * (i + 1)}" for i in range(300)]
        found = Models().embedder(f"m@{endpoint.url}").embed(texts)
    assert found[:, 0].tolist() == [float(i + 1) for i in range(300)]
    assert [len(body["input"]) for body in endpoint.bodies] == [128, 128, 44]


def test_a_refusal_is_told_with_its_status() -> None:
    refusal = web.json_response({"error": "no such model"}, status=404)
    with (
        EmbeddingsEndpoint(lambda body: refusal) as endpoint,
        pytest.raises(EndpointError, match=r"HTTP 404 .*no such model"),
    ):
        Models().embedder(f"m@{endpoint.url}").embed(["x"])


@pytest.mark.parametrize("answer", [{}, {"data": [{"index": 0}]}, {"data": []}])
def test_an_answer_that_is_no_list_of_embeddings_is_refused(answer: object) -> None:
    with (
        EmbeddingsEndpoint(lambda body: web.json_response(answer)) as endpoint,
        pytest.raises(ProtocolError),
    ):
        Models().embedder(f"m@{endpoint.url}").embed(["x"])


def test_an_endpoint_that_is_not_there_is_told() -> None:
    with pytest.raises(EndpointError, match=r"127\.0\.0\.1"):
        Models().embedder("m@http://127.0.0.1:9/v1").embed(["x"])


def test_a_spec_names_model_and_url() -> None:
    assert Models().embedder("small@http://localhost:1/v1").name == "small"


@pytest.mark.parametrize("spec", ["small", "embedded"])
def test_a_spec_without_a_url_is_refused(spec: str) -> None:
    with pytest.raises(ModelSpecError, match=r"set OPENAI_BASE_URL"):
        Models().embedder(spec)


def test_what_an_embedder_learns_of_its_host_holds_for_the_models_beside_it() -> None:
    answers = [web.json_response({"error": "slow"}, status=429, headers={"Retry-After": "0"})]

    def busy_once(body: dict[str, Any]) -> web.Response:
        return answers.pop() if answers else lengths(body)

    with EmbeddingsEndpoint(busy_once) as endpoint:
        models = Models(rpm=60_000)
        judge = over_wire("judge", endpoint.url)
        models.chat(judge)
        assert models.embedder(f"m@{endpoint.url}").embed(["x"]).tolist() == [[1.0, 1.0]]
    assert judge.connection.limit.rounds == 1
    models.check_given()
