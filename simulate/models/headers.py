"""Headers of requests, as a file says them: templates that may name environment variables.

A header's value, and a parameter of a query, may be a template such as `Bearer {{ env.NAME }}`.
What looks like a secret may come from there only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from simulate.errors import InputError, quote
from simulate.files.templates import attributes_of, render, variables_of
from simulate.models.secrets import names_secret

BREAKS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
"""Line breaks and other control characters, of which a header may have none but a tab."""
_NAME = re.compile(r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")


def parted(text: str) -> tuple[str, list[str]]:
    """Return a template without its `{{ … }}`, and what stands in each; in linear time."""
    outside, inside, at = [], [], 0
    while (start := text.find("{{", at)) >= 0 and (end := text.find("}}", start)) >= 0:
        outside.append(text[at:start])
        inside.append(text[start + 2 : end])
        at = end + 2
    return "".join([*outside, text[at:]]), inside


def checked_template(source: str, variables: Sequence[str]) -> str:
    """Return a template as it is.

    Raises:
        ValueError: it has an error in it, or names a variable that is not there.
    """
    try:
        named = variables_of(source, "template")
        attributes_of(source, "env", "template")
    except InputError as error:
        raise ValueError(str(error)) from None
    if unknown := sorted(named.difference(variables)):
        *others, last = ("env.NAME" if each == "env" else each for each in variables)
        seen = f"{', '.join(others)} and {last}" if others else last
        raise ValueError(f"names the variable {quote(unknown[0])}; a template here sees {seen}")
    return source


def checked_values(
    values: Mapping[str, str], variables: Sequence[str], why: str
) -> Mapping[str, str]:
    """Return the values of headers, or of a query's parameters, as they are.

    Args:
        values: name to template.
        variables: what the templates may see.
        why: the reason for which no secret may stand here, after “since”.

    Raises:
        ValueError: a value holds a line break, or a secret, or is no template.
    """
    for name, value in values.items():
        if BREAKS.search(value.strip()):
            raise ValueError(f"{name}: a header holds no line break and no control character")
        if value.strip() and names_secret(name) and not parted(value)[1]:
            raise ValueError(
                f"{name}: a secret must not stand here, since {why}: write {{{{ env.NAME }}}}, "
                "which is read from the environment"
            )
        checked_template(value, variables)
    return values


def checked_headers(
    headers: Mapping[str, str], variables: Sequence[str], why: str
) -> Mapping[str, str]:
    """Return headers as they are; see `checked_values`.

    Raises:
        ValueError: also where a name is none.
    """
    for name in headers:
        if not _NAME.match(name):
            raise ValueError(f"{quote(name)} is not the name of a header")
    return checked_values(headers, variables, why)


def with_others(headers: Mapping[str, str], others: Mapping[str, str]) -> dict[str, str]:
    """Return headers, and of some others those of further names, in any case of letters."""
    names = {name.lower() for name in headers}
    return {n: v for n, v in others.items() if n.lower() not in names} | dict(headers)


def looked_up(
    names: Iterable[str],
    environment: Mapping[str, str],
    whose: str,
    error_type: type[InputError],
) -> dict[str, str]:
    """Return environment variables that are sent.

    Raises:
        InputError: (as `error_type`) one is not set.
    """
    values = {}
    for name in sorted(names):
        if environment.get(name) is None:
            raise unset(whose, name, error_type)
        values[name] = environment[name]
    return values


def unset(whose: str, name: str, error_type: type[InputError]) -> InputError:
    """Return the error for an environment variable that is not set."""
    return error_type(
        f"{whose} names the environment variable {name}, which is not set; set it, or name another"
    )


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
                f"{field}.{name}: holds a line break or another control character once it is "
                "filled in, which no header may; put this into the body"
            )
    return done


def variables_named(data: Any) -> frozenset[str]:
    """Return the environment variables that the templates in some data name."""
    named = (attributes_of(text, "env", "template") for _, text in texts_in(data))
    return frozenset().union(*named)


def texts_in(data: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the texts that stand as values in plain data of any depth, each with its path."""
    left: list[tuple[tuple[str, ...], Any]] = [((), data)]
    while left:
        path, value = left.pop()
        if isinstance(value, str):
            yield path, value
        elif isinstance(value, Mapping):
            left += [((*path, str(name)), each) for name, each in value.items()][::-1]
        elif isinstance(value, list | tuple):
            left += [(path, each) for each in value[::-1]]
