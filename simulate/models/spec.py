"""Model SPECs: how a model is named on the command line and in a scenario."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from simulate.errors import ModelSpecError, quote
from simulate.models.chat import ChatModel
from simulate.models.secrets import find_key, redacted

__all__ = ["DEFAULT_SPEC", "default_spec", "open_model", "open_named"]

DEFAULT_SPEC = "embedded"
DEFAULT_BASE_URL = "https://api.openai.com/v1"

_AT_URL = re.compile(r"^(?P<name>.+?)@(?P<url>https?://.*)$", re.DOTALL | re.IGNORECASE)


def default_spec(environment: Mapping[str, str] = os.environ) -> str:
    """Return the SPEC that is meant where none is given: `SIMULATE_MODEL`, else `embedded`."""
    return environment.get("SIMULATE_MODEL") or DEFAULT_SPEC


def open_named(
    spec: str, *, environment: Mapping[str, str] = os.environ, timeout_s: float = 120.0
) -> ChatModel:
    """Open a model that a file names, not the user: no key goes where the user has not sent it.

    A scenario may come from anywhere. The key is sent to the host of `OPENAI_BASE_URL` (or
    OpenAI's) only; for any other, the user names the model with `--model` or `--speaker-model`.

    Raises:
        ModelSpecError: see `open_model`.
    """
    matched = _AT_URL.match(spec)
    if matched:
        known = environment.get("OPENAI_BASE_URL") or DEFAULT_BASE_URL
        if _place(matched["url"]) != _place(known):
            keys = ("OPENAI_API_KEY", "OPENAI_API_KEY_FILE")
            environment = {k: v for k, v in environment.items() if k not in keys}
    return open_model(spec, environment=environment, timeout_s=timeout_s)


def _place(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme.lower(), parts.netloc.rpartition("@")[2].lower()


def open_model(
    spec: str | None = None,
    *,
    environment: Mapping[str, str] = os.environ,
    timeout_s: float = 120.0,
) -> ChatModel:
    """Open the model that a SPEC names.

    Args:
        spec: `embedded`, `embedded:FILE.gguf`, `scripted:FILE`, `NAME@http://host:port/v1`, or
            `NAME` for a model at `OPENAI_BASE_URL`; None takes `default_spec`.
        environment: where `OPENAI_BASE_URL`, `OPENAI_API_KEY` and `OPENAI_API_KEY_FILE` (a file
            that holds the key) are looked up.
        timeout_s: seconds that one try at an endpoint may take.

    Raises:
        ModelSpecError: the SPEC names nothing that can be opened.
    """
    spec = default_spec(environment) if spec is None else spec
    kind, _, rest = spec.partition(":")
    if spec == "embedded" or (kind == "embedded" and rest):
        from simulate.models.embedded import EmbeddedModel

        return EmbeddedModel(rest or None)
    if kind == "scripted":
        from simulate.models.scripted import ScriptedModel

        if not rest:
            raise ModelSpecError("model “scripted:” names no file; write scripted:FILE")
        return ScriptedModel.from_file(Path(rest))
    matched = _AT_URL.match(spec)
    name, url = (matched["name"], matched["url"]) if matched else (spec, None)
    if not name.strip() or (matched is None and re.search(r"[\s@]|://", spec)):
        raise ModelSpecError(
            f"model {quote(redacted(spec))} is not a SPEC: write embedded, NAME, "
            "NAME@http://host:port/v1 or scripted:FILE"
        )
    from simulate.models.openai_compatible import OpenAICompatible

    key = find_key(environment)
    if url is None:
        url = environment.get("OPENAI_BASE_URL") or DEFAULT_BASE_URL
        if url == DEFAULT_BASE_URL and not key:
            raise ModelSpecError(
                f"model {quote(name)} is looked for at OPENAI_BASE_URL with the key in "
                "OPENAI_API_KEY, or in the file that OPENAI_API_KEY_FILE names, and neither is "
                "set; set them, write NAME@http://host:port/v1, or use embedded"
            )
    try:
        parts = urlsplit(url)
        valid = bool(parts.hostname) and parts.scheme in ("http", "https")
        _ = parts.port
    except ValueError:
        valid = False
    if not valid:
        raise ModelSpecError(f"model {quote(redacted(spec))}: not a URL that can be called")
    from simulate.models.prices import price_of

    return OpenAICompatible(
        name,
        url,
        key,
        name=redacted(f"{name}@{url}"),
        timeout_s=timeout_s,
        price=price_of(name, url),
    )
