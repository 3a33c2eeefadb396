"""A frozen plan: what a study was going to do, written down before it was run.

The file is YAML that anybody can read: the scenario with its outcomes, contrasts, margins and
exclusions, n, seed, cells, and hashes of the population and of the prompts; last the SHA-256 of all
that. The hash shows sameness and not time: whoever wants to show that a plan came first deposits
the file, or its hash, with somebody who dates it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from simulate.errors import InputError, quote
from simulate.files.strict import Strict
from simulate.files.validation import validation_lines
from simulate.files.yaml import YamlFile, read_yaml, yaml_of
from simulate.scenario.analysis import PlannedComparison
from simulate.scenario.scenario import Scenario

DEPOSIT = (
    "The hash shows that a plan is the same, not when it was made: deposit it first, before the "
    "run, where somebody dates it."
)
VERSION = 1
Hash = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class People(Strict):
    """A population as it was planned."""

    name: str
    sha256: Hash
    """Of all that it says of its people."""


class FrozenPlan(Strict):
    """What a file of a frozen plan says."""

    frozen: Annotated[int, Field(ge=VERSION, le=VERSION)]
    """The version of this kind of file."""
    scenario: dict[str, Any]
    """The scenario as it was resolved."""
    n: Annotated[int, Field(ge=1)]
    """Dialogues per cell."""
    seed: int
    cells: list[str]
    """The labels of the cells."""
    population: People | None
    populations: dict[str, People] = {}
    """Of the other speakers, by speaker."""
    prompts: dict[str, str]
    """The version of each shipped prompt: a hash of its text."""
    sha256: Hash
    """Of all of the above, as JSON without blanks, in this order."""


@dataclass(frozen=True)
class Frozen:
    """A frozen plan.

    Attributes:
        text: the file, as it is quoted by the run file.
        plan: what it says.
    """

    text: str
    plan: FrozenPlan

    @property
    def sha256(self) -> str:
        """The hash of what it says."""
        return self.plan.sha256

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario that is planned."""
        return Scenario.stored(self.plan.scenario)

    @property
    def dialogues(self) -> int:
        """How many dialogues are planned."""
        return self.plan.n * self.scenario.design.size(self.scenario.conditions)

    @property
    def primary(self) -> tuple[str, ...]:
        """The outcomes that the study is about."""
        analysis = self.scenario.analysis
        return tuple(name for name in self.scenario.outcomes if analysis.is_primary(name))

    @cached_property
    def comparisons(self) -> tuple[PlannedComparison, ...]:
        """The contrasts that are planned, for each outcome."""
        return tuple(self.scenario.planned())

    def planned(self, name: str) -> bool:
        """Tell whether an outcome is primary, or a contrast is planned, by its name."""
        return name in self.primary or name in self.scenario.contrasts

    def plans(self, outcome: str, a: str, b: str) -> bool:
        """Tell whether the difference of two cells, or of parts of them, is planned, by labels."""
        return any(
            each.outcome == outcome and {a, b} == set(each.labels) for each in self.comparisons
        )

    def unplanned(self, scenario: Scenario) -> tuple[str, ...]:
        """Return a sentence for all that a scenario analyses and that was not planned."""
        there = self.scenario
        outcomes = [name for name in scenario.outcomes if name not in self.primary]
        contrasts = [n for n, each in scenario.contrasts.items() if there.contrasts.get(n) != each]
        rules = [n for n, each in scenario.exclude.items() if there.exclude.get(n) != each]
        told = {
            "measured, and no primary outcome of the plan": outcomes,
            "a contrast that was not planned": contrasts,
            "an exclusion that was not planned": rules,
        }
        return tuple(f"{name}: {what}" for what, names in told.items() for name in names)


def plan_hash(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what a plan says, all but the hash itself."""
    said = {name: value for name, value in content.items() if name != "sha256"}
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def read_frozen(path: str | Path) -> Frozen:
    """Read a frozen plan.

    Raises:
        InputError: it is none, or was edited after it was frozen.
    """
    file = read_yaml(Path(path))
    return _checked(file, file.text)


def frozen_of(text: str, name: str) -> Frozen:
    """Return the plan that a text holds, such as one that a run file quotes.

    Raises:
        InputError: it holds none, or was edited after it was frozen.
    """
    return _checked(yaml_of(text, Path(name)), text)


def _checked(file: YamlFile, text: str) -> Frozen:
    if "frozen" not in file.data:
        raise InputError(
            f"{file.path}:1: is no frozen plan; `simulate plan SCENARIO --freeze FILE` writes one"
        )
    try:
        plan = FrozenPlan.model_validate(file.data)
    except ValidationError as error:
        raise InputError(validation_lines(file, error, FrozenPlan)) from None
    found = plan_hash(file.data)
    if found != plan.sha256:
        raise InputError(
            f"{file.at(('sha256',))}: the plan was edited after it was frozen: it says "
            f"{plan.sha256[:12]}…, and what stands there has {found[:12]}…; freeze it anew, or "
            "take the file as it was"
        )
    frozen = Frozen(text, plan)
    try:
        _ = frozen.scenario
    except ValidationError as error:
        raise InputError(
            f"{file.at(('scenario',))}: cannot be read by this version of simulate: "
            f"{quote(str(error))}"
        ) from None
    return frozen
