"""In what two runs differ, field by field, with both values where they are short."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any, TypeVar

from simulate.engine.plan import UNSAID, unheard
from simulate.errors import one_line, quote
from simulate.runfile.json_columns import dump
from simulate.scenario import Scenario

T = TypeVar("T")

LONGEST_SHOWN = 40
"""Characters of a value that is shown; of a longer one, only its field is named."""
MOST_SHOWN = 12
"""Fields that are named of one fact; the others are counted."""
DEEPEST = 20
"""Levels of a value that are looked into."""

Cells = Sequence[Mapping[str, T]]
"""For each cell: who, to something of theirs."""

_NOTHING = object()


def differences(old: Any, new: Any, field: str = "", depth: int = 0) -> Iterator[str]:
    """Iterate over what differs between two JSON values, such as `turns.maximum: there 2, here 3`.

    The order of a mapping counts: of speakers and of levels it has a meaning. Rows of a table are
    known by their `id`.
    """
    old, new = _by_id(old), _by_id(new)
    if depth < DEEPEST and isinstance(old, dict) and isinstance(new, dict):
        keys = list(dict.fromkeys([*old, *new]))
        for key in keys:
            below = f"{field}.{key}" if field else str(key)
            there, here = (each.get(key, _NOTHING) for each in (old, new))
            yield from differences(there, here, below, depth + 1)
        if [key for key in keys if key in old and key in new] != [k for k in new if k in old]:
            yield f"{one_line(field)}: in another order"
    elif depth < DEEPEST and isinstance(old, list) and isinstance(new, list):
        places = range(max(len(old), len(new)))
        there, here = ({str(i): each[i] for i in places if i < len(each)} for each in (old, new))
        yield from differences(there, here, field, depth)
    elif old is _NOTHING or new is _NOTHING:
        yield f"{one_line(field)}: only {'here' if old is _NOTHING else 'there'}"
    elif dump(old) != dump(new):
        yield one_line(field) + (f": {both}" if (both := shown(old, new)) else "")


def _by_id(value: Any) -> Any:
    """Return the rows of a table by their ids; any other value as it is."""
    if isinstance(value, list) and value and all(isinstance(v, dict) and "id" in v for v in value):
        return {str(row["id"]): row for row in value}
    return value


def shown(old: Any, new: Any) -> str:
    """Say what two values are, where both are short."""
    texts = ["none" if value is None else dump(value) for value in (old, new)]
    if max(map(len, texts)) > LONGEST_SHOWN:
        return ""
    there, here = map(one_line, texts)
    return f"there {there}, here {here}"


def listed(found: Sequence[str]) -> str:
    """Write differences one after the other; beyond the first dozen, how many there are."""
    more = len(found) - MOST_SHOWN
    return "; ".join(found[:MOST_SHOWN]) + (f"; and {more:,} more" if more > 0 else "")


def other_scenario(there: Mapping[str, Any], here: Mapping[str, Any]) -> list[str]:
    """Return what differs between two scenarios, of all that reaches a dialogue."""
    read = [Scenario.stored(each) for each in (there, here)]
    old, new = (each.model_dump(mode="json", exclude=unheard(each)) for each in read)
    return list(differences(old, new))


def other_population(there: Mapping[str, Any] | None, here: Mapping[str, Any] | None) -> list[str]:
    """Return what differs between two populations, of all that they say of their people."""
    name = "population"
    if not (there and here) or there[name] != here[name]:
        old, new = (each and each[name] for each in (there, here))
        return [shown(old, new) or "of another name"] if there or here else []
    return list(differences(_people(there), _people(here)))


def _people(population: Mapping[str, Any]) -> Any:
    """Return what a population says of its people, in the fields that any version has."""
    said = _given({name: each for name, each in population.items() if name not in UNSAID})
    attributes = {name: _given(each) for name, each in said.get("attributes", {}).items()}
    rows = [_given(each) for each in said.get("personas", ())]
    return {**said, "attributes": attributes, "personas": rows}


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields without those that say nothing: an older version had fewer of them."""
    return {name: v for name, v in fields.items() if v is not None and v not in ("", [], {})}


def other_models(there: Cells[str], here: Cells[str]) -> list[str]:
    """Return whose model differs, in any cell."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for old, new in zip(there, here, strict=False):
        for who in dict.fromkeys([*old, *new]):
            named = (old.get(who, "none"), new.get(who, "none"))
            if named[0] != named[1]:
                found.setdefault(named, {})[who] = None
    told = [
        f"model of {', '.join(whose)} (there {old}, here {new})"
        for (old, new), whose in found.items()
    ]
    cells = [f"number of cells (there {len(there):,}, here {len(here):,})"]
    return told or (cells if len(there) != len(here) else [])


def other_bodies(there: Cells[Mapping[str, Any]], here: Cells[Mapping[str, Any]]) -> list[str]:
    """Return for whom other fields are sent in each request, in any cell."""
    nobody: Mapping[str, Mapping[str, Any]] = {}
    found: dict[str, None] = {}
    for old, new in zip_longest(there, here, fillvalue=nobody):
        for who in dict.fromkeys([*old, *new]):
            was, is_now = (each.get(who, {}).get("body") for each in (old, new))
            if was != is_now:
                said = [quote(dump(body)) if body else "none" for body in (was, is_now)]
                found[f"body of {who} (there {said[0]}, here {said[1]})"] = None
    return list(found)
