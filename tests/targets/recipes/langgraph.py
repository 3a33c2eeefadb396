"""LangGraph server, a graph with `messages` in its state.

https://docs.langchain.com/langsmith/server-api-ref: threads, `runs/wait`, `runs/stream`;
https://docs.langchain.com/langsmith/streaming: the modes of a stream. A run that fails answers
`runs/wait` with status 200 and an `__error__`.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from aiohttp import web

from tests.targets.recipes.langserve import ai
from tests.targets.recipes.vendor import CRASH, Vendor, answer_to, event, pieces, stream


class LangGraph(Vendor):
    recipe = "langgraph"
    error = "The bot has broken down."

    def __init__(self) -> None:
        super().__init__()
        self._state: dict[str, list[dict[str, Any]]] = {}

    def environment(self) -> dict[str, str]:
        return {
            "LANGGRAPH_URL": self.base,
            "LANGGRAPH_API_KEY": self.key,
            "LANGGRAPH_ASSISTANT": "agent",
        }

    def routes_of_vendor(self) -> Iterable[web.RouteDef]:
        return [
            web.post("/threads", self._created),
            web.delete("/threads/{id}", self._forget),
            web.post("/threads/{id}/runs/wait", self._wait),
            web.post("/threads/{id}/runs/stream", self._stream),
        ]

    def _refusal(self, request: web.Request) -> web.Response | None:
        if request.headers.get("x-api-key") != self.key:
            return web.json_response({"detail": "Invalid API key"}, status=403)
        if "id" in request.match_info and request.match_info["id"] not in self._state:
            return web.json_response({"detail": "Thread or assistant not found."}, status=404)
        return None

    async def _created(self, request: web.Request) -> web.Response:
        if (refusal := self._refusal(request)) is not None:
            return refusal
        if not isinstance(await request.json(), dict):
            return web.json_response({"detail": "Invalid JSON in request body"}, status=422)
        id = str(uuid.uuid4())
        self._state[id] = []
        return web.json_response(
            {"thread_id": id, "metadata": {}, "status": "idle", "config": {}, "values": None}
        )

    async def _forget(self, request: web.Request) -> web.Response:
        if (refusal := self._refusal(request)) is not None:
            return refusal
        del self._state[request.match_info["id"]]
        return web.Response(status=204)

    async def _heard(self, request: web.Request) -> list[dict[str, Any]] | web.Response:
        """Add the input to the state of the thread."""
        if (refusal := self._refusal(request)) is not None:
            return refusal
        body = await request.json()
        if body.get("assistant_id") != "agent":
            return web.json_response({"detail": "Invalid assistant"}, status=422)
        state = self._state[request.match_info["id"]]
        for each in body["input"]["messages"]:
            type = {"user": "human", "human": "human"}[each["role"]]
            state.append({"content": each["content"], "type": type, "id": str(uuid.uuid4())})
        return state

    async def _wait(self, request: web.Request) -> web.StreamResponse:
        state = await self._heard(request)
        if isinstance(state, web.Response):
            return state
        said = [each["content"] for each in state if each["type"] == "human"]
        if said[-1] == CRASH:
            failed = {"error": "ValueError", "message": self.error}
            return web.json_response({"__error__": failed})
        state.append(ai(answer_to(said), "ai"))
        body = web.json_response({"messages": state}).text or ""
        return await stream(request, ["\n", "\n", body], "application/json")  # kept alive

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        state = await self._heard(request)
        if isinstance(state, web.Response):
            return state
        if (await request.json()).get("stream_mode") not in ("messages-tuple", ["messages-tuple"]):
            return web.json_response({"detail": "this server streams messages only"}, status=422)
        return await stream(request, self._events(state))

    def _events(self, state: list[dict[str, Any]]) -> Iterator[str]:
        said = [each["content"] for each in state if each["type"] == "human"]
        yield event({"run_id": str(uuid.uuid4()), "attempt": 1}, "metadata")
        yield ": heartbeat\n\n"
        if said[-1] == CRASH:
            yield event({"error": "ValueError", "message": self.error}, "error")
            return
        about = {"langgraph_node": "reply", "langgraph_step": 1}
        yield event([{"content": "the price list", "type": "tool"}, about], "messages")
        for piece in pieces(answer_to(said)):
            yield event([ai(piece, "AIMessageChunk"), about], "messages")
        state.append(ai(answer_to(said), "ai"))


class LangGraphStream(LangGraph):
    recipe = "langgraph-stream"
