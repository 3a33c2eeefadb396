"""A chat of Gradio: https://www.gradio.app/guides/querying-gradio-apps-with-curl

A call is two requests: one hands out an `event_id`, the other streams what becomes of it. The
values are a list, one for each output of the function; a `ChatInterface` remembers by
`session_hash`. The queue behind it, which Gradio's own pages use:
https://github.com/gradio-app/gradio/blob/main/gradio/server_messages.py
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

from aiohttp import web

from tests.targets.recipes.vendor import CRASH, Vendor, answer_to, event, pieces, stream


class Gradio(Vendor):
    recipe = "gradio"
    error = "The bot has broken down."

    def __init__(self) -> None:
        super().__init__()
        self._events: dict[str, list[str]] = {}
        self._ids = itertools.count(1)

    def environment(self) -> dict[str, str]:
        return {"GRADIO_URL": self.base}

    def routes_of_vendor(self) -> Iterable[web.RouteDef]:
        return [
            web.post("/gradio_api/call/chat", self._call),
            web.get("/gradio_api/call/chat/{id}", self._result),
        ]

    async def _call(self, request: web.Request) -> web.Response:
        body = await request.json()
        if not isinstance(body.get("data"), list):
            return web.json_response({"detail": [{"loc": ["body", "data"]}]}, status=422)
        id = f"{next(self._ids):032x}"
        said = self.said[body.get("session_hash") or id]
        said.append(body["data"][0])
        self._events[id] = list(said)
        return web.json_response({"event_id": id})

    async def _result(self, request: web.Request) -> web.StreamResponse:
        said = self._events.pop(request.match_info["id"], None)
        if said is None:
            return web.json_response({"detail": "Not Found"}, status=404)
        return await stream(request, self._told(said))

    def _told(self, said: list[str]) -> Iterator[str]:
        yield event("null", "heartbeat")
        if said[-1] == CRASH:
            yield event({"error": self.error, "visible": True, "title": "Error"}, "error")
            return
        so_far = ""
        for piece in pieces(answer_to(said)):
            so_far += piece
            yield event([so_far, None], "generating")
        yield event([so_far, None], "complete")


class GradioQueue(Vendor):
    recipe = "gradio-queue"
    error = "The bot has broken down."

    def __init__(self) -> None:
        super().__init__()
        self._asked: dict[str, str] = {}

    def environment(self) -> dict[str, str]:
        return {"GRADIO_URL": self.base}

    def routes_of_vendor(self) -> Iterable[web.RouteDef]:
        return [
            web.get("/config", self._config),
            web.post("/gradio_api/queue/join", self._join),
            web.get("/gradio_api/queue/data", self._data),
        ]

    async def _config(self, request: web.Request) -> web.Response:
        functions = [{"id": 0, "api_name": False}, {"id": 6, "api_name": "chat"}]
        return web.json_response({"version": "5.50.0", "dependencies": functions})

    async def _join(self, request: web.Request) -> web.Response:
        body = await request.json()
        session = body.get("session_hash")
        if body["fn_index"] != 6 or len(body["data"]) != 2 or not session:
            return web.json_response({"detail": "Session hash or function not found."}, status=400)
        self.said[session].append(body["data"][0])
        self._asked[session] = f"{len(self.requests):032x}"
        return web.json_response({"event_id": self._asked[session]})

    async def _data(self, request: web.Request) -> web.StreamResponse:
        session = request.query["session_hash"]
        return await stream(request, self._messages(session, self._asked.pop(session)))

    def _messages(self, session: str, id: str) -> Iterator[str]:
        said = self.said[session]
        yield event({"msg": "estimation", "event_id": id, "rank": 0, "rank_eta": None})
        yield event({"msg": "heartbeat"})
        yield event({"msg": "process_starts", "event_id": id, "eta": 0.1})
        done = {"msg": "process_completed", "event_id": id}
        if said[-1] == CRASH:
            yield event({**done, "output": {"error": self.error}, "success": False})
        else:
            half = {"data": [answer_to(said)[:9], None], "is_generating": True}
            yield event({"msg": "process_generating", "event_id": id, "output": half})
            yield event({**done, "output": {"data": [answer_to(said), None]}, "success": True})
        yield event({"msg": "close_stream", "event_id": None})
