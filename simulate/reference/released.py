"""`IMPORTER:PATH`: human data that are read where they lie, without being imported first."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from simulate.errors import ReferenceDataError
from simulate.population import Population, load_population
from simulate.reference.importing import IMPORTERS, HumanData, Importing, read_data


def is_release(spec: str) -> bool:
    """Tell whether something names data by their importer, such as `persuasionforgood:FOLDER`."""
    kind, colon, _ = spec.partition(":")
    return bool(colon) and kind in IMPORTERS


def release_of(spec: str) -> HumanData | None:
    """Read the human data that `IMPORTER:PATH` names; None where something else is named.

    How people talk is not measured.

    Raises:
        ReferenceDataError: the data cannot be used, or people did not give them.
    """
    return _read(spec) if is_release(spec) else None


@lru_cache(maxsize=1)
def _read(spec: str) -> HumanData:
    kind, _, path = spec.partition(":")
    data = read_data(kind, Importing(Path(path), language=False))
    if isinstance(data, HumanData):
        return data
    raise ReferenceDataError(
        f"{spec}: these dialogues were simulated, and are a sample; import them with `simulate "
        f"reference import {kind} {path}`"
    )


def people_named(name: str | Path) -> Population:
    """Return a population by its name or path, or the people of `IMPORTER:PATH`.

    A person's id is what the reference of the same data knows it by, so that each simulated
    outcome can be set beside that of its human.

    Raises:
        PopulationError: there is none, or it breaks a rule.
        ReferenceDataError: the data cannot be used, or say nothing of their people.
    """
    release = release_of(str(name))
    if release is None:
        return load_population(name)
    if release.people is None:
        raise ReferenceDataError(f"{name}: these data say nothing of their people")
    return release.people
