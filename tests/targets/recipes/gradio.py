"""A chat of Gradio: https://www.gradio.app/guides/querying-gradio-apps-with-curl

A call is two requests: one hands out an `event_id`, the other streams what becomes of it. The
values are a list, one for each output of the function; a `ChatInterface` remembers by
`session_hash`.
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
