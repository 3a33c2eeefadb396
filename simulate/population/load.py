"""Read population files."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from simulate.errors import InputError, PopulationError
from simulate.files import shipped
from simulate.files.csv_rows import is_csv
from simulate.files.transcripts import read_transcripts
from simulate.files.validation import validation_lines
from simulate.files.yaml import YamlFile, read_yaml
from simulate.population.population import Population
from simulate.population.table import read_table, table_name


def load_population(name: str | Path, beside: Path | None = None) -> Population:
    """Read a population from a file, or a shipped one by its name.

    A CSV file is a table of personas; see `table`.

    Args:
        name: a path, or the name of a shipped population.
        beside: the folder of the file that names it.

    Raises:
        PopulationError: there is none, or it breaks a rule; the message has file and line.
    """
    path = shipped.find(str(name), "personas", PopulationError, beside)
    if is_csv(path):
        data = {"population": table_name(path), "personas": read_table(path)}
        return Population.model_validate(data)
    file = read_yaml(path, PopulationError)
    _take_in_table(file)
    _take_in_talks(file)
    try:
        population = Population.model_validate(file.data)
    except ValidationError as error:
        raise PopulationError(validation_lines(file, error, Population)) from None
    try:
        population.sample(1, 0)
    except InputError as error:
        raise PopulationError(f"{path}: {error}") from None
    return population


def _take_in_table(file: YamlFile) -> None:
    """Put the rows of the CSV file that `table` names in the place of `personas`."""
    named = file.data.pop("table", None)
    if named is None:
        return
    if "personas" in file.data:
        raise PopulationError(f"{file.at(('table',))}: give table or personas, not both")
    file.data["personas"] = read_table(_named_file(file, "table", named, "a CSV file"))


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
