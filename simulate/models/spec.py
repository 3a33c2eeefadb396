"""Model SPECs: how a model is named on the command line and in a scenario."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from simulate.errors import ModelSpecError, quote
from simulate.models.chat import ChatModel

__all__ = ["DEFAULT_SPEC", "default_spec", "open_model", "redacted", "redacted_url"]

DEFAULT_SPEC = "embedded"
DEFAULT_BASE_URL = "https://api.openai.com/v1"

_AT_URL = re.compile(r"^(?P<name>.+?)@(?P<url>https?://.*)$", re.DOTALL)


def default_spec(environment: Mapping[str, str] = os.environ) -> str:
    """Return the SPEC that is meant where none is given: `SIMULATE_MODEL`, else `embedded`."""
    return environment.get("SIMULATE_MODEL") or DEFAULT_SPEC


def redacted(spec: str) -> str:
    """Return a SPEC without credentials in its URL and without its query."""
    matched = _AT_URL.match(spec)
    if not matched:
        return spec
    return f"{matched['name']}@{redacted_url(matched['url'])}"


def redacted_url(url: str) -> str:
    """Return a URL without credentials and without its query."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return "(not a URL)"
    # From the right: a password may hold an @, a host may not.
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


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
        environment: where `OPENAI_BASE_URL` and `OPENAI_API_KEY` are looked up.
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

    key = environment.get("OPENAI_API_KEY")
    if url is None:
        url = environment.get("OPENAI_BASE_URL") or DEFAULT_BASE_URL
        if url == DEFAULT_BASE_URL and not key:
            raise ModelSpecError(
                f"model {quote(name)} is looked for at OPENAI_BASE_URL with the key in "
                "OPENAI_API_KEY, and neither is set; set them, write NAME@http://host:port/v1, "
                "or use embedded"
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
