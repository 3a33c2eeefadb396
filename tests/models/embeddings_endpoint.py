"""A real HTTP endpoint that speaks embeddings, for tests: a text's vector is its length and 1."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiohttp import web

from tests.serving import LocalServer

Behaviour = Callable[[dict[str, Any]], web.Response]


def lengths(body: dict[str, Any]) -> web.Response:
    data = [
        {"index": i, "embedding": [float(len(text)), 1.0]} for i, text in enumerate(body["input"])
    ]
    return web.json_response({"data": data[::-1]})


class EmbeddingsEndpoint(LocalServer):
    """The endpoint; a context manager."""

    def __init__(self, behaviour: Behaviour = lengths) -> None:
        super().__init__()
        self.bodies: list[dict[str, Any]] = []
        self._behaviour = behaviour

    @property
    def url(self) -> str:
        return f"{self.base}/v1"

    def routes(self, app: web.Application) -> None:
        app.router.add_post("/v1/embeddings", self._answer)

    async def _answer(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.bodies.append(body)
        return self._behaviour(body)
