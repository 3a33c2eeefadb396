"""What the local servers of the recipes share.

Each module of this folder is the server of one vendor, written from the vendor's documentation,
not from our client: a subclass of `Vendor` that answers as the vendor does, with its errors. All
are found by `vendors()`, so a new module is tested without being listed anywhere.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections import defaultdict
from collections.abc import AsyncIterable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs

from aiohttp import web

from tests.serving import LocalServer
from tests.targets import recipes

FOLDER = Path(__file__).parents[3] / "docs" / "targets"
CRASH = "Crash, please."
"""The message at which a vendor's server fails as the vendor's own may."""


class Vendor(LocalServer):
    """A vendor's API; a context manager.

    Attributes:
        recipe: the name of its file in docs/targets, without `.yaml`.
        error: what its own error says at the message `CRASH`, and the target's error must quote.
        greeting: what the bot says before the user has said anything.
        told: the lines that its first reply has beside the text, such as `[buttons: Yes | No]`.
        said: what the user said in each conversation.
        requests: method, path with query, and body (JSON or text) of each request.
    """

    recipe: ClassVar[str]
    error: ClassVar[str]
    greeting: ClassVar[str] = ""
    told: ClassVar[Sequence[str]] = ()
    key: ClassVar[str] = "key-of-the-service"

    def __init__(self) -> None:
        super().__init__()
        self.said: dict[str, list[str]] = defaultdict(list)
        self.requests: list[tuple[str, str, Any]] = []

    def environment(self) -> dict[str, str]:
        """Return the environment variables that the recipe names."""
        raise NotImplementedError

    def routes(self, app: web.Application) -> None:
        app.middlewares.append(self._noted)
        app.router.add_routes(self.routes_of_vendor())

    def routes_of_vendor(self) -> Iterable[web.RouteDef]:
        """Return what it serves."""
        raise NotImplementedError

    def lets_in(self, request: web.Request) -> bool:
        """Tell whether a request has the key as a bearer token."""
        return request.headers.get("Authorization") == f"Bearer {self.key}"

    @web.middleware
    async def _noted(self, request: web.Request, handler: Any) -> web.StreamResponse:
        text = await request.text()
        try:
            body = json.loads(text) if text else None
        except ValueError:
            body = text
        self.requests.append((request.method, request.path_qs, body))
        answer: web.StreamResponse = await handler(request)
        return answer


def answer_to(said: Sequence[str]) -> str:
    """Return what each bot says to a conversation: whoever forgets the first turn is found out."""
    if len(said) == 1:
        return f"“{said[0]}”, I see.\nWhat else?"
    return f"Turn {len(said)}; you began with “{said[0]}”."


async def form_of(request: web.Request) -> dict[str, str]:
    """Return what a form that was sent holds."""
    return {name: values[-1] for name, values in parse_qs(await request.text()).items()}


def pieces(text: str) -> Iterator[str]:
    """Cut a text into the pieces of a stream."""
    yield from (text[at : at + 7] for at in range(0, len(text), 7))


async def stream(
    request: web.Request,
    chunks: Iterable[str] | AsyncIterable[str],
    content_type: str = "text/event-stream",
    **headers: str,
) -> web.StreamResponse:
    """Answer with chunks that are sent one after the other; `_` in a header's name is `-`."""
    response = web.StreamResponse(
        headers={"Content-Type": content_type} | {k.replace("_", "-"): headers[k] for k in headers}
    )
    await response.prepare(request)
    if isinstance(chunks, Iterable):
        for chunk in chunks:
            await response.write(chunk.encode())
    else:
        async for chunk in chunks:
            await response.write(chunk.encode())
    await response.write_eof()
    return response


def event(data: Any, name: str = "") -> str:
    """Write a server-sent event; data that are no text are written as JSON."""
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return (f"event: {name}\n" if name else "") + f"data: {text}\n\n"


def vendors() -> list[type[Vendor]]:
    """Return the servers of all modules of this folder."""
    found: list[type[Vendor]] = []
    for module in pkgutil.iter_modules(recipes.__path__):
        if not module.name.startswith("test_"):
            made = vars(importlib.import_module(f"{recipes.__name__}.{module.name}"))
            found += [
                each
                for each in made.values()
                if isinstance(each, type)
                and issubclass(each, Vendor)
                and each.__module__ == f"{recipes.__name__}.{module.name}"
                and hasattr(each, "recipe")
            ]
    return found
