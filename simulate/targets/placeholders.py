"""Templates in target files: what they may name, and how each place is filled in.

They see `session`, `message`, `history`, `env` (only what the file names of the environment),
`persona`, `cell`, `variables` and `tools` of the dialogue, `calls` (what tools answered), `token`,
and what the file captures.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any
from urllib.parse import quote as url_quoted
from urllib.parse import urljoin, urlsplit

from simulate.errors import InputError, quote
from simulate.files.templates import evaluate, render, variables_of
from simulate.models import headers
from simulate.models.secrets import secret_parameters

OF_DIALOGUE = frozenset({"persona", "cell", "variables", "tools"})
"""What of a dialogue a target is told only where its templates read it."""
VARIABLES = ("session", "message", "history", "env", "calls", *sorted(OF_DIALOGUE))
IN_RUN_FILES = "every run file holds it"
"""Why no secret may stand in a target file."""

_BASE = re.compile(r"^\s*\{\{-?\s*(?P<env>env\.)?(?P<name>\w+)\s*-?\}\}")
"""What alone may begin a URL: an environment variable, the service's address, or a captured one."""

_AUTHORITY = re.compile(r"\s*\w+://((?:\{\{.*?\}\}|[^/?#{]|\{(?!\{))*)", re.DOTALL)
"""What of a URL template says the host, and the port."""
_PORTS = {"http": 80, "https": 443}

Origin = tuple[str, str | None, int | None]

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
        _check_host_is_named(url)
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
    named: Iterable[str] = (),
) -> str:
    """Fill in a URL; what a variable puts in is quoted, but for a variable that begins it.

    Args:
        url: the template.
        values: what it sees.
        field: where it stands, for messages.
        schemes: those that it may have.
        named: addresses that the file names; one that the target named is relative to the first,
            and must be of the same scheme, host and port as one of them.

    Raises:
        InputError: the template fails, or what came out is not a URL that can be called, or one
            that the target named leads to another host.
    """
    if not (matched := _BASE.match(url)):
        return render(url, values, field, escape=_escape_url)
    base = str(evaluate(matched[0], values, field)).strip()
    address = base + render(url[matched.end() :], values, field, escape=_escape_url)
    try:
        if matched["env"]:
            _check_host_is_named(base + url[matched.end() :])
        else:
            address = urljoin(next(iter(named), ""), address)
            if address.startswith("http") and "ws" in schemes:
                address = f"ws{address.removeprefix('http')}"
        _check_address(address, schemes)
    except ValueError as error:
        raise InputError(f"{field}: {error}") from None
    if matched["env"] or _origin(address) in (origins := [_origin(each) for each in named]):
        return address
    told = dict.fromkeys(
        f"{s}://{h}{'' if p in _PORTS.values() else f':{p}'}" for s, h, p in origins
    )
    raise InputError(
        f"{field}: the target names {quote(address)}, which leads to another host; only "
        f"{', '.join(told)} may be asked: name its host in a URL of the file"
    )


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


def _check_host_is_named(url: str) -> None:
    """Make sure that nobody who talks has a say in which host is asked, and gets the headers."""
    authority = _AUTHORITY.match(url)
    said = authority[1] if authority else ""
    try:
        read = variables_of(said, "url") if "{" in said else frozenset()
    except InputError as error:
        raise ValueError(str(error)) from None
    if foreign := sorted(read - {"env", "cell", "variables"}):
        raise ValueError(
            f"the host is told by {quote(foreign[0])}, so that others could name one: write it "
            "out, or as {{ env.NAME }}"
        )


def _origin(url: str) -> Origin:
    """Return scheme, host and port; those of a WebSocket are the same as of HTTP."""
    parts = urlsplit(url)
    scheme = parts.scheme.replace("ws", "http", 1)
    try:
        port = parts.port or _PORTS.get(scheme)
    except ValueError:  # a template, of a URL that is not filled in
        port = None
    return scheme, parts.hostname, port


def _says_secret(url: str) -> bool:
    """Tell whether a URL template holds a password or a key itself, not by a variable."""
    bare = headers.parted(url)[0]
    for credentials in re.findall(r"//([^/?#]*)@", bare):
        user, colon, password = credentials.partition(":")
        if password if colon else user:
            return True
    return any(secret_parameters(bare))
