"""The situation of human dialogues: what a simulated person is told while it is walked through."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError, model_validator

from simulate.errors import ScenarioError
from simulate.files.strict import Strict
from simulate.files.validation import validation_lines
from simulate.files.yaml import read_yaml, yaml_of
from simulate.verbalized.spec import Name

Template = Annotated[str, Field(min_length=1)]
SHIPPED = "persuasionforgood"


class Role(Strict):
    """A party of the dialogues."""

    instructions: Template
    """What a person in this role is told; a template that sees `persona` and `names`."""
    people: Template
    """What is said of many such people, for a question about them without a talk."""


class HumanOutcome(Strict):
    """What was measured after the dialogue, and is forecast amid it."""

    of: Name
    """Whose it is: a role."""
    kind: str
    """As of an outcome of a scenario."""
    unit: str | None = None
    support: tuple[float, float] | None = None
    levels: list[str] | None = None
    question: Template
    """What the person is asked amid the dialogue; a template, as the instructions are."""
    people: Template
    """The same about many such people."""


class Situation(Strict):
    """What people in human dialogues were told, in words for a model."""

    situation: Name
    """What it is called."""
    source: str | None = None
    """What it is taken from."""
    words: str | None = None
    """The population whose prose puts a person in words; without it nothing is told of them."""
    length: str
    """How long a turn is, as of a scenario's speaker."""
    shortest: Annotated[int, Field(ge=0)] = 0
    """Turns that a dialogue had to have, of both together, before somebody could leave."""
    agreement: str | None = None
    """How far human coders of the acts agree, and where that is published: the ceiling."""
    acts: dict[str, Template] = {}
    """Annotated acts in words for a model; by default their labels without hyphens."""
    roles: Annotated[dict[Name, Role], Field(min_length=2, max_length=2)]
    """The two parties, by the names that the dialogues have for them; who opens comes first."""
    outcomes: dict[Name, HumanOutcome] = {}
    """What is forecast beside the next turn, by the name that the data have for it."""
    names: dict[Name, str] = {}
    """Names that instructions and questions tell."""
    renamed: dict[str, str] = {}
    """What stands in the place of a name in histories with other names; case does not count."""

    @model_validator(mode="after")
    def _check(self) -> Situation:
        for name, outcome in self.outcomes.items():
            if outcome.of not in self.roles:
                raise ValueError(
                    f"outcomes.{name}.of: there is no role “{outcome.of}”; there are: "
                    f"{', '.join(self.roles)}"
                )
        for name in self.renamed:
            if not re.search(r"\w", name):
                raise ValueError(
                    f"renamed: “{name}” has no letter, and would stand everywhere; leave it out"
                )
        if len(set(self.acts.values())) < len(self.acts):
            raise ValueError("acts: two are put in the same words; no answer tells them apart")
        return self

    def in_words(self, act: str) -> str:
        """Return an act as a prompt names it: `ask-org-info` is “ask org info” by default."""
        return self.acts.get(act) or " ".join(re.sub("[-_]", " ", act).split()).lower()

    def first_act(self, acts: Sequence[str]) -> str | None:
        """Return the act of a turn's first sentence in words; None where none is annotated."""
        return self.in_words(acts[0]) if acts else None


def load_situation(path: str | Path | None = None) -> Situation:
    """Return a situation from a file; by default that of PersuasionForGood.

    Raises:
        ScenarioError: it cannot be read, or breaks a rule; with file and line.
    """
    if path is None:
        shipped = files("simulate.calibration") / "situations" / f"{SHIPPED}.yaml"
        file = yaml_of(shipped.read_text("utf-8"), Path(f"{SHIPPED}.yaml"), ScenarioError)
    else:
        file = read_yaml(Path(path), ScenarioError)
    try:
        return Situation.model_validate(file.data)
    except ValidationError as error:
        raise ScenarioError(validation_lines(file, error, Situation)) from None
