"""The two ways to an endpoint: the wire, and a client object of the `openai` package."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, Protocol

from openai import AsyncOpenAI

from simulate.models.connection import TIMEOUT_S, Connection
from simulate.models.openai_compatible import OpenAICompatible
from simulate.models.sdk import SDKConnection
from simulate.models.spec import redacted
from simulate.models.wire import Wire

WayName = Literal["wire", "sdk"]


class Way(Protocol):
    """Returns a model at an endpoint; options are those of the model and of its connection."""

    def __call__(
        self,
        model: str,
        url: str,
        api_key: str | None = None,
        *,
        name: str | None = None,
        **options: Any,
    ) -> OpenAICompatible:
        """Connect."""


def over_wire(
    model: str, url: str, api_key: str | None = None, *, name: str | None = None, **options: Any
) -> OpenAICompatible:
    """Return a model behind the wire."""
    name = name or redacted(f"{model}@{url}")
    return _model(model, options, lambda settings: Wire(url, api_key, name, **settings))


def over_sdk(
    model: str, url: str, api_key: str | None = None, *, name: str | None = None, **options: Any
) -> OpenAICompatible:
    """Return a model behind a client of the `openai` package."""
    timeout_s = options.get("timeout_s", TIMEOUT_S)

    def make() -> AsyncOpenAI:
        return AsyncOpenAI(api_key=api_key or "none", base_url=url, timeout=timeout_s)

    return _model(model, options, lambda settings: SDKConnection(make, name or model, **settings))


WAYS: dict[WayName, Way] = {"wire": over_wire, "sdk": over_sdk}


def _model(
    model: str, options: dict[str, Any], connect: Callable[[Any], Connection]
) -> OpenAICompatible:
    of_model = {k: options.pop(k) for k in ("api", "price", "learns_alone") if k in options}
    return OpenAICompatible(model, connect(options), **of_model)
