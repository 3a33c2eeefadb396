from __future__ import annotations

import asyncio
from typing import Any, Protocol

import pytest

from simulate.models import ChatReply, ChatRequest
from tests.endpoint import Endpoint
from tests.ways import WAYS, Way

PLAIN = ChatRequest([{"role": "user", "content": "Hi"}])


@pytest.fixture(params=["wire", "sdk"])
def way(request: pytest.FixtureRequest) -> Way:
    """Run a test over both ways to an endpoint."""
    return WAYS[request.param]


class Ask(Protocol):
    """Sends requests one after the other, over both ways; options as `Way` has them."""

    def __call__(
        self, endpoint: Endpoint, *requests: ChatRequest, **options: Any
    ) -> list[ChatReply]:
        """Send a plain one where none is given."""


@pytest.fixture
def ask(way: Way) -> Ask:
    """Send requests one after the other."""

    def asked(endpoint: Endpoint, *requests: ChatRequest, **options: Any) -> list[ChatReply]:
        async def all_of_them() -> list[ChatReply]:
            model = way("mock", endpoint.url, **{"backoff_s": 0.01, **options})
            try:
                return [await model.complete(r) for r in requests or (PLAIN,)]
            finally:
                await model.aclose()

        return asyncio.run(all_of_them())

    return asked
