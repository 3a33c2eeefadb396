"""Columns for the attributes of people, typed as their population declares them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from simulate.population import Persona
from simulate.runfile.json_columns import load_attributes
from simulate.runfile.tables.column import Column, Kind
from simulate.runfile.tables.measured import WHOLE
from simulate.runfile.tables.recorded import RecordedRun

R = TypeVar("R")

MISSING = "the person has no such attribute"


def attribute_columns(
    run: RecordedRun,
    population: Mapping[str, Any] | None,
    prefix: str,
    of: Callable[[R], Persona | None],
) -> Iterator[Column[R]]:
    """Iterate over a column for each attribute of some people.

    Args:
        run: the run file.
        population: what the file says of the people's population; None where it says nothing.
        prefix: what their names begin with.
        of: returns the person of a record.
    """
    source = str((population or {}).get("source") or (population or {}).get("population") or "")
    for name, kind, levels, unit in _declared(run, population):
        yield Column(
            f"{prefix}_{name}",
            f"The person's {name}",
            _value(name, kind, of),
            kind,
            MISSING,
            unit,
            levels,
            _numbers(levels) if kind == "ordinal" else (),
            source=f"population: {source}" if source else "population",
            original=f"{prefix}.{name}",
        )


def _declared(
    run: RecordedRun, population: Mapping[str, Any] | None
) -> Iterator[tuple[str, Kind, tuple[str, ...], str | None]]:
    """Iterate over name, type, levels and unit of each attribute."""
    attributes = (population or {}).get("attributes") or {}
    for name, each in attributes.items():
        kind = each["kind"]
        counted = [
            each.get("counts") or {},
            *(row.get("counts") or {} for row in each.get("given") or ()),
        ]
        levels = tuple(dict.fromkeys(value for counts in counted for value in counts))
        yield name, kind, levels if kind in ("category", "ordinal") else (), each.get("unit")
    if attributes:
        return
    seen: dict[str, set[Kind]] = {}
    for person in _people(run, population):
        for name, value in person.items():
            kinds = seen.setdefault(name, set())
            if value is not None:
                kinds.add(_kind_of(value))
    for name, kinds in seen.items():
        yield name, _joined(kinds), (), None


def _joined(kinds: set[Kind]) -> Kind:
    """Return the type of a column whose values are of these."""
    if kinds == {"integer", "number"}:
        return "number"
    return kinds.pop() if len(kinds) == 1 else "text"


def _numbers(levels: tuple[str, ...]) -> tuple[float, ...]:
    """Return the numbers that all levels are; empty where one is none."""
    try:
        return tuple(map(float, levels))
    except ValueError:
        return ()


def _people(run: RecordedRun, population: Mapping[str, Any] | None) -> Iterable[Mapping[str, Any]]:
    """Return the attributes of all people of a table, else of those that are on file."""
    rows = (population or {}).get("personas")
    if rows:
        return (row.get("attributes") or {} for row in rows)
    sql = "SELECT attributes FROM persona WHERE position >= 0 ORDER BY position"
    return (load_attributes(text) for (text,) in run.rows(sql))


def _kind_of(value: object) -> Kind:
    if isinstance(value, bool):
        return "yes/no"
    if isinstance(value, int):
        return "integer" if abs(value) <= WHOLE else "text"
    return "number" if isinstance(value, float) else "text"


def _value(name: str, kind: Kind, of: Callable[[R], Persona | None]) -> Callable[[R], Any]:
    def value(record: R) -> Any:
        person = of(record)
        found = None if person is None else person.attributes.get(name)
        if found is None:
            return None
        if kind in ("integer", "yes/no"):
            whole = int(found)
            if whole != found:
                raise ValueError(f"persona.{name} is {found!r}, and must be a whole number")
            return whole
        if kind == "number":
            return float(found)
        return found if isinstance(found, str) else json.dumps(found)

    return value
