"""A real service to be tested as a target: HTTP, server-sent events and WebSocket on one port.

It runs in a thread with an event loop of its own, on a free port of the loopback interface.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import WSMsgType, web

from tests.serving import LocalServer

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Service(LocalServer):
    """The service; a context manager.

    Attributes:
        requests: method and path of each request, in the order they came.
        bodies: their bodies as JSON, or as text where they are none.
        headers: their headers.
    """

    def __init__(self, **handlers: Handler) -> None:
        super().__init__()
        self._handlers = handlers
        self.requests: list[str] = []
        self.bodies: list[Any] = []
        self.headers: list[dict[str, str]] = []

    @property
    def url(self) -> str:
        return self.base

    @property
    def socket_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def routes(self, app: web.Application) -> None:
        app.router.add_route("*", "/{name}{rest:.*}", self._answer)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        text = (await request.read()).decode("utf-8", "replace")
        try:
            body: Any = json.loads(text)
        except ValueError:
            body = text
        self.requests.append(f"{request.method} {request.raw_path}")
        self.bodies.append(body)
        self.headers.append(dict(request.headers))
        name = request.match_info["name"].split("/")[0]
        if name not in self._handlers:
            return web.json_response({"error": "no such route"}, status=404)
        return await self._handlers[name](request)


Serve = Callable[..., Service]
"""Starts a service with a handler by the first part of each path."""


def says(data: Any, status: int = 200, **headers: str) -> Handler:
    """Return a handler that always answers the same JSON."""

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.json_response(data, status=status, headers=headers)

    return answer


def raw(body: bytes, content_type: str = "application/json") -> Handler:
    """Return a handler that always answers the same bytes."""

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(body=body, content_type=content_type)

    return answer


def in_turn(*handlers: Handler) -> Handler:
    """Return a handler that hands the n-th request to the n-th handler, and to the last."""
    left = list(handlers)

    async def answer(request: web.Request) -> web.StreamResponse:
        handler = left.pop(0) if len(left) > 1 else left[0]
        return await handler(request)

    return answer


async def echo(request: web.Request) -> web.StreamResponse:
    """Answer with the session and the message."""
    body = await request.json()
    return web.json_response({"reply": f"{body['session']}: {body['message']}"})


async def never(request: web.Request) -> web.StreamResponse:
    """Never answer."""
    await asyncio.sleep(30)
    return web.Response()


async def cut(request: web.Request) -> web.StreamResponse:
    """Cut the connection in the middle of the body."""
    response = web.StreamResponse(headers={"Content-Length": "100"})
    await response.prepare(request)
    await response.write(b'{"reply": "Hel')
    assert request.transport is not None
    request.transport.abort()
    return response


def event(data: Any, name: str = "") -> bytes:
    """Write a server-sent event; data that are no text are written as JSON."""
    text = data if isinstance(data, str) else json.dumps(data)
    return (f"event: {name}\n" if name else "").encode() + f"data: {text}\n\n".encode()


def streams(*chunks: bytes | float | None, content_type: str = "text/event-stream") -> Handler:
    """Return a handler that writes chunks; a number waits so long (s), None cuts the connection."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": content_type})
        await response.prepare(request)
        for chunk in chunks:
            if isinstance(chunk, bytes):
                await response.write(chunk)
            elif chunk is None:
                assert request.transport is not None
                await asyncio.sleep(0.05)
                request.transport.abort()
            else:
                await asyncio.sleep(chunk)
        return response

    return answer


Talk = Callable[[web.WebSocketResponse, str], Awaitable[None]]


def socket(on_message: Talk, first: tuple[str, ...] = ()) -> Handler:
    """Return a handler that speaks over a WebSocket."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.WebSocketResponse()
        await response.prepare(request)
        for text in first:
            await response.send_str(text)
        async for message in response:
            if message.type is WSMsgType.TEXT:
                await on_message(response, message.data)
        return response

    return answer
