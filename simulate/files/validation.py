"""What pydantic finds wrong, in the words that users know: the one place that words its errors."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin

from simulate.errors import quote
from simulate.files.yaml import YamlFile

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

MOST_SHOWN = 10
"""Errors of one file."""
_NUMBER, _WHOLE, _TEXT = "must be a number", "must be a whole number", "must be a text"
_TRUTH, _FIELDS = "must be true or false", "must be a mapping of fields to values"
PLAINER = {
    "extra_forbidden": "there is no such field here",
    "missing": "is missing",
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "string_type": _TEXT,
    "bool_type": _TRUTH,
    "bool_parsing": _TRUTH,
    "dict_type": _FIELDS,
    "model_type": _FIELDS,
    "model_attributes_type": _FIELDS,
    "list_type": "must be a list",
    "tuple_type": "must be a list",
}
"""Kind of a pydantic error to what is said of it."""


def said(problem: ErrorDetails) -> str:
    """Return the rule that a value breaks, such as “must be greater than or equal to 1”."""
    if plainer := PLAINER.get(problem["type"]):
        return plainer
    if problem["type"] == "too_long":
        most = problem.get("ctx", {}).get("max_length", 0)
        return f"must have at most {most:,} items: leave some out, or split it"
    message = problem["msg"].removeprefix("Value error, ").replace(" after validation", "")
    return re.sub(r"^\w+ should ", "must ", message)


def first_problem(error: ValidationError) -> str:
    """Return `field: rule` for the first problem that was found; `rule` where no field has it."""
    problem = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in problem["loc"])
    return f"{field}: {said(problem)}" if field else said(problem)


def validation_lines(file: YamlFile, error: ValidationError, model: Any = None) -> str:
    """Turn a pydantic error into lines `file:line: field: rule, got value`, at most ten.

    Args:
        file: what was validated.
        error: what was found.
        model: the model that it breaks, to say which field a misspelt one may have meant.
    """
    found: dict[str, tuple[list[str], str]] = {}
    for problem in error.errors(include_url=False):
        field = tuple(problem["loc"])
        message = said(problem)
        known = _without_union_tags(field, file)
        if problem["type"] != "missing" and not file.has(known):
            known = known[:-1]  # a branch of a union that failed, or pydantic's `[key]`
        given = problem.get("input")
        got = ""
        if problem["type"] == "extra_forbidden":
            message += _meant(str(field[-1]), _names(model, field[:-1]))
        elif problem["type"] not in ("missing", "value_error", "too_long"):
            got = _got(given, wants_text=problem["type"] == "string_type")
        # A rule over several fields begins with the one that breaks it.
        where = f"{file.path}:{file.line_named(message, known)}"
        if known:
            where += f": {'.'.join(map(str, known))}"
        messages, _ = found.setdefault(where, ([], got))
        messages.append(message)
    shown = [f"{where}: {_alternatives(ms)}{got}" for where, (ms, got) in found.items()]
    more = len(shown) - MOST_SHOWN
    return "\n".join(shown[:MOST_SHOWN]) + (f"\n… and {more} more" if more > 0 else "")


def _got(given: object, *, wants_text: bool) -> str:
    """Return what was given in place of what must be, and what to do where that is plain."""
    if isinstance(given, dict):
        return ""
    if given is None:
        return ", got nothing"
    got = f", got {quote(repr(given), 60)}"
    if wants_text and isinstance(given, bool | int | float):
        got += ": put it in quotes"
    return got


def _alternatives(messages: list[str]) -> str:
    """Join what the branches of a union say."""
    if all(message.startswith("must be ") for message in messages):
        return ", or ".join([messages[0], *(m.removeprefix("must be ") for m in messages[1:])])
    return "; or: ".join(messages)


def _meant(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name[:60], list(known), n=1)
    return f"; did you mean “{near[0]}”?" if near else ""


def _names(model: Any, path: tuple[str | int, ...]) -> list[str]:
    """Return the fields that a model has at a path of a pydantic error."""
    types = _models(model)
    for part in path:
        inner = [each for found in types for each in _below(found, part)]
        types = inner or types  # a part that names a branch of a union is no field
    return [name for found in types for name in getattr(found, "model_fields", {})]


def _below(kind: Any, part: str | int) -> list[Any]:
    """Return what may stand at a field, key or index of a type."""
    if fields := getattr(kind, "model_fields", None):
        return _models(fields[part].annotation) if part in fields else []
    return _models(get_args(kind)[-1]) if get_args(kind) else []


def _models(kind: Any) -> list[Any]:
    """Return the models, mappings and lists that an annotation allows."""
    if get_origin(kind) is Annotated:
        return _models(get_args(kind)[0])
    if get_origin(kind) in (dict, list, tuple) or hasattr(kind, "model_fields"):
        return [kind]
    return [each for inner in get_args(kind) for each in _models(inner)]


def _without_union_tags(field: tuple[str | int, ...], file: YamlFile) -> tuple[str | int, ...]:
    """Return a pydantic location without the steps that name a branch of a union, and no field."""
    known: tuple[str | int, ...] = ()
    for part in field[:-1]:
        if file.has((*known, part)):
            known = (*known, part)
    return (*known, *field[-1:])
