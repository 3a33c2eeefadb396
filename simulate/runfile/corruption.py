"""A damaged run file is one clear error, whatever it was that could not be read.

SQLite notices a damaged page, but not a damaged value: JSON that is none any more, a cell that the
scenario does not have. What a reader does with such a value can go wrong in many ways, and all of
them mean the same.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from functools import cached_property, wraps
from pathlib import Path
from typing import Any, TypeVar, cast

from simulate.errors import QUOTED_CHARACTERS, InputError, ParseError, RunFileError, quote

DAMAGE = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    InputError,
    ParseError,
)
"""What goes wrong with a value that is not what it must be."""


class StoredValueError(ValueError):
    """A stored value that breaks a rule: its table and row, its column, the value and the rule."""


class reading:  # noqa: N801  # reads as a statement: `with reading("turn", dialogue=3): …`
    """Tell what goes wrong while a row is read as a `StoredValueError` that names the row.

    Args:
        table: whose row it is.
        row: columns that name the row, with their values.
    """

    __slots__ = ("_row", "_table")

    def __init__(self, table: str, **row: Any) -> None:
        self._table, self._row = table, row

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: type | None, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, DAMAGE) or isinstance(error, StoredValueError):
            return
        row = ", ".join(
            f"{name} {value if isinstance(value, int) else quote(str(value), 40)}"
            for name, value in self._row.items()
        )
        said = str(error) if type(error) is ValueError else f"{type(error).__name__}: {error}"
        raise StoredValueError(f"table {self._table}, {row}: {_one_line(said)}") from error


def _one_line(text: str) -> str:
    return text if text.isprintable() and len(text) < QUOTED_CHARACTERS else quote(text)


T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])


def told_as_damage(reader: type[T]) -> type[T]:
    """Make every public method and property of a class raise RunFileError for damaged values.

    The class has an attribute `path`, the run file.
    """
    for name, member in list(vars(reader).items()):
        if name.startswith("_"):
            continue
        if isinstance(member, cached_property):
            told: Any = cached_property(damage_told(member.func))
            told.__set_name__(reader, name)
        elif isinstance(member, property) and member.fget is not None:
            told = property(damage_told(member.fget), doc=member.__doc__)
        elif inspect.isfunction(member):
            told = damage_told(member)
        else:
            continue
        setattr(reader, name, told)
    return reader


def damage_told(method: F) -> F:
    """Make a function raise RunFileError for damaged values; the run file is its first argument."""
    if inspect.isgeneratorfunction(method):

        @wraps(method)
        def iterate(self: Any, *values: Any, **options: Any) -> Iterator[Any]:
            try:
                yield from method(self, *values, **options)
            except DAMAGE as error:
                raise damaged(self.path, error) from error

        return cast("F", iterate)

    @wraps(method)
    def call(self: Any, *values: Any, **options: Any) -> Any:
        try:
            return method(self, *values, **options)
        except DAMAGE as error:
            raise damaged(self.path, error) from error

    return cast("F", call)


def damaged(path: Path, error: Exception) -> RunFileError:
    """Return the one error that such a value is told as."""
    what = f"a value in it cannot be read ({quote(f'{type(error).__name__}: {error}')})"
    if isinstance(error, StoredValueError):
        what = str(error)
    return RunFileError(
        f"run file {path}: {what}; the file is damaged, or another program has changed it"
    )
