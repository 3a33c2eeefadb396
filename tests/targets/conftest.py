from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.targets.service import Handler, Serve, Service


@pytest.fixture
def service() -> Iterator[Serve]:
    """Start real services that are stopped when the test ends."""
    with ExitStack() as stack:

        def start(**routes: Handler) -> Service:
            return stack.enter_context(Service(**routes))

        yield start


@pytest.fixture
def chat(service: Serve) -> Callable[[Handler], str]:
    """Return the address of a service that answers messages by a handler."""
    return lambda handler: f"{service(chat=handler).url}/chat"


@pytest.fixture
def socket_chat(service: Serve) -> Callable[[Handler], str]:
    """Return the address of a WebSocket with a handler."""
    return lambda handler: f"{service(chat=handler).socket_url}/chat"
