"""LiteLLM's proxy: https://docs.litellm.ai/docs/proxy/user_keys and /docs/exception_mapping

Chat completions as OpenAI has them, for the model's name in the proxy and with its virtual key;
errors of the provider are wrapped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from aiohttp import web

from tests.targets.recipes.vendor import CRASH, Vendor, answer_to, event, pieces, stream


class LiteLlm(Vendor):
    recipe = "litellm"
    error = "litellm.BadRequestError: OpenAIException - The bot has broken down."

    def environment(self) -> dict[str, str]:
        named = {"LITELLM_URL": self.base, "LITELLM_MODEL": "shop-bot"}
        return named | {"LITELLM_API_KEY": self.key}

    def routes_of_vendor(self) -> Iterable[web.RouteDef]:
        return [web.post("/v1/chat/completions", self._chat)]

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        if not self.lets_in(request):
            told = "Authentication Error, Invalid proxy server token passed."
            return failure(told, "token_not_found_in_db", 401)
        body = await request.json()
        if body["model"] != "shop-bot":
            told = f"/chat/completions: Invalid model name passed in model={body['model']}."
            return failure(told, "invalid_request_error", 400)
        said = [each["content"] for each in body["messages"] if each["role"] == "user"]
        if said[-1] == CRASH:
            return failure(self.error, "server_error", 400)
        if body.get("stream"):
            return await stream(request, self._chunks(answer_to(said)))
        message = {"role": "assistant", "content": answer_to(said)}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        return web.json_response(self._made("chat.completion", [choice]) | {"usage": usage})

    def _chunks(self, text: str) -> Iterator[str]:
        deltas = [{"role": "assistant"}, *({"content": piece} for piece in pieces(text)), {}]
        for delta in deltas:
            choice = {"index": 0, "delta": delta, "finish_reason": None if delta else "stop"}
            yield event(self._made("chat.completion.chunk", [choice]))
        yield event(self._made("chat.completion.chunk", []) | {"usage": {"total_tokens": 2}})
        yield event("[DONE]")

    @staticmethod
    def _made(object: str, choices: list[dict[str, Any]]) -> dict[str, Any]:
        return {"id": "chatcmpl-1", "object": object, "model": "shop-bot", "choices": choices}


class LiteLlmStream(LiteLlm):
    recipe = "litellm-stream"


def failure(message: str, type: str, status: int) -> web.Response:
    error = {"message": message, "type": type, "param": None, "code": str(status)}
    return web.json_response({"error": error}, status=status)
