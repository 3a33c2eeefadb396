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
from simulate.files.csv_rows import read_csv


def table_name(path: Path) -> str:
    """Return what the population of a table is called: its file, without what no name has."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", path.stem).strip("-._") or "table"


def read_table(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a table as the `personas` of a population.

    Raises:
        PopulationError: it is no such file, or an id is missing or stands twice.
    """
    personas: list[dict[str, Any]] = []
    seen: dict[str, int] = {}
    name = table_name(path)
    for number, row in enumerate(read_csv(path, PopulationError), start=1):
        attributes = {**row}
        persona = attributes.pop("id", f"{name}-{number:04d}").strip()
        if not persona:
            raise PopulationError(f"{path}: row {number:,} has no id; give it one")
        if persona in seen:
            raise PopulationError(
                f"{path}: rows {seen[persona]:,} and {number:,} have the id {quote(persona, 40)}; "
                "each needs an id of its own"
            )
        seen[persona] = number
        prose = {"prose": attributes.pop("prose")} if "prose" in attributes else {}
        personas.append({"id": persona, "attributes": attributes, **prose})
    return personas
