"""People who were imported with their dialogues: a population file beside the reference."""

from __future__ import annotations

import json
from pathlib import Path

from simulate.files.writing import text_written_aside
from simulate.population import Population


def people_beside(reference: Path) -> Path:
    """Return where the population of an imported reference stands."""
    return reference.with_name(f"{reference.stem}.people.yaml")


def write_people(people: Population, transcripts: Path, path: Path, *, force: bool = False) -> None:
    """Write a table of people as a population file, whose talks stand in a file of their own."""
    said = people.model_dump(mode="json", exclude_defaults=True)
    rows = said.pop("personas")
    # Each value is JSON, which is YAML too.
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in said.items()]
    lines += [f"talks: {json.dumps(transcripts.name, ensure_ascii=False)}", "personas:"]
    lines += [f"  - {json.dumps(row, ensure_ascii=False)}" for row in rows]
    with text_written_aside(path, force=force) as file:
        file.write("\n".join(lines) + "\n")
