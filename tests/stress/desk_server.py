"""The desk over real sockets: a strict chat-completions endpoint, and services of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from tests.serving import LocalServer
from tests.stress.desk import Desk, completion_of
from tests.targets.service import socket


def wrong_in(messages: Sequence[Mapping[str, Any]]) -> str:
    """Return what a strict chat-completions endpoint refuses; empty where it accepts all.

    The rules of the OpenAI API and of chat templates that refuse anything else: after calls comes
    one answer for each id, roles alternate otherwise, and only a message with calls has no content.
    """
    waiting: list[str] = []
    last = ""
    for i, message in enumerate(messages):
        role, content = message["role"], message.get("content")
        if role == "tool":
            if message.get("tool_call_id") not in waiting:
                return f"messages[{i}]: no call of id {message.get('tool_call_id')} waits"
            waiting.remove(message["tool_call_id"])
        elif waiting:
            return f"messages[{i}]: the calls {waiting} are not answered"
        elif role == last:
            return f"messages[{i}]: {role} after {last}"
        calls = message.get("tool_calls") or []
        if not isinstance(content, str) and not (role == "assistant" and calls):
            return f"messages[{i}]: no content"
        for call in calls:
            if call["type"] != "function" or not isinstance(call["function"]["arguments"], str):
                return f"messages[{i}]: not a call"
            json.loads(call["function"]["arguments"])
            waiting.append(call["id"])
        last = role
    return f"the calls {waiting} are not answered" if waiting else ""


class DeskServer(LocalServer):
    """The desk at `/v1/chat/completions`, `/chat` and `/results` (sessions), and `/talk`.

    Attributes:
        refused: what the strict endpoint refused.
        bodies: what it was sent.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.refused: list[str] = []
        self.bodies: list[Any] = []
        self.chats: dict[str, list[dict[str, Any]]] = {}

    def routes(self, app: web.Application) -> None:
        app.router.add_post("/v1/chat/completions", self._complete)
        app.router.add_post("/chat", self._chat)
        app.router.add_post("/results", self._results)
        app.router.add_get("/talk", socket(self._talk))

    async def _complete(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.bodies.append(body)
        if wrong := wrong_in(body["messages"]):
            self.refused.append(wrong)
            return web.json_response({"error": {"message": wrong}}, status=400)
        said, calls = self.desk.next(body["messages"])
        return web.json_response(completion_of(said, calls, len(body["messages"])))

    async def _chat(self, request: web.Request) -> web.Response:
        body = await request.json()
        return web.json_response(self._said(body["session"], body["message"]))

    async def _results(self, request: web.Request) -> web.Response:
        body = await request.json()
        return web.json_response(self._told(body["session"], body["outputs"]))

    async def _talk(self, to: web.WebSocketResponse, text: str) -> None:
        session, body = f"socket-{id(to)}", json.loads(text)
        if "outputs" in body:
            await to.send_json(self._told(session, body["outputs"]))
        else:
            await to.send_json(self._said(session, body["message"]))

    def _said(self, session: str, message: str) -> dict[str, Any]:
        self.chats.setdefault(session, []).append({"role": "user", "content": message})
        return self._next(session)

    def _told(self, session: str, outputs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        for output in outputs:
            call = {"tool_call_id": output["call_id"], "content": output["output"]}
            self.chats[session].append({"role": "tool", **call})
        return self._next(session)

    def _next(self, session: str) -> dict[str, Any]:
        chat = self.chats[session]
        text, calls = self.desk.next(chat)
        found = [{**call, "id": f"c{len(chat)}-{i}"} for i, call in enumerate(calls)]
        chat.append({"role": "assistant", "content": text})
        return {"text": text, "calls": found}

    def target(self, kind: str) -> dict[str, Any]:
        """Return what a target file says of it."""
        told = {"outputs": "{{ calls }}"}
        item = {"call_id": "{{ id }}", "output": "{{ content }}"}
        match kind:
            case "model":
                return {"kind": "model", "model": f"desk@{self.base}/v1"}
            case "full":
                return {
                    "kind": "http",
                    "url": f"{self.base}/v1/chat/completions",
                    "history": "full",
                    "reply": "$.choices[*].message.content",
                    "tool_calls": "$.choices[*].message.tool_calls",
                }
            case "http":
                return {
                    "kind": "http",
                    "url": f"{self.base}/chat",
                    "reply": "$.text",
                    "tool_calls": "$.calls",
                    "call_item": item,
                    "tool_results": {
                        "url": f"{self.base}/results",
                        "body": {"session": "{{ session }}", **told},
                    },
                }
            case "websocket":
                return {
                    "kind": "websocket",
                    "url": f"ws://127.0.0.1:{self.port}/talk",
                    "tool_calls": "$.calls",
                    "call_item": item,
                    "tool_results": told,
                }
        raise ValueError(kind)
