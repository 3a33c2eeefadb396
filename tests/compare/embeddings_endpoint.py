"""A real HTTP endpoint that speaks embeddings, for tests: a text's vector is its length and 1."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any

from aiohttp import web

Behaviour = Callable[[dict[str, Any]], web.Response]


def _lengths(body: dict[str, Any]) -> web.Response:
    data = [
        {"index": i, "embedding": [float(len(text)), 1.0]} for i, text in enumerate(body["input"])
    ]
    return web.json_response({"data": data[::-1]})


class EmbeddingsEndpoint:
    """A server on a free port of the loopback interface, in a thread with a loop of its own."""

    def __init__(self, behaviour: Behaviour = _lengths) -> None:
        self.bodies: list[dict[str, Any]] = []
        self._behaviour = behaviour
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.url = ""

    def __enter__(self) -> EmbeddingsEndpoint:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    async def _answer(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.bodies.append(body)
        return self._behaviour(body)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        app = web.Application()
        app.router.add_post("/v1/embeddings", self._answer)
        runner = web.AppRunner(app)
        self._loop.run_until_complete(runner.setup())
        site = web.TCPSite(runner, "127.0.0.1", 0)
        self._loop.run_until_complete(site.start())
        port = runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{port}/v1"
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())
        self._loop.close()
