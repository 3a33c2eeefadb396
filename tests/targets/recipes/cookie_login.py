"""A site with a login form, a session cookie and CSRF tokens, as Django makes them.

https://docs.djangoproject.com/en/stable/howto/csrf/: the token stands in the form and in the
cookie `csrftoken`, goes in the header `X-CSRFToken`, and changes with the login.
https://docs.djangoproject.com/en/stable/topics/auth/default/#django.contrib.auth.views.LoginView:
who logs in is redirected; who does not sees the form again, with status 200.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from aiohttp import web

from tests.targets.recipes.vendor import CRASH, Vendor, answer_to, form_of

PASSWORD = "open sesame & co"  # noqa: S105 – of this server only
FORM = '<form method="post"><input type="hidden" name="csrfmiddlewaretoken" value="{token}"></form>'


class CookieLogin(Vendor):
    recipe = "cookie-login"
    error = "The bot has broken down."

    def __init__(self) -> None:
        super().__init__()
        self._secrets: dict[str, str] = {}
        """The CSRF token of each session."""

    def environment(self) -> dict[str, str]:
        return {"SITE_URL": self.base, "SITE_USER": "tester", "SITE_PASSWORD": PASSWORD}

    def routes_of_vendor(self) -> Iterable[web.RouteDef]:
        return [
            web.get("/accounts/login/", self._form),
            web.post("/accounts/login/", self._login),
            web.post("/chat/", self._chat),
        ]

    async def _form(self, request: web.Request, told: str = "") -> web.Response:
        token = secrets.token_hex(16)
        page = told + FORM.format(token=token)
        response = web.Response(text=page, content_type="text/html")
        response.set_cookie("csrftoken", token, samesite="Lax")
        return response

    async def _login(self, request: web.Request) -> web.Response:
        form = await form_of(request)
        token = request.cookies.get("csrftoken")
        if token is None or form.get("csrfmiddlewaretoken") != token:
            return web.Response(text="CSRF verification failed.", status=403)
        if (form.get("username"), form.get("password")) != ("tester", PASSWORD):
            return await self._form(request, "Please enter a correct username and password.")
        response = web.Response(status=302, headers={"Location": "/accounts/profile/"})
        session = secrets.token_hex(16)
        self._secrets[session] = secrets.token_hex(16)
        response.set_cookie("sessionid", session, httponly=True, samesite="Lax")
        response.set_cookie("csrftoken", self._secrets[session], samesite="Lax")
        return response

    async def _chat(self, request: web.Request) -> web.Response:
        session = request.cookies.get("sessionid", "")
        if session not in self._secrets:
            return web.Response(status=302, headers={"Location": "/accounts/login/?next=/chat/"})
        token = request.headers.get("X-CSRFToken")
        if not token == request.cookies.get("csrftoken") == self._secrets[session]:
            return web.Response(text="CSRF verification failed.", status=403)
        said = self.said[session]
        said.append((await request.json())["message"])
        if said[-1] == CRASH:
            return web.Response(text=f"<h1>{self.error}</h1>", status=500, content_type="text/html")
        return web.json_response({"reply": answer_to(said)})
