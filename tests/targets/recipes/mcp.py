"""A chat as a tool of an MCP server over streamable HTTP.

Without sessions: https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http
With `Mcp-Session-Id`: https://modelcontextprotocol.io/specification/2025-11-25/basic/transports
The server chooses for each answer whether it comes as JSON or as server-sent events, which carry
notifications too. A tool that fails answers with `isError`, what is wrong with a call with `error`.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any

from aiohttp import web

from tests.targets.recipes.vendor import CRASH, Vendor, answer_to, event, stream


class Mcp(Vendor):
    recipe = "mcp"
    error = "The bot has broken down."

    def environment(self) -> dict[str, str]:
        return {"MCP_URL": f"{self.base}/mcp", "MCP_TOKEN": self.key}

    def routes_of_vendor(self) -> Iterable[web.RouteDef]:
        return [web.post("/mcp", self._post)]

    async def _post(self, request: web.Request) -> web.StreamResponse:
        if not self.lets_in(request):
            return web.Response(status=401, headers={"WWW-Authenticate": "Bearer"})
        accepted = {each.strip() for each in request.headers.get("Accept", "").split(",")}
        if not {"application/json", "text/event-stream"} <= accepted:
            return refusal(406, -32600, "Not Acceptable: Client must accept both")
        body = await request.json()
        if body["jsonrpc"] != "2.0":
            return refusal(400, -32700, "Parse error")
        return await self._message(request, body)

    async def _message(self, request: web.Request, body: Any) -> web.StreamResponse:
        meta = body["params"].get("_meta", {})
        named = {
            "MCP-Protocol-Version": meta.get("io.modelcontextprotocol/protocolVersion"),
            "Mcp-Method": body["method"],
            "Mcp-Name": body["params"].get("name"),
        }
        for header, value in named.items():
            if request.headers.get(header) != value:
                return refusal(400, -32020, f"Header mismatch: {header}")
        if "io.modelcontextprotocol/clientInfo" not in meta:
            return refusal(400, -32602, "clientInfo is missing")
        said = self.said[body["params"]["arguments"]["conversation"]]
        return await self.called(request, body, said)

    async def called(self, request: web.Request, body: Any, said: list[str]) -> web.StreamResponse:
        """Answer `tools/call`."""
        answer: dict[str, Any] = {"jsonrpc": "2.0", "id": body["id"]}
        if body["method"] != "tools/call":
            return web.json_response(answer | {"error": {"code": -32601, "message": "No method"}})
        if body["params"]["name"] != "chat":
            return web.json_response(answer | {"error": {"code": -32602, "message": "No tool"}})
        said.append(body["params"]["arguments"]["message"])
        failed = said[-1] == CRASH
        text = self.error if failed else answer_to(said)
        answer["result"] = {"content": [{"type": "text", "text": text}], "isError": failed}
        if failed or len(said) % 2 == 0:
            return web.json_response(answer)
        progress = {"progressToken": 1, "progress": 1, "total": 2, "message": "Thinking"}
        logged = {"level": "info", "data": "a line of the log"}
        events = [
            "id: 1\ndata: \n\n",
            event(notification("notifications/progress", progress), "message"),
            ": keep-alive\n\n",
            event(notification("notifications/message", logged), "message"),
            event(answer, "message"),
        ]
        return await stream(request, events, X_Accel_Buffering="no")


class McpSession(Mcp):
    recipe = "mcp-session"

    def __init__(self) -> None:
        super().__init__()
        self._initialized: dict[str, bool] = {}
        self._ids: set[tuple[str, Any]] = set()

    def routes_of_vendor(self) -> Iterable[web.RouteDef]:
        return [*super().routes_of_vendor(), web.delete("/mcp", self._end)]

    async def _message(self, request: web.Request, body: Any) -> web.StreamResponse:
        if body["method"] == "initialize":
            id = secrets.token_hex(16)
            self._initialized[id] = False
            version = {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}}
            made = version | {"serverInfo": {"name": "bot", "version": "1"}}
            answer = event({"jsonrpc": "2.0", "id": body["id"], "result": made}, "message")
            return await stream(request, [answer], Mcp_Session_Id=id)
        id = request.headers.get("Mcp-Session-Id", "")
        if not id:
            return refusal(400, -32600, "Bad Request: Missing session ID")
        if id not in self._initialized:
            return refusal(404, -32600, "Session not found")
        if request.headers.get("MCP-Protocol-Version") != "2025-11-25":
            return refusal(400, -32600, "Bad Request: Unsupported protocol version")
        if body["method"] == "notifications/initialized":
            self._initialized[id] = True
            return web.Response(status=202)
        if not self._initialized[id] or (id, body["id"]) in self._ids:
            return refusal(400, -32600, "not initialized, or an id that was used before")
        self._ids.add((id, body["id"]))
        return await self.called(request, body, self.said[id])

    async def _end(self, request: web.Request) -> web.Response:
        self._initialized.pop(request.headers["Mcp-Session-Id"])
        return web.Response()


def notification(method: str, params: dict[str, Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "method": method, "params": params}


def refusal(status: int, code: int, message: str) -> web.Response:
    error = {"code": code, "message": message}
    return web.json_response({"jsonrpc": "2.0", "id": None, "error": error}, status=status)
