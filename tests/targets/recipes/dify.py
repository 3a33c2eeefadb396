"""Dify's chat API, in both response modes.

Source: https://docs.dify.ai/api-reference/chats/send-chat-message (the OpenAPI document is
langgenius/dify-docs, en/api-reference/openapi_chat.json). `inputs`, `query` and `user` are
required. A call without `conversation_id` begins a new conversation, and one belongs to its user.
A failure in the middle of a stream is an event `error` under HTTP 200.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from aiohttp import web

from tests.targets.recipes.vendor import CRASH, Vendor, answer_to, event, pieces, stream


class Dify(Vendor):
    recipe = "dify"
    error = "Rate Limit Error"

    def environment(self) -> dict[str, str]:
        return {"DIFY_URL": f"{self.base}/v1", "DIFY_API_KEY": self.key}

    def routes_of_vendor(self) -> Iterable[web.RouteDef]:
        self.users: dict[str, str] = {}
        return [web.post("/v1/chat-messages", self._chat)]

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        if not self.lets_in(request):
            return _error(401, "unauthorized", "Access token is invalid")
        body = await request.json()
        for field, kind in (("inputs", dict), ("query", str), ("user", str)):
            if not isinstance(body.get(field), kind):
                return _error(400, "invalid_param", f"Arg {field} must be provided.")
        conversation = body.get("conversation_id") or str(uuid.uuid4())
        if self.users.setdefault(conversation, body["user"]) != body["user"] or (
            body.get("conversation_id") and conversation not in self.said
        ):
            return _error(404, "not_found", "Conversation Not Exists.")
        said = self.said[conversation]
        said.append(body["query"])
        if body.get("response_mode") == "streaming":
            return await stream(request, self._events(conversation, said))
        if said[-1] == CRASH:
            return _error(429, "rate_limit_error", self.error)
        return web.json_response(
            _base(conversation)
            | {"event": "message", "id": str(uuid.uuid4()), "mode": "chat"}
            | {"answer": answer_to(said), "metadata": _metadata()}
        )

    def _events(self, conversation: str, said: list[str]) -> Iterator[str]:
        base = _base(conversation)
        yield "event: ping\n\n"
        thought = {"position": 1, "thought": "The user greets me.", "tool": "", "observation": ""}
        yield event(base | thought | {"event": "agent_thought", "tool_input": "{}"})
        text, crashes = answer_to(said), said[-1] == CRASH
        for n, piece in enumerate(pieces(text)):
            if crashes and n == 1:
                yield event(
                    base
                    | {"event": "error", "status": 400, "code": "rate_limit_error"}
                    | {"message": self.error}
                )
                return
            yield event(base | {"event": "agent_message" if n % 2 else "message", "answer": piece})
        yield "event: ping\n\n"
        file = {"type": "image", "belongs_to": "assistant", "url": "https://shop.example/tea.png"}
        yield event(base | file | {"event": "message_file", "id": str(uuid.uuid4())})
        yield event(base | {"event": "message_end", "metadata": _metadata()})


class DifyStreaming(Dify):
    recipe = "dify-streaming"
    told = ("[image: https://shop.example/tea.png]",)


def _base(conversation: str) -> dict[str, Any]:
    ids = {name: str(uuid.uuid4()) for name in ("task_id", "message_id")}
    return ids | {"conversation_id": conversation, "created_at": 1705407629}


def _metadata() -> dict[str, Any]:
    resource = {"position": 1, "document_name": "Teas", "score": 0.98, "content": "Green, black"}
    return {"usage": {"total_tokens": 12, "latency": 0.7}, "retriever_resources": [resource]}


def _error(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"code": code, "message": message, "status": status}, status=status)
