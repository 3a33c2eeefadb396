"""Faults that endpoints have, as behaviours of the tests' endpoint.

What a reply that must never be used says is `FORBIDDEN` or `FORBIDDEN_AMOUNT`, so that a test can
look for it.
"""

import asyncio
import contextlib
import json
import random
from collections.abc import Callable
from typing import Any

from aiohttp import web

from tests.endpoint import Answer, Behaviour, Body, completion, refusal, reset, stalled, usual_text

FORBIDDEN = "never to be used"
FORBIDDEN_AMOUNT = 1.23456

Faulty = Callable[[Body], Answer]


def _schema(body: Body) -> bool:
    return "response_format" in body


def _vs(body: Body) -> bool:
    return _schema(body) and "probability" in json.dumps(body["response_format"])


def forged(body: Body) -> str:
    """Return what was asked for, with nothing but forbidden texts."""
    if not _schema(body):
        return FORBIDDEN
    found = json.loads(usual_text(body))
    for candidate in found.get("responses", [found]):
        for key, value in candidate.items():
            if isinstance(value, str):
                candidate[key] = FORBIDDEN
            elif key != "probability":
                candidate[key] = FORBIDDEN_AMOUNT
    return json.dumps(found)


async def cut_amid_the_body(request: web.Request) -> web.StreamResponse | None:
    response = web.StreamResponse(headers={"Content-Length": "5000"})
    await response.prepare(request)
    await response.write(json.dumps(completion(FORBIDDEN)).encode()[:80])
    if request.transport is not None:
        request.transport.abort()
    return response


async def stalled_amid_the_body(request: web.Request) -> web.StreamResponse | None:
    response = web.StreamResponse(headers={"Content-Length": "5000"})
    await response.prepare(request)
    await response.write(b'{"choices": [')
    await asyncio.sleep(1.0)
    return response


async def endless(request: web.Request) -> web.StreamResponse | None:
    response = web.StreamResponse()
    await response.prepare(request)
    with contextlib.suppress(ConnectionError):  # the client has read enough
        for _ in range(50):
            await response.write(b" " * 2**20)
    return response


def plain(status: int, text: str = "", **headers: str) -> web.Response:
    return web.Response(status=status, text=text, headers=headers, content_type="text/html")


def with_probabilities(change: Callable[[float], Any]) -> Faulty:
    """Return a fault of the stated probabilities; where there are none, of nothing."""

    def answer(body: Body) -> Answer:
        if not _vs(body):
            return None
        found = json.loads(usual_text(body))
        for candidate in found["responses"]:
            if "probability" in candidate:
                candidate["probability"] = change(candidate["probability"])
        return json.dumps(found)

    return answer


def unusable_probabilities(value: float) -> Faulty:
    def answer(body: Body) -> Answer:
        if not _vs(body):
            return None
        found = json.loads(forged(body))
        for candidate in found["responses"]:
            if "probability" in candidate:
                candidate["probability"] = value
        return json.dumps(found)

    return answer


def invalid_utf8(body: Body) -> Answer:
    raw = json.dumps(completion("XX")).encode().replace(b"XX", b"\xff\xfe" + FORBIDDEN.encode())
    return web.Response(body=raw, content_type="application/json")


def only_where_json_is_asked(change: Callable[[str], str]) -> Faulty:
    return lambda body: change(usual_text(body)) if _schema(body) else None


def truncated(body: Body) -> Answer:
    return forged(body)[:-4] if _schema(body) else completion(FORBIDDEN, finish_reason="length")


FAULTS: dict[str, Faulty] = {
    "429": lambda body: refusal("slow down", 429),
    "429 with Retry-After": lambda body: plain(429, **{"Retry-After": "0.02"}),
    "500": lambda body: refusal("oops", 500),
    "503 with HTML": lambda body: plain(503, "<html><body>Bad gateway</body></html>"),
    "200 with HTML": lambda body: plain(200, f"<html>{FORBIDDEN}</html>"),
    "reset before the body": lambda body: reset,
    "reset amid the body": lambda body: cut_amid_the_body,
    "stalled before the body": lambda body: stalled(1.0),
    "stalled amid the body": lambda body: stalled_amid_the_body,
    "empty choices": lambda body: {**completion(FORBIDDEN), "choices": []},
    "empty content": lambda body: completion(""),
    "null content": lambda body: completion(None),
    "truncated JSON": truncated,
    "fenced JSON": only_where_json_is_asked(lambda text: f"Sure!\n```json\n{text}\n```\n"),
    "prose": lambda body: FORBIDDEN if _schema(body) else None,
    "percentages": with_probabilities(lambda p: f"{100 * p:.0f}%"),
    "all zero": unusable_probabilities(0),
    "negative": unusable_probabilities(-0.2),
    "content filter": lambda body: completion(forged(body), finish_reason="content_filter"),
    "50 MB": lambda body: endless,
    "invalid UTF-8": invalid_utf8,
}
"""Each fault by its name."""

HARMLESS = ("fenced JSON", "percentages")
"""Faults of form only, whose content is used."""

RETRIED = (*list(FAULTS)[:10], "invalid UTF-8")
"""Faults that pass when the request is sent again."""


def every(number: int, fault: Faulty) -> Behaviour:
    """Return a behaviour with a fault in each n-th request."""
    return lambda body, n: fault(body) if n % number == number - 1 else None


def mixed(share: float, seed: int) -> Behaviour:
    """Return a behaviour with a share of faulty requests, of all kinds."""
    r = random.Random(seed)
    kinds = list(FAULTS.values())
    return lambda body, n: r.choice(kinds)(body) if n and r.random() < share else None
