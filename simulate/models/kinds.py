"""The kinds of model SPECs, and what opens a model of each.

A kind with a prefix of its own is one entry in `spec.PREFIXES` and one here.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from simulate.errors import ModelSpecError, quote
from simulate.models.chat import ChatModel
from simulate.models.openai_compatible import OpenAICompatible
from simulate.models.prices import price_of
from simulate.models.secrets import find_key
from simulate.models.spec import ModelSpec, can_be_called, default_spec, host_of, redacted
from simulate.models.wire import Wire

DEFAULT_BASE_URL = "https://api.openai.com/v1"


@dataclass(frozen=True, slots=True)
class ModelOpening:
    """How a model is opened.

    Attributes:
        environment: where `OPENAI_BASE_URL`, `OPENAI_API_KEY` and `OPENAI_API_KEY_FILE` (a file
            that holds the key) are looked up.
        by_file: whether only a scenario or run file names it. Such a file may come from anywhere,
            so the key is sent to the host of `OPENAI_BASE_URL` (or OpenAI's) only; for any other,
            the user names the model with `--model` or `--speaker-model`.
        tested_s: for a model under test, the seconds that its turn may take.
    """

    environment: Mapping[str, str]
    by_file: bool = False
    tested_s: float | None = None

    def address(self, spec: ModelSpec) -> tuple[str, str | None]:
        """Return the URL of a model's endpoint, and the key that may be sent there."""
        known = self.environment.get("OPENAI_BASE_URL") or DEFAULT_BASE_URL
        url = spec.url or known
        key = None
        if not self.by_file or _place(url) == _place(known):
            key = find_key(self.environment)
        if spec.url is None and url == DEFAULT_BASE_URL and not key:
            raise ModelSpecError(
                f"model {quote(spec.redacted)} needs an endpoint: set OPENAI_BASE_URL, or a key in "
                "OPENAI_API_KEY (or in the file that OPENAI_API_KEY_FILE names) for OpenAI's own; "
                "write NAME@http://host:port/v1; or use embedded"
            )
        if not can_be_called(url):
            raise ModelSpecError(f"OPENAI_BASE_URL: {quote(redacted(url))} is not one HTTP URL")
        return url, key

    def wire(self, spec: ModelSpec) -> Wire:
        """Return the way to a model's endpoint."""
        url, key = self.address(spec)
        return Wire(url, key, redacted(f"{spec.name}@{url}"))


def _place(url: str) -> tuple[str, str]:
    return urlsplit(url).scheme, host_of(url)  # over http, anybody could read a key meant for https


def _embedded(spec: ModelSpec, opening: ModelOpening) -> ChatModel:
    from simulate.models.embedded import EmbeddedModel

    return EmbeddedModel(spec.file)


def _scripted(spec: ModelSpec, opening: ModelOpening) -> ChatModel:
    from simulate.models.scripted import ScriptedModel

    return ScriptedModel.from_file(Path(spec.file or ""))


def _at_endpoint(spec: ModelSpec, opening: ModelOpening) -> ChatModel:
    url, key = opening.address(spec)
    price = price_of(spec.name, url)
    if (tested_s := opening.tested_s) is None:
        return OpenAICompatible(spec.name, url, key, price=price)
    return OpenAICompatible(
        spec.name,
        url,
        key,
        price=price,
        learns_alone=False,  # the wait would count as the target's
        timeout_s=tested_s + 5,  # later than the turn's: two that fire together swallow each other
        deadline_s=tested_s,
    )


OPENERS: Mapping[str, Callable[[ModelSpec, ModelOpening], ChatModel]] = {
    "embedded": _embedded,
    "scripted": _scripted,
    "endpoint": _at_endpoint,
}
"""Kind of SPEC to what opens it."""


def opened(spec: str | None, opening: ModelOpening) -> ChatModel:
    """Open the model that a SPEC names; None takes `default_spec`.

    Raises:
        ModelSpecError: the SPEC names nothing that can be opened.
    """
    read = ModelSpec.parse(default_spec(opening.environment) if spec is None else spec)
    return OPENERS[read.kind](read, opening)


def open_model(
    spec: str | None = None,
    *,
    by_file: bool = False,
    environment: Mapping[str, str] = os.environ,
) -> ChatModel:
    """Open one model by itself; whoever opens it closes it.

    Args:
        spec: `embedded`, `embedded:FILE.gguf`, `scripted:FILE`, `NAME@http://host:port/v1`, or
            `NAME` for a model at `OPENAI_BASE_URL`; None takes `default_spec`.
        by_file: whether only a file names it, not the user; see `Models.chat`.
        environment: where `OPENAI_BASE_URL`, `OPENAI_API_KEY` and `OPENAI_API_KEY_FILE` (a file
            that holds the key) are looked up.

    Raises:
        ModelSpecError: the SPEC names nothing that can be opened.
    """
    return opened(spec, ModelOpening(environment, by_file))
