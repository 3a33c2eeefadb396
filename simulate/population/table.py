"""A table of personas as a CSV file: people, or what a task asks, one a row.

The columns are the attributes, each value the text that stands there. Two have a meaning of their
own, as in the `personas` of a population file: `id`, by default the file's name with the number of
the row, and `prose`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from simulate.errors import PopulationError, quote
from simulate.files.csv_rows import numbered_rows
from simulate.population.persona import no_id


def table_name(path: Path) -> str:
    """Return what the population of a table is called: its file, without what no name has."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", path.stem).strip("-._") or "table"


def read_table(path: Path) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the rows of a table as the `personas` of a population, and where each stands.

    Raises:
        PopulationError: it is no such file, or an id is missing, cannot be one, or stands twice.
    """
    personas: list[dict[str, Any]] = []
    places: list[str] = []
    seen: dict[str, tuple[int, int]] = {}
    name = table_name(path)
    for number, (line, row) in enumerate(numbered_rows(path, PopulationError), start=1):
        attributes = {**row}
        persona = attributes.pop("id", f"{name}-{number:04d}").strip()
        if not persona:
            raise PopulationError(f"{path}:{line}: row {number:,} has no id; give it one")
        if wrong := no_id(persona):
            raise PopulationError(f"{path}:{line}: id {quote(persona, 40)} {wrong}")
        if persona in seen:
            first, at = seen[persona]
            raise PopulationError(
                f"{path}:{line}: rows {first:,} and {number:,} have the id {quote(persona, 40)}; "
                f"each needs an id of its own (lines {at:,} and {line:,})"
            )
        seen[persona] = number, line
        prose = {"prose": attributes.pop("prose")} if "prose" in attributes else {}
        personas.append({"id": persona, "attributes": attributes, **prose})
        places.append(f"{path}:{line}")
    return personas, places
