"""Templates in target files: what they may name, and how each place is filled in.

They see `session`, `message`, `history` and `env`; of the environment only what the file names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import quote as url_quoted
from urllib.parse import urlsplit

from simulate.errors import InputError, quote
from simulate.files.templates import attributes_of, evaluate, render, variables_of

VARIABLES = frozenset({"session", "message", "history", "env"})

_BASE = re.compile(r"^\s*\{\{-?\s*env\.(?P<name>\w+)\s*-?\}\}")
"""An environment variable at the very beginning of a URL: the service's address, as it is."""

_HEADER_NAME = re.compile(r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")
_BREAKS = re.compile(r"[\r\n\0]")
_FILLED_IN = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_SECRET_QUERY = re.compile(
    r"[?&][^=&#]*(?:key|token|secret|passw|signature|auth)[^=&#]*=[^&#]", re.IGNORECASE
)
_SECRET_HEADER = re.compile(
    r"^(?:proxy-)?authorization$|^cookie$|api-?key|token|secret|passw", re.IGNORECASE
)

_escape_url = partial(url_quoted, safe="")


def checked_template(source: str) -> str:
    """Return a template as it is.

    Raises:
        ValueError: it has an error in it, or names a variable that is not there.
    """
    try:
        named = variables_of(source, "template")
        attributes_of(source, "env", "template")
    except InputError as error:
        raise ValueError(str(error)) from None
    if unknown := sorted(named - VARIABLES):
        raise ValueError(
            f"names the variable {quote(unknown[0])}; a template here sees session, message, "
            "history and env.NAME"
        )
    return source


def checked_data(data: Any) -> Any:
    """Return JSON data whose strings are templates as they are.

    Raises:
        ValueError: one of the strings is no template.
    """
    for text in _strings(data):
        checked_template(text)
    return data


def checked_headers(headers: Mapping[str, str]) -> Mapping[str, str]:
    """Return headers as they are.

    Raises:
        ValueError: a name is none, a value holds a line break, or a secret, or is no template.
    """
    for name, value in headers.items():
        if not _HEADER_NAME.match(name):
            raise ValueError(f"{quote(name)} is not the name of a header")
        if _BREAKS.search(value.strip()):
            raise ValueError(f"{name}: a header holds no line break")
        if value.strip() and _SECRET_HEADER.search(name) and not _FILLED_IN.search(value):
            raise ValueError(
                f"{name}: a secret must not stand here, since every run file holds it: write "
                "{{ env.NAME }}, which is read from the environment"
            )
        checked_template(value)
    return headers


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
            "must have no password or key in it, since every run file holds it: write "
            "{{ env.NAME }}, which is read from the environment"
        )
    return url


def variables_named(data: Any) -> frozenset[str]:
    """Return the environment variables that the templates in some data name."""
    return frozenset().union(*(attributes_of(text, "env", "template") for text in _strings(data)))


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
    url: str, values: Mapping[str, Any], field: str, schemes: tuple[str, ...] = ("http", "https")
) -> str:
    """Fill in a URL; what a variable puts in is quoted, but for an `env.NAME` that begins it.

    Raises:
        InputError: the template fails, or what came out is not a URL that can be called.
    """
    base = ""
    if matched := _BASE.match(url):
        base = str(values["env"][matched["name"]]).strip()
        url = url[matched.end() :]
    address = base + render(url, values, field, escape=_escape_url)
    if base:
        try:
            _check_address(address, schemes)
        except ValueError as error:
            raise InputError(f"{field}: {error}") from None
    return address


def filled_headers(
    headers: Mapping[str, str], values: Mapping[str, Any], field: str
) -> dict[str, str]:
    """Fill in headers.

    Raises:
        InputError: a template fails, or puts a line break into a header.
    """
    done = {}
    for name, value in headers.items():
        done[name] = render(value, values, f"{field}.{name}")
        if _BREAKS.search(done[name]):
            raise InputError(
                f"{field}.{name}: holds a line break once it is filled in, which no header may; "
                "put this into the body"
            )
    return done


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
    bare = _FILLED_IN.sub("", url)
    for credentials in re.findall(r"//([^/?#]*)@", bare):
        user, colon, password = credentials.partition(":")
        if password if colon else user:
            return True
    return bool(_SECRET_QUERY.search(bare))


def _strings(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, Mapping):
        for value in data.values():
            yield from _strings(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from _strings(value)
