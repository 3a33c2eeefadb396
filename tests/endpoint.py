"""A real HTTP endpoint that speaks chat completions, for tests and benchmarks.

It answers what the request's JSON Schema asks for, as a pure function of the request, so that the
same run gets the same answers at any concurrency. It runs in a thread with an event loop of its
own, on a free port of the loopback interface.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from tests.serving import LocalServer

WORDS = """sure maybe kids help money think give today sorry charity dollar tell more
    about where goes trust heard great rent later cents thanks no yes why"""

Body = dict[str, Any]
Fault = Callable[[web.Request], Awaitable[web.StreamResponse | None]]
Answer = web.StreamResponse | dict[str, Any] | str | Fault | None
Behaviour = Callable[[Body, int], Answer]
"""What to do with the n-th request (from 0): a response, a text, or None for the usual answer."""


def follow(schema: Any, r: random.Random) -> Any:
    """Make up a value that follows a JSON Schema."""
    if "enum" in schema:
        return r.choice(schema["enum"])
    if "anyOf" in schema:
        return follow(r.choice(schema["anyOf"]), r)
    match schema.get("type"):
        case "object":
            return {key: follow(value, r) for key, value in schema["properties"].items()}
        case "array":
            return [follow(schema["items"], r) for _ in range(schema.get("maxItems", 3))]
        case "integer":
            return r.randint(schema.get("minimum", 0), schema.get("maximum", 100))
        case "number":
            return round(r.uniform(schema.get("minimum", 0), schema.get("maximum", 1)), 3)
        case "boolean":
            return False
    return sentence(r)


def sentence(r: random.Random) -> str:
    words = WORDS.split()
    return " ".join(r.choice(words) for _ in range(r.randint(3, 9))).capitalize() + "."


def usual_text(body: Body) -> str:
    """Answer a request as a well-behaved model would, as a pure function of it."""
    form = body.get("response_format")
    if "input" in body:  # of the Responses API
        form = body.get("text", {}).get("format")
        form = form and {"type": form["type"], "json_schema": {**form}}
    messages = body.get("messages", body.get("input"))
    key = json.dumps([body["model"], messages, form], sort_keys=True)
    r = random.Random(hashlib.sha256(key.encode()).digest())
    if form and form["type"] == "json_schema":
        return json.dumps(follow(form["json_schema"]["schema"], r))
    return sentence(r)


def completion(text: str | None, **changes: Any) -> dict[str, Any]:
    """Return the body of a chat completion."""
    choice = {
        "index": 0,
        "finish_reason": changes.pop("finish_reason", "stop"),
        "message": {"role": "assistant", "content": text, **changes.pop("message", {})},
    }
    return {
        "id": "x",
        "object": "chat.completion",
        "model": "mock",
        "choices": [choice],
        "usage": {
            "prompt_tokens": 100,
            "completion_tokens": 20,
            "total_tokens": 120,
            "prompt_tokens_details": {"cached_tokens": 60},
        },
        **changes,
    }


def response(*output: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return the body of an answer of the Responses API."""
    return {
        "id": "x",
        "object": "response",
        "model": "mock",
        "status": "completed",
        "error": None,
        "incomplete_details": None,
        "output": [{"type": "reasoning", "summary": []}, *output],
        "usage": {
            "input_tokens": 100,
            "output_tokens": 20,
            "total_tokens": 120,
            "input_tokens_details": {"cached_tokens": 60},
        },
        **changes,
    }


def message(text: str, **changes: Any) -> dict[str, Any]:
    """Return a message of the Responses API."""
    part = {"type": "output_text", "text": text, "annotations": []}
    return {"type": "message", "role": "assistant", "content": [part], **changes}


def refusal(message: str, status: int = 400, **fields: Any) -> web.Response:
    """Return an error as endpoints write it."""
    return web.json_response({"error": {"message": message, **fields}}, status=status)


async def reset(request: web.Request) -> web.StreamResponse | None:
    """Cut the connection before anything is answered."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def stalled(seconds: float) -> Fault:
    """Return a fault that answers only after some seconds."""

    async def stall(request: web.Request) -> web.StreamResponse | None:
        await asyncio.sleep(seconds)
        return web.Response(status=500)

    return stall


class Endpoint(LocalServer):
    """The endpoint; a context manager.

    Attributes:
        bodies: the requests' bodies, in the order they came.
        headers: the requests' headers, likewise, in any case of letters.
        queries: the queries of their URLs, likewise.
        open_now: how many requests are open.
        most_at_once: the largest number of requests that were open at the same time.
    """

    def __init__(self, behaviour: Behaviour | None = None, delay_s: float = 0.0) -> None:
        super().__init__()
        self.behaviour = behaviour
        self.delay_s = delay_s
        self.bodies: list[Body] = []
        self.headers: list[Mapping[str, str]] = []
        self.queries: list[dict[str, str]] = []
        self.most_at_once = 0
        self.open_now = 0

    @property
    def url(self) -> str:
        return f"{self.base}/v1"

    @property
    def spec(self) -> str:
        return f"mock@{self.url}"

    def routes(self, app: web.Application) -> None:
        app.router.add_post("/v1/chat/completions", self._answer)
        app.router.add_post("/v1/responses", self._answer)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        number = len(self.bodies)
        self.bodies.append(body)
        self.headers.append(request.headers.copy())
        self.queries.append(dict(request.query))
        self.open_now += 1
        self.most_at_once = max(self.most_at_once, self.open_now)
        try:
            if self.delay_s:
                await asyncio.sleep(self.delay_s)
            answer = self.behaviour(body, number) if self.behaviour else None
            if callable(answer):
                answer = await answer(request)
            if isinstance(answer, web.StreamResponse):
                return answer
            if answer is None:
                answer = usual_text(body)
            if isinstance(answer, str):
                chats = request.path.endswith("/chat/completions")
                answer = completion(answer) if chats else response(message(answer))
            return web.json_response(answer)
        finally:
            self.open_now -= 1


Serve = Callable[..., Endpoint]
"""Starts an endpoint, with its arguments; the fixture `serve`."""
