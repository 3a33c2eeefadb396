"""Headers of requests, as a file says them: templates that may name environment variables.

A header's value, and a parameter of a query, may be a template such as `Bearer {{ env.NAME }}`.
What looks like a secret may come from there only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from simulate.errors import InputError, quote
from simulate.files.templates import attributes_of, render, variables_of

FILLED_IN = re.compile(r"\{\{.*?\}\}", re.DOTALL)
BREAKS = re.compile(r"[\r\n\0]")
_NAME = re.compile(r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")
_SECRET = re.compile(
    r"^(?:proxy-)?authorization$|^cookie$|api-?key|token|secret|passw", re.IGNORECASE
)


def checked_template(source: str, variables: frozenset[str]) -> str:
    """Return a template as it is.

    Raises:
        ValueError: it has an error in it, or names a variable that is not there.
    """
    try:
        named = variables_of(source, "template")
        attributes_of(source, "env", "template")
    except InputError as error:
        raise ValueError(str(error)) from None
    if unknown := sorted(named - variables):
        *others, last = [*sorted(variables - {"env"}, key=_ORDER.index), "env.NAME"]
        seen = f"{', '.join(others)} and {last}" if others else last
        raise ValueError(f"names the variable {quote(unknown[0])}; a template here sees {seen}")
    return source


_ORDER = ("session", "message", "history")


def checked_headers(
    headers: Mapping[str, str], variables: frozenset[str], why: str
) -> Mapping[str, str]:
    """Return headers as they are.

    Args:
        headers: name to template.
        variables: what the templates may see.
        why: the reason for which no secret may stand here, after “since”.

    Raises:
        ValueError: a name is none, a value holds a line break, or a secret, or is no template.
    """
    for name, value in headers.items():
        if not _NAME.match(name):
            raise ValueError(f"{quote(name)} is not the name of a header")
        if BREAKS.search(value.strip()):
            raise ValueError(f"{name}: a header holds no line break")
        if value.strip() and _SECRET.search(name) and not FILLED_IN.search(value):
            raise ValueError(
                f"{name}: a secret must not stand here, since {why}: write {{{{ env.NAME }}}}, "
                "which is read from the environment"
            )
        checked_template(value, variables)
    return headers


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
        if BREAKS.search(done[name]):
            raise InputError(
                f"{field}.{name}: holds a line break once it is filled in, which no header may; "
                "put this into the body"
            )
    return done


def variables_named(data: Any) -> frozenset[str]:
    """Return the environment variables that the templates in some data name."""
    return frozenset().union(*(attributes_of(text, "env", "template") for text in texts_in(data)))


def texts_in(data: Any) -> Iterator[str]:
    """Yield the strings that stand as values in JSON data."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, Mapping):
        for value in data.values():
            yield from texts_in(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from texts_in(value)
