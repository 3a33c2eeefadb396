"""Scoring a text, over HTTP and in process."""

from __future__ import annotations

import asyncio
import math
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from simulate.errors import EndpointError, ModelSpecError
from simulate.models import Models
from simulate.models.embedded import EmbeddedModel, token_log_probability
from simulate.models.logprobs import TextScore


def scored(answer: Any, status: int = 200) -> tuple[TextScore, dict[str, Any]]:
    """Score “ b c” after “a” at a server that gives this answer; return what it was sent too."""
    sent: dict[str, Any] = {}

    async def serve(request: web.Request) -> web.Response:
        sent.update(await request.json(), key=request.headers.get("Authorization"))
        return web.json_response(answer, status=status)

    async def score() -> TextScore:
        app = web.Application()
        app.router.add_post("/v1/completions", serve)
        environment = {"OPENAI_API_KEY": "key"}
        async with TestServer(app) as server, Models(environment=environment) as models:
            return await models.scorer(f"base@{server.make_url('/v1')}").score("a", " b c")

    return asyncio.run(score()), sent


def echoed(logs: list[float | None], offsets: list[int]) -> dict[str, Any]:
    return {"choices": [{"logprobs": {"token_logprobs": logs, "text_offset": offsets}}]}


def test_only_tokens_of_the_text_count() -> None:
    found, sent = scored(echoed([None, -1.5, -0.25], [0, 1, 3]))
    assert found == TextScore(-1.75, 2)
    assert sent["prompt"] == "a b c"
    assert (sent["echo"], sent["max_tokens"], sent["key"]) == (True, 0, "Bearer key")


@pytest.mark.parametrize(
    "answer", [{"choices": [{"text": "a b c", "logprobs": None}]}, {"choices": []}, [], "x"]
)
def test_an_endpoint_without_log_probabilities_is_one_clear_line(answer: Any) -> None:
    with pytest.raises(EndpointError, match="returns no log-probabilities: typicality needs"):
        scored(answer)


def test_an_endpoint_that_refuses_is_one_clear_line() -> None:
    with pytest.raises(EndpointError, match=r"HTTP 400.*echo is not supported.*take embedded"):
        scored({"error": "echo is not supported"}, status=400)


def test_an_endpoint_that_is_not_there_is_one_clear_line() -> None:
    async def score() -> None:
        async with Models() as models:
            await models.scorer("base@http://127.0.0.1:9/v1").score("a", "b")

    with pytest.raises(EndpointError, match=r"model base@http://127\.0\.0\.1:9/v1"):
        asyncio.run(score())


def test_canned_answers_cannot_score() -> None:
    with pytest.raises(ModelSpecError, match="plays canned answers and cannot score"):
        Models(environment={}).scorer("scripted:x.yaml")


def test_a_name_without_an_address_cannot_score() -> None:
    with pytest.raises(ModelSpecError, match="set OPENAI_BASE_URL"):
        Models(environment={}).scorer("base")


def test_the_log_probability_of_another_token_is_refused() -> None:
    answer = {"choices": [{"logprobs": {"content": [{"id": 3, "logprob": -1.0}]}}]}
    assert token_log_probability(answer, 3) == -1.0
    with pytest.raises(EndpointError, match="gives no log-probability"):
        token_log_probability(answer, 4)


@pytest.mark.timeout(300)
def test_the_embedded_model_finds_paris_likelier_than_zebra() -> None:
    async def score() -> list[TextScore]:
        model = EmbeddedModel(slots=1, context=512)
        try:
            return [
                await model.score("The capital of France is", t) for t in (" Paris.", " Zebra.")
            ]
        finally:
            await model.aclose()

    paris, zebra = asyncio.run(score())
    assert paris.log_probability > zebra.log_probability
    assert paris.tokens == 2
    assert -10 < paris.log_probability < 0
    assert math.isfinite(zebra.log_probability)
