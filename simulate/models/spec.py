"""Model SPECs: how a model is named on the command line and in a scenario.

A SPEC is `embedded`, `embedded:FILE.gguf`, `scripted:FILE`, `NAME@http://host:port/v1`, or `NAME`
for a model at `OPENAI_BASE_URL`; `openai:NAME`, `openai-responses:NAME` and `azure:DEPLOYMENT` go
through the `openai` package. Names may have colons and at signs of their own (`llama3:8b`,
`@cf/meta/llama-3`): a prefix counts only where it is a kind that is known here, and an at sign only
where a URL follows.
"""

from __future__ import annotations

import os
import re
import string
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import unquote, urlsplit

from simulate.errors import ModelSpecError, quote
from simulate.models.secrets import secret_parameters

DEFAULT_SPEC = "embedded"
ENDPOINT = "endpoint"

PREFIXES: Mapping[str, Literal["file", "name"]] = {
    "embedded": "file",
    "scripted": "file",
    "openai": "name",
    "openai-responses": "name",
    "azure": "name",
}
"""The kinds of models that a prefix names, and what stands after it; see `kinds.opened` too."""
FORMS = (
    "write embedded, NAME, NAME@http://host:port/v1, openai:NAME, openai-responses:NAME, "
    "azure:DEPLOYMENT or scripted:FILE"
)

_AT_URL = re.compile(r"(?P<name>.+?)@(?P<url>https?://.*)", re.DOTALL | re.IGNORECASE)
_CREDENTIALS_ALONE = re.compile(r"(?<=.)@(?:https?:/*)?[^@/:]*:[^@/]*@", re.IGNORECASE)
_ADDRESS = re.compile(
    rf"{_CREDENTIALS_ALONE.pattern}|@(?:https?:|\[|[\w.-]+:\d{{2,5}}(?:/|$))", re.IGNORECASE
)
"""An address whose `http://` was forgotten, or is misspelt."""
_CREDENTIALS = re.compile(r"//[^/?#]*@|@https?://.*@", re.DOTALL | re.IGNORECASE)
_HOST = re.compile(r"(\[[^\]]*\]|[^:]*)(:(?:\d+|\{\{.*\}\}))?:?")
_NOT_A_URL = "(not a URL)"


def default_spec(environment: Mapping[str, str] = os.environ) -> str:
    """Return the SPEC that is meant where none is given: `SIMULATE_MODEL`, else `embedded`."""
    return environment.get("SIMULATE_MODEL") or DEFAULT_SPEC


def redacted(text: str) -> str:
    """Return a SPEC, or a URL, without credentials and without its query; any text will do."""
    before, is_url, rest = text.partition("://")
    if not is_url:
        return _CREDENTIALS_ALONE.sub("@", text)
    name = before.rstrip(string.ascii_letters)
    scheme = before[len(name) :].lower()
    authority = re.split("[/?#]", rest, maxsplit=1)[0]
    beyond = rest[len(authority) :]
    host = _HOST.fullmatch(authority.rpartition("@")[2])
    if host is None:
        return f"{name}{_NOT_A_URL}"
    start = f"{name}{scheme}://{host[1] if '{' in host[1] else host[1].lower()}"
    if "@" in unquote(beyond):  # a second URL, or a password with a slash in it
        return start
    path = re.split("[?#]", beyond, maxsplit=1)[0]
    return f"{start}{host[2] or ''}{path}"


def holds_secret(text: str) -> bool:
    """Tell whether a SPEC or a URL holds credentials, or a query that looks like a key."""
    return bool(_CREDENTIALS.search(text) or ("://" in text and secret_parameters(text)))


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A SPEC that has been read.

    Attributes:
        kind: one of `PREFIXES`, or `endpoint` for a model behind a URL.
        name: the model's name at its endpoint; empty where a file says which it is.
        url: the endpoint; None for the one that the environment names.
        file: weights or canned answers; None where the kind has them itself.
    """

    kind: str
    name: str = ""
    url: str | None = None
    file: str | None = None

    @classmethod
    def parse(cls, text: str) -> ModelSpec:
        """Read a SPEC.

        Raises:
            ModelSpecError: it names no model.
        """
        prefix, colon, rest = text.partition(":")
        takes = PREFIXES.get(prefix)
        if takes is not None and (colon or prefix == DEFAULT_SPEC):
            if colon and not rest:
                raise ModelSpecError(
                    f"model “{prefix}:” names no {'file' if takes == 'file' else 'model'}; write "
                    f"{prefix}:{takes.upper()}"
                )
            if takes == "file":
                return cls(prefix, file=rest or None)
            return replace(cls._at_endpoint(rest, text), kind=prefix)
        return cls._at_endpoint(text, text)

    @classmethod
    def _at_endpoint(cls, named: str, text: str) -> ModelSpec:
        """Read NAME or NAME@URL, a part of the text or all of it."""
        matched = _AT_URL.fullmatch(named)
        name, url = (matched["name"], matched["url"]) if matched else (named, None)
        if not shows(name) or "://" in name or (url is None and re.search(r"\s|@$", name)):
            raise ModelSpecError(f"model {quote(redacted(text))} is not a SPEC: {FORMS}")
        if url is None and _ADDRESS.search(name):
            shown = name[0] + name[1:].partition("@")[0]  # the address may hold a password
            raise ModelSpecError(
                f"model {quote(f'{shown}@…')} has an address without http:// or https:// before "
                "it; write NAME@http://host:port/v1"
            )
        if url is not None and not can_be_called(url):
            raise ModelSpecError(
                f"model {quote(redacted(text))}: not a URL that can be called; write one URL, "
                "NAME@http://host:port/v1"
            )
        return cls(ENDPOINT, name, url)

    def __str__(self) -> str:
        named = self.name if self.url is None else f"{self.name}@{self.url}"
        kind = "" if self.kind == ENDPOINT else self.kind
        return ":".join(part for part in (kind, named, self.file) if part)

    @property
    def at_endpoint(self) -> bool:
        """Whether the model is behind a URL, and not in this process."""
        return PREFIXES.get(self.kind) != "file"

    @property
    def redacted(self) -> str:
        """The SPEC without credentials and without the URL's query."""
        return redacted(str(self))

    @property
    def holds_secret(self) -> bool:
        """Whether its URL holds credentials, or a query that looks like a key."""
        return holds_secret(str(self))


def shows(name: str) -> bool:
    """Tell whether a model's name can be read as it is, in a line of its own."""
    return bool(name.strip()) and name.isprintable()


def host_of(url: str) -> str:
    """Return the host and the port that a URL leads to, whichever way it spells them."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return url
    return f"{(parts.hostname or '').rstrip('.')}:{port}"


def can_be_called(url: str) -> bool:
    """Tell whether a text is one HTTP URL with a host."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    one = url.count("://") == 1 and url.isprintable() and " " not in url
    return one and bool(parts.hostname) and parts.scheme in ("http", "https")
