"""Templates in target files: what they may name, and how each place is filled in.

They see `session`, `message`, `history`, `env` (only what the file names of the environment),
`persona`, `cell`, `variables` and `tools` of the dialogue, `calls` (what tools answered), `token`,
and what the file captures.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any
from urllib.parse import quote as url_quoted
from urllib.parse import urljoin, urlsplit

from simulate.errors import InputError, quote
from simulate.files.templates import evaluate, render
from simulate.models import headers
from simulate.models.secrets import secret_parameters

OF_DIALOGUE = frozenset({"persona", "cell", "variables", "tools"})
"""What of a dialogue a target is told only where its templates read it."""
VARIABLES = ("session", "message", "history", "env", "calls", *sorted(OF_DIALOGUE))
IN_RUN_FILES = "every run file holds it"
"""Why no secret may stand in a target file."""

_BASE = re.compile(r"^\s*\{\{-?\s*(?P<env>env\.)?(?P<name>\w+)\s*-?\}\}")
"""What alone may begin a URL: an environment variable, the service's address, or a captured one."""

_escape_url = partial(url_quoted, safe="")
_seen: ContextVar[tuple[str, ...]] = ContextVar("seen", default=VARIABLES)


@contextmanager
def seeing(names: tuple[str, ...]) -> Iterator[None]:
    """Check templates as such that see these variables."""
    token = _seen.set(names)
    try:
        yield
    finally:
        _seen.reset(token)


def checked_template(source: str, more: tuple[str, ...] = ()) -> str:
    """Return a template as it is; see `headers.checked_template`."""
    return headers.checked_template(source, (*_seen.get(), *more))


def checked_data(data: Any, more: tuple[str, ...] = ()) -> Any:
    """Return JSON data whose strings are templates as they are.

    Args:
        data: the data.
        more: what the templates see beside the usual.

    Raises:
        ValueError: one of the strings is no template.
    """
    for _, text in headers.texts_in(data):
        checked_template(text, more)
    return data


def checked_headers(given: Mapping[str, str]) -> Mapping[str, str]:
    """Return headers as they are; see `headers.checked_headers`."""
    return headers.checked_headers(given, _seen.get(), IN_RUN_FILES)


def checked_url(url: str, schemes: tuple[str, ...]) -> str:
    """Return a URL template as it is.

    Raises:
        ValueError: it is no template, has another scheme or no host, or holds a secret.
    """
    checked_template(url)
    if not _BASE.match(url):
        _check_address(url, schemes)
    if _says_secret(url):
        raise ValueError(
            f"must have no password or key in it, since {IN_RUN_FILES}: write "
            "{{ env.NAME }}, which is read from the environment"
        )
    return url


def filled(data: Any, values: Mapping[str, Any], field: str) -> Any:
    """Fill in JSON data whose strings are templates.

    Raises:
        InputError: a template fails, with its field.
    """
    if isinstance(data, str):
        return evaluate(data, values, field)
    if isinstance(data, Mapping):
        return {key: filled(value, values, f"{field}.{key}") for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [filled(value, values, f"{field}.{i}") for i, value in enumerate(data)]
    return data


def filled_url(
    url: str,
    values: Mapping[str, Any],
    field: str,
    schemes: tuple[str, ...] = ("http", "https"),
    hosts: Mapping[str | None, str] = {},
) -> str:
    """Fill in a URL; what a variable puts in is quoted, but for a variable that begins it.

    Args:
        url: the template.
        values: what it sees.
        field: where it stands, for messages.
        schemes: those that it may have.
        hosts: those that a URL which a target named may lead to, each with an address there
            that a relative one is below.

    Raises:
        InputError: the template fails, or what came out is not a URL that can be called, or one
            that the target named leads to another host.
    """
    if not (matched := _BASE.match(url)):
        return render(url, values, field, escape=_escape_url)
    base = str(evaluate(matched[0], values, field)).strip()
    address = base + render(url[matched.end() :], values, field, escape=_escape_url)
    try:
        if not matched["env"]:
            address = urljoin(next(iter(hosts.values()), ""), address)
            if address.startswith("http") and "ws" in schemes:
                address = f"ws{address.removeprefix('http')}"
        _check_address(address, schemes)
        host = urlsplit(address).hostname
    except ValueError as error:
        raise InputError(f"{field}: {error}") from None
    if not matched["env"] and host not in hosts:
        raise InputError(
            f"{field}: the target names {quote(address)}, which leads to another host; only "
            f"{', '.join(filter(None, hosts))} may be asked: name its host in a URL of the file"
        )
    return address


def is_captured(url: str) -> bool:
    """Tell whether a URL template begins with what the target said."""
    matched = _BASE.match(url)
    return matched is not None and not matched["env"]


def with_base(url: str, environment: Mapping[str, str]) -> str:
    """Return a URL template with the value of the environment variable that begins it."""
    matched = _BASE.match(url)
    if matched is None or not matched["env"]:
        return url
    # With what follows, which may be a part of the host.
    return environment.get(matched["name"], "").strip() + url[matched.end() :]


def _check_address(url: str, schemes: tuple[str, ...]) -> None:
    try:
        parts = urlsplit(url)
        port = "{{" in parts.netloc or parts.port is None or parts.port > 0
    except ValueError:
        port = False
    if not port or parts.scheme not in schemes or not parts.netloc.rpartition("@")[2]:
        raise ValueError(f"not a URL that can be called: write {schemes[0]}://host:port/path")


def _says_secret(url: str) -> bool:
    """Tell whether a URL template holds a password or a key itself, not by a variable."""
    bare = headers.parted(url)[0]
    for credentials in re.findall(r"//([^/?#]*)@", bare):
        user, colon, password = credentials.partition(":")
        if password if colon else user:
            return True
    return any(secret_parameters(bare))
