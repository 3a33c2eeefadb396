"""Templates: Jinja in a sandbox, where a variable that is not there is an error.

Scenario files and prompts are data. A template can read the values that it is given and nothing
else: no attribute that starts with an underscore, no change of a value, no import, no file.

Beside Jinja's own filters there are `code` and `pick`; see `simulate.codes`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from simulate.codes import code, pick
from simulate.errors import InputError

if TYPE_CHECKING:
    from jinja2 import Template
    from jinja2.sandbox import ImmutableSandboxedEnvironment

__all__ = ["attributes_of", "evaluate", "render", "variables_of"]


Escape = Callable[[str], str]
"""Makes the value of a `{{ … }}` safe for the place where it stands."""


@lru_cache(maxsize=8)
def _environment(escape: Escape | None = None) -> ImmutableSandboxedEnvironment:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=None if escape is None else lambda value: escape(str(value)),
    )
    environment.filters |= {"code": code, "pick": pick}
    return environment


@lru_cache(maxsize=512)
def _compiled(source: str, name: str, escape: Escape | None = None) -> Template:
    from jinja2 import TemplateSyntaxError

    try:
        return _environment(escape).from_string(source)
    except TemplateSyntaxError as error:
        raise InputError(f"{name}, template line {error.lineno}: {error.message}") from None


def render(
    source: str, values: Mapping[str, Any], name: str, escape: Callable[[str], str] | None = None
) -> str:
    """Fill a template in, without white space at its ends.

    Args:
        source: the template's text.
        values: the variables that it may use.
        name: what the template is called in messages, such as `speakers.persuader.instructions`.
        escape: is applied to what each `{{ … }}` puts in; None puts it in as it is.

    Raises:
        InputError: the template has an error in it, uses a variable that is not among `values`,
            or does what the sandbox forbids.
    """
    from jinja2 import TemplateError

    try:
        return _compiled(source, name, escape).render(values).strip()
    except (TemplateError, TypeError, ValueError, ArithmeticError, OverflowError) as error:
        raise _failed(error, values, name) from None


def evaluate(source: str, values: Mapping[str, Any], name: str) -> Any:
    """Fill a template in; one that is a single `{{ … }}` keeps the type of its value.

    Raises:
        InputError: as `render`.
    """
    from jinja2 import TemplateError, Undefined

    expression = _only_expression(source, name)
    if expression is None:
        return render(source, values, name)
    try:
        value = _environment().compile_expression(expression, undefined_to_none=False)(values)
        if isinstance(value, Undefined):
            str(value)  # raises, with the variable's name
        return list(value) if isinstance(value, Iterator) else value
    except (TemplateError, TypeError, ValueError, ArithmeticError, OverflowError) as error:
        raise _failed(error, values, name) from None


@lru_cache(maxsize=512)
def _only_expression(source: str, name: str) -> str | None:
    """Return the expression of a template that is nothing but a `{{ … }}`, else None."""
    from jinja2 import TemplateSyntaxError, nodes

    text = source.strip()
    if not (text.startswith("{{") and text.endswith("}}")):
        return None
    try:
        body = _environment().parse(text).body
    except TemplateSyntaxError as error:
        raise InputError(f"{name}, template line {error.lineno}: {error.message}") from None
    if len(body) != 1 or not isinstance(body[0], nodes.Output):
        return None
    output = body[0].nodes
    if len(output) != 1 or isinstance(output[0], nodes.TemplateData):
        return None
    return text[2:-2].removeprefix("-").removesuffix("-").strip()


def _failed(error: Exception, values: Mapping[str, Any], name: str) -> InputError:
    known = ", ".join(sorted(values)) or "none"
    return InputError(f"{name}: {error}; the variables here are: {known}")


def attributes_of(source: str, variable: str, name: str) -> frozenset[str]:
    """Return which attributes of a variable a template reads, as in `variable.NAME`.

    Raises:
        InputError: the template has an error in it, or uses the variable in another way, so that
            what it reads cannot be told beforehand.
    """
    from jinja2 import TemplateSyntaxError, nodes

    try:
        tree = _environment().parse(source)
    except TemplateSyntaxError as error:
        raise InputError(f"{name}, template line {error.lineno}: {error.message}") from None
    read: list[str] = []
    for node in tree.find_all(nodes.Expr):
        if not isinstance(node, nodes.Getattr | nodes.Getitem):
            continue
        if not (isinstance(node.node, nodes.Name) and node.node.name == variable):
            continue
        if isinstance(node, nodes.Getattr):
            read.append(node.attr)
        elif isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
            read.append(node.arg.value)
    uses = sum(node.name == variable for node in tree.find_all(nodes.Name))
    if uses > len(read):
        raise InputError(f"{name}: {variable} can only be used as {variable}.NAME")
    return frozenset(read)


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
