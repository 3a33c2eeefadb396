"""Gemini's generateContent.

Sources: https://ai.google.dev/api/generate-content, https://ai.google.dev/api/caching#Content and,
for the thoughts, https://ai.google.dev/gemini-api/docs/thinking. Roles are `user` and `model`; they
alternate and end with `user`. A thought is a part with `thought: true`. A prompt that is blocked is
answered with HTTP 200, a `promptFeedback` and no candidate.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aiohttp import web

from tests.targets.recipes.vendor import CRASH, Vendor, answer_to

KNOWN = {"contents", "systemInstruction", "generationConfig", "safetySettings", "tools"}


class Gemini(Vendor):
    recipe = "gemini"
    error = "PROHIBITED_CONTENT"

    def environment(self) -> dict[str, str]:
        return {"GEMINI_URL": f"{self.base}/v1beta", "GEMINI_API_KEY": self.key}

    def routes_of_vendor(self) -> Iterable[web.RouteDef]:
        return [
            web.post("/{version:v1|v1beta}/models/{model:[^:]+}:generateContent", self._generate)
        ]

    async def _generate(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("x-goog-api-key") != self.key:
            return _error(400, "API key not valid. Please pass a valid API key.")
        body = await request.json()
        for field in body.keys() - KNOWN:
            return _error(400, f'Invalid JSON payload received. Unknown name "{field}"')
        contents: list[dict[str, Any]] = body.get("contents") or []
        if not contents:
            return _error(400, "* GenerateContentRequest.contents: contents is not specified")
        said: list[str] = []
        for n, content in enumerate(contents):
            if content.get("role") not in ("user", "model"):
                return _error(400, "Please use a valid role: user, model.")
            if content["role"] != ("user", "model")[n % 2]:
                return _error(400, "Please ensure that roles alternate between user and model.")
            text = "".join(p["text"] for p in content["parts"] if not p.get("thought"))
            if content["role"] == "user":
                said.append(text)
            elif text != answer_to(said):
                return _error(400, f"it never said “{text}”")
        if contents[-1]["role"] != "user":
            return _error(400, "Please ensure that multiturn requests end with a user role.")
        about = {"usageMetadata": {"thoughtsTokenCount": 9}, "modelVersion": "gemini-2.5-flash"}
        if said[-1] == CRASH:
            return web.json_response(about | {"promptFeedback": {"blockReason": self.error}})
        parts = [
            {"text": "**Tea** The user wants tea.", "thought": True},
            {"text": answer_to(said)},
        ]
        candidate = {"content": {"parts": parts, "role": "model"}, "finishReason": "STOP"}
        return web.json_response(about | {"candidates": [candidate | {"index": 0}]})


def _error(status: int, message: str) -> web.Response:
    error = {"code": status, "message": message, "status": "INVALID_ARGUMENT"}
    return web.json_response({"error": error}, status=status)
