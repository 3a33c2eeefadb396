"""Models with names of the user's own: a models file, or a mapping in Python.

Such a name is a SPEC wherever a model is named. A scenario may bring names too; what they stand for
is sent no secret, since a scenario may come from anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, TypeAdapter, ValidationError

from simulate.errors import ModelSpecError
from simulate.files.validation import first_problem, validation_lines
from simulate.files.yaml import YamlFile, read_yaml
from simulate.models.settings import NO_SETTINGS, ModelSettings
from simulate.models.spec import ENDPOINT, ModelSpec

MODELS_FILE = "models.yaml"
"""The models file of a folder."""
VARIABLE = "SIMULATE_MODELS"
"""The environment variable that names a models file."""


def checked_name(name: str) -> str:
    """Return a name as it is.

    Raises:
        ValueError: it names another model already.
    """
    read = None
    with suppress(ModelSpecError):
        read = ModelSpec.parse(name)
    if read != ModelSpec(ENDPOINT, name):
        raise ValueError(
            "a name here must be none that means another model already, such as embedded, or "
            "NAME@URL; write a word, such as fast"
        )
    return name


Entries = dict[Annotated[str, AfterValidator(checked_name)], ModelSettings]
"""What a models file says: settings by name."""
_ENTRIES: TypeAdapter[dict[str, ModelSettings]] = TypeAdapter(Entries)


@dataclass(frozen=True, slots=True)
class Entry:
    """What a name stands for.

    Attributes:
        settings: how the model is called.
        where: where that is said, for messages.
        by_user: whether the user says it; else a scenario does.
    """

    settings: ModelSettings
    where: str
    by_user: bool


@dataclass(frozen=True, slots=True)
class NamedModels:
    """The names that a run knows.

    Attributes:
        entries: what the user's names stand for.
        file: where they stand; None where they are given in Python.
        common: settings of all models at endpoints that the user names; they go before an entry's.
        in_folder: reads the file that only lies in the working directory, and nobody has named; not
            before a name is looked up, since it may be another program's.
        offered: the names that a scenario brings.
        tell: is told what a name means that such a file gives a meaning.
    """

    entries: Mapping[str, ModelSettings] = field(default_factory=dict)
    file: YamlFile | None = None
    common: ModelSettings = NO_SETTINGS
    in_folder: Callable[[], YamlFile] | None = None
    offered: Mapping[str, ModelSettings] = field(default_factory=dict)
    tell: Callable[[str], None] | None = None

    @property
    def by_folder(self) -> bool:
        """Whether the file only lies in the working directory, and nobody has named it."""
        return self.in_folder is not None

    @property
    def path(self) -> str:
        """The models file, for messages."""
        return MODELS_FILE if self.file is None else str(self.file.path)

    def find(self, name: str) -> Entry | None:
        """Return what a name stands for; None where it is no name of these.

        A user's name goes before a scenario's.

        Raises:
            ModelSpecError: the file of the working directory cannot be read; or it has the name,
                and breaks a rule.
        """
        entries, file = self.entries, self.file
        if self.in_folder is not None:
            file = self.in_folder()
            entries = _entries(file) if name in file.data else {}
        if name in entries:
            where = f"models: {name}" if file is None else file.at((name,))
            return Entry(entries[name], where, by_user=True)
        if name in self.offered:
            return Entry(self.offered[name], f"models.{name} of the scenario", by_user=False)
        return None


NO_NAMES = NamedModels()

ModelNames = str | Path | Mapping[str, ModelSettings | Mapping[str, Any]] | NamedModels
"""What gives models names: the path of a models file, or settings by name."""


def named_models(given: ModelNames | None, environment: Mapping[str, str]) -> NamedModels:
    """Return the names that models have.

    Args:
        given: None takes the file that `SIMULATE_MODELS` names, where it names one.
        environment: where that is looked up.

    Raises:
        ModelSpecError: a file cannot be read, or breaks a rule; the message has file and line.
    """
    if isinstance(given, NamedModels):
        return given
    if isinstance(given, Mapping):
        try:
            return NamedModels(_ENTRIES.validate_python(dict(given)))
        except ValidationError as error:
            raise ModelSpecError(f"models: {first_problem(error)}") from None
    path = given or environment.get(VARIABLE)
    return read_models(Path(path)) if path else NO_NAMES


def read_models(path: Path) -> NamedModels:
    """Read a models file.

    Raises:
        ModelSpecError: it cannot be read, or breaks a rule; the message has file and line.
    """
    file = read_yaml(path, ModelSpecError)
    return NamedModels(_entries(file), file)


def models_of_folder(folder: Path) -> NamedModels:
    """Return the names of the `models.yaml` of a folder, if it is there; see `in_folder`."""
    path = folder / MODELS_FILE
    if not path.is_file():
        return NO_NAMES
    return NamedModels(in_folder=cache(partial(read_yaml, path, ModelSpecError)))


def _entries(file: YamlFile) -> Mapping[str, ModelSettings]:
    try:
        return _ENTRIES.validate_python(file.data)
    except ValidationError as error:
        raise ModelSpecError(validation_lines(file, error, dict[str, ModelSettings])) from None
