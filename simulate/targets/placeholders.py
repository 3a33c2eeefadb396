"""Templates in target files: what they may name, and how each place is filled in.

They see `session`, `message`, `history` and `env`; of the environment only what the file names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import quote as url_quoted
from urllib.parse import urlsplit

from simulate.errors import InputError
from simulate.files.templates import evaluate, render
from simulate.models import headers
from simulate.models.secrets import secret_parameters

VARIABLES = ("session", "message", "history", "env")
IN_RUN_FILES = "every run file holds it"
"""Why no secret may stand in a target file."""

_BASE = re.compile(r"^\s*\{\{-?\s*env\.(?P<name>\w+)\s*-?\}\}")
"""An environment variable at the very beginning of a URL: the service's address, as it is."""

_escape_url = partial(url_quoted, safe="")


def checked_template(source: str) -> str:
    """Return a template as it is; see `headers.checked_template`."""
    return headers.checked_template(source, VARIABLES)


def checked_data(data: Any) -> Any:
    """Return JSON data whose strings are templates as they are.

    Raises:
        ValueError: one of the strings is no template.
    """
    for _, text in headers.texts_in(data):
        checked_template(text)
    return data


def checked_headers(given: Mapping[str, str]) -> Mapping[str, str]:
    """Return headers as they are; see `headers.checked_headers`."""
    return headers.checked_headers(given, VARIABLES, IN_RUN_FILES)


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
