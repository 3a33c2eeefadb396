"""The terminal UI in a browser, on this machine only."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import urlsplit

from aiohttp import web
from textual_serve.server import Server

HOST = "127.0.0.1"
LOCAL = frozenset(("127.0.0.1", "localhost", "::1"))

NOTHING_FROM_ELSEWHERE = "style-src 'self' 'unsafe-inline'; font-src 'self' data:"
"""Textual's page asks a foreign server for a font; the browser's own will do."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def only_from_here(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what does not come from a page of this server.

    Any page in the user's browser may open a connection to a server on this machine; without
    this, a foreign page could press keys here.
    """
    origin = request.headers.get("Origin")
    if urlsplit(f"//{request.host}").hostname not in LOCAL:
        raise web.HTTPForbidden(text="only for this machine")
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise web.HTTPForbidden(text="only for pages of this server")
    response = await handler(request)
    if not response.prepared:
        response.headers["Content-Security-Policy"] = NOTHING_FROM_ELSEWHERE
    return response


class LocalServer(Server):
    """A server that answers this machine only."""

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.middlewares.append(only_from_here)
        return app

    async def on_startup(self, app: web.Application) -> None:
        """Say where it is."""
        print(f"simulate view: {self.public_url} (Ctrl+C ends it)", file=sys.stderr)

    def initialize_logging(self) -> None:
        """Log nothing."""


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
    LocalServer(command_line(arguments), host=HOST, port=port, title="simulate view").serve()
