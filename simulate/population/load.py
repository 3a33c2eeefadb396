"""Read population files."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from simulate.errors import InputError, PopulationError
from simulate.files import shipped
from simulate.files.validation import validation_lines
from simulate.files.yaml import read_yaml
from simulate.population.population import Population


def load_population(name: str | Path, beside: Path | None = None) -> Population:
    """Read a population from a file, or a shipped one by its name.

    Args:
        name: a path, or the name of a shipped population.
        beside: the folder of the file that names it.

    Raises:
        PopulationError: there is none, or it breaks a rule; the message has file and line.
    """
    path = shipped.find(str(name), "personas", PopulationError, beside)
    file = read_yaml(path, PopulationError)
    try:
        population = Population.model_validate(file.data)
    except ValidationError as error:
        raise PopulationError(validation_lines(file, error, Population)) from None
    try:
        population.sample(1, 0)
    except InputError as error:
        raise PopulationError(f"{path}: {error}") from None
    return population
