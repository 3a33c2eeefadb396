"""The scenarios that ship, one line each, and the making of one's own."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from simulate.errors import ScenarioError, quote
from simulate.files import shipped
from simulate.files.validation import first_problem
from simulate.files.writing import text_written_aside
from simulate.files.yaml import YamlFile, read_yaml
from simulate.files.yaml_writing import yaml_text
from simulate.scenario.load import resolved
from simulate.verbalized.spec import Name

ENDING = (".yaml", ".yml")
_FIRST = re.compile(r"(?m)^scenario: .*$")

Sort = Literal["dialogue", "stress test", "one turn", "variation"]
SORTS: dict[Sort, str] = {
    "dialogue": "Dialogues",
    "variation": "Variations of these",
    "stress test": "Stress tests of a chatbot",
    "one turn": "One turn",
}
"""What shipped scenarios are, and the heading of each."""


@dataclass(frozen=True, slots=True)
class Titled:
    """A shipped scenario by its title.

    Attributes:
        name: that commands take.
        title: what it is about, in a few words.
        sort: what it is.
    """

    name: str
    title: str
    sort: Sort


@dataclass(frozen=True, slots=True)
class Listed(Titled):
    """A shipped scenario in one line.

    Attributes:
        outcomes: what it measures.
        compare: outcome to the reference that it is compared with.
        cells: their labels.
        dialogues: in each cell, unless the command line says otherwise.
    """

    outcomes: tuple[str, ...]
    compare: dict[str, str]
    cells: tuple[str, ...]
    dialogues: int

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self)


def titled() -> list[Titled]:
    """Return the shipped scenarios by title, without reading more of them; sorted by name."""
    return [_titled(name, _read(name)) for name in shipped.names("scenarios")]


def listed() -> list[Listed]:
    """Return the shipped scenarios, sorted by name."""
    return [_listed(name, _read(name)) for name in shipped.names("scenarios")]


def _read(name: str) -> YamlFile:
    return read_yaml(shipped.find(name, "scenarios"), ScenarioError)


def _titled(name: str, file: YamlFile) -> Titled:
    data = file.data
    sort: Sort = "dialogue"
    if "extends" in data:
        sort = "variation"
    elif "checks" in data:
        sort = "stress test"
    elif len(data.get("speakers", ())) == 1:
        sort = "one turn"
    return Titled(name, str(data.get("title", "")), sort)


def _listed(name: str, file: YamlFile) -> Listed:
    each = _titled(name, file)
    scenario = resolved(file)
    return Listed(
        each.name,
        each.title,
        each.sort,
        tuple(scenario.outcomes_by_interest),
        dict(scenario.compare),
        tuple(cell.label for cell in scenario.cells()),
        scenario.defaults.n,
    )


def new_scenario(path: Path, source: str | None = None, *, force: bool = False) -> Path:
    """Write a scenario to begin with: a commented one that can be run, or a copy of a shipped one.

    Args:
        path: where to; without an ending, `.yaml` is added. Its stem becomes the scenario's name.
        source: name of the shipped scenario that is copied; None for the commented one.
        force: whether a file that is there is replaced.

    Raises:
        ScenarioError: the name cannot be one, or there is no such shipped scenario.
        InputError: a file is there already, or it cannot be written.
    """
    if path.suffix not in ENDING:
        path = path.parent / (path.name + ENDING[0])
    name = path.stem
    try:
        TypeAdapter(Name).validate_python(name)
    except ValidationError as error:
        why = first_problem(error)
        raise ScenarioError(
            f"{quote(name)} cannot be the name of a scenario: {why}; give another, like my-talk"
        ) from None
    line = yaml_text({"scenario": name}).strip()
    if source is None:
        text = (Path(__file__).parent / "skeleton.yaml").read_text("utf-8")
        text = _FIRST.sub(line, text, count=1).replace("NAME", name)
    else:
        if source not in shipped.names("scenarios"):
            shipped.find(source, "scenarios", ScenarioError)  # which says what there is
            raise ScenarioError(f"--from {quote(source)}: copy a file of your own by yourself")
        text = shipped.find(source, "scenarios").read_text("utf-8")
        text = re.sub(r"(?m)\A# yaml-language-server: .*\n", "", text)
        text = _FIRST.sub(line, text, count=1)
    with text_written_aside(path, force=force) as file:
        file.write(text)
    return path
