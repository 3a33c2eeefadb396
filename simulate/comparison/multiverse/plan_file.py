"""The file of a multiverse: a contrast, and the grid over which it is estimated."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from simulate.errors import InputError
from simulate.files.described_schema import described_schema
from simulate.files.strict import Strict
from simulate.files.validation import validation_lines
from simulate.files.yaml import YamlFile, read_yaml
from simulate.limits import LARGEST_SEED, MOST_DIALOGUES
from simulate.scenario.model_names import ModelName
from simulate.scenario.outcome_kind import OutcomeScalar
from simulate.verbalized import PromptVersion
from simulate.verbalized.spec import Name, Share, Temper

MOST_UNIVERSES = 512
MOST_RUNS = 64
"""Run files of a multiverse: wordings × k × models."""
MOST_CHOICES = 100
"""Of one kind."""
DISTANCES = ("compare", "distance", "distances", "margin", "reference")


class Wording(Strict):
    """What a wording changes of the scenario, field by field; what is left out stays as it is."""

    speakers: dict[Name, dict[str, Any]] = {}
    """Fields of speakers, such as `instructions`, by the speakers' names."""
    outcomes: dict[Name, dict[str, Any]] = {}
    """Fields of outcomes, such as `asked: {question: …}`, by their names."""
    conditions: dict[Name, dict[Name, dict[str, Any]]] = {}
    """Fields of the levels of conditions."""
    variables: dict[Name, Any] = {}
    """Values of the scenario's variables."""
    prompt_version: PromptVersion | None = None
    """Which version of the shipped prompts is taken."""

    @property
    def said(self) -> dict[str, Any]:
        """What it says."""
        return self.model_dump(mode="json", exclude_defaults=True)


class Redraw(Strict):
    """How users' replies are drawn; `{}` as the scenario says."""

    draw: Literal["probability", "uniform", "mode"] | None = None
    """The rule that picks a candidate."""
    temper: Temper | None = None
    """Draw from the weights raised to the power 1/temper; above 1 is flatter than stated."""
    below: Share | None = None
    """Draw only from candidates that are less likely than this."""

    @model_validator(mode="after")
    def _check(self) -> Redraw:
        if self.temper is not None and self.draw not in (None, "probability"):
            raise ValueError(f"temper: flattens the draw by probability, but draw is {self.draw}")
        return self

    @property
    def as_run(self) -> bool:
        """Whether replies are drawn as the scenario says."""
        return self == Redraw()


class Cleaning(Strict):
    """Which values count; `{}` as `simulate summary` counts them."""

    exclude: Annotated[list[Name], Field(max_length=100)] | None = None
    """The rules of the scenario's `exclude` that leave dialogues out; by default all, `[]` none."""
    values: Literal["distribution", "drawn"] = "distribution"
    """Whether a dialogue counts with all of its stated distribution, or the value drawn from it."""
    missing: OutcomeScalar | None = None
    """The value that a missing outcome of a completed dialogue counts as; by default it is left
    out."""


class MultiversePlan(Strict):
    """A contrast, and the grid over which it is estimated, declared before anything is run."""

    multiverse: Name
    """Its name."""
    scenario: Annotated[str, Field(min_length=1)]
    """A shipped scenario's name, or the path of a file beside this one, or below."""
    population: Annotated[str, Field(min_length=1)] | None = None
    """Who is simulated, in place of the scenario's population; looked for as `scenario` is."""
    contrast: Annotated[list[str], Field(min_length=2, max_length=2)] | str
    """A contrast of the scenario by its name, or two cells, as its `contrasts` name them: the mean
    of the first less that of the second."""
    outcome: Name
    """The outcome whose means are set against each other."""
    level: str | None = None
    """Of an outcome in words without an order: the word whose shares are."""
    n: Annotated[int, Field(ge=1, le=MOST_DIALOGUES)] | None = None
    """Dialogues per cell, in each run; by default what the scenario says."""
    seed: Annotated[int, Field(ge=-LARGEST_SEED, le=LARGEST_SEED)] = 0
    """Of all random choices; the same personas and random numbers are in every run."""
    wordings: Annotated[dict[Name, Wording], Field(max_length=MOST_CHOICES)] = {}
    """Wordings by name; `{}` is the scenario's own."""
    k: Annotated[list[Annotated[int, Field(ge=1, le=100)]], Field(max_length=MOST_CHOICES)] = []
    """How many candidates are listed for a reply of a user."""
    models: Annotated[dict[Name, ModelName], Field(max_length=MOST_CHOICES)] = {}
    """Model SPECs by name, for the speakers to which the scenario gives none."""
    draws: Annotated[dict[Name, Redraw], Field(max_length=MOST_CHOICES)] = {}
    """How users' replies are drawn, by name; found by weighing recorded draws, without a call."""
    cleaning: Annotated[dict[Name, Cleaning], Field(max_length=MOST_CHOICES)] = {}
    """Which values count, by name; without a call."""

    @model_validator(mode="before")
    @classmethod
    def _no_distances(cls, data: Any) -> Any:
        for name in DISTANCES if isinstance(data, Mapping) else ():
            if name in data:
                raise ValueError(
                    f"{name}: a multiverse is of contrasts between cells; under the hypothesis "
                    "that two cells are alike a distance to humans has no known distribution: "
                    "leave it out, and set each run beside the humans with `simulate compare`"
                )
        return data

    @model_validator(mode="after")
    def _check(self) -> MultiversePlan:
        for kind, choices in self.grid.items():
            if len(set(choices)) < len(choices):
                twice = next(c for c in choices if choices.count(c) > 1)
                raise ValueError(f"{kind}: {twice} stands here twice")
        for kind, named in (
            ("wordings", self.wordings),
            ("models", self.models),
            ("draws", self.draws),
            ("cleaning", self.cleaning),
        ):
            said = list(named.values())
            for at, (name, each) in enumerate(named.items()):
                if each in said[:at]:
                    alike = list(named)[said.index(each)]
                    raise ValueError(f"{kind}.{name}: is the same as {alike}; leave one out")
        size, runs = self.size, self.runs
        if size < 2:
            raise ValueError(
                "multiverse: the grid has one universe only: give two or more wordings, k, "
                "models, draws or cleaning rules"
            )
        if size > MOST_UNIVERSES or runs > MOST_RUNS:
            raise ValueError(
                f"multiverse: the grid has {size:,} universes from {runs:,} runs, and may have "
                f"{MOST_UNIVERSES:,} from {MOST_RUNS:,}: leave some choices out"
            )
        return self

    @property
    def grid(self) -> dict[str, list[str]]:
        """The choices of each kind that is declared, by name."""
        every = {
            "wordings": list(self.wordings),
            "k": [str(k) for k in self.k],
            "models": list(self.models),
            "draws": list(self.draws),
            "cleaning": list(self.cleaning),
        }
        return {kind: choices for kind, choices in every.items() if choices}

    @property
    def size(self) -> int:
        """How many universes there are."""
        found = 1
        for choices in self.grid.values():
            found *= len(choices)
        return found

    @property
    def runs(self) -> int:
        """How many runs they are made from, before any that re-weighing refuses."""
        return max(1, len(self.wordings)) * max(1, len(self.k)) * max(1, len(self.models))


def read_plan(path: str | Path) -> tuple[MultiversePlan, YamlFile]:
    """Read the file of a multiverse; return what it says, and where it says so.

    Raises:
        InputError: it cannot be read or breaks a rule; the message has file and line.
    """
    file = read_yaml(Path(path))
    try:
        return MultiversePlan.model_validate(file.data), file
    except ValidationError as error:
        raise InputError(validation_lines(file, error, MultiversePlan)) from None


def json_schema() -> str:
    """Return the JSON Schema of files of multiverses, for editors."""
    schema = described_schema(MultiversePlan)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "A multiverse of simulate"
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
