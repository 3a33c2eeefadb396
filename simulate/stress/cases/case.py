"""Regression cases: a failing dialogue in a file that replays exactly, without a run file.

A case says what the user says, in which situation, and which check must hold. It holds what the
check and the target see (speakers, facts and goal with their values, the persona, the variables)
and not how the target is reached: that is said when the case is replayed. A case is data, and
replaying one runs no code of its own.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from simulate.errors import CaseError, InputError
from simulate.files.strict import Strict
from simulate.files.validation import validation_lines
from simulate.files.writing import text_written_aside
from simulate.files.yaml import read_yaml
from simulate.files.yaml_writing import yaml_text
from simulate.population import Attributes, Persona
from simulate.scenario import Design, Scenario
from simulate.scenario.reserved_names import RESPONDS
from simulate.stress.cases.replaying import Situation

MOST_MESSAGES = 1_000
"""As many as a scenario's `turns.maximum`; a case from somebody else sends no more."""

HEADER = (
    "# A regression case of `simulate`: the messages are said again, and the check must hold.\n"
    "# What stands under `found` and `said` is for the reader.\n"
)

SafeName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=100)]


def _versioned(data: Any) -> Any:
    """Before prompts had versions, judges were asked with version 1."""
    return {"prompt_version": 1, **data} if isinstance(data, dict) else data


class Found(Strict):
    """Where a case was found."""

    run: str
    """The run's id."""
    dialogue: str
    """The dialogue's id."""
    seed: int
    date: str
    """When the run began, ISO 8601."""
    replicate: Annotated[int, Field(ge=0)] = 0
    target: str = ""
    """The target's name in that run."""
    people: str = ""
    """Of which people the persona is one, for messages; empty where it is nobody's data."""
    attackers: str = ""
    """The population of users who attack that the persona is of; empty for other users."""
    turns_before: Annotated[int, Field(ge=0)]
    """The user's messages as recorded."""
    turns: Annotated[int, Field(ge=0)]
    """Those that are left."""
    log_probability_before: float | None = None
    """Σ ln(weight) of the recorded messages; None where none was drawn or it is infinite."""
    log_probability: float | None = None
    """Σ ln(weight) of those that are left, before their wording was simplified."""


class SaidThen(Strict):
    """One turn of the dialogue as it was when the case was found; for the reader only."""

    speaker: str
    text: str


class _Persona(Strict):
    id: str
    attributes: Attributes = {}
    prose: str = ""


class Case(Strict):
    """A regression case, as its file says it."""

    case: SafeName
    """Its name."""
    check: Annotated[str, Field(min_length=1)]
    """The check that failed and must hold: one of the scenario's, or `responds`."""
    reason: str = ""
    """Why it failed then; for the reader only."""
    messages: Annotated[list[str], Field(max_length=MOST_MESSAGES)]
    """What the user says, one message a turn."""
    scenario: Annotated[Scenario, BeforeValidator(_versioned)]
    """What is left of the scenario: its speakers, turn rules, and the one check."""
    cell: dict[str, str] = {}
    """Condition to level, as the templates see it."""
    persona: _Persona
    found: Found
    said: list[SaidThen] = []

    @model_validator(mode="after")
    def _check(self) -> Case:
        if self.check != RESPONDS and self.check not in self.scenario.checks:
            known = ", ".join([*self.scenario.checks, RESPONDS])
            raise ValueError(f"check: the scenario has no check “{self.check}”; it has: {known}")
        try:
            self.situation.parties()
        except InputError as error:
            raise ValueError(f"scenario: {error}") from None
        if not self.messages and not self.situation.greets:
            raise ValueError("messages: the user speaks first, and says nothing")
        return self

    @property
    def name(self) -> str:
        """The case's name, which its file calls `case`."""
        return self.case

    @property
    def situation(self) -> Situation:
        """What the messages are replayed in."""
        persona = Persona(self.persona.id, dict(self.persona.attributes), self.persona.prose)
        alike: dict[str, object] = {"conditions": {}, "design": Design()}
        (alone,) = self.scenario.model_copy(update=alike).cells()
        cell = replace(alone, levels=dict(self.cell))
        found = self.found
        return Situation(self.scenario, cell, persona, found.dialogue, found.replicate, found.seed)


def write_case(case: Case, folder: str | Path = "cases") -> Path:
    """Write a case as `folder/NAME.yaml`, and return the path.

    A case that is there already, found in another run perhaps, stays as it is; under the name of
    another one, the new case is numbered.

    Raises:
        InputError: the file cannot be written.
    """
    number = 1
    while True:
        named = case if number == 1 else case.model_copy(update={"case": f"{case.name}-{number}"})
        path = Path(folder) / f"{named.name}.yaml"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CaseError(f"case {path}: cannot be written: {error.strerror}") from None
        if not os.path.lexists(path):
            with text_written_aside(path, force=False) as file:
                file.write(_text(named))
            return path
        if _says_the_same(path, case):
            return path
        number += 1


def _text(case: Case) -> str:
    data = case.model_dump(mode="json", exclude_defaults=True)
    return HEADER + yaml_text({**data, "scenario": case.scenario.written()})


def _says_the_same(path: Path, case: Case) -> bool:
    """Tell whether a file holds a case that replays as this one does."""
    try:
        there = load_case(path)
    except CaseError:
        return False
    parts = ("check", "messages", "scenario", "cell", "persona")
    return all(getattr(there, part) == getattr(case, part) for part in parts)


def load_case(path: str | Path) -> Case:
    """Read a case file.

    Raises:
        CaseError: it cannot be read, or breaks a rule; the message has file and line.
    """
    file = read_yaml(Path(path), CaseError)
    try:
        return Case.model_validate(file.data)
    except ValidationError as error:
        raise CaseError(validation_lines(file, error, Case)) from None
