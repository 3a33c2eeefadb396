"""The design of an experiment: who meets which cells.

By default every persona meets every cell, with the same random numbers, so that cells are compared
within persons. A `design` says otherwise of some factors:

- `between`: a persona meets one level only, which is assigned to it at random; the factors that are
  not named stay within, and a persona meets all cells with its level.
- `strata`: groups of personas made from their attributes are a factor too. A persona *has* its
  level, nobody assigns it: differences between strata are differences between groups of people.
- `random`: the levels at hand are a sample of those that could be, such as wordings; each persona
  meets one, drawn by chance.
- `fraction`: of conditions of two levels, only a part of all combinations is played.

n stays the number of dialogues per cell, a cell being a combination of the levels of all factors
that are not random. So with a factor between persons of two levels a run has twice as many people.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from simulate.errors import InputError, first_of, quote
from simulate.files.conditions import Between, Condition, fits, overlap
from simulate.files.strict import Strict
from simulate.limits import MOST_CONDITIONS
from simulate.population import Population, Value
from simulate.scenario.fraction import Fraction, fraction_of
from simulate.verbalized.spec import Name

FactorKind = Literal["within", "between", "stratum", "random"]
Conditions = Mapping[str, Collection[str]]
"""Condition to its levels, in order."""
AttributeName = Annotated[str, Field(min_length=1, max_length=200)]


@dataclass(frozen=True, slots=True)
class Factor:
    """What varies between cells.

    Attributes:
        name: a condition, or the attribute that strata are made from.
        levels: in order.
        kind: `within` persons, assigned `between` persons, a measured `stratum`, or `random`, whose
            levels are a sample.
    """

    name: str
    levels: tuple[str, ...]
    kind: FactorKind = "within"

    @property
    def probability(self) -> float | None:
        """How likely a person was to be assigned each level; None where nothing is assigned."""
        return 1 / len(self.levels) if self.kind in ("between", "random") else None


class Design(Strict):
    """Who meets which cells; without it, every persona meets every cell."""

    between: Annotated[list[Name], Field(max_length=MOST_CONDITIONS)] = []
    """Conditions of which a persona meets one level only, assigned at random; the others stay
    within persons. n is still the number of dialogues per cell, so there are more people."""
    assignment: Literal["blocked", "simple", "balanced"] = "blocked"
    """How levels are assigned: in random order within blocks that have each level once (blocked),
    to each persona by itself (simple), or mostly to where the attributes of `block` are least
    balanced so far (balanced: minimisation, with a chance of .8)."""
    block: Annotated[list[AttributeName], Field(max_length=20)] = []
    """Attributes of personas within whose values blocks are made, or that are balanced."""
    strata: Annotated[
        dict[AttributeName, Annotated[dict[Name, Condition], Field(min_length=1, max_length=100)]],
        Field(max_length=10),
    ] = {}
    """Factors made from attributes of personas: attribute to strata, each a name and which values
    are in it (one, a list, or above, below, at_least, at_most). They are measured, not assigned. n
    people are found for each stratum; who is in none takes no part."""
    fraction: Literal["half"] | Annotated[list[str], Field(min_length=1, max_length=15)] | None = (
        None
    )
    """Which part of all combinations of conditions of two levels is played: `half`, or generators
    such as `D = ABC` (letters stand for the conditions in order) or `tone = length * wording`."""
    random: Annotated[list[Name], Field(max_length=MOST_CONDITIONS)] = []
    """Conditions whose levels are a sample of those that could be, such as wordings or models: each
    persona meets one, drawn at random, and n counts the dialogues of all levels together."""

    @property
    def splits(self) -> tuple[str, ...]:
        """The factors of which a persona meets one level, but for random ones."""
        return (*self.between, *self.strata)

    @property
    def plain(self) -> bool:
        """Whether every persona meets every cell."""
        return not self.splits and not self.random

    def factors(self, conditions: Conditions) -> tuple[Factor, ...]:
        """Return all factors: the conditions, then the strata."""
        found = []
        for name, levels in conditions.items():
            kind: FactorKind = "within"
            if name in self.between:
                kind = "between"
            elif name in self.random:
                kind = "random"
            found.append(Factor(name, tuple(levels), kind))
        found += [Factor(name, tuple(of), "stratum") for name, of in self.strata.items()]
        return tuple(found)

    def fraction_of(self, conditions: Conditions) -> Fraction | None:
        """Return which part of all combinations is played; None for all of them."""
        if self.fraction is None:
            return None
        named = {name: tuple(levels) for name, levels in conditions.items()}
        return fraction_of(self.fraction, named, self.random)

    def size(self, conditions: Conditions) -> int:
        """Return how many cells there are, random factors left out; without building any."""
        factors = self.factors(conditions)
        full = math.prod(len(each.levels) for each in factors if each.kind != "random")
        halves = (
            0 if self.fraction is None else 1 if self.fraction == "half" else len(self.fraction)
        )
        return max(1, full >> halves)

    def combinations(self, conditions: Conditions) -> Iterator[dict[str, str]]:
        """Iterate over the levels of each cell, the last factor varying fastest."""
        part = self.fraction_of(conditions)
        factors = self.factors(conditions)
        for chosen in itertools.product(*(each.levels for each in factors)):
            levels = dict(zip((each.name for each in factors), chosen, strict=True))
            if part is None or part.keeps(levels):
                yield levels

    def fixed(self, levels: Mapping[str, str]) -> dict[str, str]:
        """Return levels without those of random factors: cells that agree in these count as one."""
        return {name: level for name, level in levels.items() if name not in self.random}

    def group(self, levels: Mapping[str, str]) -> tuple[str, ...]:
        """Return what decides who meets a cell: its levels of the factors that split people."""
        return tuple(levels[name] for name in self.splits)

    def stratum(self, levels: Mapping[str, str]) -> tuple[str, ...]:
        """Return whose cell it is: its levels of the strata."""
        return tuple(levels[name] for name in self.strata)

    def shares_personas(self, a: Mapping[str, str], b: Mapping[str, str]) -> bool:
        """Tell whether the cells with these levels meet the same personas, so that they are paired.

        Cells that differ in a random factor only have different people of one group.
        """
        if self.group(a) != self.group(b):
            return False
        return all(a[name] == b[name] for name in self.random if name in a and name in b)

    def strata_of(self, attributes: Mapping[str, Value | None]) -> tuple[str, ...] | None:
        """Return the stratum of a person for each attribute; None where it is in none."""
        found = []
        for name, strata in self.strata.items():
            value = attributes.get(name)
            level = next((s for s, rule in strata.items() if fits(value, rule)), None)
            if level is None:
                return None
            found.append(level)
        return tuple(found)

    def only(self, conditions: Mapping[str, object]) -> Design:
        """Return the design for some of the conditions."""
        kept = {
            field: [name for name in getattr(self, field) if name in conditions]
            for field in ("between", "random")
        }
        return self.model_copy(update=kept if kept["between"] else {**kept, "block": []})

    def of_cell(self, levels: Mapping[str, str]) -> Design:
        """Return the design of a scenario that has one of the cells only."""
        return Design(strata={n: {levels[n]: of[levels[n]]} for n, of in self.strata.items()})

    def check_people(self, population: Population | None) -> None:
        """Refuse a population that has not the attributes that the design names.

        Raises:
            InputError: the message begins with the field.
        """
        wanted = dict.fromkeys(self.block, "design.block")
        wanted |= {name: f"design.strata.{name}" for name in self.strata}
        there: Collection[str] = ()
        if population is not None:
            of_rows = {name for row in population.personas for name in row.attributes}
            there = population.attributes or of_rows
        for name, where in wanted.items():
            if population is None:
                raise InputError(
                    f"{where}: nobody has attribute {quote(name, 40)}; give the scenario a "
                    "population that has it"
                )
            if name not in there:
                raise InputError(
                    f"{where}: population {population.population} has no attribute "
                    f"{quote(name, 40)}; there are: {first_of(sorted(there)) or 'none'}"
                )
        if population is not None:
            self._check_strata(population)

    def _check_strata(self, population: Population) -> None:
        """Refuse a stratum with a value that nobody has, such as one that is misspelt."""
        for name, strata in self.strata.items():
            known = _values(population, name)
            for stratum, condition in strata.items():
                if known is None or isinstance(condition, Between):
                    continue
                for value in condition:
                    if not any(fits(each, [value]) for each in known):
                        raise InputError(
                            f"design.strata.{name}.{stratum}: nobody of population "
                            f"{population.population} has {name} {quote(str(value), 40)}; there "
                            f"are: {first_of(list(map(str, known)))}"
                        )

    def check(self, conditions: Conditions) -> None:
        """Refuse a design that does not fit the conditions, or itself.

        Raises:
            ValueError: the message begins with the field.
        """
        known = first_of(conditions) or "none"
        for field, names in (("between", self.between), ("random", self.random)):
            for name in names:
                if name not in conditions:
                    raise ValueError(
                        f"design.{field}: there is no condition “{name}”; there are: {known}"
                    )
                if names.count(name) > 1:
                    raise ValueError(f"design.{field}: “{name}” stands there twice")
        if both := [name for name in self.between if name in self.random]:
            raise ValueError(
                f"design.random: “{both[0]}” is between persons, too; of a random factor a persona "
                "meets one level anyway: leave it out of `between`"
            )
        for name in self.block:
            if self.block.count(name) > 1 or name in self.strata:
                raise ValueError(
                    f"design.block: “{name}” stands there twice, or is a stratum: people are "
                    "assigned within each stratum anyway"
                )
        if self.block and not self.between:
            raise ValueError("design.block: nothing is assigned; name conditions in design.between")
        if self.block and self.assignment == "simple":
            raise ValueError("design.block: simple assignment has no blocks; take blocked")
        for name, strata in self.strata.items():
            if name in conditions:
                raise ValueError(
                    f"design.strata.{name}: a condition has the name of this attribute; give the "
                    "condition another one"
                )
            for one, other in itertools.combinations(strata, 2):
                if overlap(strata[one], strata[other]):
                    raise ValueError(
                        f"design.strata.{name}: a person could be in both “{one}” and “{other}”; "
                        "give strata that do not overlap"
                    )
        self.fraction_of(conditions)


def _values(population: Population, name: str) -> Collection[Value] | None:
    """Return the values that people have of an attribute; None where they cannot be counted."""
    if population.attributes:
        return population.attributes[name].values
    rows = (row.attributes.get(name) for row in population.personas)
    return dict.fromkeys(value for value in rows if value is not None)
