"""An API that answers later: 202 Accepted, and a Location that is asked until the answer is there.

https://learn.microsoft.com/azure/architecture/patterns/async-request-reply and
https://www.rfc-editor.org/rfc/rfc9110#section-15.3.3
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from aiohttp import web

from tests.targets.recipes.vendor import CRASH, Vendor, answer_to


class Accepted(Vendor):
    """The API.

    Attributes:
        asks: how often a status is asked for until the answer is there.
    """

    recipe = "accepted-202"
    error = "The bot has broken down."

    def __init__(self) -> None:
        super().__init__()
        self.asks = 2
        self._asked: dict[str, int] = {}
        self._answers: dict[str, str | None] = {}
        self._ids = itertools.count(1)

    def environment(self) -> dict[str, str]:
        return {"BOT_URL": f"{self.base}/v1/messages", "BOT_TOKEN": self.key}

    def routes_of_vendor(self) -> Iterable[web.RouteDef]:
        return [
            web.post("/v1/messages", self._message),
            web.get("/v1/status/{id}", self._status),
        ]

    def _refusal(self, request: web.Request) -> web.Response | None:
        if self.lets_in(request):
            return None
        return web.json_response({"error": "unauthorized"}, status=401)

    async def _message(self, request: web.Request) -> web.Response:
        if (refusal := self._refusal(request)) is not None:
            return refusal
        body = await request.json()
        said = self.said[body["session"]]
        said.append(body["message"])
        id = str(next(self._ids))
        self._asked[id] = 0
        self._answers[id] = None if said[-1] == CRASH else answer_to(said)
        return self._later(id)

    def _later(self, id: str) -> web.Response:
        headers = {"Location": f"{self.base}/v1/status/{id}", "Retry-After": "0"}
        return web.json_response({"id": id, "status": "Running"}, status=202, headers=headers)

    async def _status(self, request: web.Request) -> web.Response:
        if (refusal := self._refusal(request)) is not None:
            return refusal
        id = request.match_info["id"]
        if id not in self._answers:
            return web.json_response({"error": "no such operation"}, status=404)
        self._asked[id] += 1
        if self._asked[id] < self.asks:
            return self._later(id)
        if (answer := self._answers[id]) is None:
            return web.json_response({"status": "Failed", "error": {"message": self.error}})
        return web.json_response({"status": "Succeeded", "reply": answer})
