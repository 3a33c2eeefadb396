"""Read scenario files, and check all that can be checked before a model is called."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from simulate.errors import InputError, ScenarioError, quote, unreadable
from simulate.files import shipped
from simulate.files.templates import LONGEST_TEMPLATE
from simulate.files.validation import validation_lines
from simulate.files.yaml import YamlFile, read_yaml
from simulate.population import Population, load_population
from simulate.scenario.partners import load_populations
from simulate.scenario.rehearsal import rehearse
from simulate.scenario.scenario import Scenario
from simulate.targets import read_target


def load_scenario(name: str | Path) -> Scenario:
    """Read a scenario from a file, or a shipped one by its name; see `load_with_populations`."""
    return load_with_populations(name)[0]


def load_with_population(name: str | Path) -> tuple[Scenario, Population | None]:
    """Read a scenario and the population of its first user; see `load_with_populations`."""
    return load_with_populations(name)[:2]


def load_with_populations(
    name: str | Path,
) -> tuple[Scenario, Population | None, dict[str, Population]]:
    """Read a scenario and the populations that it and its speakers name, and check them together.

    A method's `prompt` that names a `.jinja` file beside the scenario is replaced by its text, so
    that the scenario holds all it needs.

    Raises:
        ScenarioError: there is none, or it breaks a rule; the message has file and line.
    """
    path = shipped.find(str(name), "scenarios", ScenarioError)
    file = read_yaml(path, ScenarioError)
    scenario = resolved(file)
    population = population_of(scenario, path)
    others = load_populations(scenario, path, population)
    try:
        rehearse(scenario, population, others)
    except InputError as error:
        raise ScenarioError(f"{path}:{file.line_named(str(error))}: {error}") from None
    return scenario, population, others


def resolved(file: YamlFile) -> Scenario:
    """Return the scenario of a file with all that it takes from others, without its people.

    Raises:
        ScenarioError: it breaks a rule; the message has file and line.
    """
    folder = file.path.parent
    _extend(file.data, folder, file)
    _take_in_prompts(file.data, folder, file, ())
    _take_in_targets(file.data, folder, file)
    try:
        return Scenario.model_validate(file.data)
    except ValidationError as error:
        raise ScenarioError(validation_lines(file, error, Scenario)) from None


def lines_of_checks(name: str | Path) -> tuple[Path, dict[str, int]]:
    """Return a scenario's file, and the line of each check that stands in it, from 1.

    Raises:
        ScenarioError: there is no such file.
    """
    path = shipped.find(str(name), "scenarios", ScenarioError)
    file = read_yaml(path, ScenarioError)
    checks = file.data.get("checks")
    named = checks if isinstance(checks, dict) else {}
    return path, {str(check): file.line(("checks", str(check))) for check in named}


def population_of(scenario: Scenario, path: Path | None = None) -> Population | None:
    """Load the population that a scenario names: a shipped one, or a file beside its own.

    Raises:
        PopulationError: it names one that cannot be loaded.
    """
    if scenario.population is None:
        return None
    return load_population(scenario.population, path.parent if path else None)


def _extend(data: dict[str, Any], folder: Path, file: YamlFile) -> None:
    """Take over from the scenario that `extends` names what this one does not say, in place.

    A field of the top level that is given replaces that of the other scenario, whole.
    """
    base = data.pop("extends", None)
    if base is None:
        return
    where = file.at(("extends",))
    if not isinstance(base, str):
        raise ScenarioError(f"{where}: must be a scenario's name or path, got {base!r}")
    other = read_yaml(shipped.find(base, "scenarios", ScenarioError, folder), ScenarioError)
    if "extends" in other.data:
        raise ScenarioError(
            f"{where}: {quote(base)} extends another scenario itself; name that one"
        )
    _take_in_prompts(other.data, other.path.parent, other, ())
    _take_in_targets(other.data, other.path.parent, other)
    for key, value in other.data.items():
        data.setdefault(key, value)


def _take_in_prompts(data: Any, folder: Path, file: YamlFile, field: tuple[str | int, ...]) -> None:
    """Replace each `method: {prompt: name.jinja}` by the text of that file, in place."""
    if isinstance(data, list):
        for index, item in enumerate(data):
            _take_in_prompts(item, folder, file, (*field, index))
    if not isinstance(data, dict):
        return
    for key, value in data.items():
        _take_in_prompts(value, folder, file, (*field, str(key)))
    prompt = data.get("prompt")
    if not (field and field[-1] == "method" and isinstance(prompt, str)):
        return
    if "\n" in prompt or not prompt.endswith(".jinja"):
        return
    where = file.at((*field, "prompt"))
    source = shipped.inside(folder, prompt)
    if source is None:
        raise ScenarioError(f"{where}: {quote(prompt)} lies outside the scenario's folder")
    try:
        if source.stat().st_size > LONGEST_TEMPLATE or not source.is_file():
            raise ScenarioError(f"{where}: {quote(prompt)} is no file, or too long for a template")
        data["prompt"] = source.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(
            f"{where}: {quote(prompt)} cannot be read: {unreadable(error)}"
        ) from None


def _take_in_targets(data: dict[str, Any], folder: Path, file: YamlFile) -> None:
    """Replace each `target` that is a file's name by what that file says, in place."""
    levels = [
        ("conditions", condition, label)
        for condition, named in _mapping(data, "conditions").items()
        for label in (named if isinstance(named, dict) else {})
    ]
    for place in [(), *levels]:
        speakers = _mapping(data, *place, "speakers")
        for name, speaker in speakers.items():
            target = speaker.get("target") if isinstance(speaker, dict) else None
            if not (isinstance(target, str) and target.endswith((".yaml", ".yml"))):
                continue
            if "://" in target:
                continue
            found = shipped.inside(folder, target)
            if found is None:
                where = file.at((*place, "speakers", str(name), "target"))
                raise ScenarioError(f"{where}: {quote(target)} lies outside the scenario's folder")
            speaker["target"] = read_target(str(found))


def _mapping(data: Any, *path: str) -> dict[Any, Any]:
    """Return the mapping at a path; an empty one where something else stands there."""
    for key in path:
        data = data.get(key) if isinstance(data, dict) else None
    return data if isinstance(data, dict) else {}


def json_schema() -> str:
    """Return the JSON Schema of scenario files, for editors."""
    from simulate.files.described_schema import described_schema

    schema = described_schema(Scenario)
    schema["properties"]["extends"] = {
        "type": "string",
        "description": "A scenario from which fields that are not given here are taken over.",
    }
    schema["anyOf"] = [{"required": schema.pop("required")}, {"required": ["extends"]}]
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "A scenario of simulate"
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
