"""LangServe: https://github.com/langchain-ai/langserve#endpoints and `#chat-playground`

A runnable takes `{"messages": [LangChain messages]}` and gives an `AIMessage`. It remembers
nothing, its errors say nothing, and `event: end` has no data.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from aiohttp import web

from tests.targets.recipes.vendor import CRASH, Vendor, answer_to, event, pieces, stream


class LangServe(Vendor):
    recipe = "langserve"
    error = "Internal Server Error"

    def environment(self) -> dict[str, str]:
        return {"LANGSERVE_URL": f"{self.base}/chat"}

    def routes_of_vendor(self) -> Iterable[web.RouteDef]:
        return [web.post("/chat/invoke", self._invoke), web.post("/chat/stream", self._stream)]

    async def _invoke(self, request: web.Request) -> web.Response:
        said, refused = self._input(await request.json())
        if refused is not None:
            return refused
        if said[-1] == CRASH:
            return web.Response(text=self.error, status=500)
        run = {"run_id": "6f1f1e0c-0c0f-4a53-93b7-6d0d8d0a1b11", "feedback_tokens": []}
        return web.json_response({"output": ai(answer_to(said), "ai"), "metadata": run})

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        said, refused = self._input(await request.json())
        return refused or await stream(request, self._events(said))

    def _events(self, said: list[str]) -> Iterator[str]:
        if said[-1] == CRASH:
            yield event({"status_code": 500, "message": self.error}, "error")
            return
        yield event({"run_id": "6f1f1e0c-0c0f-4a53-93b7-6d0d8d0a1b11"}, "metadata")
        yield ": ping - 2026-11-27 00:00:00\r\n\r\n"
        for piece in pieces(answer_to(said)):
            yield event(ai(piece, "AIMessageChunk"), "data")
        yield "event: end\r\n\r\n"

    @staticmethod
    def _input(body: Any) -> tuple[list[str], web.Response | None]:
        messages = (body.get("input") or {}).get("messages")
        if not isinstance(messages, list) or any(
            not isinstance(each.get("content"), str) or each.get("type") not in ("human", "ai")
            for each in messages
        ):
            missing = {"type": "missing", "loc": ["messages"], "msg": "Field required"}
            return [], web.json_response({"detail": [missing]}, status=422)
        return [each["content"] for each in messages if each["type"] == "human"], None


class LangServeStream(LangServe):
    recipe = "langserve-stream"


def ai(text: str, type: str) -> dict[str, Any]:
    """Write an `AIMessage` as LangChain serialises it."""
    more: dict[str, Any] = {"name": None, "id": None, "tool_calls": [], "invalid_tool_calls": []}
    return {"content": text, "additional_kwargs": {}, "response_metadata": {}, "type": type} | more
