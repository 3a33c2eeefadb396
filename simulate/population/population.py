"""Populations: a distribution over personas, or a table of them with weights."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from statistics import NormalDist
from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr, model_validator

from simulate.errors import InputError, PopulationError, quote
from simulate.files.strict import Strict
from simulate.files.tables.names import named_alike
from simulate.files.templates import render
from simulate.limits import MOST_ATTRIBUTES, MOST_DIALOGUES, MOST_VALUES, check_number
from simulate.population.drawing import drawn
from simulate.population.persona import Attributes, Persona, Value
from simulate.randomness import sorting_key, uniform

RESERVED = frozenset({"id", "prose", "words"})


Number = Annotated[float, Field(le=1e15, allow_inf_nan=False)]
"""A count or a weight, of which some thousand can be added."""


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _as_number(text: str) -> int | float:
    number = float(text)
    return int(number) if number.is_integer() and "." not in text else number


class Attribute(Strict):
    """One attribute of a person with its marginal distribution."""

    kind: Literal["category", "ordinal", "integer", "number"]
    """`category` has no order; the others are drawn along theirs and may be correlated."""
    counts: Annotated[
        dict[Value, Annotated[Number, Field(ge=0)]], Field(min_length=1, max_length=MOST_VALUES)
    ]
    """How often each value occurs, in the order of the values; need not sum to anything."""
    unit: str | None = None
    """The unit of a number, such as `years`."""
    words: dict[Value, str] = {}
    """What to say of a value in prose. For numbers: what to say up to and including that value."""

    @model_validator(mode="after")
    def _check(self) -> Attribute:
        if not sum(self.counts.values()) > 0:
            raise ValueError("counts must not all be zero")
        if self.kind in ("integer", "number"):
            values = list(self.counts)
            for name, numbers in (("counts", values), ("words", list(self.words))):
                if not all(map(_is_number, numbers)):
                    raise ValueError(f"the values of {name} of kind {self.kind} must be numbers")
            if values != sorted(values, key=float):
                raise ValueError("the values of counts must stand in increasing order")
        elif self.words and set(self.words) != set(self.counts):
            raise ValueError("words must name each value of counts once")
        return self

    def quantile(self, u: float) -> Value:
        """Return the value at u ∈ [0, 1) of the cumulative distribution."""
        total = math.fsum(self.counts.values())
        reached = 0.0
        last: Value | None = None
        for value, count in self.counts.items():
            reached += count
            if count > 0:
                last = value
                if u * total < reached:
                    return value
        assert last is not None  # noqa: S101  # counts do not all vanish
        return last

    def in_words(self, value: Value) -> str:
        """Return what to say of a value."""
        if not self.words:
            return str(value)
        if self.kind in ("category", "ordinal"):
            return self.words[value]
        for limit, words in self.words.items():
            if float(value) <= float(limit):
                return words
        return list(self.words.values())[-1]


class RankCorrelation(Strict):
    """Spearman's rank correlation between two ordered attributes."""

    between: tuple[str, str]
    rank: Annotated[float, Field(gt=-1, lt=1)]


class TalkTurn(Strict):
    """A turn of a talk that a person had."""

    speaker: str
    text: Annotated[str, Field(min_length=1)]


class TableRow(Strict):
    """One persona of a table."""

    id: Annotated[str, Field(min_length=1)]
    weight: Annotated[Number, Field(gt=0)] = 1
    attributes: Attributes = {}
    prose: str | None = None
    # Left out of dumps where there is none, so that files begun before keep their identity.
    talk: Annotated[list[TalkTurn], Field(exclude_if=lambda v: not v)] = []
    """The talk that the person had, which a step `given: persona` begins with."""


def root_persona(persona: str, rows: Collection[str]) -> str:
    """Return the person that a persona is: `ann` for `ann#2`, the second draw of the row `ann`.

    Args:
        persona: the id of a persona.
        rows: the ids of the table that it was drawn from; none of a population of marginals.
    """
    row, mark, times = persona.rpartition("#")
    drawn_again = mark and times.isdecimal() and persona not in rows and row in rows
    return row if drawn_again else persona


class Population(Strict):
    """A distribution over personas: marginals with rank correlations, or a table with weights.

    Marginals are joined by a Gaussian copula: for Spearman's ρ between two continuous attributes
    the normal scores correlate by 2 sin(πρ/6) (Pearson 1907). With few distinct values the rank
    correlation that comes out is a little smaller.
    """

    population: Annotated[str, Field(min_length=1, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    """The population's name."""
    description: str = ""
    source: str | None = None
    licence: str | None = None
    n: Annotated[int, Field(ge=1)] | None = None
    """How many people the numbers come from."""
    notes: str | None = None
    attributes: Annotated[dict[str, Attribute], Field(max_length=MOST_ATTRIBUTES)] = {}
    correlations: list[RankCorrelation] = []
    personas: list[TableRow] = []
    """A table of personas, instead of `attributes`."""
    prose: str = ""
    """A Jinja template that puts a person in words; sees each attribute, and `words`."""
    _places: dict[str, str] = PrivateAttr(default_factory=dict)

    @model_validator(mode="after")
    def _check(self) -> Population:
        if bool(self.attributes) == bool(self.personas):
            raise ValueError("give either attributes (marginals) or personas (a table)")
        of_rows = (name for row in self.personas for name in row.attributes)
        names = list(dict.fromkeys([*self.attributes, *of_rows]))
        if alike := named_alike(names):
            one, other = (quote(names[place], 40) for place in alike)
            raise ValueError(
                f"attributes {one} and {other} differ by case only, which columns of a table do "
                "not tell apart; rename one of them"
            )
        if taken := RESERVED & set(self.attributes):
            raise ValueError(f"attributes must not be called {', '.join(sorted(taken))}")
        pairs: set[frozenset[str]] = set()
        for number, row in enumerate(self.correlations):
            pair = frozenset(row.between)
            if len(pair) < 2 or pair in pairs:
                one, other = (quote(name, 40) for name in row.between)
                wrong = "is one attribute" if len(pair) < 2 else "stands there twice"
                raise ValueError(
                    f"correlations.{number}.between: {one} and {other} {wrong}; give each two "
                    "attributes one correlation"
                )
            pairs.add(pair)
            for name in row.between:
                attribute = self.attributes.get(name)
                if attribute is None:
                    raise ValueError(f"correlations name “{name}”, which is no attribute")
                if attribute.kind == "category":
                    raise ValueError(f"“{name}” is a category and has no ranks to correlate")
        ids: dict[str, int] = {}
        reserved = RESERVED if self.prose else RESERVED - {"words"}
        for number, person in enumerate(self.personas):
            if (first := ids.setdefault(person.id, number)) != number:
                raise ValueError(
                    f"personas.{number}.id: {quote(person.id, 40)} is the id of personas.{first}, "
                    "too; each persona needs an id of its own"
                )
            if hidden := reserved.intersection(person.attributes):
                raise ValueError(
                    f"personas.{number}.attributes.{min(hidden)}: templates know something else by "
                    "this name; give the attribute another one"
                )
        return self

    @classmethod
    def stored(cls, data: Mapping[str, Any]) -> Population:
        """Return the population that a run file holds.

        JSON makes texts of keys, such as the values that `counts` and `words` have numbers for.

        Raises:
            ValidationError: this version of simulate cannot read it.
        """
        attributes = {}
        for name, given in (data.get("attributes") or {}).items():
            of_numbers = given.get("kind") in ("integer", "number")
            keyed = {k: v for k, v in given.items() if k in ("counts", "words") and of_numbers}
            numbers = {k: {_as_number(n): v for n, v in each.items()} for k, each in keyed.items()}
            attributes[name] = {**given, **numbers}
        return cls.model_validate({**data, "attributes": attributes})

    def place(self, row: TableRow) -> str:
        """Return which person of the table a row is, and where it stands in a file."""
        where = f" ({self._places[row.id]})" if row.id in self._places else ""
        return f"persona {quote(row.id, 40)}{where}"

    def placed(self, places: Sequence[str]) -> Population:
        """Return the population; `places` are where its rows stand, such as `people.csv:4`."""
        self._places = dict(zip((row.id for row in self.personas), places, strict=True))
        return self

    @cached_property
    def _factor(self) -> Any:
        """The Cholesky factor of the correlations of the normal scores, (d, d)."""
        import numpy as np

        names = list(self.attributes)
        matrix = np.eye(len(names))
        for row in self.correlations:
            i, j = (names.index(name) for name in row.between)
            matrix[i, j] = matrix[j, i] = 2 * math.sin(math.pi * row.rank / 6)
        try:
            return np.linalg.cholesky(matrix)
        except np.linalg.LinAlgError:
            raise PopulationError(
                f"population {self.population}: correlations: no distribution has these rank "
                "correlations together (their matrix is not positive definite); weaken some"
            ) from None

    @property
    def has_talks(self) -> bool:
        """Whether personas of the table have talks."""
        return any(row.talk for row in self.personas)

    def sample(self, n: int, seed: int) -> list[Persona]:
        """Draw n personas: the first n of `people`.

        Raises:
            PopulationError: the correlations contradict each other.
            InputError: the prose template cannot be rendered.
        """
        check_number("n", n, 0, MOST_DIALOGUES, "draw several samples, with a seed each")
        return list(itertools.islice(self.people(seed), n))

    def people(self, seed: int) -> Iterator[Persona]:
        """Iterate for ever over the personas that a seed draws.

        A table is drawn from by systematic sampling on its weights, in an order that the seed gives
        it; see `simulate.population.drawing`. With equal weights each person comes once before any
        comes twice.

        Raises:
            PopulationError: the correlations contradict each other.
            InputError: the prose template cannot be rendered.
        """
        if self.personas:
            return self._from_table(seed)
        return (self.person(f"{self.population}-{i:04d}", seed) for i in itertools.count(1))

    def person(self, persona_id: str, seed: int) -> Persona:
        """Draw a person of marginals, by its id alone.

        Raises:
            PopulationError: the correlations contradict each other.
            InputError: the prose template cannot be rendered.
        """
        normal = NormalDist()
        smallest = 2.0**-53
        scores = [
            normal.inv_cdf(max(uniform(seed, f"persona:{name}", persona_id), smallest))
            for name in self.attributes
        ]
        joined = self._factor @ scores
        attributes: Attributes = {
            name: attribute.quantile(min(normal.cdf(float(z)), 1 - smallest))
            for (name, attribute), z in zip(self.attributes.items(), joined, strict=True)
        }
        return Persona(persona_id, attributes, self.in_words(attributes))

    def _from_table(self, seed: int) -> Iterator[Persona]:
        rows = sorted(self.personas, key=lambda row: sorting_key(seed, "persona:order", row.id))
        start = uniform(seed, "persona:table", self.population)
        times = dict.fromkeys((row.id for row in rows), 0)
        for number in drawn([row.weight for row in rows], start):
            row = rows[number]
            times[row.id] += 1
            name = row.id if times[row.id] == 1 else f"{row.id}#{times[row.id]}"
            while times[row.id] > 1 and name in times:  # a row of the table is called so
                times[row.id] += 1
                name = f"{row.id}#{times[row.id]}"
            yield self.of_row(row, name)

    def talk_of(self, persona: str) -> tuple[tuple[str, str], ...]:
        """Return the talk that a persona had, by its id."""
        talks = self._talks
        return talks.get(root_persona(persona, talks), ())

    @cached_property
    def _talks(self) -> dict[str, tuple[tuple[str, str], ...]]:
        return {r.id: tuple((turn.speaker, turn.text) for turn in r.talk) for r in self.personas}

    def of_row(self, row: TableRow, name: str) -> Persona:
        """Return the person that a row of the table is, by a name.

        Raises:
            InputError: the prose template cannot be rendered; with the row.
        """
        try:
            prose = row.prose if row.prose is not None else self.in_words(row.attributes)
        except InputError as error:
            raise InputError(f"{error}; of {self.place(row)}") from None
        return Persona(name, dict(row.attributes), prose, self._talks[row.id])

    def _word(self, name: str, value: Value) -> str:
        known = self.attributes.get(name)
        return str(value) if known is None else known.in_words(value)

    def in_words(self, attributes: Mapping[str, Value | None]) -> str:
        """Return the prose of a person with these attributes.

        Raises:
            InputError: the template cannot be rendered.
        """
        if not self.prose:
            return ""
        words = {
            name: None if value is None else self._word(name, value)
            for name, value in attributes.items()
        }
        values = {**attributes, "words": words}
        return render(self.prose, values, f"population {self.population}: prose")
