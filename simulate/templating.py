"""Templates: Jinja in a sandbox, where a variable that is not there is an error.

Scenario files and prompts are data. A template can read the values that it is given and nothing
else: no attribute that starts with an underscore, no change of a value, no import, no file.

Beside Jinja's own filters there are `code` and `pick`; see `simulate.codes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from simulate.codes import code, pick
from simulate.errors import InputError

if TYPE_CHECKING:
    from jinja2 import Template
    from jinja2.sandbox import ImmutableSandboxedEnvironment

__all__ = ["render", "variables_of"]


@lru_cache(maxsize=1)
def _environment() -> ImmutableSandboxedEnvironment:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"code": code, "pick": pick}
    return environment


@lru_cache(maxsize=512)
def _compiled(source: str, name: str) -> Template:
    from jinja2 import TemplateSyntaxError

    try:
        return _environment().from_string(source)
    except TemplateSyntaxError as error:
        raise InputError(f"{name}, template line {error.lineno}: {error.message}") from None


def render(source: str, values: Mapping[str, Any], name: str) -> str:
    """Fill a template in, without white space at its ends.

    Args:
        source: the template's text.
        values: the variables that it may use.
        name: what the template is called in messages, such as `speakers.persuader.instructions`.

    Raises:
        InputError: the template has an error in it, uses a variable that is not among `values`,
            or does what the sandbox forbids.
    """
    from jinja2 import TemplateError

    try:
        return _compiled(source, name).render(values).strip()
    except (TemplateError, TypeError, ValueError, ArithmeticError, OverflowError) as error:
        known = ", ".join(sorted(values)) or "none"
        raise InputError(f"{name}: {error}; the variables here are: {known}") from None


def variables_of(source: str, name: str) -> frozenset[str]:
    """Return the names of the variables that a template reads from outside.

    Raises:
        InputError: the template has an error in it.
    """
    from jinja2 import TemplateSyntaxError, meta

    try:
        return frozenset(meta.find_undeclared_variables(_environment().parse(source)))
    except TemplateSyntaxError as error:
        raise InputError(f"{name}, template line {error.lineno}: {error.message}") from None
