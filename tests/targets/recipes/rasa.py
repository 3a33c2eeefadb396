"""The REST channel of a Rasa server.

Sources: https://rasa.com/docs/reference/channels/your-own-website/#restinput and
https://rasa.com/docs/reference/api/pro/http-api/channel-webhooks/post-user-message-from-a-rest-channel.md;
what a custom action may say: https://rasa.com/docs/action-server/sdk-dispatcher/. An action that
raises is logged by the server, and the channel answers `[]` (RasaHQ/rasa, core/channels/rest.py).
Whoever names no `sender` shares the conversation `default` with all others.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from aiohttp import web

from tests.targets.recipes.vendor import CRASH, Vendor, answer_to


class Rasa(Vendor):
    recipe = "rasa"
    error = "[]"
    told = ("[buttons: Yes | No]", "[image: https://shop.example/tea.png]")

    def environment(self) -> dict[str, str]:
        return {"RASA_URL": self.base}

    def routes_of_vendor(self) -> Iterable[web.RouteDef]:
        return [web.post("/webhooks/rest/webhook", self._receive)]

    async def _receive(self, request: web.Request) -> web.StreamResponse:
        try:
            body = json.loads(await request.text())
        except ValueError:
            return web.Response(status=400, text="⚠️ 400 — Bad Request\nFailed when parsing body")
        sender = body.get("sender") or "default"
        text = body.get("message")
        if text is None or text == CRASH:
            return web.json_response([])
        said = self.said[sender]
        said.append(text)
        to = {"recipient_id": sender}
        messages = [to | {"text": part} for part in answer_to(said).split("\n\n")]
        if len(said) == 1:
            yes, no = (
                {"title": t, "payload": f"/{p}"} for t, p in (("Yes", "affirm"), ("No", "deny"))
            )
            messages[-1] |= {"buttons": [yes, no]}
            messages += [
                to | {"image": "https://shop.example/tea.png"},
                to | {"custom": {"slot": 1}},
            ]
        return web.json_response(messages)
