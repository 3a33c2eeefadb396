"""Flowise's prediction API, streaming.

Sources: https://docs.flowiseai.com/using-flowise/prediction,
https://docs.flowiseai.com/using-flowise/streaming and, for the bytes of an event and which failure
comes before the stream, FlowiseAI/Flowise: packages/server/src/utils/SSEStreamer.ts and
controllers/predictions/index.ts. Who names neither `chatId` nor `overrideConfig.sessionId` gets a
conversation of its own each time. The event's name stands in its JSON.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from aiohttp import web

from tests.targets.recipes.vendor import CRASH, Vendor, answer_to, pieces, stream

FLOW = "f1a5c0de-0000-4000-8000-000000000001"


class Flowise(Vendor):
    recipe = "flowise"
    error = "429 Rate limit reached for gpt-4o-mini"

    def environment(self) -> dict[str, str]:
        return {"FLOWISE_URL": self.base, "FLOWISE_FLOW": FLOW, "FLOWISE_API_KEY": self.key}

    def routes_of_vendor(self) -> Iterable[web.RouteDef]:
        return [web.post("/api/v1/prediction/{id}", self._predict)]

    async def _predict(self, request: web.Request) -> web.StreamResponse:
        flow = request.match_info["id"]
        if flow != FLOW:
            return _error(404, f"Chatflow {flow} not found")
        if not self.lets_in(request):
            return _error(401, "Unauthorized")
        body = await request.json()
        override = body.get("overrideConfig") or {}
        chat = body.get("chatId") or override.get("sessionId") or str(uuid.uuid4())
        question = body.get("question")
        if body.get("streaming") in (True, "true"):
            return await stream(request, self._events(chat, question))
        if not question:
            return _error(500, "Error: predictionsServices.buildChatflow - no question")
        said = self.said[chat]
        said.append(question)
        return web.json_response({"text": answer_to(said), "chatId": chat, "sessionId": chat})

    def _events(self, chat: str, question: str | None) -> Iterator[str]:
        said = self.said[chat]
        said.append(question or "")
        text = answer_to(said)
        yield _event("start", "")
        if len(said) == 1:
            yield _event("agentReasoning", [{"agentName": "Clerk", "messages": ["I must greet."]}])
        for n, piece in enumerate(pieces(text)):
            if n == 1 and (said[-1] == CRASH or not question):
                yield _event("error", self.error) + _event("end", "[DONE]")
                return
            yield _event("token", piece)
        page = {"pageContent": "Green tea: 4 euros", "metadata": {"source": "teas.pdf"}}
        yield _event("sourceDocuments", [page])
        yield _event("usedTools", [{"tool": "prices", "toolInput": {"tea": "green"}}])
        ids = {"chatId": chat, "chatMessageId": str(uuid.uuid4()), "sessionId": chat}
        yield _event("metadata", ids | {"question": question, "memoryType": "Buffer Memory"})
        yield _event("end", "[DONE]")


def _event(name: str, data: Any) -> str:
    field = "message" if name in ("end", "error") else "message:"
    return f"{field}\ndata:{json.dumps({'event': name, 'data': data})}\n\n"


def _error(status: int, message: str) -> web.Response:
    body = {"statusCode": status, "success": False, "message": message, "stack": {}}
    return web.json_response(body, status=status)
