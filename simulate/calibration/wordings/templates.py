"""The wordings that are to be chosen among, and the scenario in which each is a cell."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from simulate.errors import InputError, quote, unreadable
from simulate.files.templates import LONGEST_TEMPLATE, variables_of
from simulate.population import Population
from simulate.scenario import Cell, Level, MethodChange, Scenario, SpeakerChange, rehearse
from simulate.scenario.cell import cells_called
from simulate.scenario.outcomes import AS_IN_TALK
from simulate.verbalized import MethodSpec, PromptVersion, known_version

MOST = 10
WORDING = "wording"
_NO_LABEL = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Template:
    """A wording of the prompts that ask for distributions.

    Attributes:
        name: what it was named by: a version of the shipped prompts, or a file.
        label: what its cell is called.
        version: of the shipped prompts; None for a file.
        text: of the file, a Jinja template; None for a version.
    """

    name: str
    label: str
    version: PromptVersion | None = None
    text: str | None = None

    def level(self, users: Sequence[str]) -> Level:
        """Return the level of a condition that takes this wording for some speakers."""
        if self.text is None:
            return Level(prompt_version=self.version)
        change = SpeakerChange(method=MethodChange(prompt=self.text))
        return Level(speakers=dict.fromkeys(users, change))


def read_templates(names: Sequence[str]) -> tuple[Template, ...]:
    """Read the wordings that are named: `1` or `2` for shipped prompts, or the path of a file.

    Raises:
        InputError: there are fewer than two or more than ten, one cannot be read, or two are alike.
    """
    if not 2 <= len(names) <= MOST:
        raise InputError(
            f"--template: {len(names)} given, and 2 to {MOST} are compared, each the number of a "
            "version of the shipped prompts, or a file of your own: --template 2 --template "
            "mine.jinja"
        )
    found: list[Template] = []
    for name in names:
        template = _read(name)
        for other in found:
            if (other.version, other.text) == (template.version, template.text):
                raise InputError(
                    f"--template {name}: the same wording as --template {other.name}; there is "
                    "nothing to decide, so give another one"
                )
        taken = {other.label for other in found}
        label, times = template.label, 1
        while label in taken:
            times += 1
            label = f"{template.label}-{times}"
        found.append(Template(template.name, label, template.version, template.text))
    return tuple(found)


def _read(name: str) -> Template:
    if name.isdecimal():
        try:
            version = known_version(int(name[:9]))
        except InputError as error:
            raise InputError(f"--template {name}: {error}") from None
        return Template(name, f"version-{version}", version)
    path = Path(name)
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(LONGEST_TEMPLATE + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"--template {name}: cannot be read: {unreadable(error)}; give 1 or 2 for the shipped "
            "prompts, or the path of a file"
        ) from None
    if len(text) > LONGEST_TEMPLATE:
        raise InputError(
            f"--template {name}: longer than {LONGEST_TEMPLATE:,} characters, which no template is"
        )
    if not text.strip():
        raise InputError(f"--template {name}: the file is empty; write a prompt into it")
    label = _NO_LABEL.sub("-", path.stem).strip("-._")[:50]
    return Template(
        name, f"template-{label}" if label.isdecimal() else label or "template", text=text
    )


def cell_of(scenario: Scenario, label: str | None) -> Cell:
    """Return the one cell in which wordings are compared.

    Raises:
        InputError: there is no such cell, or there are several and none is named.
    """
    cells = scenario.cells()
    found = cells if label is None else cells_called(label, cells)
    if len(found) == 1:
        return found[0]
    have = ", ".join(cell.label for cell in cells)
    if label is None:
        raise InputError(
            f"scenario {scenario.name} has {len(cells)} cells, and wordings are compared in one; "
            f"name it with --cell: {have}"
        )
    what = "stands for several cells" if found else "is no cell"
    raise InputError(f"--cell {quote(label)} {what}; there are: {have}")


def with_wordings(
    scenario: Scenario,
    cell: Cell,
    templates: Sequence[Template],
    population: Population | None,
    populations: Mapping[str, Population],
) -> Scenario:
    """Return the scenario with a cell for each wording, all like one cell of the scenario.

    Each file is rehearsed by itself, so that what is wrong with it is said of it.

    Raises:
        InputError: a wording cannot be used there; the message names it.
    """
    users = _users(scenario, cell)
    for template in templates:
        _check(scenario, cell, users, template)
        if template.text is None:
            continue
        try:
            rehearse(_of(scenario, cell, users, [template]), population, populations)
        except InputError as error:
            raise InputError(f"--template {template.name}: {error}") from None
    return _of(scenario, cell, users, templates)


def wording_condition(scenario: Scenario) -> str:
    """Return what the condition of wordings is called: a name that the scenario does not have."""
    name = WORDING
    while name in scenario.conditions:
        name += "-"
    return name


def method_of_users(scenario: Scenario, cell: Cell) -> MethodSpec:
    """Return the method by which the first user of a cell is asked."""
    return cell.speakers[_users(scenario, cell)[0]].method


def _of(
    scenario: Scenario, cell: Cell, users: Sequence[str], templates: Sequence[Template]
) -> Scenario:
    own = {
        name: {level: scenario.conditions[name][level]}
        for name, level in cell.levels.items()
        if name in scenario.conditions
    }
    wordings = {template.label: template.level(users) for template in templates}
    return scenario.with_conditions({**own, wording_condition(scenario): wordings})


def _users(scenario: Scenario, cell: Cell) -> list[str]:
    users = [name for name, speaker in cell.speakers.items() if speaker.plays == "user"]
    if not users:
        raise InputError(
            f"scenario {scenario.name} has no speaker that plays user, so nobody is asked for a "
            "distribution, and wordings have nothing to differ in"
        )
    return users


def _check(scenario: Scenario, cell: Cell, users: Sequence[str], template: Template) -> None:
    """Refuse a wording that would reach nobody."""
    methods = {name: cell.speakers[name].method for name in users}
    if template.text is None:
        own = [name for name, method in methods.items() if method.prompt is not None]
        if own:
            raise InputError(
                f"--template {template.name}: speakers.{own[0]}.method has a prompt of its own, "
                "which no version of the shipped prompts replaces; leave it out of the scenario, "
                "or compare files"
            )
        return
    mixed = [name for name, method in methods.items() if method.parts]
    if mixed:
        raise InputError(
            f"--template {template.name}: speakers.{mixed[0]}.method is a mixture, each part of "
            "which has a prompt of its own; name another cell with --cell, or compare 1 and 2"
        )
    asked = [
        name
        for name, outcome in scenario.outcomes.items()
        if outcome.asked and outcome.asked.method == AS_IN_TALK
    ]
    if not cell.talks and not asked:
        raise InputError(
            f"--template {template.name}: nobody talks in scenario {scenario.name}, and its "
            "questions are asked with the shipped prompts, so the file would reach nobody; write "
            f"`method: {AS_IN_TALK}` at what is asked"
        )
    if asked and not asks_questions(template.text, f"--template {template.name}"):
        raise InputError(
            f"--template {template.name}: the template does not use the variable question, and "
            f"outcomes.{asked[0]} is asked with it; write {{{{ question }}}} where it belongs"
        )


def asks_questions(text: str, name: str) -> bool:
    """Return whether a template can put a question, as the shipped prompts can."""
    return "question" in variables_of(text, name)
