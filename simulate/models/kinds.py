"""The kinds of model SPECs, and what opens a model of each.

A kind with a prefix of its own is one entry in `spec.PREFIXES` and one here.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from simulate.errors import ModelSpecError, quote
from simulate.models.api import CHAT_COMPLETIONS, RESPONSES
from simulate.models.chat import ChatModel
from simulate.models.connection import TIMEOUT_S, Connection, ConnectionSettings
from simulate.models.openai_compatible import OpenAICompatible
from simulate.models.prices import price_of
from simulate.models.secrets import find_key
from simulate.models.spec import (
    ENDPOINT,
    FORMS,
    ModelSpec,
    can_be_called,
    default_spec,
    host_of,
    redacted,
)
from simulate.models.wire import Wire

if TYPE_CHECKING:
    from openai import AsyncOpenAI

FINE_TUNED = "ft"
"""Names of OpenAI's own that have a colon begin with it."""
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
        if spec.url is None and url == DEFAULT_BASE_URL:
            provider, colon, _ = spec.name.partition(":")
            if colon and provider != FINE_TUNED:
                raise ModelSpecError(
                    f"model {quote(spec.redacted)}: there is no kind of model {quote(provider)}; "
                    f"{FORMS}"
                )
            if not key:
                raise ModelSpecError(
                    f"model {quote(spec.redacted)} needs an endpoint: set OPENAI_BASE_URL, or a "
                    "key in OPENAI_API_KEY (or in the file that OPENAI_API_KEY_FILE names) for "
                    "OpenAI's own; write NAME@http://host:port/v1; or use embedded"
                )
        if not can_be_called(url):
            raise ModelSpecError(f"OPENAI_BASE_URL: {quote(redacted(url))} is not one HTTP URL")
        return url, key

    def connection(self, spec: ModelSpec) -> Connection:
        """Return the way to a model's endpoint: the wire, or the `openai` package.

        Raises:
            ModelSpecError: no endpoint or no key is known.
        """
        settings: ConnectionSettings = {}
        if (tested_s := self.tested_s) is not None:
            # Later than the turn's: two that fire together swallow each other.
            settings = {"timeout_s": tested_s + 5, "deadline_s": tested_s}
        if spec.kind == ENDPOINT:
            url, key = self.address(spec)
            return Wire(url, key, redacted(f"{spec.name}@{url}"), **settings)
        if self.by_file and spec.url is not None:
            raise ModelSpecError(
                f"model {quote(spec.redacted)}: a file may not say where the openai package sends "
                "your key; name the model on the command line"
            )
        from simulate.models.sdk import SDKConnection

        make = partial(_client, spec, self.environment, settings.get("timeout_s", TIMEOUT_S))
        return SDKConnection(make, f"{spec.kind}:{spec.name}", **settings)


def _client(spec: ModelSpec, environment: Mapping[str, str], timeout_s: float) -> AsyncOpenAI:
    """Make a client of the `openai` package, which reads the environment for what is not said."""
    from openai import AsyncAzureOpenAI, AsyncOpenAI, OpenAIError

    try:
        if spec.kind != "azure":
            key = find_key(environment)
            return AsyncOpenAI(api_key=key, base_url=spec.url, timeout=timeout_s)
        if spec.url is None:
            return AsyncAzureOpenAI(timeout=timeout_s)
        return AsyncAzureOpenAI(azure_endpoint=spec.url, timeout=timeout_s)
    except (OpenAIError, ValueError) as error:
        raise ModelSpecError(
            f"model {quote(spec.redacted)}: the openai package cannot be used: {error}"
        ) from None


def _place(url: str) -> tuple[str, str]:
    return urlsplit(url).scheme, host_of(url)  # over http, anybody could read a key meant for https


def _embedded(spec: ModelSpec, opening: ModelOpening) -> ChatModel:
    from simulate.models.embedded import EmbeddedModel

    return EmbeddedModel(spec.file)


def _scripted(spec: ModelSpec, opening: ModelOpening) -> ChatModel:
    from simulate.models.scripted import ScriptedModel

    return ScriptedModel.from_file(Path(spec.file or ""))


def _at_endpoint(spec: ModelSpec, opening: ModelOpening) -> ChatModel:
    connection = opening.connection(spec)
    return OpenAICompatible(
        spec.name,
        connection,
        api=RESPONSES if spec.kind == "openai-responses" else CHAT_COMPLETIONS,
        price=price_of(spec.name, connection.url),
        learns_alone=opening.tested_s is None,  # the wait would count as the target's
    )


def of_client(client: object, name: object) -> OpenAICompatible:
    """Return the model of a client object of the `openai` package, which stays open.

    Args:
        client: an `AsyncOpenAI` or `AsyncAzureOpenAI`.
        name: the model's name there, or that of the deployment.

    Raises:
        ModelSpecError: it is no such object, or closed.
    """
    from openai import AsyncAzureOpenAI, AsyncOpenAI

    from simulate.models.sdk import SDKConnection

    if not isinstance(client, AsyncOpenAI) or not isinstance(name, str) or not name.strip():
        raise ModelSpecError(
            f"model ({type(client).__name__}, {quote(str(name))}): give an AsyncOpenAI or "
            "AsyncAzureOpenAI and the model's name"
        )
    kind = "azure" if isinstance(client, AsyncAzureOpenAI) else "openai"
    connection = SDKConnection(
        lambda: client, f"{kind}:{name}", keeps_open=True, retries=client.max_retries
    )
    return OpenAICompatible(name, connection, price=price_of(name, connection.url))


OPENERS: Mapping[str, Callable[[ModelSpec, ModelOpening], ChatModel]] = {
    "embedded": _embedded,
    "scripted": _scripted,
    ENDPOINT: _at_endpoint,
    "openai": _at_endpoint,
    "openai-responses": _at_endpoint,
    "azure": _at_endpoint,
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
        spec: how a model is named; see `spec`. None takes `default_spec`.
        by_file: whether only a file names it, not the user; see `Models.chat`.
        environment: where `OPENAI_BASE_URL`, `OPENAI_API_KEY` and `OPENAI_API_KEY_FILE` (a file
            that holds the key) are looked up.

    Raises:
        ModelSpecError: the SPEC names nothing that can be opened.
    """
    return opened(spec, ModelOpening(environment, by_file))
