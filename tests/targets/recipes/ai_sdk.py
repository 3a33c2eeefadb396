"""A route of an app that is built with the AI SDK (UI message stream, version 1).

Sources: https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol for the events, and for what `useChat`
posts https://ai-sdk.dev/docs/ai-sdk-ui/transport (`id`, `messages` with `parts`, `trigger`).
The app keeps nothing: the whole conversation comes with each request. A message without `parts`
cannot be converted, and Next.js then answers 500. Reasoning, tools and sources stand between the
text, and what goes wrong in the stream is an event of the type `error`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aiohttp import web

from tests.targets.recipes.vendor import CRASH, Vendor, answer_to, event, pieces, stream


class AiSdk(Vendor):
    recipe = "ai-sdk"
    error = "An error occurred."

    def environment(self) -> dict[str, str]:
        return {"AI_SDK_URL": f"{self.base}/api/chat"}

    def routes_of_vendor(self) -> Iterable[web.RouteDef]:
        return [web.post("/api/chat", self._chat)]

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        said: list[str] = []
        try:
            for message in body["messages"]:
                texts = [part["text"] for part in message["parts"] if part["type"] == "text"]
                if not isinstance(message["id"], str):
                    raise TypeError
                if message["role"] == "user":
                    said += texts
                elif (
                    message["role"] != "assistant"
                    or "".join(texts).split() != answer_to(said).split()
                ):
                    raise ValueError  # not what it has said
        except (KeyError, TypeError, ValueError):
            return web.Response(status=500, text="Internal Server Error")
        self.said[body.get("id", "")] = said
        return await stream(
            request,
            self._events(said),
            x_vercel_ai_ui_message_stream="v1",
            cache_control="no-cache",
        )

    def _events(self, said: list[str]) -> Iterator[str]:
        yield event({"type": "start", "messageId": "msg_1"}) + event({"type": "start-step"})
        yield event({"type": "reasoning-start", "id": "rs_1"})
        yield event({"type": "reasoning-delta", "id": "rs_1", "delta": "The user wants tea."})
        yield event({"type": "reasoning-end", "id": "rs_1"}) + ": keep-alive\n\n"
        call = {"toolCallId": "call_1", "toolName": "prices"}
        yield event(call | {"type": "tool-input-start"})
        yield event({"type": "tool-input-delta", "toolCallId": "call_1", "inputTextDelta": "{}"})
        yield event(call | {"type": "tool-input-available", "input": {"tea": "green"}})
        yield event({"type": "tool-output-available", "toolCallId": "call_1", "output": {"eur": 4}})
        yield event({"type": "finish-step"}) + event({"type": "start-step"})
        for block, text in enumerate(answer_to(said).split("\n")):
            id = f"txt_{block}"
            yield event({"type": "text-start", "id": id})
            for n, piece in enumerate(pieces(text)):
                if n == 1 and said[-1] == CRASH:
                    yield event({"type": "error", "errorText": self.error}) + event("[DONE]")
                    return
                yield event({"type": "text-delta", "id": id, "delta": piece})
            yield event({"type": "text-end", "id": id})
        yield event({"type": "source-url", "sourceId": "s1", "url": "https://shop.example"})
        yield event({"type": "data-weather", "data": {"delta": "sunny"}})
        yield event({"type": "finish-step"}) + event({"type": "finish"}) + event("[DONE]")
