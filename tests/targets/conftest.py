from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.targets.service import Handler, Service


@pytest.fixture
def service() -> Iterator[Callable[..., Service]]:
    """Start real services that are stopped when the test ends."""
    with ExitStack() as stack:

        def start(**routes: Handler) -> Service:
            return stack.enter_context(Service(**routes))

        yield start
