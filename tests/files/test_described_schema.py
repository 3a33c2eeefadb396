"""Editors show what each field of a scenario or population file means."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from simulate.files import shipped
from simulate.population.load import json_schema as of_populations
from simulate.scenario import json_schema as of_scenarios

PUBLISHED = [
    ("scenarios/scenario.schema.json", of_scenarios),
    ("personas/population.schema.json", of_populations),
]


def _fields(schema: Any, where: str = "") -> Iterator[tuple[str, Any]]:
    """Iterate over all fields of a schema, wherever they stand, after where that is."""
    if isinstance(schema, dict):
        for name, field in (schema.get("properties") or {}).items():
            yield f"{where}.{name}", field
        for name, below in schema.items():
            yield from _fields(below, f"{where}.{name}" if name != "properties" else where)
    elif isinstance(schema, list):
        for below in schema:
            yield from _fields(below, where)


@pytest.mark.parametrize(("file", "schema"), PUBLISHED)
def test_every_field_has_a_description(file: str, schema: Callable[[], str]) -> None:
    fields = [(where, field) for where, field in _fields(json.loads(schema()))]
    assert len(fields) > 20
    assert [where for where, field in fields if not field.get("description")] == []


@pytest.mark.parametrize(("file", "schema"), PUBLISHED)
def test_the_published_schema_is_up_to_date(file: str, schema: Callable[[], str]) -> None:
    folder, name = file.split("/")
    assert (shipped.folder(folder) / name).read_text("utf-8") == schema()
