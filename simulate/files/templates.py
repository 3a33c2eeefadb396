"""Templates: Jinja in a sandbox, where a variable that is not there is an error.

Scenario files and prompts are data, and may come from anywhere. A template can read the values that
it is given and nothing else: no attribute that starts with an underscore, no change of a value, no
import, no file, no chance. What it may be made of and how much it may compute is in `sandbox`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from simulate.errors import InputError, quote
from simulate.files.sandbox import (
    LONGEST_TEXT,
    BoundsError,
    Escape,
    MissingError,
    begin,
    environment,
    is_none,
)

if TYPE_CHECKING:
    from jinja2 import Template, nodes
    from jinja2.environment import TemplateExpression

LONGEST_TEMPLATE = 100_000
"""Characters."""
MOST_FIELDS = 20
"""Fields that a message lists."""
_FAULTS = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError, NameError)
"""What the Python beneath a template raises for values that do not fit. A name is not defined where
Jinja writes down `nan` or `inf`, which it has computed beforehand."""


@lru_cache(maxsize=512)
def _compiled(source: str, name: str, escape: Escape | None = None) -> Template:
    from jinja2 import TemplateSyntaxError

    if len(source) > LONGEST_TEMPLATE:
        raise InputError(
            f"{name}: a template of {len(source):,} characters; at most {LONGEST_TEMPLATE:,}"
        )
    try:
        return environment(escape).from_string(source)
    except TemplateSyntaxError as error:
        raise InputError(f"{name}, template line {error.lineno}: {error.message}") from None
    except (RecursionError, MemoryError, SyntaxError):  # of the Python that Jinja makes of it
        raise InputError(f"{name}: the template is nested too deeply") from None


def _parsed(source: str, name: str) -> nodes.Template:
    from jinja2 import TemplateSyntaxError

    try:
        return environment().parse(source)
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
            does what the sandbox forbids, or takes or makes more than is allowed.
    """
    from jinja2 import TemplateError

    try:
        template = _compiled(source, name, escape)
        if not ("{" in source or "\r" in source):  # words only, as many a field is
            source.encode()
            return source.strip()
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
    except (BoundsError, MissingError, RecursionError, TemplateError, *_FAULTS) as error:
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
        begin()
        value = _compiled_expression(expression)(values)
        if is_none(value):
            return None
        if isinstance(value, Undefined):
            str(value)  # raises, with the variable's name
        return list(value) if isinstance(value, Iterator) else value
    except (BoundsError, MissingError, RecursionError, TemplateError, *_FAULTS) as error:
        raise _failed(error, values, name) from None


@lru_cache(maxsize=512)
def _compiled_expression(expression: str) -> TemplateExpression:
    return environment().compile_expression(expression, undefined_to_none=False)


@lru_cache(maxsize=512)
def _only_expression(source: str, name: str) -> str | None:
    """Return the expression of a template that is nothing but a `{{ … }}`, else None."""
    from jinja2 import nodes

    text = source.strip()
    if not (text.startswith("{{") and text.endswith("}}")):
        return None
    body = _parsed(text, name).body
    if len(body) != 1 or not isinstance(body[0], nodes.Output):
        return None
    output = body[0].nodes
    if len(output) != 1 or isinstance(output[0], nodes.TemplateData):
        return None
    return text[2:-2].removeprefix("-").removesuffix("-").strip()


def not_there(name: str, why: str) -> Any:
    """Return what stands for a variable that is not there yet; to use it is an error that says why.

    It is not defined, and has no default but the one that a template gives it.
    """
    return environment().undefined(why, name=name)


def _failed(error: Exception, values: Mapping[str, Any], name: str) -> InputError:
    if isinstance(error, BoundsError):
        return InputError(f"{name}: {error}; templates are bounded, see docs/reliability.md")
    if isinstance(error, RecursionError):
        return InputError(f"{name}: the template, or a value in it, is nested too deeply")
    if isinstance(error, MissingError):
        owner = next((key for key, value in values.items() if value is error.there), "the value")
        if error.name in error.there:
            return InputError(
                f"{name}: {owner} has no value for {quote(str(error.name), 40)}; say what stands "
                "there then, with {% if … is none %} or | default(…)"
            )
        fields = [quote(str(each), 40) for each in list(error.there)[:MOST_FIELDS]]
        more = ", …" if len(error.there) > MOST_FIELDS else ""
        return InputError(
            f"{name}: {owner} has no {quote(str(error.name), 40)}; "
            f"it has: {', '.join(fields) or 'nothing'}{more}"
        )
    if isinstance(error, NameError):
        return InputError(f"{name}: it computes a number that is not finite")
    from jinja2 import Undefined

    there = [name for name, value in values.items() if not isinstance(value, Undefined)]
    known = ", ".join(sorted(there)) or "none"
    return InputError(f"{name}: {error}; the variables here are: {known}")


def attributes_of(source: str, variable: str, name: str) -> frozenset[str]:
    """Return which attributes of a variable a template reads, as in `variable.NAME`.

    Raises:
        InputError: the template has an error in it, or uses the variable in another way, so that
            what it reads cannot be told beforehand.
    """
    from jinja2 import nodes

    tree = _parsed(source, name)
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


@lru_cache(maxsize=512)
def variables_of(source: str, name: str) -> frozenset[str]:
    """Return the names of the variables that a template reads from outside.

    Raises:
        InputError: the template has an error in it.
    """
    from jinja2 import meta

    _compiled(source, name)
    return frozenset(meta.find_undeclared_variables(_parsed(source, name)))
