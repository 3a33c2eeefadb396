"""Bot Framework's Direct Line 3.0, with a bot that takes its time.

Sources: https://learn.microsoft.com/en-us/azure/bot-service/rest-api/, the pages
bot-framework-rest-direct-line-3-0-{start-conversation,send-activity,receive-activities,
api-reference}, and for suggested actions bot-framework-rest-connector-add-suggested-actions. The
answer to a message holds its id alone. What was said, the user's own words too, is fetched by GET;
a watermark marks what was seen, and without one all of it comes again. Typing is told over
WebSocket only. A bot that fails gives 502.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from aiohttp import web

from tests.targets.recipes.vendor import CRASH, Vendor, answer_to

Activity = dict[str, Any]
BYE = "Bye."
"""The message after which the bot ends the conversation."""


class DirectLine(Vendor):
    recipe = "direct-line"
    error = "Failed to send activity: bot returned an error"
    told = ("[buttons: Yes | No]", "[image: https://shop.example/tea.png]")

    def environment(self) -> dict[str, str]:
        return {"DIRECT_LINE_URL": self.base, "DIRECT_LINE_SECRET": self.key}

    def routes_of_vendor(self) -> Iterable[web.RouteDef]:
        self.activities: dict[str, list[Activity]] = {}
        self.late: dict[str, list[Activity]] = {}
        one = "/v3/directline/conversations/{id}/activities"
        return [
            web.post("/v3/directline/conversations", self._start),
            web.post(one, self._send),
            web.get(one, self._receive),
        ]

    async def _start(self, request: web.Request) -> web.StreamResponse:
        if refusal := self._refused(request):
            return refusal
        made = uuid.uuid4().hex
        self.activities[made], self.late[made] = [], []
        greeting = {"type": "message", "from": {"id": "shop-bot"}, "text": self.greeting}
        self.late[made] += [greeting] if self.greeting else []
        token = {"conversationId": made, "token": f"{made}.token", "expires_in": 1800}
        return web.json_response(token | {"streamUrl": "wss://directline.example"}, status=201)

    async def _send(self, request: web.Request) -> web.StreamResponse:
        if refusal := self._refused(request):
            return refusal
        id, body = request.match_info["id"], await request.json()
        if not (body.get("from") or {}).get("id"):
            return _error(400, "MissingProperty", "The from field is required")
        if not body.get("type"):
            return _error(400, "MissingProperty", "The type field is required")
        if body.get("text") == CRASH:
            return _error(502, "BotRejectedActivity", self.error)
        self._arrive(id)
        said = self.said[id]
        said.append(body["text"])
        echo = self._add(id, body)
        answer: Activity = {"type": "message", "from": {"id": "shop-bot", "name": "Shop"}}
        answer |= {"replyToId": echo["id"], "text": answer_to(said), "inputHint": "acceptingInput"}
        event = {"type": "event", "name": "handoff.status", "from": {"id": "shop-bot"}, "value": {}}
        if len(said) == 1:
            actions = [{"type": "imBack", "title": word, "value": word} for word in ("Yes", "No")]
            image = {"contentType": "image/png", "contentUrl": "https://shop.example/tea.png"}
            answer |= {"suggestedActions": {"actions": actions}, "attachments": [image]}
            self.late[id] += [event, answer]
        else:
            self._add(id, event)
            self._add(id, answer)
        if said[-1] == BYE:
            self._add(id, {"type": "endOfConversation", "from": {"id": "shop-bot"}})
        return web.json_response({"id": echo["id"]})

    async def _receive(self, request: web.Request) -> web.StreamResponse:
        if refusal := self._refused(request):
            return refusal
        id = request.match_info["id"]
        seen = int(request.query.get("watermark") or "0")
        new = self.activities[id][seen:]
        answer = web.json_response({"activities": new, "watermark": str(seen + len(new))})
        self._arrive(id)
        return answer

    def _arrive(self, id: str) -> None:
        """Add what the bot has said since."""
        while self.late[id]:
            self._add(id, self.late[id].pop(0))

    def _add(self, id: str, activity: Activity) -> Activity:
        ids = {"id": f"{id}|{len(self.activities[id]):07}", "conversation": {"id": id}}
        self.activities[id].append(activity | ids | {"channelId": "directline"})
        return self.activities[id][-1]

    def _refused(self, request: web.Request) -> web.Response | None:
        id = request.match_info.get("id")
        if request.headers.get("Authorization") not in (f"Bearer {self.key}", f"Bearer {id}.token"):
            return _error(403, "BadArgument", "Invalid token or secret")
        if id is not None and id not in self.activities:
            return _error(404, "BadArgument", "Unknown conversation")
        return None


class GreetingBot(DirectLine):
    recipe = "direct-line-greeting"
    greeting = "Welcome to the tea shop!"


def _error(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"error": {"code": code, "message": message}}, status=status)
