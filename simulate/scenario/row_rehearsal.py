"""Each row of a table of people is rehearsed: could its person take part?

A row without a value, or with one that makes no number of turns, would fail only when its dialogue
is played. Rows that are alike in all that the templates read of them come out alike, so that one of
them is rehearsed for all: what is read is noted while it is. `id` and `prose` are texts that every
person has, and do not count; the prose of each row is rendered when the population is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from simulate.errors import InputError
from simulate.population import Persona, Population, TableRow

ALWAYS_THERE = frozenset({"id", "prose"})


class _Noted(dict[str, Any]):
    """What templates see of a person, and the names that they read."""

    __slots__ = ("read",)

    def __init__(self, values: dict[str, Any], read: set[str]) -> None:
        super().__init__(values)
        self.read = read

    def __getitem__(self, name: str) -> Any:
        self.read.add(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self.read.add(str(name))
        return super().__contains__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self.read.add(name)
        return super().get(name, default)

    def __iter__(self) -> Iterator[str]:
        self.read.update(super().keys())
        return super().__iter__()

    def keys(self) -> Any:
        self.read.update(super().keys())
        return super().keys()

    def values(self) -> Any:
        self.read.update(super().keys())
        return super().values()

    def items(self) -> Any:
        self.read.update(super().keys())
        return super().items()


class _Rehearsed(Persona):
    """A persona that notes what templates read of it."""

    __slots__ = ("read",)
    read: set[str]

    def values(self) -> dict[str, Any]:
        """See `Persona.values`."""
        return _Noted(Persona.values(self), self.read)


def rehearse_rows(population: Population, parts: Sequence[Callable[[Persona], object]]) -> None:
    """Rehearse each row of a table of people; a population of marginals has none.

    Args:
        population: with its rows.
        parts: what is rendered for a person, each by itself; raises where that fails.

    Raises:
        InputError: something cannot be rendered for a person; the message begins with the field
            and ends with the row.
    """
    seen: list[dict[tuple[str, ...], set[tuple[Any, ...]]]] = [{} for _ in parts]
    for row in population.rows:
        left = [
            (part, known)
            for part, known in zip(parts, seen, strict=True)
            if not any(_read_of(row, names) in alike for names, alike in known.items())
        ]
        if not left:
            continue
        person = population.of_row(row, row.id)
        for part, known in left:
            read: set[str] = set()
            persona = _Rehearsed(person.id, person.attributes, person.prose, person.talk)
            object.__setattr__(persona, "read", read)
            try:
                part(persona)
            except InputError as error:
                raise InputError(f"{error}; of {population.place(row)}") from None
            names = tuple(sorted(read - ALWAYS_THERE))
            known.setdefault(names, set()).add(_read_of(row, names))


def _read_of(row: TableRow, names: Sequence[str]) -> tuple[Any, ...]:
    """Return what a row says of some attributes; 1 and True are two things."""
    here = row.attributes
    return tuple((type(here[n]), here[n]) if n in here else () for n in names)
