"""Read population files."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import ValidationError

from simulate.errors import InputError, PopulationError, quote
from simulate.files import shipped
from simulate.files.tables import is_table
from simulate.files.transcripts import read_transcripts
from simulate.files.validation import validation_lines
from simulate.files.yaml import YamlFile, read_yaml
from simulate.population.persona import no_id
from simulate.population.population import Population
from simulate.population.table import TableSource, read_table, table_name


def load_population(name: str | Path, beside: Path | None = None) -> Population:
    """Read a population from a file, or a shipped one by its name.

    A CSV file, a workbook or a file of SPSS is a table of personas; see `table`.

    Args:
        name: a path, or the name of a shipped population.
        beside: the folder of the file that names it.

    Raises:
        PopulationError: there is none, or it breaks a rule; the message has file and line.
    """
    path = shipped.find(str(name), "personas", PopulationError, beside)
    if is_table(path):
        personas, places = read_table(path)
        data = {"population": table_name(path), "personas": personas}
        return Population.model_validate(data).placed(places)
    file = read_yaml(path, PopulationError)
    places = _take_in_table(file)
    _take_in_talks(file)
    _check_ids(file)
    try:
        population = Population.model_validate(file.data)
    except ValidationError as error:
        raise PopulationError(validation_lines(file, error, Population)) from None
    rows = population.personas
    population.placed(places or [f"{path}:{file.line(('personas', i))}" for i in range(len(rows))])
    try:
        population.check()
    except PopulationError as error:  # begins with the field
        raise PopulationError(f"{path}:{file.line_named(str(error))}: {error}") from None
    except InputError as error:
        raise PopulationError(f"{path}:{file.line(('prose',))}: {error}") from None
    return population


def _take_in_table(file: YamlFile) -> list[str]:
    """Put the rows of the file that `table` names in the place of `personas`.

    Returns:
        Where each row stands; empty where no table is named.
    """
    named = file.data.pop("table", None)
    if named is None:
        return []
    if "personas" in file.data:
        raise PopulationError(f"{file.at(('table',))}: give table or personas, not both")
    try:
        source = TableSource.model_validate(named if isinstance(named, dict) else {"file": named})
    except ValidationError as error:
        if not isinstance(named, dict):
            raise PopulationError(
                f"{file.at(('table',))}: must name a table, or have its `file`, got {named!r}"
            ) from None
        first = error.errors(include_url=False)[0]
        raise PopulationError(f"{file.at(('table', *first['loc']))}: {first['msg']}") from None
    path = _named_file(file, "table", source.file, "a table")
    file.data["personas"], places = read_table(path, source)
    return places


def _check_ids(file: YamlFile) -> None:
    """Refuse an id that cannot be one, or that two personas have, with the lines of both."""
    rows = file.data.get("personas")
    lines: dict[object, int] = {}
    for number, row in enumerate(rows if isinstance(rows, list) else ()):
        persona = row.get("id") if isinstance(row, dict) else None
        if not isinstance(persona, str):
            continue
        line = file.line(("personas", number, "id"))
        if wrong := no_id(persona):
            raise PopulationError(
                f"{file.path}:{line}: personas.{number}.id: {quote(persona, 40)} {wrong}"
            )
        if persona in lines:
            raise PopulationError(
                f"{file.path}:{line}: personas.{number}.id: the persona of line "
                f"{lines[persona]:,} has the id {quote(persona, 40)}, too; each needs an id of its "
                "own"
            )
        lines[persona] = line


def _named_file(file: YamlFile, field: str, named: object, what: str) -> Path:
    source = shipped.inside(file.path.parent, named) if isinstance(named, str) else None
    if source is None:
        raise PopulationError(
            f"{file.at((field,))}: must name {what} in the population's folder, or below it, got "
            f"{named!r}"
        )
    return source


def _take_in_talks(file: YamlFile) -> None:
    """Give each persona of the table its talk from the file that `talks` names, in place."""
    named, rows = file.data.pop("talks", None), file.data.get("personas")
    if named is None or not isinstance(rows, list):
        return
    source = _named_file(file, "talks", named, "a JSONL file of dialogues")
    talks = {
        (record.get("persona") or {}).get("id"): [
            {"speaker": turn["speaker"], "text": turn["text"]}
            for turn in record["turns"]
            if str(turn["text"]).strip()
        ]
        for record in read_transcripts(source, PopulationError)
    }
    for row in rows:
        if isinstance(row, dict) and row.get("id") in talks:
            row.setdefault("talk", talks[row["id"]])


def json_schema() -> str:
    """Return the JSON Schema of population files, for editors."""
    from simulate.files.described_schema import described_schema

    schema = described_schema(Population)
    source = described_schema(TableSource)
    schema["properties"] |= {
        "table": {
            "anyOf": [{"type": "string"}, source],
            "description": "A table of the people, or more about it, instead of `personas`.",
        },
        "talks": {
            "type": "string",
            "description": "A JSONL file with the talks that the people of the table had.",
        },
    }
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "A population of simulate"
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
