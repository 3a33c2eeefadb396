"""OAuth 2.0, client credentials: https://www.rfc-editor.org/rfc/rfc6749#section-4.4

The token's request is a form, its errors are JSON (section 5.2); the API answers a token that is
none or has run out as https://www.rfc-editor.org/rfc/rfc6750#section-3.1 says.
"""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Iterable

from aiohttp import web

from tests.targets.recipes.vendor import CRASH, Vendor, answer_to, form_of


class OAuth(Vendor):
    """An API behind tokens.

    Attributes:
        expires_in: seconds for which a token holds.
        tokens: those that were given out, with the time (s) at which each runs out.
    """

    recipe = "oauth"
    error = "The bot has broken down."

    def __init__(self) -> None:
        super().__init__()
        self.expires_in = 3600
        self.tokens: dict[str, float] = {}

    def environment(self) -> dict[str, str]:
        return {
            "TOKEN_URL": f"{self.base}/oauth/token",
            "CLIENT_ID": "tester",
            "CLIENT_SECRET": self.key,
            "BOT_URL": f"{self.base}/chat",
        }

    def routes_of_vendor(self) -> Iterable[web.RouteDef]:
        return [web.post("/oauth/token", self._token), web.post("/chat", self._chat)]

    async def _token(self, request: web.Request) -> web.Response:
        if request.content_type != "application/x-www-form-urlencoded":
            return web.json_response({"error": "invalid_request"}, status=400)
        form = await form_of(request)
        basic = base64.b64encode(f"tester:{self.key}".encode()).decode()
        posted = (form.get("client_id"), form.get("client_secret")) == ("tester", self.key)
        if not posted and request.headers.get("Authorization") != f"Basic {basic}":
            told = {"error": "invalid_client", "error_description": "unknown client or secret"}
            return web.json_response(told, status=401)
        if form.get("grant_type") != "client_credentials":
            return web.json_response({"error": "unsupported_grant_type"}, status=400)
        token = secrets.token_urlsafe()
        self.tokens[token] = time.monotonic() + self.expires_in
        made = {"access_token": token, "token_type": "Bearer", "expires_in": self.expires_in}
        return web.json_response(made | {"scope": "chat"}, headers={"Cache-Control": "no-store"})

    async def _chat(self, request: web.Request) -> web.Response:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or self.tokens.get(token, 0) <= time.monotonic():
            told = 'Bearer error="invalid_token", error_description="The token has run out"'
            return web.Response(status=401, headers={"WWW-Authenticate": told})
        body = await request.json()
        said = self.said[body["session"]]
        said.append(body["message"])
        if said[-1] == CRASH:
            return web.json_response({"error": self.error}, status=500)
        return web.json_response({"reply": answer_to(said)})
