"""The terminal UI in a browser, for whoever started it on this machine only.

Other users and programs of a machine reach its loopback address too, and a page on any site may
open connections to it. So everything lies below a path that nobody can guess, and what a foreign
page asks for is refused.
"""

from __future__ import annotations

import secrets
import shlex
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web
from jinja2 import Environment, FileSystemLoader
from textual_serve.server import Server

from simulate.errors import InputError, unreadable

HOST = "127.0.0.1"
CLOSING_S = 2.0
"""Seconds that windows which are open have to end, once the server is told to."""
LOCAL = frozenset(("127.0.0.1", "localhost", "::1"))
TOKEN_BYTES = 32

PAGE = Path(__file__).parent / "page"
FONT_SIZE_PX = 16

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        "font-src 'self' data:; img-src 'self' data:; connect-src 'self' {websocket}; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Nothing from elsewhere, in no frame, and no address of ours to anybody."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def only_from_here(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what does not come from a page of this server."""
    origin = request.headers.get("Origin")
    try:
        host = urlsplit(f"//{request.host}").hostname
        ours = origin is None or urlsplit(origin).netloc == request.host
    except ValueError:  # no URL at all
        host, ours = None, False
    if host not in LOCAL:
        raise web.HTTPForbidden(text="only for this machine")
    if not ours:
        raise web.HTTPForbidden(text="only for pages of this server")
    return await handler(request)


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    socket = f"ws://{request.host}"
    response.headers.update({k: v.replace("{websocket}", socket) for k, v in HEADERS.items()})


class LocalServer(Server):
    """A server that answers who knows its URL, on this machine only.

    Attributes:
        token: the first part of every path.
    """

    def __init__(self, command: str, port: int, title: str) -> None:
        self.token = secrets.token_urlsafe(TOKEN_BYTES)
        url = f"http://{HOST}:{port}/{self.token}"
        super().__init__(command, host=HOST, port=port, title=title, public_url=url)
        templates = Environment(loader=FileSystemLoader(PAGE), autoescape=True)
        self.page = templates.get_template("page.html.jinja")

    async def _make_app(self) -> web.Application:
        served = await super()._make_app()
        served.router.add_static("/page", PAGE)
        app = web.Application(middlewares=[only_from_here])
        app.add_subapp(f"/{self.token}", served)
        # Textual's script asks for a file here, by a random key that its window was told.
        app.router.add_get("/download/{key}", self.handle_download)
        app.on_response_prepare.append(_add_headers)
        return app

    async def handle_index(self, request: web.Request) -> web.StreamResponse:
        """Answer with the page in which the terminal lies."""
        text = self.page.render(
            title=self.title,
            websocket=f"ws://{request.host}{request.path}ws",
            font_size=FONT_SIZE_PX,
        )
        return web.Response(text=text, content_type="text/html")

    async def on_startup(self, app: web.Application) -> None:
        """Print nothing yet: it does not listen."""

    def serve(self, debug: bool = False) -> None:
        """Serve until Ctrl+C or SIGTERM.

        Raises:
            InputError: the port is taken, or not this user's to take.
        """

        def say(*_: object) -> None:
            print(
                f"simulate view: {self.public_url}/\n"
                "Whoever has this URL can press keys there. Ctrl+C ends it.",
                file=sys.stderr,
            )

        try:
            web.run_app(
                self._make_app(),
                host=HOST,
                port=self.port,
                print=say,
                shutdown_timeout=CLOSING_S,
            )
        except OSError as error:
            raise InputError(
                f"--port {self.port}: {unreadable(error)}; choose another port"
            ) from None


def command_line(arguments: Sequence[str]) -> str:
    """Return the command that the server runs for each browser window."""
    words = [sys.executable, "-m", "simulate", "view", *arguments]
    return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)


def serve(arguments: Sequence[str], port: int) -> None:
    """Serve until Ctrl+C.

    Args:
        arguments: of `simulate view`.
        port: to listen on.
    """
    LocalServer(command_line(arguments), port, "simulate view").serve()
