"""JSONPaths (RFC 9535): where a target's answer says what, and whether something holds for it.

A path may come from a stranger, and so may the data: `$[*,*][*,*]…` takes years, and so may a
pattern in a filter. A search is therefore bounded in time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from simulate.errors import InputError
from simulate.files.patterns import LONGEST, check_pattern

if TYPE_CHECKING:
    from jsonpath_rfc9535 import JSONPathEnvironment, JSONPathQuery

LONGEST_PATH = 1_000
LIMIT_S = 1.0
"""Seconds of processor time of one search; what makes sense takes a millisecond."""

T = TypeVar("T")
_until: ContextVar[float] = ContextVar("until")


class _TooSlowError(Exception):
    """A search took longer than its limit."""


class _Limited:
    """A segment of a path that looks at the clock with each place it is given."""

    def __init__(self, segment: Any) -> None:
        self._segment = segment
        self.selectors = segment.selectors

    def resolve(self, nodes: Iterable[Any]) -> Iterable[Any]:
        """Return what the segment finds below some places."""
        found: Iterable[Any] = self._segment.resolve(_counted(nodes))
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._segment, name)

    def __str__(self) -> str:
        return str(self._segment)


def _left_s() -> float:
    left_s = _until.get() - time.process_time()
    if left_s <= 0:
        raise _TooSlowError
    return left_s


def _counted(nodes: Iterable[Any]) -> Iterator[Any]:
    for node in nodes:
        _left_s()
        yield node


@cache
def _environment() -> JSONPathEnvironment:
    """Return the environment in which paths are read: the patterns of their filters are bounded."""
    import regex
    from iregexp_check import check
    from jsonpath_rfc9535 import JSONPathEnvironment
    from jsonpath_rfc9535.function_extensions import Match, Search
    from jsonpath_rfc9535.function_extensions._pattern import map_re

    def matched(way: Any, text: object, pattern: object) -> bool:
        if not isinstance(text, str) or not isinstance(pattern, str) or not check(pattern):
            return False
        try:
            check_pattern(pattern)
            found = way(map_re(pattern), text[:LONGEST], regex.VERSION1, timeout=_left_s())
        except TimeoutError:
            raise _TooSlowError from None
        except (ValueError, regex.error):
            return False
        return found is not None

    class BoundedMatch(Match):
        def __call__(self, string: object, pattern: object) -> bool:
            return matched(regex.fullmatch, string, pattern)

    class BoundedSearch(Search):
        def __call__(self, string: object, pattern: object) -> bool:
            return matched(regex.search, string, pattern)

    made = JSONPathEnvironment()
    made.function_extensions |= {"match": BoundedMatch(), "search": BoundedSearch()}
    return made


def _limit(part: Any) -> None:
    """Bound a query and those within its filters, in place."""
    for segment in getattr(part, "segments", ()):
        for selector in segment.selectors:
            _limit(getattr(selector, "expression", None))
    if hasattr(part, "segments"):
        part.segments = tuple(map(_Limited, part.segments))
    for name in ("expression", "left", "right", "query"):
        _limit(getattr(part, name, None)) if hasattr(part, name) else None
    for argument in getattr(part, "args", ()):
        _limit(argument)


def _library() -> Any:
    """Import the library, which one platform has no wheel of.

    Raises:
        InputError: it is not installed.
    """
    try:
        import jsonpath_rfc9535
    except ModuleNotFoundError:
        raise InputError(
            "JSONPath needs the package jsonpath-rfc9535, which is not installed: run `pip install "
            "jsonpath-rfc9535`; on Windows on ARM, take a Python for x86-64"
        ) from None
    return jsonpath_rfc9535


@lru_cache(maxsize=256)
def _compiled(path: str) -> JSONPathQuery:
    jsonpath_rfc9535 = _library()
    if len(path) > LONGEST_PATH:
        raise ValueError(f"{len(path):,} characters, at most {LONGEST_PATH:,}")
    try:
        query = _environment().compile(path)
        _limit(query)
    except jsonpath_rfc9535.JSONPathError as error:
        raise ValueError(str(error).splitlines()[0]) from None
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return query


@lru_cache(maxsize=256)
def path_problem(path: str) -> str | None:
    """Return why a text is no JSONPath, in one line; None where it is one."""
    try:
        _compiled(path)
    except ValueError as error:
        return str(error)
    return None


def checked_path(path: str) -> str:
    """Return a JSONPath as it is.

    Raises:
        ValueError: it is none.
    """
    if problem := path_problem(path):
        raise ValueError(f"not a JSONPath (RFC 9535): {problem}; write a path such as $.reply")
    return path


def found(path: str, data: Any) -> list[Any]:
    """Return the values at a JSONPath, in order; none where it finds nothing.

    Raises:
        ValueError: the path is none, the data are nested too deeply to be searched, or the search
            takes more than `LIMIT_S`.
    """
    query = _compiled(path)
    keys = _keys(path)
    if keys is not None:  # the events of a stream are many
        return _at(keys, data)
    return _bounded(lambda: [node.value for node in _counted(query.finditer(data))])


@lru_cache(maxsize=256)
def _keys(path: str) -> tuple[str | int, ...] | None:
    """Return the names and indices of a path that leads to one place; None for another."""
    keys: list[str | int] = []
    for segment in _compiled(path).segments:
        (selector, *more) = segment.selectors
        key = getattr(selector, "name", getattr(selector, "index", None))
        if more or key is None or not str(segment).startswith("["):
            return None
        keys.append(key)
    return tuple(keys)


def _at(keys: tuple[str | int, ...], data: Any) -> list[Any]:
    """Return the one value at names and indices; none where there is none."""
    for key in keys:
        fits: Any = dict if isinstance(key, str) else list
        if not isinstance(data, fits):
            return []
        try:
            data = data[key]
        except LookupError:
            return []
    return [data]


@lru_cache(maxsize=256)
def _condition(expression: str) -> Any:
    """Return a filter expression, compiled.

    Raises:
        ValueError: it is none.
    """
    segments = _compiled(f"$[?{expression}]").segments
    selectors = segments[0].selectors
    if len(segments) > 1 or len(selectors) > 1 or not hasattr(selectors[0], "expression"):
        raise ValueError("it is more than one expression")
    return selectors[0].expression


def checked_condition(expression: str) -> str:
    """Return a condition as it is: a filter expression about `$`, such as `$.status == "done"`.

    Raises:
        ValueError: it is none.
    """
    try:
        _condition(expression)
    except ValueError as error:
        raise ValueError(
            f"not a condition (a filter expression of RFC 9535): {error}; write one such as "
            '$.status == "completed"'
        ) from None
    return expression


def holds(expression: str, data: Any) -> bool:
    """Tell whether a condition holds for some data, which it calls `$`.

    A path alone holds where it finds something other than null and false.

    Raises:
        ValueError: as `found`.
    """
    if path_problem(expression) is None:
        return any(value is not None and value is not False for value in found(expression, data))
    from jsonpath_rfc9535.filter_expressions import FilterContext

    condition = _condition(expression)
    context = FilterContext(env=_environment(), current=data, root=data)
    return bool(_bounded(lambda: condition.evaluate(context)))


def _bounded(search: Callable[[], T]) -> T:
    token = _until.set(time.process_time() + LIMIT_S)
    try:
        return search()
    except (_library().JSONPathError, RecursionError) as error:
        raise ValueError(f"cannot be searched: {error}") from None
    except _TooSlowError:
        raise ValueError(f"cannot be searched within {LIMIT_S:g} s; write a simpler path") from None
    finally:
        _until.reset(token)
