"""Templates: Jinja in a sandbox, where a variable that is not there is an error.

Scenario files and prompts are data, and may come from anywhere. A template can read the values that
it is given and nothing else: no attribute that starts with an underscore, no change of a value, no
import, no file, no chance. What it may be made of and how much it may compute is in `sandbox`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from simulate.errors import InputError
from simulate.sandbox import LONGEST_TEXT, BoundsError, begin, environment

if TYPE_CHECKING:
    from jinja2 import Template

__all__ = ["LONGEST_TEMPLATE", "render", "variables_of"]

LONGEST_TEMPLATE = 100_000
"""Characters."""


@lru_cache(maxsize=512)
def _compiled(source: str, name: str) -> Template:
    from jinja2 import TemplateSyntaxError

    if len(source) > LONGEST_TEMPLATE:
        raise InputError(
            f"{name}: a template of {len(source):,} characters; at most {LONGEST_TEMPLATE:,}"
        )
    try:
        return environment().from_string(source)
    except TemplateSyntaxError as error:
        raise InputError(f"{name}, template line {error.lineno}: {error.message}") from None
    except (RecursionError, MemoryError, SyntaxError):  # of the Python that Jinja makes of it
        raise InputError(f"{name}: the template is nested too deeply") from None


def render(source: str, values: Mapping[str, Any], name: str) -> str:
    """Fill a template in, without white space at its ends.

    Args:
        source: the template's text.
        values: the variables that it may use.
        name: what the template is called in messages, such as `speakers.persuader.instructions`.

    Raises:
        InputError: the template has an error in it, uses a variable that is not among `values`,
            does what the sandbox forbids, or takes or makes more than is allowed.
    """
    from jinja2 import TemplateError

    try:
        template = _compiled(source, name)
        begin()
        parts: list[str] = []
        size = 0
        for part in template.generate(values):
            size += len(part)
            if size > LONGEST_TEXT:
                raise BoundsError(f"a text of more than {LONGEST_TEXT:,} characters")
            parts.append(part)
        text = "".join(parts).strip()
        text.encode()  # half a surrogate pair can be neither sent nor stored
        return text
    except BoundsError as error:
        raise InputError(
            f"{name}: {error}; templates are bounded, see docs/reliability.md"
        ) from None
    except RecursionError:
        raise InputError(f"{name}: the template, or a value in it, is nested too deeply") from None
    except (
        TemplateError,
        TypeError,
        ValueError,
        ArithmeticError,
        LookupError,
        AttributeError,
    ) as error:
        known = ", ".join(sorted(values)) or "none"
        raise InputError(f"{name}: {error}; the variables here are: {known}") from None


def variables_of(source: str, name: str) -> frozenset[str]:
    """Return the names of the variables that a template reads from outside.

    Raises:
        InputError: the template has an error in it.
    """
    from jinja2 import TemplateSyntaxError, meta

    _compiled(source, name)
    try:
        return frozenset(meta.find_undeclared_variables(environment().parse(source)))
    except TemplateSyntaxError as error:
        raise InputError(f"{name}, template line {error.lineno}: {error.message}") from None
