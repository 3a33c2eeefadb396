"""Open a model by its SPEC, or from a client object.

A kind with a prefix of its own is one entry in `spec.PREFIXES` and one case here.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from simulate.errors import ModelSpecError, quote
from simulate.models.api import CHAT_COMPLETIONS, RESPONSES, Api
from simulate.models.batches import Batches, not_batched
from simulate.models.chat import ChatModel
from simulate.models.named import ModelNames, named_models
from simulate.models.openai_compatible import OpenAICompatible
from simulate.models.opening import ModelOpening
from simulate.models.prices import price_of
from simulate.models.settings import NO_SETTINGS, ModelSettings
from simulate.models.spec import ModelSpec

NOT_AZURE = "batches of Azure's deployments have an API of their own, which is not spoken here"


def _at_endpoint(
    spec: ModelSpec, opening: ModelOpening, batches: Batches | None
) -> OpenAICompatible:
    if batches is not None and spec.kind == "azure":
        raise not_batched(spec.redacted, NOT_AZURE)
    connection = opening.connection(spec)
    api: Api = RESPONSES if spec.kind == "openai-responses" else CHAT_COMPLETIONS
    if batches is not None:
        return batches.model(spec.name, connection, partial(opening.batch_client, spec), api)
    return OpenAICompatible(
        spec.name,
        connection,
        api=api,
        price=price_of(spec.name, connection.url),
        learns_alone=opening.tested_s is None,  # the wait would count as the target's
    )


def of_client(client: object, name: object, batches: Batches | None = None) -> OpenAICompatible:
    """Return the model of a client object of the `openai` package, which stays open.

    Args:
        client: an `AsyncOpenAI` or `AsyncAzureOpenAI`.
        name: the model's name there, or that of the deployment.
        batches: those of the run; None where calls go out one by one.

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
    if batches is not None:
        if kind == "azure":
            raise not_batched(f"azure:{name}", NOT_AZURE)
        return batches.model(name, connection, lambda: client, CHAT_COMPLETIONS, keeps_open=True)
    return OpenAICompatible(name, connection, price=price_of(name, connection.url))


def opened(spec: str | None, opening: ModelOpening, batches: Batches | None = None) -> ChatModel:
    """Open the model that a SPEC names; None takes `default_spec`.

    Args:
        spec: how it is named.
        opening: how it is opened.
        batches: those of the run; None where calls go out one by one.

    Raises:
        ModelSpecError: the SPEC names nothing that can be opened, or it answers no batches.
    """
    read, opening = opening.read(spec)
    if batches is not None and read.kind in ("embedded", "scripted"):
        raise not_batched(read.redacted, "it answers on this machine, and at once")
    match read.kind:
        case "embedded":
            from simulate.models.embedded import EmbeddedModel

            return EmbeddedModel(read.file)
        case "scripted":
            from simulate.models.scripted import ScriptedModel

            return ScriptedModel.from_file(Path(read.file or ""))
    return _at_endpoint(read, opening, batches)


def open_model(
    spec: str | None = None,
    *,
    settings: ModelSettings = NO_SETTINGS,
    models: ModelNames | None = None,
    by_file: bool = False,
    environment: Mapping[str, str] = os.environ,
) -> ChatModel:
    """Open one model by itself; whoever opens it closes it.

    Args:
        spec: how a model is named; see `spec`. None takes `default_spec`.
        settings: how the model is called, where it is at an endpoint; they go before those of its
            name in a models file.
        models: a models file, or settings by name; by default the file that `SIMULATE_MODELS`
            names.
        by_file: whether only a file names it, not the user; see `Models.chat`.
        environment: where `OPENAI_BASE_URL`, `OPENAI_API_KEY` and `OPENAI_API_KEY_FILE` (a file
            that holds the key) are looked up.

    Raises:
        ModelSpecError: the SPEC names nothing that can be opened.
    """
    names = named_models(models, environment)
    names = replace(names, common=settings.over(names.common))
    return opened(spec, ModelOpening(environment, by_file, names=names))
