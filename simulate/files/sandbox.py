"""The small part of Jinja that templates may use, and the bounds of what they compute.

Jinja's sandbox keeps a template from code and from private attributes. It does not keep it from
taking all of the machine's time or memory: `{{ 'a' * 10**9 }}`, a text joined to itself forty
times, four loops in each other. So only what is listed here is allowed, and texts, rounds of loops
and time are bounded. Beside Jinja's own filters there are `code` and `pick`; see
`simulate.files.template_filters`.
Nothing that depends on chance or on memory addresses can be written.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache, partial, wraps
from types import NoneType
from typing import TYPE_CHECKING, Any

from simulate.errors import quote
from simulate.files.template_filters import code, pick

if TYPE_CHECKING:
    from jinja2.nodes import Node
    from jinja2.sandbox import ImmutableSandboxedEnvironment

Escape = Callable[[str], str]
"""Makes the value of a `{{ … }}` safe for the place where it stands."""

LONGEST_TEXT = 1_000_000
"""Characters of any text that a template makes."""
MOST_ROUNDS = 100_000
"""Rounds of all loops of one rendering together."""
MOST_PARTS = 100_000
"""Values inside a value that a template keeps or writes."""
MOST_ITEMS = 100
"""Values in a list or mapping that is written down in a template."""
LARGEST_NUMBER = 10**18
LONGEST_S = 2.0
"""Seconds of one rendering; what makes sense takes less than a thousandth of it."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FILTERS = _words(
    """abs capitalize count d default dictsort first float int items join last length list lower map
    max min reject rejectattr round select selectattr sort string sum title tojson trim truncate
    unique upper urlencode wordcount"""
)
LOOP_METHODS = _words("cycle changed")
METHODS = _words(
    """capitalize endswith get isdigit items keys lower lstrip rstrip split startswith strip title
    upper values"""
)
NODES = _words(
    """Template Output TemplateData Const Name Getattr Getitem Slice If For CondExpr Compare Operand
    And Or Not Filter Test Add Sub Mul Div FloorDiv Mod Neg Pos Concat Assign List Tuple Dict Pair
    Call Keyword"""
)
"""What a template may be made of, by Jinja's names."""


class BoundsError(Exception):
    """A template does what none may do, or does too much."""


class MissingError(Exception):
    """A template writes, or computes with, a field that a mapping does not have, or has as none.

    Attributes:
        there: the mapping.
        name: the field.
    """

    def __init__(self, there: Mapping[Any, Any], name: Any, message: str) -> None:
        super().__init__(message)
        self.there = there
        self.name = name


@lru_cache(maxsize=8)
def environment(escape: Escape | None = None) -> ImmutableSandboxedEnvironment:
    """Return the environment in which templates are read and rendered.

    Args:
        escape: what each value that is written goes through, as text; None writes it as it is.
    """
    from jinja2 import StrictUndefined, UndefinedError, nodes
    from jinja2.runtime import LoopContext
    from jinja2.sandbox import ImmutableSandboxedEnvironment
    from jinja2.utils import missing

    class Environment(ImmutableSandboxedEnvironment):
        """The sandbox, with bounds on what a template computes."""

        intercepted_binops = frozenset(("+", "-", "*", "/", "//", "%"))

        def getattr(self, obj: Any, attribute: str) -> Any:
            """Read an attribute; a field of a mapping goes before its methods, and says where it
            is written if it is none.
            """
            if isinstance(obj, Mapping) and attribute in obj and not attribute.startswith("_"):
                return _known(obj, attribute, obj[attribute])
            return _known(obj, attribute, super().getattr(obj, attribute))

        def getitem(self, obj: Any, argument: Any) -> Any:
            """Read an item, likewise."""
            return _known(obj, argument, super().getitem(obj, argument))

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            """Compute; only `+` may join texts, anything else takes numbers."""
            _bounds.check()
            if operator == "+" and isinstance(left, str) and isinstance(right, str):
                return _short(left + right)
            for side in (left, right):
                if isinstance(side, Missing):
                    str(side)  # raises the error that names it
                if not isinstance(side, int | float) or abs(side) > LARGEST_NUMBER:
                    raise BoundsError(f"{operator} takes numbers up to 1e18, got {_brief(side)}")
            return super().call_binop(context, operator, left, right)

        def is_safe_callable(self, value: Any) -> bool:
            """Only methods of texts and mappings that read, and `range`."""
            _bounds.check()
            owner = getattr(value, "__self__", None)
            name = getattr(value, "__name__", "")
            if isinstance(owner, LoopContext):
                return name in LOOP_METHODS
            return value is _range or (isinstance(owner, str | dict) and name in METHODS)

        def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
            tree = super()._parse(source, name, filename)
            _check(tree)
            for loop in list(tree.find_all(nodes.For)):
                loop.iter = _filtered(loop.iter, "_rounds")
            for kept in list(tree.find_all(nodes.Assign)):
                kept.node = _filtered(kept.node, "_kept")
            _bound_joins(tree)
            return tree

    def _filtered(node: Any, name: str) -> Any:
        return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)

    def _bound_joins(node: Node) -> None:
        """Put a bounded join in the place of each `~`."""
        for field, value in node.iter_fields():
            for at, child in enumerate(value) if isinstance(value, list) else ((None, value),):
                if not isinstance(child, nodes.Node):
                    continue
                _bound_joins(child)
                if isinstance(child, nodes.Concat):
                    parts = nodes.List(child.nodes, lineno=child.lineno)
                    joined = _filtered(parts, "_joined")
                    if at is None:
                        setattr(node, field, joined)
                    else:
                        value[at] = joined

    class Missing(StrictUndefined):
        """A value that is not there; the error knows the mapping that lacks it."""

        __slots__ = ()
        is_none = False

        def __init__(
            self, hint: str | None = None, obj: Any = missing, name: Any = None, exc: Any = None
        ) -> None:
            if exc is None and isinstance(obj, Mapping):
                exc = partial(MissingError, obj, name)
            super().__init__(hint, obj, name, exc or UndefinedError)

    class NoValue(Missing):
        """A field that is none: it is false and equals none, and all else is an error."""

        __slots__ = ()
        is_none = True

        def __bool__(self) -> bool:  # type: ignore[override]
            return False

        def __eq__(self, other: object) -> bool:  # type: ignore[override]
            return is_none(other)

        def __ne__(self, other: object) -> bool:  # type: ignore[override]
            return not is_none(other)

        __hash__ = object.__hash__  # type: ignore[assignment]

    def _known(owner: Any, name: Any, value: Any) -> Any:
        none = value is None and isinstance(owner, Mapping)
        return NoValue(obj=owner, name=name) if none else value

    found = Environment(
        undefined=Missing,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_plain if escape is None else lambda value: escape(str(_plain(value))),
    )
    found.filters = {n: _timed(found.filters[n]) for n in FILTERS} | {
        "code": _timed(code),
        "pick": _timed(pick),
        "_rounds": _counted,
        "_kept": _kept,
        "_joined": lambda parts: _join(parts, ""),
        "join": _join,
        "string": _text,
        "tojson": _json,
    }
    found.globals = {"range": _range}
    found.tests["none"] = is_none
    return found


def is_none(value: Any) -> bool:
    """Tell whether a value is none, or a field that is."""
    return value is None or getattr(value, "is_none", False) is True


def _check(tree: Node) -> None:
    """Refuse what templates here cannot do; see `NODES`."""
    from jinja2 import TemplateSyntaxError, nodes

    for node in _all(tree):
        name = type(node).__name__
        if name not in NODES or (isinstance(node, nodes.For) and node.recursive):
            said = {"Pow": "**", "CallBlock": "call", "ScopedEvalContextModifier": "autoescape"}
            what = said.get(name, name.lower())
            raise TemplateSyntaxError(f"“{what}” is not allowed in templates here", node.lineno)
        if isinstance(node, nodes.List | nodes.Tuple | nodes.Dict) and len(node.items) > MOST_ITEMS:
            raise TemplateSyntaxError(f"more than {MOST_ITEMS} values in a list", node.lineno)


def _all(node: Node) -> Iterator[Node]:
    waiting = [node]
    while waiting:
        found = waiting.pop()
        yield found
        waiting.extend(found.iter_child_nodes())


class _Bounds(threading.local):
    """What one rendering has left, in rounds and in time."""

    rounds = 0
    until = 0.0

    def begin(self) -> None:
        self.rounds = MOST_ROUNDS
        self.until = time.monotonic() + LONGEST_S

    def check(self) -> None:
        if time.monotonic() > self.until:
            raise BoundsError(f"it takes more than {LONGEST_S:g} s")


_bounds = _Bounds()


def begin() -> None:
    """Give a rendering its rounds and its time."""
    _bounds.begin()


def _counted(values: Iterable[Any]) -> Iterator[Any]:
    """Iterate, counting the rounds."""
    for value in values:
        _bounds.rounds -= 1
        if _bounds.rounds < 0:
            raise BoundsError(f"more than {MOST_ROUNDS:,} rounds of loops")
        _bounds.check()
        yield value


def _timed(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def timed(*args: Any, **options: Any) -> Any:
        _bounds.check()
        return function(*args, **options)

    return timed


def _short(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise BoundsError(f"a text of more than {LONGEST_TEXT:,} characters")
    return text


def _brief(value: Any) -> str:
    return quote(value, 40) if isinstance(value, str) else type(value).__name__


def _kept(value: Any, *, written: bool = False) -> Any:
    """Return a value, unless it is no plain data, or too large; or none of a field and written."""
    from jinja2 import Undefined

    parts = 0
    waiting = [value]
    while waiting:
        found = waiting.pop()
        parts += 1
        if isinstance(found, str):
            _short(found)
        elif isinstance(found, Mapping):
            waiting.extend(found.values())
        elif isinstance(found, list | tuple | set | range):
            if len(found) + parts > MOST_PARTS:
                raise BoundsError(f"a value with more than {MOST_PARTS:,} values in it")
            waiting.extend(found)
        elif isinstance(found, Undefined):
            if written or not is_none(found):
                str(found)  # raises the error that names it
        elif not isinstance(found, int | float | date | NoneType):
            what = type(found).__name__
            raise BoundsError(f"{what} is no text; call it, or make it a list by | list")
        if parts > MOST_PARTS:
            raise BoundsError(f"a value with more than {MOST_PARTS:,} values in it")
    return value


def _plain(value: Any) -> Any:
    """Return a value that is written, unless it is no plain data, or too large."""
    return value if isinstance(value, str | int | float) else _kept(value, written=True)


def _text(value: Any) -> str:
    """Write a value as text, within bounds."""
    return _short(str(_plain(value)))


def _join(values: Iterable[Any], d: str = "", attribute: str | None = None) -> str:
    """Join texts, within bounds."""
    _bounds.check()
    parts: list[str] = []
    size = 0
    for value in values:
        part = _text(value if attribute is None else value[attribute])
        size += len(part) + len(d)
        if size > LONGEST_TEXT:
            raise BoundsError(f"a text of more than {LONGEST_TEXT:,} characters")
        parts.append(part)
    return d.join(parts)


def _json(value: Any) -> str:
    return _short(json.dumps(_kept(value), ensure_ascii=False, default=lambda _: None))


def _range(*bounds: int) -> range:
    found = range(*bounds)
    if len(found) > MOST_ROUNDS:
        raise BoundsError(f"range over more than {MOST_ROUNDS:,} numbers")
    return found
