from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from hypothesis import settings

from tests.endpoint import Behaviour, Endpoint
from tests.made_runs import donations, make_run

__all__ = ["donations", "make_run"]

# No test depends on how fast a machine is.
settings.register_profile("here", settings(), deadline=None)
settings.load_profile("here")


@pytest.fixture(autouse=True)
def _no_user_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the developer's own models and keys out of the tests."""
    for name in ("SIMULATE_MODEL", "OPENAI_BASE_URL", "OPENAI_API_KEY", "OPENAI_API_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def serve() -> Iterator[Callable[..., Endpoint]]:
    """Start real endpoints that are stopped when the test ends."""
    with ExitStack() as stack:

        def start(behaviour: Behaviour | None = None, delay_s: float = 0.0) -> Endpoint:
            return stack.enter_context(Endpoint(behaviour, delay_s))

        yield start
