"""JSON Schemas that may come from strangers, held against texts that do: bounded in time.

A schema fetches nothing: what it refers to stands in it. Its patterns are searched for with a time
limit, and all of it together ends at one, since a few references to each other take years.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

from simulate.errors import InputError, quote
from simulate.files.patterns import Search, check_pattern

LIMIT_S = 1.0
"""Seconds of processor time for one value."""
MOST_PARTS = 2_000
"""Values in a schema."""
UNBOUNDED = ("unevaluatedItems", "unevaluatedProperties")
"""What is looked up in a way that cannot be bounded."""

Wrong = tuple[str, str]
"""Where a value breaks its schema, and how."""


class UndecidedError(InputError):
    """Whether a value follows a schema cannot be told."""


_until: ContextVar[float] = ContextVar("until")


def schema_problem(schema: Mapping[str, Any]) -> str | None:
    """Return what is wrong with a JSON Schema, in one line; None where nothing is."""
    from jsonschema import SchemaError
    from jsonschema.validators import validator_for

    if not isinstance(schema.get("$schema", ""), str):
        return "$schema: is not of type 'string'"
    for count, (key, value) in enumerate(_parts(schema), start=1):
        if count > MOST_PARTS:
            return f"more than {MOST_PARTS:,} values"
        if key in UNBOUNDED and isinstance(value, bool | Mapping):
            return f"{key} is not supported here; write additionalProperties or items"
        patterns = [value] if key == "pattern" else value if key == "patternProperties" else ()
        for pattern in patterns if isinstance(patterns, list | Mapping) else ():
            try:
                check_pattern(pattern) if isinstance(pattern, str) else None
            except ValueError as error:
                return f"{key}: {error}"
    try:
        validator_for(schema).check_schema(dict(schema))
    except SchemaError as error:
        where = ".".join(str(part) for part in error.absolute_path)
        return f"{where + ': ' if where else ''}{error.message}"
    return None


def wrong_in(value: Any, schema: Mapping[str, Any]) -> Wrong | None:
    """Return where a value breaks a schema worst; None where it follows it.

    Raises:
        UndecidedError: it takes too long to tell, or the schema refers to what is not in it.
        PatternTooSlowError: a pattern of it takes too long.
    """
    from jsonschema.exceptions import best_match
    from jsonschema.validators import validator_for
    from referencing.exceptions import Unresolvable
    from referencing.jsonschema import EMPTY_REGISTRY

    kind = _bounded(validator_for(schema))
    token = _until.set(time.process_time() + LIMIT_S)
    try:
        # With a registry of its own it fetches no schema from a network.
        wrong = best_match(kind(schema, registry=EMPTY_REGISTRY).iter_errors(value))
    except Unresolvable as error:
        raise UndecidedError(f"json_schema: refers to {quote(error.ref)}, which it lacks") from None
    except RecursionError:
        raise UndecidedError("json_schema: nested too deeply, or without end") from None
    except OverflowError as error:
        raise UndecidedError(f"json_schema: a number is too large: {error}") from None
    finally:
        _until.reset(token)
    return None if wrong is None else (wrong.json_path, wrong.message)


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield all values below a value, with their keys."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, Mapping):
            yield from ((str(key), each) for key, each in found.items())
            waiting.extend(found.values())
        elif isinstance(found, list):
            yield from (("", each) for each in found)
            waiting.extend(found)


def _left_s() -> float:
    left_s = _until.get() - time.process_time()
    if left_s <= 0:
        raise UndecidedError(
            f"json_schema: takes more than {LIMIT_S:g} s on one message; write it simpler"
        )
    return left_s


def _is_found(pattern: str, text: str) -> bool:
    return Search(_left_s()).first(pattern, text) is not None


@lru_cache(maxsize=16)
def _bounded(kind: Any) -> Any:
    """Return a validator class that looks at the clock with each keyword."""
    from jsonschema import validators

    own: dict[str, Callable[..., Any]] = {
        **kind.VALIDATORS,
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional(kind.VALIDATORS["additionalProperties"]),
        "uniqueItems": _unique_items,
    }
    extend: Any = validators.extend
    return extend(kind, {name: _limited(function) for name, function in own.items()})


def _limited(function: Callable[..., Iterable[Any] | None]) -> Callable[..., Iterator[Any]]:
    def limited(*given: Any) -> Iterator[Any]:
        _left_s()
        for error in function(*given) or ():
            _left_s()
            yield error

    return limited


def _pattern(_: Any, pattern: str, value: object, __: object) -> Iterator[Exception]:
    from jsonschema import ValidationError

    if isinstance(value, str) and not _is_found(pattern, value):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


def _pattern_properties(
    validator: Any, patterns: Mapping[str, Any], value: object, _: object
) -> Iterator[Any]:
    for pattern, schema in patterns.items():
        for key, each in value.items() if isinstance(value, Mapping) else ():
            if _is_found(pattern, key):
                yield from validator.descend(each, schema, path=key, schema_path=pattern)


def _additional(plain: Callable[..., Iterable[Any]]) -> Callable[..., Iterable[Any]]:
    def additional(
        validator: Any, rule: Any, value: object, schema: Mapping[str, Any]
    ) -> Iterable[Any]:
        from jsonschema import ValidationError

        patterns = schema.get("patternProperties", {})
        if not patterns or not isinstance(value, Mapping):
            yield from plain(validator, rule, value, schema)
            return
        named = schema.get("properties", {})
        more = [
            key
            for key in value
            if key not in named and not any(_is_found(pattern, key) for pattern in patterns)
        ]
        if isinstance(rule, Mapping):
            for key in more:
                yield from validator.descend(value[key], rule, path=key)
        elif not rule and more:
            yield ValidationError(f"{more[0]!r} is among no properties and matches no pattern")

    return additional


def _unique_items(validator: Any, rule: bool, value: object, _: object) -> Iterator[Exception]:
    from jsonschema import ValidationError

    if rule and isinstance(value, list):
        forms = set(map(json_form, value))
        if len(forms) < len(value):
            yield ValidationError(f"{len(value):,} elements are not all different")


def json_form(value: Any) -> str:
    """Return JSON data as a text that equal data share: 1 and 1.0 are equal, 1 and true are not."""
    return json.dumps(_plain(value), sort_keys=True)


def _plain(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    return value
